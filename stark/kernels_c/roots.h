/* Twiddle factors between the layers of a small transform; built once, then only read. */
#ifndef ZISK_ROOTS_H
#define ZISK_ROOTS_H

#include "field.h"

#define MAX_LOG_TILE 13 /* rows of a transform that is done in cache */

/* How many rows one layer combines: 8, but what leaves blocks of 64 comes first; in these all roots are
 * powers of two. */
static inline unsigned log_radix(unsigned log_size) { return log_size == 7 ? 1 : log_size == 8 ? 2 : 3; }

/* tile_roots[inverse][m][r i + j] = w^(i j) for w of order 2^m (or its inverse), r the radix, i < 2^m / r, j
 * < r */
extern const u64 *tile_roots[2][MAX_LOG_TILE + 1];

/* Build the tables; returns 0, or OUT_OF_MEMORY. Call it once before any transform. */
int roots_build(void);

#endif
