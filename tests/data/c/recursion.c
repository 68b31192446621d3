// Calls that call themselves and each other, and a function with five arguments.

#include <zisk/types.h>

#define FUNCTION static __attribute__((noinline))

FUNCTION u64 fibonacci(u64 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

FUNCTION u64 is_odd(u64 n);
FUNCTION u64 is_even(u64 n) { return n == 0 ? 1 : is_odd(n - 1); }
FUNCTION u64 is_odd(u64 n) { return n == 0 ? 0 : is_even(n - 1); }

FUNCTION u64 mix(u64 a, u64 b, u64 c, u64 d, u64 e) { return ((a * 31 + b) * 31 + c) * 31 + d - e; }

u64 compute(const u8 *input, u64 length) {
  u64 total = 7;
  for (u64 at = 0; at < length && at < 12; at++)
    total = mix(total, fibonacci(input[at] & 7), is_even(input[at] & 3), is_odd(at & 3), length);
  return total;
}
