/* Lanes of AVX-512 (F, DQ, BW, VL): eight elements, sixteen words. The names are those of lanes_scalar.h. */
#ifndef ZISK_LANES_H
#define ZISK_LANES_H

#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,bmi2"))), \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,bmi2")
#endif

#include "field.h"

#define LANES 8
typedef __m512i lanes;

static inline lanes lanes_load(const u64 *from) { return _mm512_loadu_si512(from); }
static inline void lanes_store(u64 *to, lanes a) { _mm512_storeu_si512(to, a); }
static inline lanes lanes_set(u64 a) { return _mm512_set1_epi64((long long)a); }

/* a - p wraps around to more than a exactly where a < p */
static inline lanes lanes_canonical(lanes a) {
    return _mm512_min_epu64(a, _mm512_sub_epi64(a, lanes_set(FIELD_P)));
}

/* modulo 2^64, adding epsilon is subtracting p */
static inline lanes lazy_lanes_add(lanes a, lanes b) {
    lanes r = _mm512_add_epi64(a, b);
    return _mm512_mask_add_epi64(r, _mm512_cmplt_epu64_mask(r, a), r, lanes_set(FIELD_EPSILON));
}
static inline lanes lazy_lanes_sub(lanes a, lanes b) {
    lanes r = _mm512_sub_epi64(a, b);
    return _mm512_mask_sub_epi64(r, _mm512_cmplt_epu64_mask(a, b), r, lanes_set(FIELD_EPSILON));
}

static inline lanes lanes_sub(lanes a, lanes b) { return lazy_lanes_sub(a, b); }
static inline lanes lanes_add(lanes a, lanes b) {
    return lazy_lanes_sub(a, _mm512_sub_epi64(lanes_set(FIELD_P), b));
}
static inline lanes lanes_neg(lanes a) {
    return _mm512_mask_sub_epi64(a, _mm512_test_epi64_mask(a, a), lanes_set(FIELD_P), a);
}

/* low + 2^64 high = low - (high >> 32) + epsilon * (high mod 2^32) */
static inline lanes lazy_lanes_reduce(lanes high, lanes low) {
    lanes t = lazy_lanes_sub(low, _mm512_srli_epi64(high, 32));
    lanes r = _mm512_add_epi64(t, _mm512_mul_epu32(high, lanes_set(FIELD_EPSILON)));
    return _mm512_mask_add_epi64(r, _mm512_cmplt_epu64_mask(r, t), r, lanes_set(FIELD_EPSILON));
}

static inline lanes lazy_lanes_product(lanes a, lanes b, lanes b_high) {
    lanes a_high = _mm512_srli_epi64(a, 32);
    lanes ll = _mm512_mul_epu32(a, b), lh = _mm512_mul_epu32(a, b_high);
    lanes hl = _mm512_mul_epu32(a_high, b), hh = _mm512_mul_epu32(a_high, b_high);
    lanes t = _mm512_add_epi64(hl, _mm512_srli_epi64(ll, 32));
    lanes u = _mm512_add_epi64(lh, _mm512_and_si512(t, lanes_set(FIELD_EPSILON)));
    lanes high = _mm512_add_epi64(hh, _mm512_add_epi64(_mm512_srli_epi64(t, 32), _mm512_srli_epi64(u, 32)));
    lanes low = _mm512_mask_shuffle_epi32(ll, 0xAAAA, u, _MM_PERM_CCAA);
    return lazy_lanes_reduce(high, low);
}
static inline lanes lazy_lanes_mul(lanes a, lanes b) {
    return lazy_lanes_product(a, b, _mm512_srli_epi64(b, 32));
}
static inline lanes lazy_lanes_scale(lanes a, const u64 *factor) {
    return lazy_lanes_product(a, lanes_set(*factor), lanes_set(*factor >> 32));
}
static inline lanes lanes_mul(lanes a, lanes b) { return lanes_canonical(lazy_lanes_mul(a, b)); }

static inline lanes lazy_lanes_neg(lanes a) {
    return _mm512_sub_epi64(lanes_set(FIELD_P), lanes_canonical(a));
}

/* a 2^s for a constant s below 96. With t = s - 64 and the low 32 - t bits of a called a0, the others a1:
   a 2^s = a0 2^t 2^64 + a1 2^96 = epsilon (2^t a0) - a1. */
