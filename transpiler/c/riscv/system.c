// What a guest asks of its system: calls as Linux numbers them, and on top of them what C's library needs.

#include <zisk/guest.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum call { CALL_READ = 63, CALL_WRITE = 64, CALL_EXIT = 93, CALL_BRK = 214 };
enum { INPUT = 0, OUTPUT = 1, TEXT = 2 };

static i64 call_system(enum call number, u64 first, u64 second, u64 third) {
  register u64 a0 __asm__("a0") = first;
  register u64 a1 __asm__("a1") = second;
  register u64 a2 __asm__("a2") = third;
  register u64 a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return (i64)a0;
}

// ---- Streams. Characters of stdio are held back until there are many: a call costs more than they do.

struct stream {
  u32 first, end;  // what is held lies between
  u8 held[1024];
};

static struct stream input, output, text;

static void write_all(u64 file, const u8 *bytes, u64 length) {
  while (length > 0) {
    i64 written = call_system(CALL_WRITE, file, (u64)bytes, length);
    if (written <= 0) abort();
    bytes += written;
    length -= (u64)written;
  }
}

static void let_go(u64 file, struct stream *stream) {
  u32 length = stream->end;
  stream->end = 0;
  write_all(file, stream->held, length);
}

static void hold(u64 file, struct stream *stream, u8 byte) {
  stream->held[stream->end++] = byte;
  if (stream->end == sizeof stream->held) let_go(file, stream);
}

static u64 read_some(void *bytes, u64 length) {
  i64 got = call_system(CALL_READ, INPUT, (u64)bytes, length);
  if (got < 0) abort();
  return (u64)got;
}

void write_output(const void *bytes, u64 length) {
  let_go(OUTPUT, &output);
  write_all(OUTPUT, bytes, length);
}

void write_text(const char *string) {
  let_go(TEXT, &text);
  write_all(TEXT, (const u8 *)string, strlen(string));
}

// ---- stdio

static int get_character(FILE *file) {
  (void)file;
  if (input.first == input.end) {
    input.first = 0;
    input.end = (u32)read_some(input.held, sizeof input.held);
    if (input.end == 0) return _FDEV_EOF;
  }
  return input.held[input.first++];
}

static int put_output(char character, FILE *file) {
  (void)file;
  hold(OUTPUT, &output, (u8)character);
  return 0;
}

static int put_text(char character, FILE *file) {
  (void)file;
  hold(TEXT, &text, (u8)character);
  if (character == '\n') let_go(TEXT, &text);
  return 0;
}

static int flush_output(FILE *file) {
  (void)file;
  let_go(OUTPUT, &output);
  return 0;
}

static int flush_text(FILE *file) {
  (void)file;
  let_go(TEXT, &text);
  return 0;
}

static FILE input_file = FDEV_SETUP_STREAM(NULL, get_character, NULL, _FDEV_SETUP_READ);
static FILE output_file = FDEV_SETUP_STREAM(put_output, NULL, flush_output, _FDEV_SETUP_WRITE);
static FILE text_file = FDEV_SETUP_STREAM(put_text, NULL, flush_text, _FDEV_SETUP_WRITE);
FILE *const stdin = &input_file;
FILE *const stdout = &output_file;
FILE *const stderr = &text_file;

u64 read_input(void *bytes, u64 length) {
  u8 *next = bytes, *end = next + length;
  if (length > 0 && input_file.unget) *next++ = (u8)getc(stdin);  // what scanf has looked at and left
  u64 held = input.end - input.first, left = (u64)(end - next);
  if (held > left) held = left;
  memcpy(next, input.held + input.first, held);
  input.first += (u32)held;
  next += held;
  while (next < end) {
    u64 got = read_some(next, (u64)(end - next));
    if (got == 0) break;
    next += got;
  }
  return length - (u64)(end - next);
}

// ---- The end, and the heap

_Noreturn void _exit(int code) {
  let_go(OUTPUT, &output);
  let_go(TEXT, &text);
  call_system(CALL_EXIT, (u64)code, 0, 0);
  __builtin_unreachable();
}

// Not by a signal, as there is none: the fault is one that a proof can state.
_Noreturn void abort(void) {
  __asm__ volatile("ebreak");
  __builtin_unreachable();
}

void *sbrk(intptr_t more) {
  static u64 end;
  if (end == 0) end = (u64)call_system(CALL_BRK, 0, 0, 0);
  u64 start = end;
  if ((u64)call_system(CALL_BRK, start + (u64)more, 0, 0) != start + (u64)more) return (void *)-1;
  end = start + (u64)more;
  return (void *)start;
}
