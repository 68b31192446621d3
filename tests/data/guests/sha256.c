// Output: the SHA-256 digest of the input.

#include <zisk/guest.h>

#include <string.h>

enum { BLOCK = 64, ROUNDS = 64 };

static u32 constants[ROUNDS], state[8];

// The first 32 bits of the fraction of a root of a prime, by bisection in whole numbers.
static u32 root_fraction(u64 prime, int degree) {
  u64 low = 0, high = (u64)1 << 37;
  while (high - low > 1) {
    u64 middle = (low + high) / 2;
    unsigned __int128 power = (unsigned __int128)middle * middle;
    bool below = degree == 2 ? power <= (unsigned __int128)prime << 64
                             : (power >> 32) * middle + ((power & 0xffffffff) * middle >> 32) <
                                   (unsigned __int128)prime << 64;
    if (below) low = middle;
    else high = middle;
  }
  return (u32)low;
}

static void derive_constants(void) {
  u32 found = 0;
  for (u32 number = 2; found < ROUNDS; number++) {
    bool is_prime = true;
    for (u32 divisor = 2; divisor * divisor <= number; divisor++) is_prime &= number % divisor != 0;
    if (!is_prime) continue;
    if (found < 8) state[found] = root_fraction(number, 2);
    constants[found++] = root_fraction(number, 3);
  }
}

static u32 rotate(u32 word, int by) { return word >> by | word << (32 - by); }

static void absorb(const u8 *block) {
  u32 w[ROUNDS], s[8];
  for (int at = 0; at < 16; at++)
    w[at] = (u32)block[4 * at] << 24 | (u32)block[4 * at + 1] << 16 | (u32)block[4 * at + 2] << 8 | block[4 * at + 3];
  for (int at = 16; at < ROUNDS; at++) {
    u32 first = rotate(w[at - 15], 7) ^ rotate(w[at - 15], 18) ^ w[at - 15] >> 3;
    u32 second = rotate(w[at - 2], 17) ^ rotate(w[at - 2], 19) ^ w[at - 2] >> 10;
    w[at] = w[at - 16] + first + w[at - 7] + second;
  }
  memcpy(s, state, sizeof s);
  for (int at = 0; at < ROUNDS; at++) {
    u32 choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    u32 majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    u32 first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + choice + constants[at] + w[at];
    u32 second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += first;
    s[0] = first + second;
  }
  for (int at = 0; at < 8; at++) state[at] += s[at];
}

int main(void) {
  u8 block[BLOCK];
  u64 length = 0, got;
  derive_constants();
  while ((got = read_input(block, BLOCK)) == BLOCK) {
    absorb(block);
    length += BLOCK;
  }
  length += got;
  memset(block + got, 0, BLOCK - got);
  block[got] = 0x80;
  if (got >= BLOCK - 8) {
    absorb(block);
    memset(block, 0, BLOCK);
  }
  for (int at = 0; at < 8; at++) block[BLOCK - 1 - at] = (u8)(length * 8 >> 8 * at);
  absorb(block);
  for (int at = 0; at < 8; at++) state[at] = __builtin_bswap32(state[at]);
  write_output(state, sizeof state);
  return 0;
}
