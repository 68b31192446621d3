#include "tuples.h"

/* multiply and fold, word by word */
static size_t hash(const u64 *row, size_t width) {
    u64 h = 0x9E3779B97F4A7C15ULL;
    for (size_t k = 0; k < width; k++) {
        u128 product = (u128)(h ^ row[k]) * 0xD1B54A32D192ED03ULL;
        h = (u64)product ^ (u64)(product >> 64);
    }
    return (size_t)h;
}

/* where the row is, or the free place where it would be */
static size_t place_of(const struct tuples *t, const u64 *row) {
    size_t place = hash(row, t->width) & t->mask;
    while (t->places[place] &&
           memcmp(t->table + (size_t)(t->places[place] - 1) * t->width, row, t->width * sizeof(u64)))
        place = (place + 1) & t->mask;
    return place;
}

long long tuples_insert(struct tuples *t) {
    for (size_t row = 0; row < t->rows; row++) {
        size_t place = place_of(t, t->table + row * t->width);
        if (t->places[place]) return (long long)row;
        t->places[place] = (u32)row + 1;
    }
    return -1;
}

long long tuples_find(const struct tuples *t, const u64 *queries, size_t count, int64_t *found) {
    long long missing = -1;
    for (size_t i = 0; i < count; i++) {
        found[i] = (int64_t)t->places[place_of(t, queries + i * t->width)] - 1;
        if (found[i] < 0 && missing < 0) missing = (long long)i;
    }
    return missing;
}

/* row + 1, or 0 */
static u32 number_of(const struct tuples *t, const u64 *row) {
    /* a range 0, 1, 2 ... needs no search */
    if (t->width == 1 && row[0] < t->rows && t->table[row[0]] == row[0]) return (u32)row[0] + 1;
    return t->places[place_of(t, row)];
}

long long tuples_count(const struct tuples *t, const struct lookups *l, u64 *counts) {
    for (size_t i = 0; i < l->count; i++) {
        u64 weight = l->weights[i * l->weight_pitch];
        if (weight == 0) continue;
        u32 row = number_of(t, l->queries + i * l->query_pitch);
        if (row == 0) return (long long)i;
        counts[row - 1] = field_add(counts[row - 1], weight);
    }
    return -1;
}
