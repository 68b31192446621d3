/* Transforms of whole matrices, a tile of eight columns at a time, in three passes over memory.

   With n = n1 n2, rows k = k1 + n1 k2 and coefficients j = j1 n2 + j2:
     c[j] = 1/n sum_k1 w1^(-j1 k1) w^(-j2 k1) sum_k2 w2^(-j2 k2) x[k]       (w1, w2 of order n1, n2)
   1. for each k1: the inner sum, over n2 rows of the matrix, into the tile at [k1][j2];
   2. for each j2: the outer sum gives c[j1 n2 + j2] for all j1, which is just what the forward transform on
      a coset s H needs next: sum_j1 w1^(j1 k1) s^(n2 j1) c[j], times (s w^k1)^j2, into the tile of that coset
      at [k1][j2];
   3. for each k1: the sum over j2 with w2, out to the matrix.
   All transforms take natural order and give bit-reversed order, so rows of the result lie bit-reversed. */
#ifndef ZISK_TRANSFORM_H
#define ZISK_TRANSFORM_H

#include "butterflies.h"
#include "kernels.h"
#include "memory.h"
#include "rows.h"

#define GROUP 4          /* neighbours that move together: main memory likes 256 bytes better than 64 */
#define ROWS_AHEAD 16    /* the writes of rows that are far apart are announced */
#define MAX_LOG_DIRECT 5 /* up to here n1 = 1 */

struct passes {
    const struct transform *job;
    unsigned log1, log2;
    size_t n1, n2,
        pitch;     /* pitch: rows of a tile from one k1 to the next; not a power of two, for the caches */
    u64 *tiles[2]; /* [n1][pitch][8]; the first is that of pass 1, then of coset 0 */
    u64 *work, *shifted;                /* [GROUP][max(n1, n2)][8] */
    u64 *words;                         /* the tables below */
    u64 *inverse_step, *inverse_factor; /* per k1: w^(-k1), and that to the j2 */
    u64 *scale[2];                      /* per coset and j1: s^(n2 j1) / n; INTERPOLATE: s^(-n2 j1) / n */
    u64 *step[2], *factor[2];           /* per coset and k1 bit-reversed: s w^k1, and that to the j2 */
    u32 *reversed1, *reversed2;
    u64 unshift, unshifted; /* INTERPOLATE: s^-1, and that to the j2 */
};

static inline void row_scale(u64 *to, const u64 *from, u64 factor) {
    lanes f = lanes_set(factor);
    for (size_t k = 0; k < COLUMNS; k += LANES) lanes_store(to + k, lazy_lanes_mul(lanes_load(from + k), f));
}

/* to[i] = first * ratio^i */
static void powers(u64 *to, size_t count, u64 first, u64 ratio) {
    for (size_t i = 0; i < count; i++, first = field_mul(first, ratio)) to[i] = first;
}

static void passes_free(struct passes *p) {
    if (!p->job->scratch) memory_free(p->tiles[0]);
    memory_free(p->work);
    memory_free(p->words);
}

static void passes_shape(struct passes *p, unsigned log_n) {
    p->log1 = log_n > MAX_LOG_DIRECT ? log_n / 2 : 0;
    p->log2 = log_n - p->log1;
    p->n1 = (size_t)1 << p->log1;
    p->n2 = (size_t)1 << p->log2;
    p->pitch = p->n2 + (p->log1 ? GROUP : 0);
}

/* both tiles */
static size_t transform_words(unsigned log_n) {
    struct passes p;
    passes_shape(&p, log_n);
    return 2 * p.n1 * p.pitch * COLUMNS;
}

