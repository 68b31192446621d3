/* An index of the rows of a table: open addressing, row numbers only; the rows stay where they are. */
#ifndef ZISK_TUPLES_H
#define ZISK_TUPLES_H

#include "../kernels_c/field.h"

struct tuples {
    const u64 *table;
    size_t rows, width, mask;
    u32 *places; /* row + 1, or 0 */
};

/* Fill `places` (mask + 1 zeros, more than `rows`); returns a row that equals an earlier one, or -1. */
long long tuples_insert(struct tuples *t);

/* found[i] = row of query i, or -1; returns the first query that is not there, or -1. */
long long tuples_find(const struct tuples *t, const u64 *queries, size_t count, int64_t *found);

/* What is looked up: the tuples and their weights, each from one to the next so many words apart. */
struct lookups {
    const u64 *queries, *weights;
    size_t query_pitch, weight_pitch, count;
};

/* counts[row of query i] += weights[i], modulo p; returns the first query that is not there, or -1. Queries
   of weight zero are not looked up. Nothing after such a query is counted. */
long long tuples_count(const struct tuples *t, const struct lookups *l, u64 *counts);

#endif
