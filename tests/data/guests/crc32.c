// Output: the CRC-32 of the input.

#include <zisk/guest.h>

static u32 table[256];

int main(void) {
  for (u32 at = 0; at < ARRAY_LENGTH(table); at++) {
    u32 value = at;
    for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0xedb88320 : 0);
    table[at] = value;
  }
  u32 crc = ~(u32)0;
  u8 bytes[256];
  u64 got;
  while ((got = read_input(bytes, sizeof bytes)))
    for (u64 at = 0; at < got; at++) crc = crc >> 8 ^ table[(crc ^ bytes[at]) & 0xff];
  crc = ~crc;
  write_output(&crc, sizeof crc);
  return 0;
}
