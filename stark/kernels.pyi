"""Types of the prover's kernels; `kernels.pyx` says what each one computes.

All numbers are canonical Goldilocks elements in C-contiguous uint64 arrays; an element of K = F[x]/(x^3 - x - 1) is
three of them. Every function checks shapes and types (ValueError), then runs without the GIL. `start` and `stop`
bound rows, `first_column` and `last_column` bound columns: threads share one `out` and take disjoint ranges.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zisk_py.stark.kernel_program import Program

U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
Order = Literal["natural", "coset"]

def kernels_in_use() -> str: ...
def select_kernels(path: str) -> None: ...
def low_degree_extend(
    columns: U64, out: U64 | None = None, first_column: int = 0, last_column: int | None = None
) -> U64: ...
def interpolate_coset(
    values: U64,
    out: U64 | None = None,
    first_column: int = 0,
    last_column: int | None = None,
    shift: int = 7,
) -> U64: ...
def evaluate_coset(
    coefficients: U64, out: U64 | None = None, first_column: int = 0, last_column: int | None = None
) -> U64: ...
def hash_rows(
    matrices: Sequence[U64], person: bytes, out: U8 | None = None, start: int = 0, stop: int | None = None
) -> U8: ...
def hash_pairs(
    nodes: U8, person: bytes, out: U8 | None = None, start: int = 0, stop: int | None = None
) -> U8: ...
def hash_inject(
    nodes: U8, digests: U8, person: bytes, out: U8 | None = None, start: int = 0, stop: int | None = None
) -> U8: ...
def grind(seed: bytes, bits: int, person: bytes) -> int: ...
def run_program(
    program: Program,
    witness: U64,
    fixed: U64,
    program_columns: U64,
    stage2: U64,
    air_values: U64,
    publics: U64,
    challenges: U64,
    order: Order,
    start: int = 0,
    stop: int | None = None,
) -> U64: ...
def run_program_base(
    program: Program,
    witness: U64,
    fixed: U64,
    program_columns: U64,
    stage2: U64,
    air_values: U64,
    publics: U64,
    challenges: U64,
    order: Order,
    start: int = 0,
    stop: int | None = None,
) -> U64: ...
def quotient(
    program: Program,
    witness: U64,
    fixed: U64,
    program_columns: U64,
    stage2: U64,
    air_values: U64,
    publics: U64,
    challenges: U64,
    lambda_powers: U64,
    out: U64 | None = None,
    start: int = 0,
    stop: int | None = None,
) -> U64: ...
def batch_inverse(values: U64, out: U64 | None = None, start: int = 0, stop: int | None = None) -> U64: ...
def batch_inverse_base(values: U64) -> U64: ...
def prefix_sum(values: U64) -> tuple[U64, U64]: ...
def barycentric_weights(
    log_size: int, point: U64, out: U64 | None = None, start: int = 0, stop: int | None = None
) -> U64: ...
def combine_rows(matrix: U64, weights: U64, start: int = 0, stop: int | None = None) -> U64: ...
def evaluate_at(lde: U64, point: U64, first_column: int = 0, last_column: int | None = None) -> U64: ...
def accumulate_columns(
    matrix: U64, coefficients: U64, out: U64, start: int = 0, stop: int | None = None
) -> None: ...
def deep_quotient(
    accumulator: U64, constant: U64, point: U64, codeword: U64, start: int = 0, stop: int | None = None
) -> None: ...
def fold(
    codeword: U64,
    beta: U64,
    log_arity: int,
    shift: int,
    out: U64 | None = None,
    start: int = 0,
    stop: int | None = None,
) -> U64: ...

class TupleTable:
    def __init__(self, table: U64) -> None: ...
    def count(self, queries: U64, weights: U64, counts: U64) -> int: ...
    def find(self, queries: U64) -> U64: ...