static inline lanes lazy_lanes_shift(lanes a, const int s) {
    typedef unsigned long long v8 __attribute__((vector_size(64)));
    lanes epsilon = lanes_set(FIELD_EPSILON);
    if (s == 0) return a;
    if (s < 32)
        return lazy_lanes_add((lanes)((v8)a << s), _mm512_mul_epu32((lanes)((v8)a >> (64 - s)), epsilon));
    if (s < 64) return lazy_lanes_reduce((lanes)((v8)a >> (64 - s)), (lanes)((v8)a << s));
    return lazy_lanes_sub(_mm512_mul_epu32((lanes)((v8)a << (s - 64)), epsilon), (lanes)((v8)a >> (96 - s)));
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
    lanes zero = _mm512_setzero_si512();
    return (dot){{zero, zero, zero}};
}
static inline dot dot_add(dot d, lanes x, const u64 *words) {
    lanes high = _mm512_srli_epi64(x, 32);
    for (int k = 0; k < 3; k++) {
        d.digit[k] = _mm512_add_epi64(d.digit[k], _mm512_mul_epu32(x, lanes_set(words[k])));
        d.digit[k] = _mm512_add_epi64(d.digit[k], _mm512_mul_epu32(high, lanes_set(words[3 + k])));
    }
    return d;
}
static inline lanes dot_reduce(dot d) {
    lanes middle = lazy_lanes_reduce(_mm512_srli_epi64(d.digit[1], 42), _mm512_slli_epi64(d.digit[1], 22));
    lanes high = lazy_lanes_reduce(_mm512_srli_epi64(d.digit[2], 20), _mm512_slli_epi64(d.digit[2], 44));
    lanes sum = lanes_add(lanes_canonical(middle), lanes_canonical(high));
    return lanes_add(lanes_canonical(d.digit[0]), sum);
}

static inline void transpose8(const u64 *const rows[8], size_t columns, u64 *to, size_t stride) {
    __mmask8 mask = (__mmask8)((1u << columns) - 1);
    lanes a[8], b[8];
    for (int i = 0; i < 8; i++) a[i] = _mm512_maskz_loadu_epi64(mask, rows[i]);
    for (int i = 0; i < 8; i += 2) { /* pairs of rows: 2 x 2 blocks */
        b[i] = _mm512_unpacklo_epi64(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_epi64(a[i], a[i + 1]);
    }
    for (int i = 0; i < 8;
         i += 4) /* a[0], a[4]: columns c and c + 4 of four rows, c = 0; a[2]: c = 2; odd: c + 1 */
        for (int k = 0; k < 2; k++) {
            a[i + k] = _mm512_shuffle_i64x2(b[i + k], b[i + k + 2], 0x88);
            a[i + k + 2] = _mm512_shuffle_i64x2(b[i + k], b[i + k + 2], 0xDD);
        }
    for (int k = 0; k < 4; k++) {
        lanes_store(to + stride * k, _mm512_shuffle_i64x2(a[k], a[k + 4], 0x88));
        lanes_store(to + stride * (k + 4), _mm512_shuffle_i64x2(a[k], a[k + 4], 0xDD));
    }
}

#define HASH_LANES 16
typedef __m512i words;

static inline words words_set(u32 a) { return _mm512_set1_epi32((int)a); }
static inline words words_load(const u32 *from) { return _mm512_loadu_si512(from); }
static inline void words_store(u32 *to, words a) { _mm512_storeu_si512(to, a); }
static inline words words_add(words a, words b) { return _mm512_add_epi32(a, b); }
static inline words words_xor(words a, words b) { return _mm512_xor_si512(a, b); }
static inline words words_rotate16(words a) { return _mm512_ror_epi32(a, 16); }
static inline words words_rotate12(words a) { return _mm512_ror_epi32(a, 12); }
static inline words words_rotate8(words a) { return _mm512_ror_epi32(a, 8); }
static inline words words_rotate7(words a) { return _mm512_ror_epi32(a, 7); }

/* 16 x 16 transpose: 32-bit pairs, 64-bit pairs, then 128-bit blocks twice */
static inline void words_gather(const uint8_t *const from[HASH_LANES], words message[16]) {
    words a[16], b[16];
    for (int i = 0; i < 16; i++) a[i] = _mm512_loadu_si512(from[i]);
    for (int i = 0; i < 16; i += 2) {
        b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
    }
    for (int i = 0; i < 16; i += 4)
        for (int k = 0; k < 2; k++) {
            a[i + 2 * k] = _mm512_unpacklo_epi64(b[i + k], b[i + k + 2]);
            a[i + 2 * k + 1] = _mm512_unpackhi_epi64(b[i + k], b[i + k + 2]);
        }
    for (int k = 0; k < 4; k++) {
        words even0 = _mm512_shuffle_i32x4(a[k], a[k + 4], 0x88),
              odd0 = _mm512_shuffle_i32x4(a[k], a[k + 4], 0xDD);
        words even1 = _mm512_shuffle_i32x4(a[k + 8], a[k + 12], 0x88);
        words odd1 = _mm512_shuffle_i32x4(a[k + 8], a[k + 12], 0xDD);
        message[k] = _mm512_shuffle_i32x4(even0, even1, 0x88);
        message[k + 8] = _mm512_shuffle_i32x4(even0, even1, 0xDD);
        message[k + 4] = _mm512_shuffle_i32x4(odd0, odd1, 0x88);
        message[k + 12] = _mm512_shuffle_i32x4(odd0, odd1, 0xDD);
    }
}

#endif
