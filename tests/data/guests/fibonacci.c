// Input: u32 n. Output: the n-th Fibonacci number modulo 2^64. The exit code is its last decimal digit.

#include <zisk/guest.h>

int main(void) {
  u32 n = 0;
  u64 one = 0, other = 1;
  read_input(&n, sizeof n);
  while (n--) {
    u64 next = one + other;
    one = other;
    other = next;
  }
  write_output(&one, sizeof one);
  return (int)(one % 10);
}
