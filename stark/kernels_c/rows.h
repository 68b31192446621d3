/* Rows of a tile: eight columns of a row-major matrix, the last tile filled up with zeros. */
#ifndef ZISK_ROWS_H
#define ZISK_ROWS_H

#define COLUMNS 8 /* of a tile */

static inline size_t at_most(size_t a, size_t b) { return a < b ? a : b; }

static inline void row_copy(u64 *to, const u64 *from) {
    for (size_t k = 0; k < COLUMNS; k += LANES) lanes_store(to + k, lanes_load(from + k));
}

static inline void row_load(u64 *to, const u64 *from, size_t columns) {
    if (columns == COLUMNS) {
        row_copy(to, from);
        return;
    }
    memset(to, 0, COLUMNS * sizeof(u64));
    memcpy(to, from, columns * sizeof(u64));
}

static inline void row_store(u64 *to, const u64 *from, size_t columns) {
    u64 row[COLUMNS];
    for (size_t k = 0; k < COLUMNS; k += LANES) lanes_store(row + k, lanes_canonical(lanes_load(from + k)));
    if (columns == COLUMNS) row_copy(to, row);
    else memcpy(to, row, columns * sizeof(u64));
}

#endif
