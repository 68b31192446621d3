// Input: a digit, which chooses how the run fails.

#include <zisk/guest.h>

#include <assert.h>
#include <stdlib.h>

int main(void) {
  u8 byte = 0;
  static u8 much[1 << 22];
  read_input(&byte, 1);
  switch (byte) {
    case '0': abort();
    case '1': assert(byte == '0'); break;
    case '2':
      write_output(much, sizeof much);
      write_output(much, 1);
      break;
    case '3': ((void (*)(void))0x7000000000)(); break;
    case '4': *(volatile u8 *)8 = 1; break;
    case '5': ((volatile u8 *)main)[0] = 1; break;
  }
  return 0;
}
