// What BPF has no instructions for: products of 128 bits, signed quotients, counts of bits, rotations.

#include <zisk/arithmetic.h>

static u64 next(u64 *state) {
  u64 high, low = multiply_wide(*state ^ 0x9e3779b97f4a7c15, 0xd1342543de82ef95, &high);
  *state = low + high;
  return high ^ low;
}

u64 compute(const u8 *input, u64 length) {
  static const i64 EDGES[] = {0, 1, -1, 7, -7, 0x7fffffffffffffff, -0x7fffffffffffffff - 1};
  u64 state = length, total = 0;
  for (u64 at = 0; at < length; at++) {
    state += input[at];
    i64 value = (i64)next(&state), divisor = (i64)(next(&state) >> (input[at] & 63)) | 1;
    if (input[at] & 1) value = EDGES[input[at] % ARRAY_LENGTH(EDGES)];
    if (input[at] & 2) divisor = -divisor;
    total = total * 3 + (u64)divide_signed(value, divisor) + (u64)remainder_signed(value, divisor);
    total += count_leading_zeros((u64)value) + (u64)__builtin_popcountll((u64)divisor);
    total = total << 13 | total >> 51;
    total ^= (u64)(value >> 5) + __builtin_bswap64((u64)divisor) + __builtin_bswap32((u32)value);
  }
  return total;
}
