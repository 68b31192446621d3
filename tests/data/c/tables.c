// Constants of all kinds: tables, strings, pointers to strings and to functions, a choice by number.

#include <zisk/types.h>

static const u16 PRIMES[] = {2, 3, 5, 7, 11, 13, 17, 19};
static const char *const NAMES[] = {"zero", "one", "two", "three", "a name that is longer than the others"};

static u64 add(u64 value, u64 operand) { return value + operand; }
static u64 subtract(u64 value, u64 operand) { return value - operand; }
static u64 multiply(u64 value, u64 operand) { return value * (operand | 1); }

static u64 (*const OPERATIONS[])(u64, u64) = {add, subtract, multiply};

struct rule {
  const char *name;
  u64 (*apply)(u64, u64);
  i32 weight;
};

static const struct rule RULES[] = {{"first", multiply, -3}, {"second", add, 40000}, {"third", subtract, 0}};

static u64 length_of(const char *text) {
  u64 length = 0;
  while (text[length]) length++;
  return length;
}

static __attribute__((noinline)) u64 choose(u64 number) {
  switch (number) {
    case 0: return 17;
    case 1: return 4;
    case 2: return 1000;
    case 3: return length_of("chosen");
    case 4: return PRIMES[7];
    case 5: return 0;
    case 9: return 81;
    default: return number * number;
  }
}

u64 compute(const u8 *input, u64 length) {
  u64 total = length;
  for (u64 at = 0; at < length; at++) {
    u64 byte = input[at];
    const struct rule *rule = &RULES[byte % ARRAY_LENGTH(RULES)];
    total = OPERATIONS[byte % ARRAY_LENGTH(OPERATIONS)](total, PRIMES[byte & 7]);
    total += length_of(NAMES[byte % ARRAY_LENGTH(NAMES)]) << (byte & 31);
    total = rule->apply(total, (u64)(i64)rule->weight) ^ rule->name[byte & 3];
    total = total * 5 + choose(byte & 15);
  }
  return total;
}
