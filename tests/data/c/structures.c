// Structures by their address, copies by `=` and by memcpy, bit fields, unions, arrays on the stack.

#include <zisk/memory.h>

struct __attribute__((packed)) record {
  u8 kind;
  u32 value;
  u16 rest;
};

struct node {
  struct node *next;
  u64 value;
  u32 color : 3, weight : 13, spare : 16;
};

union word {
  u64 whole;
  u8 bytes[8];
  u16 halves[4];
};

static __attribute__((noinline)) u64 sum(const struct node *node) {
  u64 total = 0;
  for (; node; node = node->next) total = total * 7 + node->value + node->color * node->weight;
  return total;
}

static __attribute__((noinline)) void update(struct record *record, u64 by) {
  struct record copy = *record;
  copy.value += (u32)by;
  copy.rest ^= copy.kind;
  *record = copy;
}

u64 compute(const u8 *input, u64 length) {
  u8 text[40];
  memset(text, (int)length, sizeof text);
  memcpy(text, input, length < sizeof text ? length : sizeof text);
  memmove(text + 1, text, sizeof text - 1);
  memmove(text, text + 3, sizeof text - 3);

  struct node nodes[4];
  struct record record = {1, 2, 3};
  for (u64 at = 0; at < ARRAY_LENGTH(nodes); at++) {
    struct node node = {at ? &nodes[at - 1] : NULL, text[at * 9], (u32)at, text[at] * 11u, 0};
    nodes[at] = node;
    memcpy(&record, text + at * 7, sizeof record);
    update(&record, at);
    memcpy(text + at * 7, &record, sizeof record);
  }
  union word word = {sum(&nodes[3])};
  word.bytes[3] += text[20];
  word.halves[3] ^= 0x55aa;
  int order = memcmp(text, input, length < sizeof text ? length : sizeof text);
  return word.whole + record.value + (order > 0) * 2 + (order < 0) * 3;
}
