/* The bytecode of kernel_program.py, run over blocks of rows. A slot of the workspace is a value per row. */
#ifndef ZISK_INTERPRETER_H
#define ZISK_INTERPRETER_H

#include "cosets.h"
#include "cubic.h"
#include "memory.h"

enum opcode {
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_NEG,
    OP_ADD_KK,
    OP_ADD_KB,
    OP_SUB_KK,
    OP_SUB_KB,
    OP_SUB_BK,
    OP_MUL_KK,
    OP_MUL_KB,
    OP_NEG_K,
    OP_OUT,
    OP_OUT_K
};

enum scalar_source { SCALAR_CONSTANT, SCALAR_AIR_VALUE, SCALAR_PUBLIC, SCALAR_CHALLENGE };

struct machine {
    const struct program *program;
    u64 *slots;       /* [num_slots][BLOCK] */
    u64 *outputs;     /* [num_outputs, or three times that][BLOCK], to be transposed into rows */
    u64 *sum;         /* [3][BLOCK]: combined outputs of a quotient */
    u64 *scratch;     /* [2][BLOCK] */
    u64 *prepared;    /* lambda powers, for the sums over outputs in F */
    size_t num_terms; /* in these sums */
    dot terms[3][BLOCK / LANES];
    struct coset coset;
    unsigned log_rows;
    size_t base, rows;                      /* of the block */
    size_t current[BLOCK], next[BLOCK];     /* rows at offset 0 and 1 */
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
            for (int k = 0; k < 8; k++) {
                rows[k] = matrix + numbers[i + k] * width;
                __builtin_prefetch(rows[k] + BLOCK * width);
            }
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

static void clear_terms(struct machine *m) {
    m->num_terms = 0;
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < BLOCK / LANES; i++) m->terms[k][i] = dot_zero();
}

/* the sums with delayed reduction into the combination */
static void add_terms(struct machine *m) {
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < BLOCK / LANES; i++) {
            u64 *to = m->sum + k * BLOCK + i * LANES;
            lanes_store(to, lanes_add(lanes_load(to), dot_reduce(m->terms[k][i])));
        }
    clear_terms(m);
}

/* sum += lambda^output * value */
static void combine_base(struct machine *m, size_t output, const u64 *value) {
    const u64 *power = m->prepared + 3 * DOT_WORDS * output;
    if (m->num_terms++ == DOT_TERMS) {
        add_terms(m);
        m->num_terms = 1;
    }
    for (size_t i = 0; i < BLOCK / LANES; i++) {
        lanes x = lanes_load(value + i * LANES);
        for (int k = 0; k < 3; k++) m->terms[k][i] = dot_add(m->terms[k][i], x, power + k * DOT_WORDS);
    }
}

static void combine_cubic(const struct machine *m, size_t output, const u64 *value) {
    cubic power = cubic_set(m->program->lambda_powers + 3 * output);
    for (size_t i = 0; i < BLOCK; i += LANES) {
        cubic term = cubic_lanes_mul(power, cubic_load(value + i, BLOCK));
        cubic_store(m->sum + i, BLOCK, cubic_lanes_add(cubic_load(m->sum + i, BLOCK), term));
    }
}

/* An output leaves the block: into the combination of a quotient, or to wait for its rows. */
static void emit(struct machine *m, size_t output, const u64 *value, int in_extension) {
    enum program_sink sink = m->program->sink;
    if (sink != SINK_QUOTIENT) {
        u64 *to = m->outputs + (sink == SINK_CUBIC ? 3 : 1) * output * BLOCK;
        memcpy(to, value, (in_extension ? 3 : 1) * BLOCK * sizeof(u64));
    } else if (in_extension) combine_cubic(m, output, value);
    else combine_base(m, output, value);
}

/* The outputs of a block, transposed: the row of `out` holds all outputs of a row. */
static void store_outputs(const struct machine *m) {
    const struct program *p = m->program;
    size_t width = p->num_outputs * (p->sink == SINK_CUBIC ? 3 : 1);
    for (size_t j = 0; j < width; j += 8)
        for (size_t i = 0; i < m->rows; i += 8) {
            const u64 *columns[8];
            u64 rows[8][8];
            for (size_t k = 0; k < 8; k++) columns[k] = m->outputs + (j + k < width ? j + k : j) * BLOCK + i;
            transpose8(columns, 8, rows[0], 8);
            for (size_t k = 0; k < 8 && i + k < m->rows; k++) {
                size_t row = m->base + i + k;
                if (row >= p->start && row < p->stop)
                    memcpy(p->out + (row - p->start) * width + j, rows[k],
                           (width - j < 8 ? width - j : 8) * sizeof(u64));
            }
        }
}

#define EACH(expression)                                                       \
    for (size_t i = 0; i < BLOCK; i += LANES) lanes_store(to + i, expression); \
    break
#define EACH_K(expression)                                                            \
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

static void run_block(struct machine *m) {
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

static void machine_free(struct machine *m) {
    memory_free(m->slots);
    memory_free(m->prepared);
}

static int machine_start(struct machine *m, const struct program *p) {
    memset(m, 0, sizeof *m);
    m->program = p;
    size_t outputs = p->sink == SINK_QUOTIENT ? 0 : p->num_outputs * (p->sink == SINK_CUBIC ? 3 : 1);
    size_t words = (p->num_slots + outputs + 5) * BLOCK;
    m->slots = memory_allocate(words * sizeof(u64));
    m->prepared = memory_allocate(3 * p->num_outputs * DOT_WORDS * sizeof(u64));
    if (!m->slots || !m->prepared) {
        machine_free(m);
        return OUT_OF_MEMORY;
    }
    memset(m->slots, 0, words * sizeof(u64)); /* outputs in F keep their two zeros */
    m->outputs = m->slots + p->num_slots * BLOCK;
    m->sum = m->outputs + outputs * BLOCK;
    m->scratch = m->sum + 3 * BLOCK;
    if (p->sink == SINK_QUOTIENT)
        for (size_t i = 0; i < 3 * p->num_outputs; i++)
            dot_prepare(m->prepared + i * DOT_WORDS, p->lambda_powers[i]);
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
        clear_terms(&m);
        run_block(&m);
        if (p->sink == SINK_QUOTIENT) {
            add_terms(&m);
            store_quotient(&m);
        } else store_outputs(&m);
    }
    machine_free(&m);
    return 0;
}

#undef EACH
#undef EACH_K
#undef LEFT
#undef RIGHT
#undef LEFT_K
#undef RIGHT_K

#endif
