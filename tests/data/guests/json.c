// Input: JSON without escapes beyond \" and \\. Output: the same without spaces, its keys in their order.
// The exit code is 1 where it is no JSON.

#include <zisk/guest.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { LITERAL, NUMBER, STRING, LIST, OBJECT };

struct value {
  enum kind kind;
  char *text;  // of literals, numbers, strings, as they were
  struct value *child, *next, *key;
};

static int ahead;

static void advance(void) { ahead = getchar(); }

static void skip_spaces(void) {
  while (isspace(ahead)) advance();
}

static void expect(int character) {
  if (ahead != character) exit(1);
  advance();
}

static struct value *new_value(enum kind kind) {
  struct value *value = calloc(1, sizeof *value);
  if (!value) abort();
  value->kind = kind;
  return value;
}

static char *read_while(bool (*wanted)(int)) {
  u64 length = 0, room = 8;
  char *text = malloc(room);
  while (wanted(ahead)) {
    if (length + 2 > room) text = realloc(text, room *= 2);
    if (!text) abort();
    text[length++] = (char)ahead;
    advance();
  }
  text[length] = 0;
  return text;
}

static bool in_word(int c) { return islower(c); }
static bool in_number(int c) { return isdigit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

static bool escaped;
static bool in_string(int c) {
  if (c == EOF) exit(1);
  bool is_end = c == '"' && !escaped;
  escaped = c == '\\' && !escaped;
  return !is_end;
}

static struct value *read_value(void);

static struct value *read_string(void) {
  struct value *value = new_value(STRING);
  expect('"');
  escaped = false;
  value->text = read_while(in_string);
  expect('"');
  return value;
}

static struct value *read_many(enum kind kind, int open, int close) {
  struct value *whole = new_value(kind), **place = &whole->child;
  expect(open);
  skip_spaces();
  while (ahead != close) {
    struct value *key = NULL;
    if (kind == OBJECT) {
      key = read_string();
      skip_spaces();
      expect(':');
    }
    *place = read_value();
    (*place)->key = key;
    place = &(*place)->next;
    skip_spaces();
    if (ahead == close) break;
    expect(',');
    skip_spaces();
    if (ahead == close) exit(1);
  }
  expect(close);
  return whole;
}

static struct value *read_value(void) {
  skip_spaces();
  switch (ahead) {
    case '{': return read_many(OBJECT, '{', '}');
    case '[': return read_many(LIST, '[', ']');
    case '"': return read_string();
  }
  struct value *value = new_value(isalpha(ahead) ? LITERAL : NUMBER);
  value->text = read_while(value->kind == LITERAL ? in_word : in_number);
  char *end;
  if (value->kind == NUMBER) strtod(value->text, &end);
  bool is_number = value->kind == NUMBER && end != value->text && *end == 0;
  bool is_literal = !strcmp(value->text, "true") || !strcmp(value->text, "false") || !strcmp(value->text, "null");
  if (!is_number && !is_literal) exit(1);
  return value;
}

static void print(const struct value *value) {
  if (value->key) printf("\"%s\":", value->key->text);
  switch (value->kind) {
    case STRING: printf("\"%s\"", value->text); break;
    case LIST:
    case OBJECT:
      putchar(value->kind == LIST ? '[' : '{');
      for (const struct value *child = value->child; child; child = child->next) {
        print(child);
        if (child->next) putchar(',');
      }
      putchar(value->kind == LIST ? ']' : '}');
      break;
    default: fputs(value->text, stdout);
  }
}

static void release(struct value *value) {
  if (!value) return;
  release(value->child);
  release(value->next);
  release(value->key);
  free(value->text);
  free(value);
}

int main(void) {
  advance();
  struct value *whole = read_value();
  skip_spaces();
  if (ahead != EOF) return 1;
  print(whole);
  release(whole);
  return 0;
}
