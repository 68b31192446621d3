/* What divides by elements of K: inverses, barycentric weights, DEEP quotients; and folding. */
#ifndef ZISK_POINTS_H
#define ZISK_POINTS_H

#include "cosets.h"
#include "cubic.h"
#include "memory.h"

/* values [3][BLOCK] -> inverses; returns the first of `count` slots that is zero, or DONE */
static long long invert_block(u64 *values, size_t count) {
    u64 norms[BLOCK], prefix[BLOCK];
    for (size_t i = 0; i < BLOCK; i += LANES) {
        lanes norm;
        cubic_store(values + i, BLOCK, cubic_adjugate(cubic_load(values + i, BLOCK), &norm));
        lanes_store(norms + i, norm);
    }
    for (size_t i = 0; i < BLOCK; i++) {
        if (i >= count) norms[i] = 1;
        else if (norms[i] == 0) return (long long)i;
    }
    invert_all(norms, prefix, BLOCK);
    for (size_t i = 0; i < BLOCK; i += LANES)
        cubic_store(values + i, BLOCK,
                    cubic_lanes_scale(cubic_load(values + i, BLOCK), lanes_load(norms + i)));
    return DONE;
}

static long long cubic_inverse(const u64 *values, u64 *out, size_t start, size_t stop) {
    u64 block[3 * BLOCK] = {0};
    for (size_t row = start; row < stop; row += BLOCK) {
        size_t count = stop - row < BLOCK ? stop - row : BLOCK;
        cubic_split(values + 3 * row, count, block, BLOCK);
        long long zero = invert_block(block, count);
        if (zero != DONE) return (long long)row + zero;
        cubic_join(block, BLOCK, count, out + 3 * row);
    }
    return DONE;
}

/* block = 1 / (x - z) for the rows of a block of a coset */
static long long invert_distances(const u64 *x, const u64 *point, u64 *block, size_t count) {
    cubic z = cubic_set(point), zero = {{lanes_set(0), lanes_set(0), lanes_set(0)}};
    for (size_t i = 0; i < BLOCK; i += LANES) {
        cubic distance = cubic_lanes_sub(zero, z);
        distance.c[0] = lanes_sub(lanes_load(x + i), z.c[0]);
        cubic_store(block + i, BLOCK, distance);
    }
    return invert_block(block, count);
}

/* A block of aligned rows and the part of it that lies in start..stop. */
struct span {
    size_t first, count;
};

static inline struct span span_of(size_t base, size_t rows, size_t start, size_t stop) {
    size_t first = start > base ? start - base : 0, last = stop - base < rows ? stop - base : rows;
    return (struct span){first, last - first};
}

/* f(z) = (z^N - s^N) / (N s^N) * sum_r x_r / (z - x_r) f(x_r), for f of degree less than N, on s H_N */
static long long barycentric(unsigned log_size, const u64 *point, u64 *out, size_t start, size_t stop) {
    struct coset coset;
    u64 n = (u64)1 << log_size, x[BLOCK], block[3 * BLOCK], factor[3];
    coset_start(&coset, log_size, FIELD_GENERATOR, field_root(log_size));
    u64 power = field_power(FIELD_GENERATOR, n);
    cubic_power(factor, point, n);
    factor[0] = field_sub(factor[0], power);
    cubic_scale(factor, factor, field_neg(field_inverse(field_mul(n, power)))); /* -: we divide by x - z */
    cubic scale = cubic_set(factor);
    size_t rows = n < BLOCK ? n : BLOCK;
    for (size_t base = start / BLOCK * BLOCK; base < stop; base += BLOCK) {
        coset_points(&coset, base, x);
        long long zero = invert_distances(x, point, block, rows);
        if (zero != DONE) return (long long)base + zero;
        for (size_t i = 0; i < BLOCK; i += LANES) {
            cubic weight = cubic_lanes_scale(cubic_load(block + i, BLOCK), lanes_load(x + i));
            cubic_store(block + i, BLOCK, cubic_lanes_mul(weight, scale));
        }
        struct span s = span_of(base, rows, start, stop);
        cubic_join(block + s.first, BLOCK, s.count, out + 3 * (base + s.first));
    }
    return DONE;
}

