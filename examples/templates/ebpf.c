// Adds up the bytes of the input; the result is the sum.

#include <zisk/ebpf.h>

u64 sum(u8 *input, u64 length) {
  u64 sum = 0;
  for (u64 at = 0; at < length; at++) sum += input[at];
  return sum;
}
