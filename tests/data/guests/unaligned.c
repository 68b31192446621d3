// Input: at least 64 bytes. Output: what copies between all places of words leave, with memcpy and memmove and with
// loads and stores of every width at addresses that are no multiples of it.

#include <zisk/guest.h>

#include <string.h>

enum { ROOM = 96 };

static u8 source[ROOM], target[ROOM];

// The compiler would take such pointers for aligned ones, and volatile keeps it from knowing better.
#define COPY(type, to, from) (*(volatile type *)(to) = *(volatile type *)(from))

int main(void) {
  u64 sum = 0;
  if (read_input(source, 64) < 64) return 1;
  for (u32 from = 0; from < 9; from++) {
    for (u32 to = 0; to < 9; to++) {
      for (u32 length = 0; length < 24; length += 5) memcpy(target + 24 + to, source + from, length);
      memmove(target + to, target + 20 + from, 41);
      COPY(u64, target + to, source + from + 1);
      COPY(u32, target + 16 + to, source + from + 3);
      COPY(u16, target + 32 + to, source + from + 5);
      sum = sum * 31 + *(volatile u64 *)(target + to);
      sum = sum * 31 + (u64) * (volatile i32 *)(target + from);
      sum = sum * 31 + (u64) * (volatile i16 *)(target + to + from);
      sum = sum * 31 + *(volatile u16 *)(target + to + 2 * from);
    }
  }
  write_output(target, sizeof target);
  write_output(&sum, sizeof sum);
  return 0;
}
