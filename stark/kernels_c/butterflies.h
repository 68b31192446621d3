/* Transforms in cache: [n][8] words, eight columns side by side, natural order in, bit-reversed order out.

   Decimation in frequency. The 64-th root of unity is 2^39 and 2^96 = -1, so 64 rows are transformed by radix
   8 twice with shifts alone; above that the factors between layers are multiplications. The 8-th root is
   -2^24, its inverse 2^72. */
#ifndef ZISK_BUTTERFLIES_H
#define ZISK_BUTTERFLIES_H

#include "roots.h"
#include "rows.h"

/* (a, b) -> (a + b, a - b) */
static inline void sum_difference(lanes *a, lanes *b) {
    lanes c = lanes_canonical(*b), x = *a;
    *a = lazy_lanes_add(x, c);
    *b = lazy_lanes_sub(x, c);
}

/* (a, b) -> (a + b, b - a) */
static inline void sum_negated(lanes *a, lanes *b) {
    lanes c = lanes_canonical(*a), x = *b;
    *a = lazy_lanes_add(x, c);
    *b = lazy_lanes_sub(x, c);
}

/* multiply the difference of a pair by the square of the 8-th root: 2^48, inverse -2^48 */
static inline void sum_quarter(lanes *a, lanes *b, const int inverse) {
    if (inverse) sum_negated(a, b);
    else sum_difference(a, b);
    *b = lazy_lanes_shift(*b, 48);
}

/* 4-point transform of a[0], a[1], a[2], a[3], bit-reversed */
static inline void transform4(lanes *a, const int inverse) {
    sum_difference(&a[0], &a[2]);
    sum_quarter(&a[1], &a[3], inverse);
    sum_difference(&a[0], &a[1]);
    sum_difference(&a[2], &a[3]);
}

/* 8-point transform, bit-reversed */
static inline void transform8(lanes *a, const int inverse) {
    sum_difference(&a[0], &a[4]);
    sum_quarter(&a[2], &a[6], inverse);
    if (inverse) { /* factors 2^72 and 2^24 */
        sum_difference(&a[1], &a[5]);
        a[5] = lazy_lanes_shift(a[5], 72);
        sum_difference(&a[3], &a[7]);
        a[7] = lazy_lanes_shift(a[7], 24);
    } else { /* factors -2^24 and -2^72 */
        sum_negated(&a[1], &a[5]);
        a[5] = lazy_lanes_shift(a[5], 24);
        sum_negated(&a[3], &a[7]);
        a[7] = lazy_lanes_shift(a[7], 72);
    }
    transform4(a, inverse);
    transform4(a + 4, inverse);
}

static const int reversed_digits[4][8] = {{0}, {0, 1}, {0, 2, 1, 3}, {0, 4, 2, 6, 1, 5, 3, 7}};

static inline void transform_small(lanes *a, const unsigned log_size, const int inverse) {
    if (log_size == 3) transform8(a, inverse);
    else if (log_size == 2) transform4(a, inverse);
    else if (log_size == 1) sum_difference(&a[0], &a[1]);
}

/* n rows to 2^digits blocks, which are transforms of their own */
static inline void layer(u64 *tile, unsigned log_size, const unsigned digits, const int inverse) {
    const u64 *roots = tile_roots[inverse][log_size];
    size_t count = (size_t)1 << (log_size - digits), step = count * COLUMNS;
    for (size_t i = 0; i < count; i++, roots += 1 << digits)
        for (size_t column = 0; column < COLUMNS; column += LANES) {
            u64 *at = tile + i * COLUMNS + column;
            lanes a[8];
            for (int k = 0; k < 1 << digits; k++) a[k] = lanes_load(at + k * step);
            transform_small(a, digits, inverse);
            lanes_store(at, a[0]);
            for (int k = 1; k < 1 << digits; k++)
                lanes_store(at + k * step, lazy_lanes_scale(a[k], roots + reversed_digits[digits][k]));
        }
}

/* one block of 2^digits neighbours: no factors */
static inline void last_layer(u64 *tile, const unsigned digits, const int inverse) {
    for (size_t column = 0; column < COLUMNS; column += LANES) {
        lanes a[8];
        for (int k = 0; k < 1 << digits; k++) a[k] = lanes_load(tile + column + k * COLUMNS);
        transform_small(a, digits, inverse);
        for (int k = 0; k < 1 << digits; k++) lanes_store(tile + column + k * COLUMNS, a[k]);
    }
}

/* times the 64-th root to the i j: 2^(39 i j) */
static inline lanes times_root64(lanes a, const int exponent, const int inverse) {
    const int s = (inverse ? 192 - 39 * exponent % 192 : 39 * exponent) % 192;
    lanes r = lazy_lanes_shift(a, s % 96);
    return s < 96 ? r : lazy_lanes_neg(r);
}

static inline void transform64(u64 *tile, const int inverse) {
    for (size_t column = 0; column < COLUMNS; column += LANES) {
        u64 *at = tile + column;
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            lanes a[8];
            for (int k = 0; k < 8; k++) a[k] = lanes_load(at + (8 * k + i) * COLUMNS);
            transform8(a, inverse);
#pragma GCC unroll 8
            for (int k = 0; k < 8; k++)
                lanes_store(at + (8 * k + i) * COLUMNS,
                            times_root64(a[k], i * reversed_digits[3][k], inverse));
        }
    }
    for (int k = 0; k < 8; k++) last_layer(tile + 8 * k * COLUMNS, 3, inverse);
}

static void forward64(u64 *tile) { transform64(tile, 0); }
static void inverse64(u64 *tile) { transform64(tile, 1); }

/* The radix is a constant in every call: the loops over it unroll. */
static inline void first_layer(u64 *tile, unsigned log_size, const int inverse) {
    switch (log_size) {
    case 0: return;
    case 1: last_layer(tile, 1, inverse); return;
    case 2: last_layer(tile, 2, inverse); return;
    case 3: last_layer(tile, 3, inverse); return;
    case 6: inverse ? inverse64(tile) : forward64(tile); return;
    }
    switch (log_radix(log_size)) {
    case 1: layer(tile, log_size, 1, inverse); return;
    case 2: layer(tile, log_size, 2, inverse); return;
    default: layer(tile, log_size, 3, inverse);
    }
}

/* Depth first: a block that fits the nearest cache is finished before the next one starts. */
static void tile_forward(u64 *tile, unsigned log_size) {
    first_layer(tile, log_size, 0);
    if (log_size <= 3 || log_size == 6) return;
    unsigned digits = log_radix(log_size);
    for (size_t k = 0; k < (size_t)1 << digits; k++)
        tile_forward(tile + (k << (log_size - digits)) * COLUMNS, log_size - digits);
}

static void tile_inverse(u64 *tile, unsigned log_size) {
    first_layer(tile, log_size, 1);
    if (log_size <= 3 || log_size == 6) return;
    unsigned digits = log_radix(log_size);
    for (size_t k = 0; k < (size_t)1 << digits; k++)
        tile_inverse(tile + (k << (log_size - digits)) * COLUMNS, log_size - digits);
}

#endif
