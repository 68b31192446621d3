/* Goldilocks, p = 2^64 - 2^32 + 1, and K = F[x] / (x^3 - x - 1), one element at a time.

   Every function takes and returns canonical elements (less than p) unless its name starts with lazy_. */
#ifndef ZISK_FIELD_H
#define ZISK_FIELD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the kernels hash arrays as they lie in memory, which needs a little-endian machine"
#endif

typedef uint64_t u64;
typedef uint32_t u32;
typedef unsigned __int128 u128;

#define FIELD_P 0xFFFFFFFF00000001ULL
#define FIELD_EPSILON 0xFFFFFFFFULL /* 2^64 mod p */
#define FIELD_GENERATOR 7
#define FIELD_TWO_ADICITY 32

static inline u64 field_canonical(u64 a) { return a >= FIELD_P ? a - FIELD_P : a; }

/* a + b = a - (p - b); adding p is subtracting epsilon modulo 2^64 */
static inline u64 field_add(u64 a, u64 b) {
    u64 c = FIELD_P - b;
    return a - c - (FIELD_EPSILON & -(u64)(a < c));
}

static inline u64 field_sub(u64 a, u64 b) { return a - b - (FIELD_EPSILON & -(u64)(a < b)); }

static inline u64 field_neg(u64 a) { return a ? FIELD_P - a : 0; }

/* x = x0 + 2^64 x1 + 2^96 x2 = x0 + epsilon x1 - x2; the carries are random, so there are no branches */
static inline u64 lazy_reduce(u128 x) {
    u64 low = (u64)x, high = (u64)(x >> 64);
    u64 x2 = high >> 32, x1 = high & FIELD_EPSILON;
    u64 t = low - x2;
    t -= FIELD_EPSILON & -(u64)(low < x2);
    u64 r = t + (x1 << 32) - x1;
    return r + (FIELD_EPSILON & -(u64)(r < t));
}

/* any two words in, any representative out */
static inline u64 lazy_mul(u64 a, u64 b) { return lazy_reduce((u128)a * b); }

static inline u64 field_mul(u64 a, u64 b) { return field_canonical(lazy_mul(a, b)); }

static inline u64 field_power(u64 a, u64 exponent) {
    u64 r = 1;
    for (; exponent; exponent >>= 1, a = field_mul(a, a))
        if (exponent & 1) r = field_mul(r, a);
    return r;
}

static inline u64 field_inverse(u64 a) { return field_power(a, FIELD_P - 2); }

/* generator of the subgroup of order 2^log_order */
static inline u64 field_root(unsigned log_order) {
    return field_power(FIELD_GENERATOR, (FIELD_P - 1) >> log_order);
}

static inline u64 reverse_bits(u64 x, unsigned bits) {
    u64 r = 0;
    for (unsigned i = 0; i < bits; i++) r |= ((x >> i) & 1) << (bits - 1 - i);
    return r;
}

/* x^3 = x + 1, x^4 = x^2 + x */
static inline void cubic_mul(u64 *out, const u64 *a, const u64 *b) {
    u64 t3 = field_add(field_mul(a[1], b[2]), field_mul(a[2], b[1]));
    u64 t4 = field_mul(a[2], b[2]);
    u64 t1 = field_add(field_mul(a[0], b[1]), field_mul(a[1], b[0]));
    u64 t2 = field_add(field_mul(a[0], b[2]), field_mul(a[2], b[0]));
    u64 c0 = field_add(field_mul(a[0], b[0]), t3);
    u64 c2 = field_add(field_add(t2, field_mul(a[1], b[1])), t4);
    out[1] = field_add(field_add(t1, t3), t4);
    out[0] = c0;
    out[2] = c2;
}

static inline void cubic_scale(u64 *out, const u64 *a, u64 b) {
    for (int k = 0; k < 3; k++) out[k] = field_mul(a[k], b);
}

static inline void cubic_add(u64 *out, const u64 *a, const u64 *b) {
    for (int k = 0; k < 3; k++) out[k] = field_add(a[k], b[k]);
}

static inline void cubic_power(u64 *out, const u64 *a, u64 exponent) {
    u64 base[3] = {a[0], a[1], a[2]}, r[3] = {1, 0, 0};
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) cubic_mul(r, r, base);
        cubic_mul(base, base, base);
    }
    memcpy(out, r, sizeof r);
}

#endif
