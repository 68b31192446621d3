/* Lanes of AVX2: four elements, eight words. The names are those of lanes_scalar.h.

   There is no comparison of unsigned numbers: both sides are moved by 2^63 and compared as signed ones. */
#ifndef ZISK_LANES_H
#define ZISK_LANES_H

#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,bmi2"))), apply_to = function)
#else
#pragma GCC target("avx2,bmi2")
#endif

#include "field.h"

#define LANES 4
typedef __m256i lanes;

static inline lanes lanes_load(const u64 *from) { return _mm256_loadu_si256((const __m256i *)from); }
static inline void lanes_store(u64 *to, lanes a) { _mm256_storeu_si256((__m256i *)to, a); }
static inline lanes lanes_set(u64 a) { return _mm256_set1_epi64x((long long)a); }

/* epsilon where a < b, else zero */
static inline lanes epsilon_where_less(lanes a, lanes b) {
    lanes sign = lanes_set(1ULL << 63);
    lanes less = _mm256_cmpgt_epi64(_mm256_xor_si256(b, sign), _mm256_xor_si256(a, sign));
    return _mm256_srli_epi64(less, 32);
}

/* modulo 2^64, adding epsilon is subtracting p */
static inline lanes lanes_canonical(lanes a) {
    return _mm256_add_epi64(a, epsilon_where_less(lanes_set(FIELD_P - 1), a));
}
static inline lanes lazy_lanes_add(lanes a, lanes b) {
    lanes r = _mm256_add_epi64(a, b);
    return _mm256_add_epi64(r, epsilon_where_less(r, a));
}
static inline lanes lazy_lanes_sub(lanes a, lanes b) {
    return _mm256_sub_epi64(_mm256_sub_epi64(a, b), epsilon_where_less(a, b));
}

static inline lanes lanes_sub(lanes a, lanes b) { return lazy_lanes_sub(a, b); }
static inline lanes lanes_add(lanes a, lanes b) {
    return lazy_lanes_sub(a, _mm256_sub_epi64(lanes_set(FIELD_P), b));
}
static inline lanes lanes_neg(lanes a) {
    lanes zero = _mm256_cmpeq_epi64(a, _mm256_setzero_si256());
    return _mm256_andnot_si256(zero, _mm256_sub_epi64(lanes_set(FIELD_P), a));
}

/* low + 2^64 high = low - (high >> 32) + epsilon * (high mod 2^32) */
static inline lanes lazy_lanes_reduce(lanes high, lanes low) {
    lanes t = lazy_lanes_sub(low, _mm256_srli_epi64(high, 32));
    return lazy_lanes_add(t, _mm256_mul_epu32(high, lanes_set(FIELD_EPSILON)));
}

static inline lanes lazy_lanes_mul(lanes a, lanes b) {
    lanes a_high = _mm256_srli_epi64(a, 32), b_high = _mm256_srli_epi64(b, 32);
    lanes ll = _mm256_mul_epu32(a, b), lh = _mm256_mul_epu32(a, b_high);
    lanes hl = _mm256_mul_epu32(a_high, b), hh = _mm256_mul_epu32(a_high, b_high);
    lanes t = _mm256_add_epi64(hl, _mm256_srli_epi64(ll, 32));
    lanes u = _mm256_add_epi64(lh, _mm256_and_si256(t, lanes_set(FIELD_EPSILON)));
    lanes high = _mm256_add_epi64(hh, _mm256_add_epi64(_mm256_srli_epi64(t, 32), _mm256_srli_epi64(u, 32)));
    lanes low = _mm256_blend_epi32(ll, _mm256_slli_epi64(u, 32), 0xAA);
    return lazy_lanes_reduce(high, low);
}
static inline lanes lazy_lanes_scale(lanes a, const u64 *factor) {
    return lazy_lanes_mul(a, lanes_set(*factor));
}
static inline lanes lanes_mul(lanes a, lanes b) { return lanes_canonical(lazy_lanes_mul(a, b)); }

static inline lanes lazy_lanes_neg(lanes a) {
    return _mm256_sub_epi64(lanes_set(FIELD_P), lanes_canonical(a));
}

/* a 2^s for a constant s below 96. With t = s - 64 and the low 32 - t bits of a called a0, the others a1:
   a 2^s = a0 2^t 2^64 + a1 2^96 = epsilon (2^t a0) - a1. */
static inline lanes lazy_lanes_shift(lanes a, const int s) {
    typedef unsigned long long v4 __attribute__((vector_size(32)));
    lanes epsilon = lanes_set(FIELD_EPSILON);
    if (s == 0) return a;
    if (s < 32)
        return lazy_lanes_add((lanes)((v4)a << s), _mm256_mul_epu32((lanes)((v4)a >> (64 - s)), epsilon));
    if (s < 64) return lazy_lanes_reduce((lanes)((v4)a >> (64 - s)), (lanes)((v4)a << s));
    return lazy_lanes_sub(_mm256_mul_epu32((lanes)((v4)a << (s - 64)), epsilon), (lanes)((v4)a >> (96 - s)));
}

/* x a = x0 a + x1 (2^32 a) with x in halves; a and 2^32 a mod p each in digits of 22 bits. A digit's sum
   takes two products below 2^54 per term, so 256 terms stay below 2^63. */
