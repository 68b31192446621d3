// Input: three bytes. Output: Ackermann's function of two of them, the moves of a tower, whether a number is even by way
// of odd ones, and the depth that a function reached; the exit code is the number of disks.

#include <zisk/guest.h>

static u64 ackermann(u64 m, u64 n) {
  if (m == 0) return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static u64 move_tower(u32 disks, u32 from, u32 to, u32 free) {
  if (disks == 0) return 0;
  u64 before = move_tower(disks - 1, from, free, to);
  return before * 3 + from + 4 * to + move_tower(disks - 1, free, to, from);
}

static bool is_odd(u32 number);
static __attribute__((noinline)) bool is_even(u32 number) { return number == 0 || is_odd(number - 1); }
static __attribute__((noinline)) bool is_odd(u32 number) { return number != 0 && is_even(number - 1); }

static __attribute__((noinline)) u64 descend(u32 depth, volatile u64 *above) {
  volatile u64 here = *above + depth;
  return depth == 0 ? here : descend(depth - 1, &here) + here % 7;
}

int main(void) {
  u8 given[3] = {0};
  volatile u64 start = 1;
  read_input(given, sizeof given);
  u64 results[4] = {ackermann(2, given[0]), move_tower(given[1], 1, 2, 3), is_even(given[2]), 0};
  results[3] = descend((u32)given[2] * 10, &start);
  write_output(results, sizeof results);
  return given[1];
}
