/* K over lanes, and arrays of K split into three arrays of coordinates (as blocks are). */
#ifndef ZISK_CUBIC_H
#define ZISK_CUBIC_H

#include "kernels.h"

typedef struct {
    lanes c[3];
} cubic;

static inline cubic cubic_load(const u64 *from, size_t stride) {
    return (cubic){{lanes_load(from), lanes_load(from + stride), lanes_load(from + 2 * stride)}};
}

static inline void cubic_store(u64 *to, size_t stride, cubic a) {
    for (int k = 0; k < 3; k++) lanes_store(to + k * stride, a.c[k]);
}

static inline cubic cubic_set(const u64 *a) {
    return (cubic){{lanes_set(a[0]), lanes_set(a[1]), lanes_set(a[2])}};
}

static inline cubic cubic_lanes_add(cubic a, cubic b) {
    for (int k = 0; k < 3; k++) a.c[k] = lanes_add(a.c[k], b.c[k]);
    return a;
}

static inline cubic cubic_lanes_sub(cubic a, cubic b) {
    for (int k = 0; k < 3; k++) a.c[k] = lanes_sub(a.c[k], b.c[k]);
    return a;
}

static inline cubic cubic_lanes_scale(cubic a, lanes b) {
    for (int k = 0; k < 3; k++) a.c[k] = lanes_mul(a.c[k], b);
    return a;
}

/* Karatsuba, six products: s_ij = (a_i + a_j)(b_i + b_j) - p_i - p_j = a_i b_j + a_j b_i, and x^3 = x + 1 */
static inline cubic cubic_lanes_mul(cubic a, cubic b) {
    lanes p0 = lanes_mul(a.c[0], b.c[0]), p1 = lanes_mul(a.c[1], b.c[1]), p2 = lanes_mul(a.c[2], b.c[2]);
    lanes p01 = lanes_add(p0, p1), p12 = lanes_add(p1, p2);
    lanes s01 = lanes_mul(lanes_add(a.c[0], a.c[1]), lanes_add(b.c[0], b.c[1]));
    lanes s02 = lanes_mul(lanes_add(a.c[0], a.c[2]), lanes_add(b.c[0], b.c[2]));
    lanes s12 = lanes_sub(lanes_mul(lanes_add(a.c[1], a.c[2]), lanes_add(b.c[1], b.c[2])), p12);
    /* c0 = p0 + s12; c1 = s01 + s12 + p2; c2 = s02 + p1 + p2 */
    cubic r;
    r.c[0] = lanes_add(p0, s12);
    r.c[1] = lanes_add(lanes_sub(s01, p01), lanes_add(s12, p2));
    r.c[2] = lanes_add(lanes_sub(s02, p0), p1);
    return r;
}

/* The inverse of a is its adjugate over its norm: with s = a0 + a2, t = a1 + a2,
   adjugate = (s^2 - t a1, t a2 - s a1, a1^2 - s a2), norm = a0 adj0 + a2 adj1 + a1 adj2. */
static inline cubic cubic_adjugate(cubic a, lanes *norm) {
    lanes s = lanes_add(a.c[0], a.c[2]), t = lanes_add(a.c[1], a.c[2]);
    cubic r;
    r.c[0] = lanes_sub(lanes_mul(s, s), lanes_mul(t, a.c[1]));
    r.c[1] = lanes_sub(lanes_mul(t, a.c[2]), lanes_mul(s, a.c[1]));
    r.c[2] = lanes_sub(lanes_mul(a.c[1], a.c[1]), lanes_mul(s, a.c[2]));
    *norm =
        lanes_add(lanes_mul(a.c[0], r.c[0]), lanes_add(lanes_mul(a.c[2], r.c[1]), lanes_mul(a.c[1], r.c[2])));
    return r;
}

/* (count, 3) -> three arrays, `stride` apart, and back */
static inline void cubic_split(const u64 *from, size_t count, u64 *to, size_t stride) {
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < 3; k++) to[k * stride + i] = from[3 * i + k];
}

static inline void cubic_join(const u64 *from, size_t stride, size_t count, u64 *to) {
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < 3; k++) to[3 * i + k] = from[k * stride + i];
}

/* values[i] -> 1 / values[i], each not zero; count is a multiple of LANES. `prefix` has room for count words.
   Montgomery's trick in each lane, then across the lanes. */
static void invert_all(u64 *values, u64 *prefix, size_t count) {
    lanes product = lanes_set(1);
    for (size_t i = 0; i < count; i += LANES) {
        lanes_store(prefix + i, product);
        product = lanes_mul(product, lanes_load(values + i));
    }
    u64 ends[LANES], before[LANES], all = 1;
    lanes_store(ends, product);
    for (int k = 0; k < LANES; k++) {
        before[k] = all;
        all = field_mul(all, ends[k]);
    }
    all = field_inverse(all);
    for (int k = LANES - 1; k >= 0; k--) {
        u64 end = ends[k];
        ends[k] = field_mul(all, before[k]);
        all = field_mul(all, end);
    }
    lanes inverse = lanes_load(ends);
    for (size_t i = count; i; i -= LANES) {
        u64 *at = values + i - LANES;
        lanes value = lanes_load(at);
        lanes_store(at, lanes_mul(inverse, lanes_load(prefix + i - LANES)));
        inverse = lanes_mul(inverse, value);
    }
}

#endif
