// Arithmetic that BPF has no instructions for.

#ifndef ZISK_ARITHMETIC_H
#define ZISK_ARITHMETIC_H

#include <zisk/types.h>

static inline u64 magnitude(i64 value) { return value < 0 ? -(u64)value : (u64)value; }

// The quotient, rounded towards zero. Division by zero is a fault on Solana, and 0 in eBPF.
static inline i64 divide_signed(i64 value, i64 divisor) {
  u64 quotient = magnitude(value) / magnitude(divisor);
  return (i64)((value ^ divisor) < 0 ? -quotient : quotient);
}

// The remainder, with the sign of the value.
static inline i64 remainder_signed(i64 value, i64 divisor) {
  u64 rest = magnitude(value) % magnitude(divisor);
  return (i64)(value < 0 ? -rest : rest);
}

// The low 64 bits of a product; the high ones go to `high`.
static inline u64 multiply_wide(u64 one, u64 other, u64 *high) {
  u64 one_low = one & 0xffffffff, one_high = one >> 32;
  u64 other_low = other & 0xffffffff, other_high = other >> 32;
  u64 low = one_low * other_low;
  u64 middle = one_high * other_low + (low >> 32);
  u64 second = one_low * other_high + (middle & 0xffffffff);
  *high = one_high * other_high + (middle >> 32) + (second >> 32);
  return second << 32 | (low & 0xffffffff);
}

// How many bits are 0 before the first that is 1, from the top; 64 for 0.
static inline u64 count_leading_zeros(u64 value) {
  u64 zeros = 64;
  for (u64 shift = 32; shift; shift >>= 1) {
    if (value >> shift) {
      value >>= shift;
      zeros -= shift;
    }
  }
  return zeros - value;
}

#endif
