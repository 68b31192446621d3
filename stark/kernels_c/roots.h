/* Twiddle factors of the radix-8 passes of a small transform; built once, then only read. */
#ifndef ZISK_ROOTS_H
#define ZISK_ROOTS_H

#include "field.h"

#define MAX_LOG_TILE 13 /* rows of a transform that is done in cache */

/* tile_roots[inverse][m][8 i + j] = w^(i j) for w of order 2^m (or its inverse), i < 2^m / 8, j < 8 */
extern const u64 *tile_roots[2][MAX_LOG_TILE + 1];

/* Build the tables; returns 0, or OUT_OF_MEMORY. Call it once before any transform. */
int roots_build(void);

#endif
