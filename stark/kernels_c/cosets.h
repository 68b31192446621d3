/* Points x_r = shift * root^bitrev(r) of 2^log_size rows, a block of neighbours at a time: within an aligned
   block of 2^b rows, x_(base + i) = x_base * w^bitrev_b(i) with w = root^(2^(log_size - b)). */
#ifndef ZISK_COSETS_H
#define ZISK_COSETS_H

#include "kernels.h"

#define LOG_BLOCK 7
#define BLOCK ((size_t)1 << LOG_BLOCK)

struct coset {
    unsigned log_size, log_block;
    u64 shift, root;
    u64 pattern[BLOCK]; /* w^bitrev_b(i) */
};

static void coset_start(struct coset *c, unsigned log_size, u64 shift, u64 root) {
    c->log_size = log_size;
    c->log_block = log_size < LOG_BLOCK ? log_size : LOG_BLOCK;
    c->shift = shift;
    c->root = root;
    u64 w = field_power(root, (u64)1 << (log_size - c->log_block)), power = 1;
    for (size_t i = 0; i < (size_t)1 << c->log_block; i++, power = field_mul(power, w))
        c->pattern[reverse_bits(i, c->log_block)] = power;
}

/* x[i] for the rows of the aligned block that starts at row `base`; slots behind a short block get 1 */
static void coset_points(const struct coset *c, size_t base, u64 *x) {
    size_t count = (size_t)1 << c->log_block;
    u64 first = field_mul(c->shift, field_power(c->root, reverse_bits(base, c->log_size)));
    for (size_t i = count; i < BLOCK; i++) x[i] = 1;
    if (count < BLOCK) {
        for (size_t i = 0; i < count; i++) x[i] = field_mul(first, c->pattern[i]);
        return;
    }
    lanes f = lanes_set(first);
    for (size_t i = 0; i < BLOCK; i += LANES) lanes_store(x + i, lanes_mul(f, lanes_load(c->pattern + i)));
}

#endif
