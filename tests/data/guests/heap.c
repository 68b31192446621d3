// Input: bytes that say what to do with 16 blocks of the heap. Output: for each block its length and the sum of its
// bytes, as text; the exit code counts what the heap could not give.

#include <zisk/guest.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 16 };

static u8 *blocks[BLOCKS];
static u64 lengths[BLOCKS];

static void check(u32 which, u8 mark, u64 length) {
  for (u64 at = 0; at < length; at++)
    if (blocks[which][at] != mark) abort();
}

int main(void) {
  u8 order[2], marks[BLOCKS] = {0};
  while (read_input(order, 2) == 2) {
    u32 which = order[0] % BLOCKS;
    u64 length = (u64)order[1] * (order[0] / BLOCKS) + 1;
    check(which, marks[which], lengths[which]);
    if (order[1] % 3 == 0) {
      free(blocks[which]);
      blocks[which] = NULL;
      lengths[which] = 0;
      continue;
    }
    bool kept = order[1] % 3 == 1;
    if (!kept) {
      free(blocks[which]);
      lengths[which] = 0;
    }
    blocks[which] = kept ? realloc(blocks[which], length) : calloc(length, 1);
    if (!blocks[which] || (u64)blocks[which] % sizeof(void *)) abort();
    check(which, kept ? marks[which] : 0, lengths[which] < length ? lengths[which] : length);
    marks[which] = order[1];
    lengths[which] = length;
    memset(blocks[which], marks[which], length);
  }
  for (u32 which = 0; which < BLOCKS; which++) {
    u64 sum = 0;
    for (u64 at = 0; at < lengths[which]; at++) sum += blocks[which][at];
    printf("%2u %5llu %8llu\n", which, lengths[which], sum);
    free(blocks[which]);
  }
  int refused = malloc((u64)1 << 40) == NULL;
  return refused;
}
