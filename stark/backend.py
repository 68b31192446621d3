"""What the prover computes with: the compiled kernels on several threads, or their slow twins in tests."""

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from zisk_py.stark.program import Program

U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
T = TypeVar("T")
R = TypeVar("R")
Order = Literal["natural", "coset"]


class Backend(Protocol):
    """The functions of `zisk_py.stark.reference`, which says what each one computes."""

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]: ...  # noqa: D102
    def ahead(self, calls: Iterable[Callable[[], R]]) -> Generator[R, None, None]: ...  # noqa: D102
    def low_degree_extend(self, columns: U64) -> U64: ...  # noqa: D102
    def interpolate_coset(self, values: U64, shift: int = ...) -> U64: ...  # noqa: D102
    def evaluate_coset(self, coefficients: U64) -> U64: ...  # noqa: D102
    def hash_rows(self, matrices: Sequence[U64], person: bytes) -> U8: ...  # noqa: D102
    def hash_pairs(self, nodes: U8, person: bytes) -> U8: ...  # noqa: D102
    def hash_inject(self, nodes: U8, digests: U8, person: bytes) -> U8: ...  # noqa: D102
    def grind(self, seed: bytes, bits: int, person: bytes) -> int: ...  # noqa: D102
    def run_program(  # noqa: D102
        self,
        program: Program,
        witness: U64,
        fixed: U64,
        program_columns: U64,
        stage2: U64,
        air_values: U64,
        publics: U64,
        challenges: U64,
        order: Order,
    ) -> U64: ...
    def quotient(  # noqa: D102
        self,
        program: Program,
        witness: U64,
        fixed: U64,
        program_columns: U64,
        stage2: U64,
        air_values: U64,
        publics: U64,
        challenges: U64,
        lambda_powers: U64,
    ) -> U64: ...
    def batch_inverse(self, values: U64) -> U64: ...  # noqa: D102
    def prefix_sum(self, values: U64) -> tuple[U64, U64]: ...  # noqa: D102
    def evaluate_at(self, lde: U64, point: U64, columns: Sequence[int] | None = ...) -> U64: ...  # noqa: D102
    def accumulate_columns(self, matrix: U64, coefficients: U64, out: U64) -> None: ...  # noqa: D102
    def deep_quotient(self, accumulator: U64, constant: U64, point: U64, codeword: U64) -> None: ...  # noqa: D102
    def fold(self, codeword: U64, beta: U64, log_arity: int, shift: int = ...) -> U64: ...  # noqa: D102
