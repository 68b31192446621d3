// Output: the SHA3-256 digest of the input.

#include <zisk/guest.h>

enum { LANES = 25, ROUNDS = 24, RATE = 136 };

static u64 state[LANES];

static u64 rotate(u64 lane, u32 by) { return by == 0 ? lane : lane << by | lane >> (64 - by); }

// Bits of the round constants come from a shift register of eight bits.
static bool next_bit(u8 *shift_register) {
  bool bit = *shift_register & 1;
  bool carry = *shift_register & 0x80;
  *shift_register = (u8)(*shift_register << 1 ^ (carry ? 0x71 : 0));
  return bit;
}

static void permute(void) {
  u8 shift_register = 1;
  for (int round = 0; round < ROUNDS; round++) {
    u64 columns[5], moved, next;
    for (int x = 0; x < 5; x++)
      columns[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
    for (int at = 0; at < LANES; at++)
      state[at] ^= columns[(at + 4) % 5] ^ rotate(columns[(at + 1) % 5], 1);
    moved = state[1];
    for (u32 step = 0, x = 1, y = 0; step < 24; step++) {
      u32 below = (2 * x + 3 * y) % 5;
      x = y;
      y = below;
      next = state[x + 5 * y];
      state[x + 5 * y] = rotate(moved, (step + 1) * (step + 2) / 2 % 64);
      moved = next;
    }
    for (int row = 0; row < LANES; row += 5) {
      u64 old[5];
      for (int x = 0; x < 5; x++) old[x] = state[row + x];
      for (int x = 0; x < 5; x++) state[row + x] = old[x] ^ (~old[(x + 1) % 5] & old[(x + 2) % 5]);
    }
    for (int bit = 0; bit < 7; bit++)
      if (next_bit(&shift_register)) state[0] ^= (u64)1 << ((1 << bit) - 1);
  }
}

int main(void) {
  u8 *bytes = (u8 *)state, byte;
  u32 at = 0;
  while (read_input(&byte, 1)) {
    bytes[at++] ^= byte;
    if (at == RATE) {
      permute();
      at = 0;
    }
  }
  bytes[at] ^= 0x06;
  bytes[RATE - 1] ^= 0x80;
  permute();
  write_output(state, 32);
  return 0;
}
