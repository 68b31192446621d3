/* Transforms in cache: [n][8] words, eight columns side by side, natural order in, bit-reversed order out.

   Decimation in frequency by radix 8. The 8-th root of unity is a power of two, -2^24, so only the factors between
   passes are multiplications; the inverse root is 2^72, and 2^96 = -1. */
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
    *b = lazy_lanes_shift48(*b);
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
        a[5] = lazy_lanes_shift72(a[5]);
        sum_difference(&a[3], &a[7]);
        a[7] = lazy_lanes_shift24(a[7]);
    } else { /* factors -2^24 and -2^72 */
        sum_negated(&a[1], &a[5]);
        a[5] = lazy_lanes_shift24(a[5]);
        sum_negated(&a[3], &a[7]);
        a[7] = lazy_lanes_shift72(a[7]);
    }
    transform4(a, inverse);
    transform4(a + 4, inverse);
}

/* One layer of radix 8: n rows to eight blocks of n / 8, which are transforms of their own. */
static inline void wide_layer(u64 *tile, unsigned log_size, const int inverse) {
    static const int reversed[8] = {0, 4, 2, 6, 1, 5, 3, 7};
    const u64 *roots = tile_roots[inverse][log_size];
    size_t count = (size_t)1 << (log_size - 3), step = count * COLUMNS;
    for (size_t i = 0; i < count; i++)
        for (size_t column = 0; column < COLUMNS; column += LANES) {
            u64 *at = tile + i * COLUMNS + column;
            lanes a[8];
            for (int k = 0; k < 8; k++) a[k] = lanes_load(at + k * step);
            transform8(a, inverse);
            lanes_store(at, a[0]);
            for (int k = 1; k < 8; k++)
                lanes_store(at + k * step, lazy_lanes_scale(a[k], roots + 8 * i + reversed[k]));
        }
}

/* Transforms of blocks of `size` neighbours, 2, 4 or 8: no factors. */
static inline void narrow_layer(u64 *tile, size_t rows, const size_t size, const int inverse) {
    for (size_t row = 0; row < rows; row += size)
        for (size_t column = 0; column < COLUMNS; column += LANES) {
            u64 *at = tile + row * COLUMNS + column;
            lanes a[8];
            for (size_t k = 0; k < size; k++) a[k] = lanes_load(at + k * COLUMNS);
            if (size == 8) transform8(a, inverse);
            else if (size == 4) transform4(a, inverse);
            else sum_difference(&a[0], &a[1]);
            for (size_t k = 0; k < size; k++) lanes_store(at + k * COLUMNS, a[k]);
        }
}

static inline void narrow_layers(u64 *tile, size_t rows, unsigned log_size, const int inverse) {
    if (log_size == 3) narrow_layer(tile, rows, 8, inverse);
    else if (log_size == 2) narrow_layer(tile, rows, 4, inverse);
    else if (log_size == 1) narrow_layer(tile, rows, 2, inverse);
}

/* Depth first: a block that fits the nearest cache is finished before the next one starts. */
static void tile_forward(u64 *tile, unsigned log_size) {
    if (log_size <= 3) {
        narrow_layers(tile, (size_t)1 << log_size, log_size, 0);
        return;
    }
    wide_layer(tile, log_size, 0);
    if (log_size <= 6) narrow_layers(tile, (size_t)1 << log_size, log_size - 3, 0);
    else
        for (size_t k = 0; k < 8; k++) tile_forward(tile + (k << (log_size - 3)) * COLUMNS, log_size - 3);
}

static void tile_inverse(u64 *tile, unsigned log_size) {
    if (log_size <= 3) {
        narrow_layers(tile, (size_t)1 << log_size, log_size, 1);
        return;
    }
    wide_layer(tile, log_size, 1);
    if (log_size <= 6) narrow_layers(tile, (size_t)1 << log_size, log_size - 3, 1);
    else
        for (size_t k = 0; k < 8; k++) tile_inverse(tile + (k << (log_size - 3)) * COLUMNS, log_size - 3);
}

#endif