static int passes_allocate(struct passes *p) {
    size_t longest = p->n1 > p->n2 ? p->n1 : p->n2, row = COLUMNS * sizeof(u64);
    size_t tiles = transform_words(p->job->log_rows);
    p->tiles[0] = p->job->scratch ? p->job->scratch : memory_allocate(tiles * sizeof(u64));
    p->tiles[1] = p->tiles[0] + tiles / 2;
    p->work = memory_allocate(2 * GROUP * longest * row);
    p->words = memory_allocate(8 * p->n1 * sizeof(u64) + (p->n1 + p->n2) * sizeof(u32));
    if (!p->tiles[0] || !p->work || !p->words) {
        passes_free(p);
        return OUT_OF_MEMORY;
    }
    p->shifted = p->work + GROUP * longest * COLUMNS;
    u64 **tables[8] = {&p->inverse_step, &p->inverse_factor, &p->scale[0],  &p->scale[1],
                       &p->step[0],      &p->step[1],        &p->factor[0], &p->factor[1]};
    for (int i = 0; i < 8; i++) *tables[i] = p->words + i * p->n1;
    p->reversed1 = (u32 *)(p->words + 8 * p->n1);
    p->reversed2 = p->reversed1 + p->n1;
    return 0;
}

static int passes_start(struct passes *p, const struct transform *job) {
    unsigned log_n = job->log_rows;
    memset(p, 0, sizeof *p);
    p->job = job;
    passes_shape(p, log_n);
    if (passes_allocate(p)) return OUT_OF_MEMORY;
    for (size_t i = 0; i < p->n1; i++) p->reversed1[i] = (u32)reverse_bits(i, p->log1);
    for (size_t i = 0; i < p->n2; i++) p->reversed2[i] = (u32)reverse_bits(i, p->log2);

    u64 w = field_root(log_n), size_inverse = field_inverse((u64)1 << log_n);
    powers(p->inverse_step, p->n1, 1, field_inverse(w));
    u64 shifts[2] = {FIELD_GENERATOR, field_mul(FIELD_GENERATOR, field_root(log_n + 1))};
    for (int c = 0; c < 2; c++) {
        powers(p->scale[c], p->n1, job->kind == EVALUATE ? 1 : size_inverse, field_power(shifts[c], p->n2));
        for (size_t i = 0; i < p->n1; i++)
            p->step[c][i] = field_mul(shifts[c], field_power(w, p->reversed1[i]));
    }
    if (job->kind == INTERPOLATE) {
        p->unshift = field_inverse(job->shift);
        powers(p->scale[0], p->n1, size_inverse, field_power(p->unshift, p->n2));
    }
    return 0;
}

static void rewind_factors(struct passes *p) {
    powers(p->inverse_factor, p->n1, 1, 1);
    powers(p->factor[0], p->n1, 1, 1);
    powers(p->factor[1], p->n1, 1, 1);
    p->unshifted = 1;
}

/* Pass 1: natural rows k1 + n1 k2, or bit-reversed ones (n2 neighbours). */
static void inner_inverse(struct passes *p, size_t column, size_t columns) {
    const struct transform *job = p->job;
    int reversed = job->kind == INTERPOLATE;
    size_t group = at_most(GROUP, p->n1);
    for (size_t first = 0; first < p->n1; first += group) {
        for (size_t k2 = 0; k2 < p->n2; k2++)
            for (size_t g = 0; g < group; g++) {
                size_t k1 = first + g;
                size_t row = reversed ? p->reversed1[k1] * p->n2 + p->reversed2[k2] : k1 + p->n1 * k2;
                row_load(p->work + (g * p->n2 + k2) * COLUMNS, job->in + row * job->width + column, columns);
            }
        for (size_t g = 0; g < group; g++) {
            u64 *work = p->work + g * p->n2 * COLUMNS, *tile = p->tiles[0] + (first + g) * p->pitch * COLUMNS;
            tile_inverse(work, p->log2);
            for (size_t j2 = 0; j2 < p->n2; j2++)
                row_copy(tile + j2 * COLUMNS, work + p->reversed2[j2] * COLUMNS);
        }
    }
}

/* work[g][bit-reversed j1] = n c[j1 n2 + j2] for the group of j2 */
static void outer_inverse(struct passes *p, size_t first, size_t group) {
    for (size_t k1 = 0; k1 < p->n1; k1++) {
        u64 factor = p->inverse_factor[k1];
        for (size_t g = 0; g < group; g++) {
            row_scale(p->work + (g * p->n1 + k1) * COLUMNS,
                      p->tiles[0] + (k1 * p->pitch + first + g) * COLUMNS, factor);
            factor = lazy_mul(factor, p->inverse_step[k1]);
        }
        p->inverse_factor[k1] = factor;
    }
    for (size_t g = 0; g < group; g++) tile_inverse(p->work + g * p->n1 * COLUMNS, p->log1);
}

