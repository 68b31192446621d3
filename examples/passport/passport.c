// Whether the holder of a document is of age, without showing the document.
//
// Input, private: a line with today's date, then the document, of lines such as `born 2001-02-03`. Public output: today's
// date as it was given, and the SHA-256 digest of the document, by which its issuer knows it. Exit code: 0 of age,
// 1 not, 2 where there is no such line or date.

#include <zisk/guest.h>

#include <string.h>

enum { OF_AGE = 0, TOO_YOUNG = 1, MALFORMED = 2 };
enum { AGE = 18, DATE_LENGTH = 10, BLOCK = 64, ROUNDS = 64, MOST = 1 << 14 };

static const u32 CONSTANTS[ROUNDS] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 rotate(u32 word, u32 by) { return word >> by | word << (32 - by); }

static void absorb(u32 *state, const u8 *block) {
  u32 words[ROUNDS];
  for (u32 at = 0; at < 16; at++) {
    const u8 *bytes = block + 4 * at;
    words[at] = (u32)bytes[0] << 24 | (u32)bytes[1] << 16 | (u32)bytes[2] << 8 | bytes[3];
  }
  for (u32 at = 16; at < ROUNDS; at++) {
    u32 far = words[at - 15], near = words[at - 2];
    words[at] = words[at - 16] + (rotate(far, 7) ^ rotate(far, 18) ^ far >> 3) + words[at - 7] +
                (rotate(near, 17) ^ rotate(near, 19) ^ near >> 10);
  }
  u32 a = state[0], b = state[1], c = state[2], d = state[3];
  u32 e = state[4], f = state[5], g = state[6], h = state[7];
  for (u32 at = 0; at < ROUNDS; at++) {
    u32 one = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + CONSTANTS[at] + words[at];
    u32 two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)));
    h = g, g = f, f = e, e = d + one;
    d = c, c = b, b = a, a = one + two;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static void write_digest(const u8 *bytes, u64 length) {
  u32 state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  u8 last[2 * BLOCK] = {0};
  u64 rest = length % BLOCK, padded = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
  for (u64 at = 0; at + BLOCK <= length; at += BLOCK) absorb(state, bytes + at);
  memcpy(last, bytes + length - rest, rest);
  last[rest] = 0x80;
  for (u32 at = 0; at < 8; at++) last[padded - 1 - at] = (u8)(8 * length >> 8 * at);
  for (u64 at = 0; at < padded; at += BLOCK) absorb(state, last + at);
  for (u32 at = 0; at < 8; at++) state[at] = __builtin_bswap32(state[at]);
  write_output(state, sizeof state);
}

// The number 20010203 of `2001-02-03`, 0 where that is no date.
static u32 read_date(const char *text, const char *end) {
  u32 number = 0;
  if (end - text < DATE_LENGTH) return 0;
  for (u32 at = 0; at < DATE_LENGTH; at++) {
    bool is_dash = at == 4 || at == 7;
    if (is_dash ? text[at] != '-' : text[at] < '0' || text[at] > '9') return 0;
    if (!is_dash) number = 10 * number + (u32)(text[at] - '0');
  }
  return number;
}

static const char *next_line(const char *line, const char *end) {
  const char *found = memchr(line, '\n', (u64)(end - line));
  return found ? found + 1 : end;
}

int main(void) {
  static char input[MOST];
  static const char BORN[] = "born ";
  const char *end = input + read_input(input, MOST), *document = next_line(input, end);
  u32 today = read_date(input, end);
  if (today == 0 || document != input + DATE_LENGTH + 1 || end == input + MOST) return MALFORMED;
  write_output(input, DATE_LENGTH);
  write_digest((const u8 *)document, (u64)(end - document));
  for (const char *line = document; line < end; line = next_line(line, end)) {
    const char *date = line + strlen(BORN);
    if (date > end || memcmp(line, BORN, strlen(BORN))) continue;
    u32 born = read_date(date, end);
    if (born == 0) return MALFORMED;
    return today >= born + AGE * 10000 ? OF_AGE : TOO_YOUNG;
  }
  return MALFORMED;
}
