// Arithmetic of 8, 16 and 32 bits, signed and unsigned, that wraps, compares, shifts and converts.

#include <zisk/types.h>

static __attribute__((noinline)) u32 wrap(u32 a, u32 b) { return (a + b) * 0x85ebca6b - (b - a); }
static __attribute__((noinline)) i32 wrap_signed(i32 a, i32 b) { return (i32)((u32)a * 3u + (u32)b) >> 2; }
static __attribute__((noinline)) u16 narrow(u32 a) { return (u16)(a * 7 + 1); }
static __attribute__((noinline)) i8 narrower(i32 a) { return (i8)(a >> 3); }

u64 compute(const u8 *input, u64 length) {
  u32 x = 0xfffffff0, y = 1;
  i32 s = -5;
  u64 total = 0;
  for (u64 at = 0; at < length; at++) {
    x = wrap(x, input[at] + y);
    s = wrap_signed(s, (i32)x);
    y += narrow(x) ^ (u32)narrower(s);
    total += x > y ? x / (y | 1) : x % (y | 1);
    total += s < (i32)y ? (u64)(i64)s : (u64)s * 9;
    if (x + 0x80000000u < x) total ^= 0x1234;
    total = total * 31 + (x << (input[at] & 31)) + (x >> (input[at] & 7)) + (u64)(s >> (input[at] & 15));
  }
  return total ^ (u64)(i64)(i16)x ^ (u64)(i64)(i8)y;
}
