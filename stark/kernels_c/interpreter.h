/* Runs the bytecode of kernel_program.py over blocks of rows. A slot of the workspace is one value per row. */
#ifndef ZISK_INTERPRETER_H
#define ZISK_INTERPRETER_H

#include "cosets.h"
#include "cubic.h"
#include "memory.h"

enum opcode {
    OP_ADD, OP_SUB, OP_MUL, OP_NEG,
    OP_ADD_KK, OP_ADD_KB, OP_SUB_KK, OP_SUB_KB, OP_SUB_BK, OP_MUL_KK, OP_MUL_KB, OP_NEG_K,
    OP_OUT, OP_OUT_K
};

enum scalar_source { SCALAR_CONSTANT, SCALAR_AIR_VALUE, SCALAR_PUBLIC, SCALAR_CHALLENGE };

struct machine {
    const struct program *program;
    u64 *slots;           /* [num_slots][BLOCK] */
    u64 *sum;             /* [3][BLOCK]: combined outputs of a quotient */
    u64 *scratch;         /* [4][BLOCK] */
    struct coset coset;
    unsigned log_rows;
    size_t base, rows;    /* of the block */
    size_t current[BLOCK], next[BLOCK]; /* rows at offset 0 and 1 */
    u64 vanishing[2], vanishing_inverse[2]; /* x^N - 1 on the even and the odd coset */
};

static inline u64 *slot(const struct machine *m, int32_t number) { return m->slots + (size_t)number * BLOCK; }

static void fill(u64 *to, u64 value) {
    for (size_t i = 0; i < BLOCK; i++) to[i] = value;
}

static void place_scalars(const struct machine *m) {
    const struct program *p = m->program;
    for (size_t i = 0; i < p->num_scalars; i++) {
        const int32_t *scalar = p->scalars + 3 * i;
        int size = scalar[0] == SCALAR_CHALLENGE ? 3 : 1;
        const u64 *value = p->scalar_values[scalar[0]] + (size_t)scalar[1] * size;
        for (int k = 0; k < size; k++) fill(slot(m, scalar[2] + k), value[k]);
    }
}

/* The row after `row`: one step of the trace multiplies x by w_N = w_2N^2. */
static size_t next_row(const struct machine *m, size_t row) {
    const struct program *p = m->program;
    if (!p->coset) return row + 1 == p->rows ? 0 : row + 1;
    /* add 2 to the bit-reversed number: a carry that runs from the second highest bit downwards */
    for (size_t bit = p->rows >> 2; bit; bit >>= 1) {
        row ^= bit;
        if (row & bit) break;
    }
    return row;
}

static void place_columns(struct machine *m) {
    const struct program *p = m->program;
    for (size_t i = 0; i < BLOCK; i++) {
        m->current[i] = m->base + (i < m->rows ? i : 0);
        m->next[i] = next_row(m, m->current[i]);
    }
    for (size_t t = 0; t < p->num_tiles; t++) {
        const int32_t *tile = p->tiles + 4 * t;
        size_t width = p->widths[tile[0]], column = (size_t)tile[2], left = width - column;
        const u64 *matrix = p->matrices[tile[0]] + column;
        const size_t *numbers = tile[1] ? m->next : m->current;
        for (size_t i = 0; i < m->rows; i += 8) {
            const u64 *rows[8];
            for (int k = 0; k < 8; k++) rows[k] = matrix + numbers[i + k] * width;
            transpose8(rows, left < 8 ? left : 8, slot(m, tile[3]) + i, BLOCK);
        }
    }
}

/* L_0(x) = (x^N - 1) / (N (x - 1)), L_(N-1)(x) = (x^N - 1) / (w N (x - 1/w)) = (x^N - 1) / (N (w x - 1)) */
static void place_selector(struct machine *m, int32_t number, u64 root, u64 inverse_size) {
    const struct program *p = m->program;
    u64 *to = slot(m, number);
    u64 *x = m->scratch, *prefix = m->scratch + BLOCK;
    coset_points(&m->coset, m->base, x);
    for (size_t i = 0; i < BLOCK; i++) to[i] = i < m->rows ? field_sub(field_mul(root, x[i]), 1) : 1;
    invert_all(to, prefix, BLOCK);
    for (size_t i = 0; i < m->rows; i++)
        to[i] = field_mul(to[i], field_mul(inverse_size, m->vanishing[m->base + i >= p->rows / 2]));
}

static void place_selectors(struct machine *m) {
    const struct program *p = m->program;
    if (p->coset) {
        u64 inverse_size = field_inverse(p->rows / 2);
        if (p->first_slot >= 0) place_selector(m, p->first_slot, 1, inverse_size);
        if (p->last_slot >= 0) place_selector(m, p->last_slot, field_root(m->log_rows - 1), inverse_size);
        return;
    }
    for (size_t i = 0; i < BLOCK; i++) {
        if (p->first_slot >= 0) slot(m, p->first_slot)[i] = m->base + i == 0;
        if (p->last_slot >= 0) slot(m, p->last_slot)[i] = m->base + i == p->rows - 1;
    }
}

