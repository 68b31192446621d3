// Never returns, and each call needs 32 KiB more of the stack.

#include <zisk/guest.h>

static __attribute__((noinline)) u64 call(volatile u64 *above) {
  volatile u64 here[4096];
  here[0] = *above + 1;
  return call(here) + here[1];
}

int main(void) {
  volatile u64 start = 0;
  return (int)call(&start);
}
