"""The prover's kernels: checked arrays in, C without the GIL, arrays out.

All numbers are canonical Goldilocks elements in C-contiguous uint64 arrays; an element of
K = F[x]/(x^3 - x - 1) is three of them, lowest coefficient first. H_n is the subgroup of order n, w_n its
generator `root_of_unity(log n)`. The coset of an extension of N rows is 7 H_2N in bit-reversed rows: row r is
the point 7 w_2N^bitrev(r).

Every function raises ValueError for an array of another type or shape, naming it; MemoryError where scratch
memory is short. Ranges (`start`, `stop` of rows; `first_column`, `last_column`) let threads share one `out`.
"""

import os as _os

import numpy as _np

from libc.stdint cimport int32_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
cimport numpy as cnp

from zisk_py.field.goldilocks import GENERATOR as _GENERATOR
from zisk_py.field.goldilocks import P as _P
from zisk_py.stark.kernel_arguments import MAX_LOG_ROWS as _MAX_LOG_ROWS
from zisk_py.stark.kernel_arguments import check as _check
from zisk_py.stark.kernel_arguments import log_rows as _log
from zisk_py.stark.kernel_arguments import output as _output
from zisk_py.stark.kernel_arguments import part as _range
from zisk_py.stark.kernel_program import Program as _Program
from zisk_py.stark.tuple_table import TupleTable  # no-cython-lint: part of the interface

cnp.import_array()

cdef const kernels *_path = NULL


def kernels_in_use():
    """The path of the kernels: "avx512", "avx2" or "scalar"; all give the same bits."""
    return _path.name.decode()


def select_kernels(path):
    """Choose a path for tests and measurements; "" is the best one. Not while other threads run kernels.

    Raises ValueError for a name that is unknown or that this machine cannot run.
    """
    global _path
    if path not in ("", "avx512", "avx2", "scalar"):
        raise ValueError(f"ZISK_KERNELS is {path!r}: say avx512, avx2 or scalar")
    cdef const kernels *found = kernels_choose(path.encode())
    if found == NULL:
        raise ValueError(f"this machine cannot run the {path} kernels: leave ZISK_KERNELS unset to choose")
    _path = found


if roots_build():
    raise MemoryError("no memory for the tables of roots of unity")
select_kernels(_os.environ.get("ZISK_KERNELS", ""))


cdef uint64_t *_words(array) noexcept:
    return <uint64_t *> cnp.PyArray_DATA(<cnp.ndarray> array)


cdef uint8_t *_bytes(array) noexcept:
    return <uint8_t *> cnp.PyArray_DATA(<cnp.ndarray> array)


cdef int _finish(int status) except -1:
    if status == OUT_OF_MEMORY:
        raise MemoryError("no memory for the scratch space of a kernel")
    return 0


cdef _transform(
    transform_kind kind, str name, matrix, out, size_t rows_out, first_column, last_column, shift, scratch
):
    cdef transform job
    cdef int status
    _check(name, matrix, _np.uint64, (None, None))
    out = _output(out, _np.uint64, (rows_out, matrix.shape[1]))
    first, last = _range("columns", first_column, last_column, matrix.shape[1])
    job.kind = kind
    job.log_rows = _log(name, matrix.shape[0], _MAX_LOG_ROWS - (kind != INTERPOLATE))
    job.width = matrix.shape[1]
    job.first_column, job.last_column = first, last
    job.shift = shift
    job.in_, job.out, job.scratch = _words(matrix), _words(out), NULL
    if scratch is not None:
        _check("scratch", scratch, _np.uint64, (None,), True)
        if len(scratch) < _path.transform_words(job.log_rows):
            raise ValueError(f"scratch has {len(scratch)} words, fewer than transform_words says")
        job.scratch = _words(scratch)
    with nogil:
        status = _path.transform(&job)
    _finish(status)
    return out


def transform_words(rows):
    """Words of the scratch memory of a transform of that many rows (of its input)."""
    return _path.transform_words(_log("matrix", rows))