/* An output leaves the block: to its row of `out`, or into the combination of a quotient. */
static void emit(const struct machine *m, size_t output, const u64 *value, int in_extension) {
    const struct program *p = m->program;
    if (p->sink == SINK_QUOTIENT) {
        cubic power = cubic_set(p->lambda_powers + 3 * output);
        for (size_t i = 0; i < BLOCK; i += LANES) {
            cubic term = in_extension ? cubic_lanes_mul(power, cubic_load(value + i, BLOCK))
                                      : cubic_lanes_scale(power, lanes_load(value + i));
            cubic_store(m->sum + i, BLOCK, cubic_lanes_add(cubic_load(m->sum + i, BLOCK), term));
        }
        return;
    }
    size_t first = p->start > m->base ? p->start - m->base : 0;
    size_t last = p->stop - m->base < m->rows ? p->stop - m->base : m->rows;
    for (size_t i = first; i < last; i++) {
        size_t place = (m->base + i - p->start) * p->num_outputs + output;
        if (p->sink == SINK_BASE) p->out[place] = value[i];
        else
            for (int k = 0; k < 3; k++) p->out[3 * place + k] = k == 0 || in_extension ? value[k * BLOCK + i] : 0;
    }
}

#define EACH(expression)                                                   \
    for (size_t i = 0; i < BLOCK; i += LANES) lanes_store(to + i, expression); \
    break
#define EACH_K(expression)                                                           \
    for (size_t i = 0; i < BLOCK; i += LANES) cubic_store(to + i, BLOCK, expression); \
    break
#define LEFT lanes_load(left + i)
#define RIGHT lanes_load(right + i)
#define LEFT_K cubic_load(left + i, BLOCK)
#define RIGHT_K cubic_load(right + i, BLOCK)

static inline cubic with_first(cubic a, lanes first) {
    a.c[0] = first;
    return a;
}

static inline cubic cubic_lanes_neg(cubic a) {
    for (int k = 0; k < 3; k++) a.c[k] = lanes_neg(a.c[k]);
    return a;
}

static void run_block(const struct machine *m) {
    const struct program *p = m->program;
    for (size_t n = 0; n < p->num_instructions; n++) {
        const int32_t *code = p->code + 4 * n;
        u64 *to = slot(m, code[1]);
        const u64 *left = slot(m, code[2]), *right = slot(m, code[3]);
        switch (code[0]) {
        case OP_ADD: EACH(lanes_add(LEFT, RIGHT));
        case OP_SUB: EACH(lanes_sub(LEFT, RIGHT));
        case OP_MUL: EACH(lanes_mul(LEFT, RIGHT));
        case OP_NEG: EACH(lanes_neg(LEFT));
        case OP_ADD_KK: EACH_K(cubic_lanes_add(LEFT_K, RIGHT_K));
        case OP_ADD_KB: EACH_K(with_first(LEFT_K, lanes_add(LEFT, RIGHT)));
        case OP_SUB_KK: EACH_K(cubic_lanes_sub(LEFT_K, RIGHT_K));
        case OP_SUB_KB: EACH_K(with_first(LEFT_K, lanes_sub(LEFT, RIGHT)));
        case OP_SUB_BK: EACH_K(with_first(cubic_lanes_neg(RIGHT_K), lanes_sub(LEFT, RIGHT)));
        case OP_MUL_KK: EACH_K(cubic_lanes_mul(LEFT_K, RIGHT_K));
        case OP_MUL_KB: EACH_K(cubic_lanes_scale(LEFT_K, RIGHT));
        case OP_NEG_K: EACH_K(cubic_lanes_neg(LEFT_K));
        case OP_OUT: emit(m, (size_t)code[1], left, 0); break;
        case OP_OUT_K: emit(m, (size_t)code[1], left, 1); break;
        }
    }
}

/* sum of lambda^i output_i over x^N - 1 */
static void store_quotient(const struct machine *m) {
    const struct program *p = m->program;
    for (size_t i = 0; i < m->rows; i++) {
        size_t row = m->base + i;
        if (row < p->start || row >= p->stop) continue;
        u64 inverse = m->vanishing_inverse[row >= p->rows / 2];
        for (int k = 0; k < 3; k++) p->out[3 * row + k] = field_mul(m->sum[k * BLOCK + i], inverse);
    }
}

static int machine_start(struct machine *m, const struct program *p) {
    memset(m, 0, sizeof *m);
    m->program = p;
    size_t words = (p->num_slots + 7) * BLOCK;
    m->slots = memory_allocate(words * sizeof(u64));
    if (!m->slots) return OUT_OF_MEMORY;
    memset(m->slots, 0, words * sizeof(u64));
    m->sum = m->slots + p->num_slots * BLOCK;
    m->scratch = m->sum + 3 * BLOCK;
    if (!p->coset) return 0;
    while ((size_t)1 << m->log_rows < p->rows) m->log_rows++;
    coset_start(&m->coset, m->log_rows, FIELD_GENERATOR, field_root(m->log_rows));
    /* x^N = 7^N on the even coset, and -7^N on the odd one: w_2N^N = -1 */
    u64 power = field_power(FIELD_GENERATOR, p->rows / 2);
    m->vanishing[0] = field_sub(power, 1);
    m->vanishing[1] = field_sub(field_neg(power), 1);
    for (int c = 0; c < 2; c++) m->vanishing_inverse[c] = field_inverse(m->vanishing[c]);
    return 0;
}

static int run_program(const struct program *p) {
    struct machine m;
    if (machine_start(&m, p)) return OUT_OF_MEMORY;
    place_scalars(&m);
    for (m.base = p->start / BLOCK * BLOCK; m.base < p->stop; m.base += BLOCK) {
        m.rows = p->rows - m.base < BLOCK ? p->rows - m.base : BLOCK;
        place_columns(&m);
        place_selectors(&m);
        memset(m.sum, 0, 3 * BLOCK * sizeof(u64));
        run_block(&m);
        if (p->sink == SINK_QUOTIENT) store_quotient(&m);
    }
    memory_free(m.slots);
    return 0;
}

#undef EACH
#undef EACH_K
#undef LEFT
#undef RIGHT
#undef LEFT_K
#undef RIGHT_K

#endif
