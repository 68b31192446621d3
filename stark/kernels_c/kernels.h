/* What a path (scalar, AVX2, AVX-512) offers. Matrices are row-major. */
#ifndef ZISK_KERNELS_H
#define ZISK_KERNELS_H

#include "field.h"

#define MAX_LOG_ROWS 25 /* of an extension */
#define OUT_OF_MEMORY (-2)
#define DONE (-1) /* otherwise a function returns the number of the row that cannot be done */

enum transform_kind { EXTEND, INTERPOLATE, EVALUATE };

/* EXTEND: n evaluations on H_n -> 2n on the coset. EVALUATE: n coefficients -> 2n evaluations on the coset.
   INTERPOLATE: n evaluations on shift * H_n, bit-reversed -> n coefficients. */
struct transform {
    enum transform_kind kind;
    unsigned log_rows; /* n = 2^log_rows */
    size_t width, first_column, last_column;
    u64 shift; /* of INTERPOLATE; the others use 7 */
    const u64 *in;
    u64 *out;
    u64 *scratch; /* transform_words(log_rows) words, or NULL: then it is allocated */
};

/* out[r] = BLAKE2s(row r of parts[0] || row r of parts[1] || ...), widths in bytes */
struct hashing {
    size_t num_parts;
    const uint8_t *const *parts;
    const size_t *widths;
    const uint8_t *person; /* 8 bytes */
    uint8_t *out;          /* 32 bytes per row */
    size_t start, stop;
};

enum program_sink { SINK_BASE, SINK_CUBIC, SINK_QUOTIENT };

struct program {
    const int32_t *code;    /* (num_instructions, 4), see kernel_program.py */
    const int32_t *scalars; /* (num_scalars, 3) */
    const int32_t *tiles;   /* (num_tiles, 4) */
    size_t num_instructions, num_scalars, num_tiles, num_slots, num_outputs;
    int32_t first_slot, last_slot;
    const u64 *scalar_values[4]; /* constants, air values, publics, challenges (three words each) */
    const u64 *matrices[4];      /* witness, fixed, program, stage 2 */
    size_t widths[4];
    size_t rows;
    int coset; /* rows are the bit-reversed extension: power of two, at least 2 */
    enum program_sink sink;
    const u64 *lambda_powers; /* (num_outputs, 3), for the quotient */
    u64 *out;                 /* row 0 of it is `start`, except for the quotient */
    size_t start, stop;
};

struct kernels {
    const char *name;
    int (*transform)(const struct transform *);
    size_t (*transform_words)(unsigned log_rows);
    void (*hash_rows)(const struct hashing *);
    u64 (*grind)(const uint8_t *seed, const uint8_t *person, unsigned bits, u64 start, u64 stop);
    int (*run_program)(const struct program *);
    /* (rows, 3) -> (rows, 3); returns the first row that is zero, or DONE */
    long long (*cubic_inverse)(const u64 *values, u64 *out, size_t start, size_t stop);
    /* out[r] = (shift of 7 H_n) weight of row r in f(z) = sum weight_r f(x_r) */
    long long (*barycentric)(unsigned log_size, const u64 *point, u64 *out, size_t start, size_t stop);
    /* codeword[r] += (accumulator[r] - constant) / (x_r - point) */
    long long (*deep_quotient)(const u64 *accumulator, const u64 *constant, const u64 *point, u64 *codeword,
                               unsigned log_size, size_t start, size_t stop);
    /* sums[j] = sum over rows of weights[r] * matrix[r, j] */
    int (*combine_rows)(const u64 *matrix, size_t width, size_t first_column, size_t last_column,
                        const u64 *weights, u64 *sums, size_t start, size_t stop);
    /* out[r] += sum over columns of coefficients[j] * matrix[r, j]; columns with zero coefficients are not read
       where their whole tile has them */
    int (*combine_columns)(const u64 *matrix, size_t width, const u64 *coefficients, u64 *out, size_t start,
                           size_t stop);
    /* codeword of 2^log_size rows on shift * H, bit-reversed; rows of the result are start..stop */
    int (*fold)(const u64 *codeword, unsigned log_size, const u64 *beta, unsigned log_arity, u64 shift,
                u64 *out, size_t start, size_t stop);
};

extern const struct kernels kernels_scalar;
#if defined(__x86_64__)
extern const struct kernels kernels_avx2, kernels_avx512;
#endif

/* The path of that name; the best one for an empty name; NULL where this machine cannot run it. */
const struct kernels *kernels_choose(const char *name);

#endif