def low_degree_extend(columns, out=None, first_column=0, last_column=None, scratch=None):
    """Extend columns of evaluations on H_N to the coset 7 H_2N.

    columns  (N, W), N a power of two up to 2^24: row i is the point w_N^i; not changed.
    scratch  (at least transform_words(N),): memory to work in; None allocates it.
    Returns  `out`, (2N, W), bit-reversed; columns outside the range are left as they are.
    """
    _check("columns", columns, _np.uint64, (None, None))
    return _transform(
        EXTEND, "columns", columns, out, 2 * columns.shape[0], first_column, last_column, _GENERATOR, scratch
    )


def interpolate_coset(
    values, out=None, first_column=0, last_column=None, shift=_GENERATOR, scratch=None
):
    """The coefficients of the polynomials of degree below n with these values on shift * H_n.

    values   (n, W), bit-reversed: row r is the point shift * w_n^bitrev(r); n up to 2^25.
    Returns  `out`, (n, W), row j is the coefficient of X^j. `out` may be `values`.
    """
    _check("values", values, _np.uint64, (None, None))
    if not 0 < shift < _P:
        raise ValueError(f"shift {shift} is not a non-zero field element")
    return _transform(
        INTERPOLATE, "values", values, out, values.shape[0], first_column, last_column, shift, scratch
    )


def evaluate_coset(coefficients, out=None, first_column=0, last_column=None, scratch=None):
    """Evaluate polynomials of degree below N on the coset 7 H_2N.

    coefficients  (N, W), row j is the coefficient of X^j; N up to 2^24.
    Returns       `out`, (2N, W), bit-reversed.
    """
    _check("coefficients", coefficients, _np.uint64, (None, None))
    rows_out = 2 * coefficients.shape[0]
    return _transform(
        EVALUATE, "coefficients", coefficients, out, rows_out, first_column, last_column, _GENERATOR, scratch
    )


cdef _hash(list matrices, list widths, bytes person, out, size_t rows, first, last):
    """Rows of several arrays, one message per row; widths in bytes."""
    cdef hashing job
    cdef size_t count = len(matrices), i
    cdef const uint8_t **parts = <const uint8_t **> calloc(count + 1, sizeof(uint8_t *))
    cdef size_t *sizes = <size_t *> calloc(count + 1, sizeof(size_t))
    try:
        if parts == NULL or sizes == NULL:
            raise MemoryError("no memory for a list of matrices")
        for i in range(count):
            parts[i] = _bytes(matrices[i])
            sizes[i] = widths[i]
        if len(person) != 8:
            raise ValueError(f"person has {len(person)} bytes: the personalisation of BLAKE2s has 8")
        out = _output(out, _np.uint8, (rows, 32))
        job.num_parts = count
        job.parts = parts
        job.widths = sizes
        job.person = person
        job.out = _bytes(out)
        job.start, job.stop = _range("rows", first, last, rows)
        with nogil:
            _path.hash_rows(&job)
    finally:
        free(parts)
        free(sizes)
    return out


def hash_rows(matrices, person, out=None, start=0, stop=None):
    """BLAKE2s-256 (RFC 7693) of each row, the matrices side by side, words in little-endian order.

    matrices  a list of (n, W_i) with the same n, at least one.
    person    8 bytes, the personalisation.
    Returns   `out`, (n, 32) of uint8, of which rows start to stop are written.
    """
    matrices = list(matrices)
    if not matrices:
        raise ValueError("matrices is empty: there is nothing to hash")
    for position, matrix in enumerate(matrices):
        rows = None if position == 0 else len(matrices[0])
        _check(f"matrices[{position}]", matrix, _np.uint64, (rows, None))
    return _hash(matrices, [8 * m.shape[1] for m in matrices], person, out, len(matrices[0]), start, stop)