#define DOT_TERMS 256
#define DOT_WORDS 6
typedef struct {
    lanes digit[3];
} dot;

static inline void dot_prepare(u64 *words, u64 a) {
    u64 shifted = lazy_reduce((u128)a << 32);
    for (int k = 0; k < 3; k++) {
        words[k] = a >> (22 * k) & 0x3FFFFF;
        words[3 + k] = shifted >> (22 * k) & 0x3FFFFF;
    }
}
static inline dot dot_zero(void) {
    lanes zero = _mm256_setzero_si256();
    return (dot){{zero, zero, zero}};
}
static inline dot dot_add(dot d, lanes x, const u64 *words) {
    lanes high = _mm256_srli_epi64(x, 32);
    for (int k = 0; k < 3; k++) {
        d.digit[k] = _mm256_add_epi64(d.digit[k], _mm256_mul_epu32(x, lanes_set(words[k])));
        d.digit[k] = _mm256_add_epi64(d.digit[k], _mm256_mul_epu32(high, lanes_set(words[3 + k])));
    }
    return d;
}
static inline lanes dot_reduce(dot d) {
    lanes middle = lazy_lanes_reduce(_mm256_srli_epi64(d.digit[1], 42), _mm256_slli_epi64(d.digit[1], 22));
    lanes high = lazy_lanes_reduce(_mm256_srli_epi64(d.digit[2], 20), _mm256_slli_epi64(d.digit[2], 44));
    lanes sum = lanes_add(lanes_canonical(middle), lanes_canonical(high));
    return lanes_add(lanes_canonical(d.digit[0]), sum);
}

static inline void transpose4(const u64 *const rows[4], size_t column, u64 *to, size_t stride) {
    lanes a[4], b[4];
    for (int i = 0; i < 4; i++) a[i] = lanes_load(rows[i] + column);
    for (int i = 0; i < 4; i += 2) {
        b[i] = _mm256_unpacklo_epi64(a[i], a[i + 1]);
        b[i + 1] = _mm256_unpackhi_epi64(a[i], a[i + 1]);
    }
    for (int k = 0; k < 2; k++) {
        lanes_store(to + stride * (column + k), _mm256_permute2x128_si256(b[k], b[k + 2], 0x20));
        lanes_store(to + stride * (column + k + 2), _mm256_permute2x128_si256(b[k], b[k + 2], 0x31));
    }
}

static inline void transpose8(const u64 *const rows[8], size_t columns, u64 *to, size_t stride) {
    u64 filled[8][8];
    const u64 *from[8];
    for (int i = 0; i < 8; i++) from[i] = rows[i];
    if (columns < 8) {
        memset(filled, 0, sizeof filled);
        for (int i = 0; i < 8; i++) from[i] = memcpy(filled[i], rows[i], columns * sizeof(u64));
    }
    for (int i = 0; i < 8; i += 4)
        for (size_t column = 0; column < 8; column += 4) transpose4(from + i, column, to + i, stride);
}

#define HASH_LANES 8
typedef __m256i words;

static inline words words_set(u32 a) { return _mm256_set1_epi32((int)a); }
static inline words words_load(const u32 *from) { return _mm256_loadu_si256((const __m256i *)from); }
static inline void words_store(u32 *to, words a) { _mm256_storeu_si256((__m256i *)to, a); }
static inline words words_add(words a, words b) { return _mm256_add_epi32(a, b); }
static inline words words_xor(words a, words b) { return _mm256_xor_si256(a, b); }
static inline words words_rotate16(words a) {
    return _mm256_shuffle_epi8(a, _mm256_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2, 13,
                                                  12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
}
static inline words words_rotate12(words a) {
    return _mm256_or_si256(_mm256_srli_epi32(a, 12), _mm256_slli_epi32(a, 20));
}
static inline words words_rotate8(words a) {
    return _mm256_shuffle_epi8(a, _mm256_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1, 12,
                                                  15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1));
}
static inline words words_rotate7(words a) {
    return _mm256_or_si256(_mm256_srli_epi32(a, 7), _mm256_slli_epi32(a, 25));
}

/* two 8 x 8 transposes: 32-bit pairs, 64-bit pairs, 128-bit halves */
static inline void words_gather(const uint8_t *const from[HASH_LANES], words message[16]) {
    for (int half = 0; half < 2; half++) {
        words a[8], b[8], *to = message + 8 * half;
        for (int i = 0; i < 8; i++) a[i] = _mm256_loadu_si256((const __m256i *)(from[i] + 32 * half));
        for (int i = 0; i < 8; i += 2) {
            b[i] = _mm256_unpacklo_epi32(a[i], a[i + 1]);
            b[i + 1] = _mm256_unpackhi_epi32(a[i], a[i + 1]);
        }
        for (int i = 0; i < 8; i += 4)
            for (int k = 0; k < 2; k++) {
                a[i + 2 * k] = _mm256_unpacklo_epi64(b[i + k], b[i + k + 2]);
                a[i + 2 * k + 1] = _mm256_unpackhi_epi64(b[i + k], b[i + k + 2]);
            }
        for (int k = 0; k < 4; k++) {
            to[k] = _mm256_permute2x128_si256(a[k], a[k + 4], 0x20);
            to[k + 4] = _mm256_permute2x128_si256(a[k], a[k + 4], 0x31);
        }
    }
}

#endif
