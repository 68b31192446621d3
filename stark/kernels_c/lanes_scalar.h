/* The lanes of the reference path: one 64-bit element, one 32-bit word. lanes_avx2.h and lanes_avx512.h
   offer the same names; every kernel is written once over them.

   lanes_*: canonical in, canonical out (mul and canonical take any words).
   lazy_lanes_*: any words in and out, except that the second operand of add and sub is at most p. */
#ifndef ZISK_LANES_H
#define ZISK_LANES_H

#include "field.h"

#define LANES 1
typedef u64 lanes;

static inline lanes lanes_load(const u64 *from) { return *from; }
static inline void lanes_store(u64 *to, lanes a) { *to = a; }
static inline lanes lanes_set(u64 a) { return a; }
static inline lanes lanes_canonical(lanes a) { return field_canonical(a); }
static inline lanes lanes_add(lanes a, lanes b) { return field_add(a, b); }
static inline lanes lanes_sub(lanes a, lanes b) { return field_sub(a, b); }
static inline lanes lanes_neg(lanes a) { return field_neg(a); }
static inline lanes lanes_mul(lanes a, lanes b) { return field_mul(a, b); }

static inline lanes lazy_lanes_add(lanes a, lanes b) {
    u64 r = a + b;
    return r + (FIELD_EPSILON & -(u64)(r < a));
}
static inline lanes lazy_lanes_sub(lanes a, lanes b) { return a - b - (FIELD_EPSILON & -(u64)(a < b)); }
static inline lanes lazy_lanes_mul(lanes a, lanes b) { return lazy_mul(a, b); }
/* a times the word at `factor` */
static inline lanes lazy_lanes_scale(lanes a, const u64 *factor) { return lazy_mul(a, *factor); }
static inline lanes lazy_lanes_neg(lanes a) { return FIELD_P - field_canonical(a); }
/* a 2^s for a constant s below 96; 2^64 = epsilon */
static inline lanes lazy_lanes_shift(lanes a, const int s) {
    return s < 64 ? lazy_reduce((u128)a << s) : lazy_mul(a, FIELD_EPSILON << (s - 64));
}

/* Sums of products with the reduction delayed: sum of x_i * a_i for at most DOT_TERMS terms. */
#define DOT_TERMS 256
#define DOT_WORDS 1 /* words that an `a` is prepared into */
typedef struct {
    u128 sum;
    u64 overflow;
} dot;

static inline void dot_prepare(u64 *words, u64 a) { words[0] = a; }
static inline dot dot_zero(void) { return (dot){0, 0}; }
static inline dot dot_add(dot d, lanes x, const u64 *words) {
    u128 product = (u128)x * words[0];
    d.sum += product;
    d.overflow += d.sum < product;
    return d;
}
/* 2^128 = -2^32 */
static inline lanes dot_reduce(dot d) {
    return field_sub(field_canonical(lazy_reduce(d.sum)), field_canonical(d.overflow << 32));
}

/* to[stride c + r] = rows[r][c] for r, c < 8; zero for c >= columns */
static inline void transpose8(const u64 *const rows[8], size_t columns, u64 *to, size_t stride) {
    for (size_t r = 0; r < 8; r++)
        for (size_t c = 0; c < 8; c++) to[stride * c + r] = c < columns ? rows[r][c] : 0;
}

#define HASH_LANES 1
typedef u32 words;

static inline words words_set(u32 a) { return a; }
static inline words words_load(const u32 *from) { return *from; }
static inline void words_store(u32 *to, words a) { *to = a; }
static inline words words_add(words a, words b) { return a + b; }
static inline words words_xor(words a, words b) { return a ^ b; }
static inline words words_rotate16(words a) { return a >> 16 | a << 16; }
static inline words words_rotate12(words a) { return a >> 12 | a << 20; }
static inline words words_rotate8(words a) { return a >> 8 | a << 24; }
static inline words words_rotate7(words a) { return a >> 7 | a << 25; }
/* message[i] holds word i of the 64 bytes at from[lane], per lane */
static inline void words_gather(const uint8_t *const from[HASH_LANES], words message[16]) {
    memcpy(message, from[0], 64);
}

#endif