def hash_pairs(nodes, person, out=None, start=0, stop=None):
    """BLAKE2s-256 of each pair of neighbours: (2n, 32) of uint8 to (n, 32); start and stop count pairs."""
    _check("nodes", nodes, _np.uint8, (None, 32))
    if len(nodes) % 2:
        raise ValueError(f"nodes has {len(nodes)} rows: pairs need an even number")
    return _hash([nodes], [64], person, out, len(nodes) // 2, start, stop)


def hash_inject(nodes, digests, person, out=None, start=0, stop=None):
    """BLAKE2s-256 of node || digest, row by row: two arrays (n, 32) of uint8 to one."""
    _check("nodes", nodes, _np.uint8, (None, 32))
    _check("digests", digests, _np.uint8, (len(nodes), 32))
    return _hash([nodes, digests], [32, 32], person, out, len(nodes), start, stop)


def grind(seed, bits, person, start, stop):
    """The smallest nonce in [start, stop) that is a proof of work of `bits` bits, or None.

    With d = BLAKE2s-256(seed || nonce as 8 little-endian bytes, person): the number in the first eight bytes
    of d, little-endian, is below 2^(64 - bits).
    seed, person  32 and 8 bytes; bits from 0 to 48; stop is below 2^63.
    """
    cdef uint64_t nonce, first, end
    cdef const uint8_t *seed_bytes = seed
    cdef const uint8_t *person_bytes = person
    cdef unsigned count
    if len(seed) != 32 or len(person) != 8:
        raise ValueError(f"seed and person have {len(seed)} and {len(person)} bytes, not 32 and 8")
    if not 0 <= bits <= 48:
        raise ValueError(f"{bits} bits of grinding: 0 to 48 are feasible")
    if not 0 <= start <= stop < 1 << 63:
        raise ValueError(f"nonces from {start} to {stop} do not lie in [0, 2^63)")
    count, first, end = bits, start, stop
    with nogil:
        nonce = _path.grind(seed_bytes, person_bytes, count, first, end)
    return nonce if nonce < end else None


cdef _run(
    compiled, tuple matrices, tuple scalars, bint coset, program_sink sink, lambda_powers, out, start, stop
):
    cdef program job
    cdef int status, i
    cdef size_t skipped = 0  # words before the first row that is written
    if not isinstance(compiled, _Program):
        raise ValueError("program must come from compile_program")
    rows = len(matrices[0]) if isinstance(matrices[0], _np.ndarray) and matrices[0].ndim == 2 else 0
    for name, matrix, width in zip(
        ("witness", "fixed", "program_columns", "stage2"), matrices, compiled.widths, strict=True
    ):
        _check(name, matrix, _np.uint64, (rows, None))
        if matrix.shape[1] < width:
            raise ValueError(f"{name} has {matrix.shape[1]} columns, and the program reads {width}")
    for name, values, count in zip(
        ("air_values", "publics", "challenges"), scalars, compiled.num_scalars, strict=True
    ):
        _check(name, values, _np.uint64, (None, 3) if name == "challenges" else (None,))
        if len(values) < count:
            raise ValueError(f"{name} has {len(values)} values, and the program reads {count}")
    if rows == 0:
        raise ValueError("witness has no rows: there is nothing to compute")
    if coset and _log("witness", rows) == 0:
        raise ValueError("witness has 1 row: an extension has at least 2")
    first, last = _range("rows", start, stop, rows)
    outputs = compiled.num_outputs
    if sink == SINK_BASE:
        out = _np.empty((last - first, outputs), dtype=_np.uint64)
    elif sink == SINK_CUBIC:
        if out is None:
            out = _np.empty((last - first, outputs, 3), dtype=_np.uint64)
        else:
            _check("out", out, _np.uint64, (rows, outputs, 3), True)
            skipped = 3 * outputs * first
    else:
        out = _output(out, _np.uint64, (rows, 3))
        _check("lambda_powers", lambda_powers, _np.uint64, (outputs, 3))
        job.lambda_powers = _words(lambda_powers)
    job.code = <const int32_t *> cnp.PyArray_DATA(<cnp.ndarray> compiled.code)
    job.scalars = <const int32_t *> cnp.PyArray_DATA(<cnp.ndarray> compiled.scalars)
    job.tiles = <const int32_t *> cnp.PyArray_DATA(<cnp.ndarray> compiled.tiles)
    job.num_instructions = len(compiled.code)
    job.num_scalars = len(compiled.scalars)
    job.num_tiles = len(compiled.tiles)
    job.num_slots = compiled.num_slots
    job.num_outputs = outputs
    job.first_slot = compiled.first_slot
    job.last_slot = compiled.last_slot
    job.scalar_values[0] = _words(compiled.constants)
    for i in range(3):
        job.scalar_values[i + 1] = _words(scalars[i])
    for i in range(4):
        job.matrices[i] = _words(matrices[i])
        job.widths[i] = matrices[i].shape[1]
    job.rows = rows
    job.coset = coset
    job.sink = sink
    job.out = _words(out) + skipped
    job.start, job.stop = first, last
    with nogil:
        status = _path.run_program(&job)
    _finish(status)
    return out


cdef bint _is_coset(order) except -1:
    if order not in ("natural", "coset"):
        raise ValueError(f"order is {order!r}: say natural or coset")
    return order == "coset"


def run_program(
    program, witness, fixed, program_columns, stage2, air_values, publics, challenges, order, start=0,
    stop=None, out=None
):
    """Evaluate a compiled program on rows.

    program   from `compile_program`.
    witness, fixed, program_columns, stage2  (n, any): matrices with the same rows; stage 2 has three columns
              for each of K. A matrix that is not read may have no columns.
    air_values, publics  (any,); challenges (any, 3).
    order     "natural": rows are rows of the trace, the next row is cyclic, FIRST and LAST are 0 or 1.
              "coset": the matrices are extensions (n = 2N), the next row is the point times w_N, FIRST is
              (x^N - 1) / (N (x - 1)) and LAST (x^N - 1) / (N (w_N x - 1)).
    Returns   (stop - start, outputs, 3); an output in F has two zeros. With `out` (n, outputs, 3), its rows
              start to stop are written instead, and it is returned.
    """
    return _run(
        program, (witness, fixed, program_columns, stage2), (air_values, publics, challenges),
        _is_coset(order), SINK_CUBIC, None, out, start, stop,
    )


def run_program_base(
    program, witness, fixed, program_columns, stage2, air_values, publics, challenges, order, start=0,
    stop=None
):
    """As `run_program`, for programs whose outputs are all in F: returns (stop - start, outputs)."""
    if any(program.in_extension):
        raise ValueError(f"output {program.in_extension.index(True)} is in the extension: use run_program")
    return _run(
        program, (witness, fixed, program_columns, stage2), (air_values, publics, challenges),
        _is_coset(order), SINK_BASE, None, None, start, stop,
    )


def quotient(
    program, witness, fixed, program_columns, stage2, air_values, publics, challenges, lambda_powers,
    out=None, start=0, stop=None
):
    """sum_i lambda_powers[i] * output_i(x) / (x^N - 1) on the rows of an extension (n = 2N).

    Arguments as `run_program` with order "coset"; lambda_powers (outputs, 3).
    Returns `out`, (n, 3), of which rows start to stop are written.
    """
    return _run(
        program, (witness, fixed, program_columns, stage2), (air_values, publics, challenges),
        True, SINK_QUOTIENT, lambda_powers, out, start, stop,
    )


def batch_inverse(values, out=None, start=0, stop=None):
    """The inverses of elements of K, (n, 3); `out` may be `values`.

    Raises ValueError naming the first row that is zero; the blocks before it are written.
    """
    cdef size_t first, last
    cdef long long zero
    cdef const uint64_t *source
    cdef uint64_t *target
    _check("values", values, _np.uint64, (None, 3))
    out = _output(out, _np.uint64, values.shape)
    first, last = _range("rows", start, stop, len(values))
    source, target = _words(values), _words(out)
    with nogil:
        zero = _path.cubic_inverse(source, target, first, last)
    if zero != DONE:
        raise ValueError(f"row {zero} of values is zero and has no inverse")
    return out


def batch_inverse_base(values):
    """The inverses of elements of F, (n,). Raises ValueError naming the first that is zero."""
    cdef size_t n, i
    cdef uint64_t product = 1
    cdef const uint64_t *source
    cdef uint64_t *target
    _check("values", values, _np.uint64, (None,))
    zeros = _np.flatnonzero(values == 0)
    if len(zeros):
        raise ValueError(f"row {zeros[0]} of values is zero and has no inverse")
    out = _np.empty_like(values)
    source, target, n = _words(values), _words(out), len(values)
    with nogil:
        for i in range(n):
            target[i] = product
            product = field_mul(product, source[i])
        product = field_inverse(product)
        for i in range(n, 0, -1):
            target[i - 1] = field_mul(target[i - 1], product)
            product = field_mul(product, source[i - 1])
    return out


def prefix_sum(values):
    """Sums of the rows before each row, and of all rows: (n, 3) -> (n, 3), (3,)."""
    cdef size_t n, i, k
    cdef uint64_t sums[3]
    cdef const uint64_t *source
    cdef uint64_t *target
    _check("values", values, _np.uint64, (None, 3))
    out = _np.empty_like(values)
    source, target, n = _words(values), _words(out), len(values)
    with nogil:
        for k in range(3):
            sums[k] = 0
        for i in range(n):
            for k in range(3):
                target[3 * i + k] = sums[k]
                sums[k] = field_add(sums[k], source[3 * i + k])
    return out, _np.array([sums[0], sums[1], sums[2]], dtype=_np.uint64)


def barycentric_weights(log_size, point, out=None, start=0, stop=None):
    """Weights of the values of a polynomial of degree below n = 2^log_size on 7 H_n in its value at `point`.

    f(z) = sum_r weight_r f(x_r), x_r = 7 w_n^bitrev(r), weight_r = (z^n - 7^n) / (n 7^n) * x_r / (z - x_r).
    point    (3,). Raises ValueError if it is one of the x_r.
    Returns  `out`, (n, 3), of which rows start to stop are written.
    """
    cdef unsigned log_n
    cdef size_t first, last
    cdef long long zero
    cdef const uint64_t *z
    cdef uint64_t *target
    if not 0 <= log_size <= _MAX_LOG_ROWS:
        raise ValueError(f"log_size {log_size} is not between 0 and {_MAX_LOG_ROWS}")
    _check("point", point, _np.uint64, (3,))
    log_n = log_size
    out = _output(out, _np.uint64, (1 << log_size, 3))
    first, last = _range("rows", start, stop, 1 << log_size)
    z, target = _words(point), _words(out)
    with nogil:
        zero = _path.barycentric(log_n, z, target, first, last)
    if zero != DONE:
        raise ValueError(f"point is the point of row {zero} of the coset")
    return out


cdef _combine_rows(matrix, weights, first_column, last_column, first_row, last_row):
    cdef size_t width = matrix.shape[1], column, end, start, stop
    cdef const uint64_t *source
    cdef const uint64_t *factors
    cdef uint64_t *target
    cdef int status
    column, end = _range("columns", first_column, last_column, width)
    start, stop = first_row, last_row
    out = _np.empty((end - column, 3), dtype=_np.uint64)
    source, factors, target = _words(matrix), _words(weights), _words(out)
    with nogil:
        status = _path.combine_rows(source, width, column, end, factors, target, start, stop)
    _finish(status)
    return out


def combine_rows(matrix, weights, start=0, stop=None, first_column=0, last_column=None):
    """sum over rows start to stop of weights[r] * matrix[r], per column.

    matrix, weights  (at least n, W) and (n, 3); rows behind n are not read.
    Returns          (last_column - first_column, 3); partial sums of disjoint rows add up in K.
    """
    _check("matrix", matrix, _np.uint64, (None, None))
    _check("weights", weights, _np.uint64, (None, 3))
    if len(weights) > len(matrix):
        raise ValueError(f"weights has {len(weights)} rows, and matrix has {len(matrix)}")
    first, last = _range("rows", start, stop, len(weights))
    return _combine_rows(matrix, weights, first_column, last_column, first, last)


def evaluate_at(lde, point, first_column=0, last_column=None):
    """Values at `point` of the polynomials of degree below N whose extension this is.

    lde      (2N, W), bit-reversed on 7 H_2N; the first N rows, which are 7 H_N, are read.
    point    (3,), not on 7 H_N (ValueError).
    Returns  (last_column - first_column, 3). For several matrices of one height, or ranges of rows, compute
             `barycentric_weights` once and use `combine_rows`.
    """
    _check("lde", lde, _np.uint64, (None, None))
    log_rows = _log("lde", len(lde))
    if log_rows == 0:
        raise ValueError("lde has 1 row: an extension has at least 2")
    weights = barycentric_weights(log_rows - 1, point)
    return _combine_rows(lde, weights, first_column, last_column, 0, len(weights))


def accumulate_columns(matrix, coefficients, out, start=0, stop=None):
    """out[r] += sum_j coefficients[j] * matrix[r, j] for rows start to stop.

    matrix, coefficients, out  (n, W), (W, 3), (n, 3).
    """
    cdef size_t first, last, width
    cdef const uint64_t *source
    cdef const uint64_t *factors
    cdef uint64_t *target
    cdef int status
    _check("matrix", matrix, _np.uint64, (None, None))
    _check("coefficients", coefficients, _np.uint64, (matrix.shape[1], 3))
    _check("out", out, _np.uint64, (len(matrix), 3), True)
    first, last = _range("rows", start, stop, len(matrix))
    width = matrix.shape[1]
    source, factors, target = _words(matrix), _words(coefficients), _words(out)
    with nogil:
        status = _path.combine_columns(source, width, factors, target, first, last)
    _finish(status)


def deep_quotient(accumulator, constant, point, codeword, start=0, stop=None):
    """codeword[r] += (accumulator[r] - constant) / (x_r - point) with x_r = 7 w_n^bitrev(r).

    accumulator, codeword  (n, 3), n a power of two; constant, point (3,).
    Raises ValueError if the point is one of the x_r.
    """
    cdef size_t first, last
    cdef unsigned log_n
    cdef long long zero
    cdef const uint64_t *values
    cdef const uint64_t *subtracted
    cdef const uint64_t *z
    cdef uint64_t *target
    _check("accumulator", accumulator, _np.uint64, (None, 3))
    _check("constant", constant, _np.uint64, (3,))
    _check("point", point, _np.uint64, (3,))
    _check("codeword", codeword, _np.uint64, accumulator.shape, True)
    log_n = _log("accumulator", len(accumulator))
    first, last = _range("rows", start, stop, len(accumulator))
    values, subtracted, z, target = _words(accumulator), _words(constant), _words(point), _words(codeword)
    with nogil:
        zero = _path.deep_quotient(values, subtracted, z, target, log_n, first, last)
    if zero != DONE:
        raise ValueError(f"point is the point of row {zero} of the coset")


def fold(codeword, beta, log_arity, shift, out=None, start=0, stop=None):
    """Fold 2^log_arity neighbours into one, by the challenge beta.

    codeword  (n, 3), bit-reversed: row r is the value at x_r = shift * w_n^bitrev(r).
    beta      (3,); log_arity from 1 to 8, at most log2 n; shift not 0.
    Row j of the result is the value at beta of the polynomial of degree below 2^log_arity through the rows
    j * 2^log_arity ...: with f(X) = sum_i X^i f_i(X^arity) it is sum_i beta^i f_i(y_j) at y_j = x^arity,
    which lie bit-reversed on the coset with shift^arity.
    Returns   `out`, (n >> log_arity, 3), of which rows start to stop are written.
    """
    cdef size_t first, last
    cdef unsigned log_n, log_a
    cdef uint64_t s
    cdef const uint64_t *source
    cdef const uint64_t *b
    cdef uint64_t *target
    cdef int status
    _check("codeword", codeword, _np.uint64, (None, 3))
    _check("beta", beta, _np.uint64, (3,))
    log_n = _log("codeword", len(codeword))
    if not 1 <= log_arity <= min(8, log_n):
        raise ValueError(f"log_arity {log_arity} is not between 1 and {min(8, log_n)}")
    if not 0 < shift < _P:
        raise ValueError(f"shift {shift} is not a non-zero field element")
    out = _output(out, _np.uint64, (len(codeword) >> log_arity, 3))
    first, last = _range("rows", start, stop, len(codeword) >> log_arity)
    log_a, s = log_arity, shift
    source, b, target = _words(codeword), _words(beta), _words(out)
    with nogil:
        status = _path.fold(source, log_n, b, log_a, s, target, first, last)
    _finish(status)
    return out