/* the same place, from a matrix of coefficients */
static void load_coefficients(struct passes *p, size_t first, size_t group, size_t column, size_t columns) {
    for (size_t j1 = 0; j1 < p->n1; j1++)
        for (size_t g = 0; g < group; g++)
            row_load(p->work + (g * p->n1 + p->reversed1[j1]) * COLUMNS,
                     p->job->in + (j1 * p->n2 + first + g) * p->job->width + column, columns);
}

static void store_coefficients(struct passes *p, size_t first, size_t group, size_t column, size_t columns) {
    for (size_t g = 0; g < group; g++, p->unshifted = field_mul(p->unshifted, p->unshift))
        for (size_t j1 = 0; j1 < p->n1; j1++) {
            u64 row[COLUMNS];
            row_scale(row, p->work + (g * p->n1 + p->reversed1[j1]) * COLUMNS,
                      lazy_mul(p->scale[0][j1], p->unshifted));
            row_store(p->job->out + (j1 * p->n2 + first + g) * p->job->width + column, row, columns);
        }
}

static void outer_forward(struct passes *p, int coset, size_t first, size_t group) {
    for (size_t g = 0; g < group; g++) {
        u64 *to = p->shifted + g * p->n1 * COLUMNS, *from = p->work + g * p->n1 * COLUMNS;
        for (size_t j1 = 0; j1 < p->n1; j1++)
            row_scale(to + j1 * COLUMNS, from + p->reversed1[j1] * COLUMNS, p->scale[coset][j1]);
        tile_forward(to, p->log1);
    }
    for (size_t k1 = 0; k1 < p->n1; k1++) {
        u64 factor = p->factor[coset][k1];
        for (size_t g = 0; g < group; g++) {
            row_scale(p->tiles[coset] + (k1 * p->pitch + first + g) * COLUMNS,
                      p->shifted + (g * p->n1 + k1) * COLUMNS, factor);
            factor = lazy_mul(factor, p->step[coset][k1]);
        }
        p->factor[coset][k1] = factor;
    }
}

/* Pass 3: row 2^log_n coset + n2 (bit-reversed k1) + (bit-reversed k2) of the extension. */
static void inner_forward(struct passes *p, size_t column, size_t columns) {
    for (size_t block = 0; block < 2 * p->n1; block++) {
        u64 *tile = p->tiles[block / p->n1] + block % p->n1 * p->pitch * COLUMNS;
        tile_forward(tile, p->log2);
        u64 *out = p->job->out + block * p->n2 * p->job->width + column;
        for (size_t k2 = 0; k2 < p->n2; k2++) {
            __builtin_prefetch(out + (k2 + ROWS_AHEAD) * p->job->width, 1);
            row_store(out + k2 * p->job->width, tile + k2 * COLUMNS, columns);
        }
    }
}

static int transform(const struct transform *job) {
    struct passes p;
    if (passes_start(&p, job)) return OUT_OF_MEMORY;
    size_t group = at_most(GROUP, p.n2);
    for (size_t column = job->first_column; column < job->last_column; column += COLUMNS) {
        size_t columns = at_most(COLUMNS, job->last_column - column);
        rewind_factors(&p);
        if (job->kind != EVALUATE) inner_inverse(&p, column, columns);
        for (size_t first = 0; first < p.n2; first += group) {
            if (job->kind == EVALUATE) load_coefficients(&p, first, group, column, columns);
            else outer_inverse(&p, first, group);
            if (job->kind == INTERPOLATE) store_coefficients(&p, first, group, column, columns);
            else
                for (int coset = 0; coset < 2; coset++) outer_forward(&p, coset, first, group);
        }
        if (job->kind != INTERPOLATE) inner_forward(&p, column, columns);
    }
    passes_free(&p);
    return 0;
}

#endif
