"""Types of the prover's kernels; `kernels.pyx` says what each one computes.

All numbers are canonical Goldilocks elements in C-contiguous uint64 arrays; an element of
K = F[x]/(x^3 - x - 1) is three of them. Every function checks shapes and types (ValueError), then runs
without the GIL. `start` and `stop` bound rows, `first_column` and `last_column` bound columns: threads share
one `out` and take disjoint ranges.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zisk_py.stark.kernel_program import Program
from zisk_py.stark.tuple_table import TupleTable as TupleTable

_U64 = NDArray[np.uint64]
_U8 = NDArray[np.uint8]
_Order = Literal["natural", "coset"]

def kernels_in_use() -> str: ...
def select_kernels(path: str) -> None: ...
def transform_words(rows: int) -> int: ...
def low_degree_extend(
    columns: _U64,
    out: _U64 | None = None,
    first_column: int = 0,
    last_column: int | None = None,
    scratch: _U64 | None = None,
) -> _U64: ...
def interpolate_coset(
    values: _U64,
    out: _U64 | None = None,
    first_column: int = 0,
    last_column: int | None = None,
    shift: int = 7,
    scratch: _U64 | None = None,
) -> _U64: ...
def evaluate_coset(
    coefficients: _U64,
    out: _U64 | None = None,
    first_column: int = 0,
    last_column: int | None = None,
    scratch: _U64 | None = None,
) -> _U64: ...
def hash_rows(
    matrices: Sequence[_U64], person: bytes, out: _U8 | None = None, start: int = 0, stop: int | None = None
) -> _U8: ...
def hash_pairs(
    nodes: _U8, person: bytes, out: _U8 | None = None, start: int = 0, stop: int | None = None
) -> _U8: ...
def hash_inject(
    nodes: _U8, digests: _U8, person: bytes, out: _U8 | None = None, start: int = 0, stop: int | None = None
) -> _U8: ...
def grind(seed: bytes, bits: int, person: bytes, start: int, stop: int) -> int | None: ...
def run_program(
    program: Program,
    witness: _U64,
    fixed: _U64,
    program_columns: _U64,
    stage2: _U64,
    air_values: _U64,
    publics: _U64,
    challenges: _U64,
    order: _Order,
    start: int = 0,
    stop: int | None = None,
    out: _U64 | None = None,
) -> _U64: ...
def run_program_base(
    program: Program,
    witness: _U64,
    fixed: _U64,
    program_columns: _U64,
    stage2: _U64,
    air_values: _U64,
    publics: _U64,
    challenges: _U64,
    order: _Order,
    start: int = 0,
    stop: int | None = None,
) -> _U64: ...
def quotient(
    program: Program,
    witness: _U64,
    fixed: _U64,
    program_columns: _U64,
    stage2: _U64,
    air_values: _U64,
    publics: _U64,
    challenges: _U64,
    lambda_powers: _U64,
    out: _U64 | None = None,
    start: int = 0,
    stop: int | None = None,
) -> _U64: ...
def batch_inverse(values: _U64, out: _U64 | None = None, start: int = 0, stop: int | None = None) -> _U64: ...
def batch_inverse_base(values: _U64) -> _U64: ...
def prefix_sum(values: _U64) -> tuple[_U64, _U64]: ...
def barycentric_weights(
    log_size: int, point: _U64, out: _U64 | None = None, start: int = 0, stop: int | None = None
) -> _U64: ...
def combine_rows(
    matrix: _U64,
    weights: _U64,
    start: int = 0,
    stop: int | None = None,
    first_column: int = 0,
    last_column: int | None = None,
) -> _U64: ...
def evaluate_at(lde: _U64, point: _U64, first_column: int = 0, last_column: int | None = None) -> _U64: ...
def accumulate_columns(
    matrix: _U64, coefficients: _U64, out: _U64, start: int = 0, stop: int | None = None
) -> None: ...
def deep_quotient(
    accumulator: _U64, constant: _U64, point: _U64, codeword: _U64, start: int = 0, stop: int | None = None
) -> None: ...
def fold(
    codeword: _U64,
    beta: _U64,
    log_arity: int,
    shift: int,
    out: _U64 | None = None,
    start: int = 0,
    stop: int | None = None,
) -> _U64: ...
