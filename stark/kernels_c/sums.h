/* Sums of columns or rows of a matrix with coefficients in K, the reductions delayed. */
#ifndef ZISK_SUMS_H
#define ZISK_SUMS_H

#include "cubic.h"
#include "memory.h"
#include "rows.h"

#define ROWS_TOGETHER 128 /* of combine_rows; at most DOT_TERMS */
#define COEFFICIENT_WORDS (3 * DOT_WORDS)

struct cubic_dot {
    dot part[3];
};

static inline struct cubic_dot cubic_dot_zero(void) {
    return (struct cubic_dot){{dot_zero(), dot_zero(), dot_zero()}};
}

static inline struct cubic_dot cubic_dot_add(struct cubic_dot d, lanes x, const u64 *coefficient) {
    for (int k = 0; k < 3; k++) d.part[k] = dot_add(d.part[k], x, coefficient + k * DOT_WORDS);
    return d;
}

static inline cubic cubic_dot_reduce(struct cubic_dot d) {
    return (cubic){{dot_reduce(d.part[0]), dot_reduce(d.part[1]), dot_reduce(d.part[2])}};
}

static void prepare_coefficients(u64 *to, const u64 *coefficients, size_t count) {
    for (size_t i = 0; i < 3 * count; i++) dot_prepare(to + i * DOT_WORDS, coefficients[i]);
}

/* Eight rows and at most DOT_TERMS columns, of which `block` [columns][8] holds the values. */
static void combine_block(const u64 *block, size_t columns, const u64 *prepared, u64 *out, size_t rows) {
    u64 sums[3][8];
    for (size_t v = 0; v < 8; v += LANES) {
        struct cubic_dot d = cubic_dot_zero();
        for (size_t j = 0; j < columns; j++)
            d = cubic_dot_add(d, lanes_load(block + 8 * j + v), prepared + j * COEFFICIENT_WORDS);
        cubic_store(sums[0] + v, 8, cubic_dot_reduce(d));
    }
    for (size_t i = 0; i < rows; i++)
        for (int k = 0; k < 3; k++) out[3 * i + k] = field_add(out[3 * i + k], sums[k][i]);
}

/* The first columns of the tiles that have a coefficient other than zero; how many they are. */
static size_t tiles_in_use(const u64 *coefficients, size_t width, size_t *tiles) {
    size_t count = 0;
    for (size_t j = 0; j < width; j += COLUMNS) {
        u64 any = 0;
        for (size_t k = 3 * j; k < 3 * width && k < 3 * (j + COLUMNS); k++) any |= coefficients[k];
        if (any) tiles[count++] = j;
    }
    return count;
}

static int combine_columns(const u64 *matrix, size_t width, const u64 *coefficients, u64 *out, size_t start,
                           size_t stop) {
    size_t most = (width + COLUMNS - 1) / COLUMNS, together = DOT_TERMS / COLUMNS;
    u64 *prepared = memory_allocate(most * COLUMNS * COEFFICIENT_WORDS * sizeof(u64));
    u64 *block = memory_allocate(DOT_TERMS * 8 * sizeof(u64));
    size_t *tiles = memory_allocate(most * sizeof(size_t));
    int failed = !prepared || !block || !tiles;
    if (!failed) {
        size_t count = tiles_in_use(coefficients, width, tiles);
        memset(prepared, 0, most * COLUMNS * COEFFICIENT_WORDS * sizeof(u64));
        memset(block, 0, DOT_TERMS * 8 * sizeof(u64)); /* a short tile leaves slots that count zero times */
        for (size_t t = 0; t < count; t++)
            prepare_coefficients(prepared + t * COLUMNS * COEFFICIENT_WORDS, coefficients + 3 * tiles[t],
                                 at_most(COLUMNS, width - tiles[t]));
        for (size_t row = start; row < stop; row += 8) {
            size_t some = at_most(8, stop - row);
            for (size_t first = 0; first < count; first += together) {
                size_t end = first + at_most(together, count - first);
                for (size_t t = first; t < end; t++) {
                    const u64 *rows[8];
                    for (size_t i = 0; i < 8; i++) {
                        rows[i] = matrix + (row + (i < some ? i : 0)) * width + tiles[t];
                        __builtin_prefetch(rows[i] + 8 * width);
                    }
                    transpose8(rows, at_most(COLUMNS, width - tiles[t]), block + 8 * COLUMNS * (t - first), 8);
                }
                combine_block(block, COLUMNS * (end - first), prepared + first * COLUMNS * COEFFICIENT_WORDS,
                              out + 3 * row, some);
            }
        }
    }
    memory_free(prepared);
    memory_free(block);
    memory_free(tiles);
    return failed ? OUT_OF_MEMORY : 0;
}

/* One tile of columns over a few rows, added to its sums. */
static void combine_tile(const u64 *from, size_t width, size_t columns, const u64 *prepared, size_t rows,
                         u64 *sums) {
    u64 filled[ROWS_TOGETHER][COLUMNS];
    if (columns < COLUMNS) {
        for (size_t i = 0; i < rows; i++) row_load(filled[i], from + i * width, columns);
        from = filled[0];
        width = COLUMNS;
    }
    u64 tile[3][COLUMNS];
    for (size_t v = 0; v < COLUMNS; v += LANES) {
        struct cubic_dot d = cubic_dot_zero();
        for (size_t i = 0; i < rows; i++) {
            if (v == 0)
                __builtin_prefetch(from + (i + ROWS_TOGETHER) * width); /* the next rows of this tile */
            d = cubic_dot_add(d, lanes_load(from + i * width + v), prepared + i * COEFFICIENT_WORDS);
        }
        cubic_store(tile[0] + v, COLUMNS, cubic_dot_reduce(d));
    }
    for (size_t j = 0; j < columns; j++)
        for (int k = 0; k < 3; k++) sums[3 * j + k] = field_add(sums[3 * j + k], tile[k][j]);
}

static int combine_rows(const u64 *matrix, size_t width, size_t first_column, size_t last_column,
                        const u64 *weights, u64 *sums, size_t start, size_t stop) {
    u64 *prepared = memory_allocate(ROWS_TOGETHER * COEFFICIENT_WORDS * sizeof(u64));
    if (!prepared) return OUT_OF_MEMORY;
    memset(sums, 0, 3 * (last_column - first_column) * sizeof(u64));
    for (size_t row = start; row < stop; row += ROWS_TOGETHER) {
        size_t rows = stop - row < ROWS_TOGETHER ? stop - row : ROWS_TOGETHER;
        prepare_coefficients(prepared, weights + 3 * row, rows);
        for (size_t j = first_column; j < last_column; j += COLUMNS)
            combine_tile(matrix + row * width + j, width,
                         last_column - j < COLUMNS ? last_column - j : COLUMNS, prepared, rows,
                         sums + 3 * (j - first_column));
    }
    memory_free(prepared);
    return 0;
}

#endif