static long long deep_quotient(const u64 *accumulator, const u64 *constant, const u64 *point, u64 *codeword,
                               unsigned log_size, size_t start, size_t stop) {
    struct coset coset;
    size_t n = (size_t)1 << log_size, rows = n < BLOCK ? n : BLOCK;
    u64 x[BLOCK], block[3 * BLOCK], values[3 * BLOCK] = {0}, sums[3 * BLOCK] = {0};
    coset_start(&coset, log_size, FIELD_GENERATOR, field_root(log_size));
    cubic value = cubic_set(constant);
    for (size_t base = start / BLOCK * BLOCK; base < stop; base += BLOCK) {
        struct span s = span_of(base, rows, start, stop);
        coset_points(&coset, base, x);
        long long zero = invert_distances(x, point, block, rows);
        if (zero != DONE) return (long long)base + zero;
        cubic_split(accumulator + 3 * (base + s.first), s.count, values + s.first, BLOCK);
        cubic_split(codeword + 3 * (base + s.first), s.count, sums + s.first, BLOCK);
        for (size_t i = 0; i < BLOCK; i += LANES) {
            cubic difference = cubic_lanes_sub(cubic_load(values + i, BLOCK), value);
            cubic quotient = cubic_lanes_mul(difference, cubic_load(block + i, BLOCK));
            cubic_store(sums + i, BLOCK, cubic_lanes_add(cubic_load(sums + i, BLOCK), quotient));
        }
        cubic_join(sums + s.first, BLOCK, s.count, codeword + 3 * (base + s.first));
    }
    return DONE;
}

/* Halve `values` [2 half][3][BLOCK] in place: f(x), f(-x) -> (f(x) + f(-x)) + beta (f(x) - f(-x)) / x, which
   is twice the folded value. Pair u of a group has 1/x = inverse * ratio^bitrev(u). */
static void fold_pairs(u64 *values, size_t half, const u64 *inverse, const u64 *ratios, const u64 *beta) {
    cubic b = cubic_set(beta);
    for (size_t u = 0; u < half; u++) {
        u64 *to = values + 3 * BLOCK * u;
        const u64 *even = values + 3 * BLOCK * (2 * u), *odd = even + 3 * BLOCK;
        lanes ratio = lanes_set(ratios[u]);
        for (size_t i = 0; i < BLOCK; i += LANES) {
            cubic f = cubic_load(even + i, BLOCK), g = cubic_load(odd + i, BLOCK);
            cubic slope = cubic_lanes_scale(cubic_lanes_sub(f, g), lanes_mul(ratio, lanes_load(inverse + i)));
            cubic_store(to + i, BLOCK, cubic_lanes_add(cubic_lanes_add(f, g), cubic_lanes_mul(b, slope)));
        }
    }
}

/* all layers of a block of groups; inverse[i] = 1 / (first point of group i), squared from layer to layer */
static void fold_block(u64 *values, unsigned log_arity, u64 *inverse, const u64 *beta) {
    u64 power[3] = {beta[0], beta[1], beta[2]}, ratios[BLOCK];
    for (unsigned log_left = log_arity; log_left; log_left--) {
        size_t half = (size_t)1 << (log_left - 1);
        u64 w = field_inverse(field_root(log_left));
        for (size_t u = 0; u < half; u++) ratios[u] = field_power(w, reverse_bits(u, log_left - 1));
        fold_pairs(values, half, inverse, ratios, power);
        cubic_mul(power, power, power);
        for (size_t i = 0; i < BLOCK; i += LANES) {
            lanes x = lanes_load(inverse + i);
            lanes_store(inverse + i, lanes_mul(x, x));
        }
    }
}

static int fold(const u64 *codeword, unsigned log_size, const u64 *beta, unsigned log_arity, u64 shift,
                u64 *out, size_t start, size_t stop) {
    struct coset coset;
    size_t arity = (size_t)1 << log_arity, n = (size_t)1 << (log_size - log_arity),
           rows = n < BLOCK ? n : BLOCK;
    u64 inverse[BLOCK];
    u64 *values = memory_allocate(3 * BLOCK * arity * sizeof(u64));
    if (!values) return OUT_OF_MEMORY;
    memset(values, 0, 3 * BLOCK * arity * sizeof(u64));
    coset_start(&coset, log_size - log_arity, field_inverse(shift), field_inverse(field_root(log_size)));
    lanes scale = lanes_set(field_inverse((u64)arity));
    for (size_t base = start / BLOCK * BLOCK; base < stop; base += BLOCK) {
        struct span s = span_of(base, rows, start, stop);
        coset_points(&coset, base, inverse);
        for (size_t i = s.first; i < s.first + s.count; i++)
            for (size_t e = 0; e < arity; e++)
                for (int k = 0; k < 3; k++)
                    values[(3 * e + k) * BLOCK + i] = codeword[3 * ((base + i) * arity + e) + k];
        fold_block(values, log_arity, inverse, beta);
        for (size_t i = 0; i < BLOCK; i += LANES)
            cubic_store(values + i, BLOCK, cubic_lanes_scale(cubic_load(values + i, BLOCK), scale));
        cubic_join(values + s.first, BLOCK, s.count, out + 3 * (base + s.first));
    }
    memory_free(values);
    return 0;
}

#endif
