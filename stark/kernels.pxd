"""What the C sources of the kernels declare; the headers in `kernels_c/` say what it means."""

from libc.stdint cimport int32_t, uint8_t, uint64_t

cdef extern from "kernels.h" nogil:
    enum transform_kind:
        EXTEND
        INTERPOLATE
        EVALUATE

    enum program_sink:
        SINK_BASE
        SINK_CUBIC
        SINK_QUOTIENT

    struct transform:
        transform_kind kind
        unsigned log_rows
        size_t width
        size_t first_column
        size_t last_column
        uint64_t shift
        const uint64_t *in_ "in"
        uint64_t *out
        uint64_t *scratch

    struct hashing:
        size_t num_parts
        const uint8_t **parts
        const size_t *widths
        const uint8_t *person
        uint8_t *out
        size_t start
        size_t stop

    struct program:
        const int32_t *code
        const int32_t *scalars
        const int32_t *tiles
        size_t num_instructions
        size_t num_scalars
        size_t num_tiles
        size_t num_slots
        size_t num_outputs
        int32_t first_slot
        int32_t last_slot
        const uint64_t *scalar_values[4]
        const uint64_t *matrices[4]
        size_t widths[4]
        size_t rows
        int coset
        program_sink sink
        const uint64_t *lambda_powers
        uint64_t *out
        size_t start
        size_t stop

    struct kernels:
        const char *name
        int (*transform)(const transform *) noexcept nogil
        size_t (*transform_words)(unsigned) noexcept nogil
        void (*hash_rows)(const hashing *) noexcept nogil
        uint64_t (*grind)(const uint8_t *, const uint8_t *, unsigned, uint64_t, uint64_t) noexcept nogil
        int (*run_program)(const program *) noexcept nogil
        long long (*cubic_inverse)(const uint64_t *, uint64_t *, size_t, size_t) noexcept nogil
        long long (*barycentric)(unsigned, const uint64_t *, uint64_t *, size_t, size_t) noexcept nogil
        long long (*deep_quotient)(
            const uint64_t *, const uint64_t *, const uint64_t *, uint64_t *, unsigned, size_t, size_t
        ) noexcept nogil
        int (*combine_rows)(
            const uint64_t *, size_t, size_t, size_t, const uint64_t *, uint64_t *, size_t, size_t
        ) noexcept nogil
        int (*combine_columns)(
            const uint64_t *, size_t, const uint64_t *, uint64_t *, size_t, size_t
        ) noexcept nogil
        int (*fold)(
            const uint64_t *, unsigned, const uint64_t *, unsigned, uint64_t, uint64_t *, size_t, size_t
        ) noexcept nogil

    const kernels *kernels_choose(const char *)
    int OUT_OF_MEMORY
    int DONE
    uint64_t field_add(uint64_t, uint64_t)
    uint64_t field_mul(uint64_t, uint64_t)
    uint64_t field_inverse(uint64_t)

cdef extern from "roots.h" nogil:
    int roots_build()
