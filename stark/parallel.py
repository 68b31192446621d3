"""The compiled kernels on several threads: each takes a range of rows or columns of one output."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import DEGREE
from zisk_py.stark import kernels
from zisk_py.stark.arrays import add
from zisk_py.stark.backend import Order
from zisk_py.stark.kernel_program import Program as Compiled
from zisk_py.stark.kernel_program import compile_program
from zisk_py.stark.program import Program

U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
T = TypeVar("T")
R = TypeVar("R")

TILE = 8  # columns that a transform takes together
LEAST = 1 << 10  # rows that are worth a thread
KEPT_WEIGHTS = 2  # zeta and its next point, of one height


def available_threads() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ParallelKernels:
    """A `zisk_py.stark.backend.Backend` of compiled kernels; results do not depend on `threads`."""

    def __init__(self, threads: int | None = None) -> None:
        """Use that many threads, or as many as there are cores for this process."""
        self.threads = threads or available_threads()
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="zisk-py")
        # tasks wait for what they give to the pool, so they must not stand in its queue themselves
        self._tasks = ThreadPoolExecutor(self.threads, thread_name_prefix="zisk-py-task")
        self._compiled: dict[Program, Compiled] = {}
        self._known_weights: dict[tuple[int, bytes], U64] = {}

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """See `reference`."""
        return list(self._tasks.map(function, items))

    def low_degree_extend(self, columns: U64) -> U64:
        """See `reference`."""
        height, width = columns.shape
        out = np.empty((2 * height, width), dtype=np.uint64)
        self._columns(width, lambda first, last: kernels.low_degree_extend(columns, out, first, last))
        return out

    def interpolate_coset(self, values: U64, shift: int = 7) -> U64:
        """See `reference`."""
        out = np.empty_like(values)
        width = values.shape[1]
        self._columns(width, lambda first, last: kernels.interpolate_coset(values, out, first, last, shift))
        return out

    def evaluate_coset(self, coefficients: U64) -> U64:
        """See `reference`."""
        height, width = coefficients.shape
        out = np.empty((2 * height, width), dtype=np.uint64)
        self._columns(width, lambda first, last: kernels.evaluate_coset(coefficients, out, first, last))
        return out

    def hash_rows(self, matrices: Sequence[U64], person: bytes) -> U8:
        """See `reference`."""
        out = np.empty((len(matrices[0]), 32), dtype=np.uint8)
        self._rows(len(out), lambda start, stop: kernels.hash_rows(matrices, person, out, start, stop))
        return out

    def hash_pairs(self, nodes: U8, person: bytes) -> U8:
        """See `reference`."""
        out = np.empty((len(nodes) // 2, 32), dtype=np.uint8)
        self._rows(len(out), lambda start, stop: kernels.hash_pairs(nodes, person, out, start, stop))
        return out

    def hash_inject(self, nodes: U8, digests: U8, person: bytes) -> U8:
        """See `reference`."""
        out = np.empty_like(nodes)
        self._rows(
            len(out), lambda start, stop: kernels.hash_inject(nodes, digests, person, out, start, stop)
        )
        return out

    def grind(self, seed: bytes, bits: int, person: bytes) -> int:
        """See `reference`."""
        return kernels.grind(seed, bits, person)

    def run_program(
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
    ) -> U64:
        """See `reference`."""
        compiled = self._compile(program)
        out = np.empty((len(witness), len(program.outputs), DEGREE), dtype=np.uint64)
        matrices = (witness, fixed, program_columns, stage2)

        def block(start: int, stop: int) -> None:
            out[start:stop] = kernels.run_program(
                compiled, *matrices, air_values, publics, challenges, order, start, stop
            )

        self._rows(len(out), block)
        return out

    def quotient(
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
    ) -> U64:
        """See `reference`."""
        compiled = self._compile(program)
        out = np.empty((len(witness), DEGREE), dtype=np.uint64)
        given = (witness, fixed, program_columns, stage2, air_values, publics, challenges, lambda_powers)
        self._rows(len(out), lambda start, stop: kernels.quotient(compiled, *given, out, start, stop))
        return out

    def batch_inverse(self, values: U64) -> U64:
        """See `reference`."""
        out = np.empty_like(values)
        try:
            self._rows(len(out), lambda start, stop: kernels.batch_inverse(values, out, start, stop))
        except ValueError as error:
            raise ZeroDivisionError(str(error)) from error
        return out

    def prefix_sum(self, values: U64) -> tuple[U64, U64]:
        """See `reference`."""
        return kernels.prefix_sum(values)

    def evaluate_at(self, lde: U64, point: U64) -> U64:
        """See `reference`."""
        weights = self._weights(len(lde).bit_length() - 2, point)
        parts: list[U64] = []
        self._rows(
            len(weights), lambda start, stop: parts.append(kernels.combine_rows(lde, weights, start, stop))
        )
        total: U64 = np.zeros((lde.shape[1], DEGREE), dtype=np.uint64)
        for part in parts:
            total = add(total, part)
        return total

    def _weights(self, log_height: int, point: U64) -> U64:
        """Barycentric weights, kept for the matrices of one height that are evaluated one after the other."""
        wanted = (log_height, point.tobytes())
        if wanted not in self._known_weights:
            out = np.empty((1 << log_height, DEGREE), dtype=np.uint64)
            self._rows(
                len(out), lambda start, stop: kernels.barycentric_weights(log_height, point, out, start, stop)
            )
            while len(self._known_weights) >= KEPT_WEIGHTS:
                del self._known_weights[next(iter(self._known_weights))]
            self._known_weights[wanted] = out
        return self._known_weights[wanted]

    def accumulate_columns(self, matrix: U64, coefficients: U64, out: U64) -> None:
        """See `reference`."""
        self._rows(
            len(out), lambda start, stop: kernels.accumulate_columns(matrix, coefficients, out, start, stop)
        )

    def deep_quotient(self, accumulator: U64, constant: U64, point: U64, codeword: U64) -> None:
        """See `reference`."""
        given = (accumulator, constant, point, codeword)
        self._rows(len(codeword), lambda start, stop: kernels.deep_quotient(*given, start, stop))

    def fold(self, codeword: U64, beta: U64, log_arity: int, shift: int = 1) -> U64:
        """See `reference`."""
        out = np.empty((len(codeword) >> log_arity, DEGREE), dtype=np.uint64)
        self._rows(
            len(out), lambda start, stop: kernels.fold(codeword, beta, log_arity, shift, out, start, stop)
        )
        return out

    def _compile(self, program: Program) -> Compiled:
        if program not in self._compiled:
            self._compiled[program] = compile_program(program.nodes, program.outputs)
        return self._compiled[program]

    def _rows(self, count: int, block: Callable[[int, int], object]) -> None:
        """Run `block` over ranges of rows that cover `count`."""
        self._run(count, LEAST, block)

    def _columns(self, count: int, block: Callable[[int, int], object]) -> None:
        """Run `block` over ranges of columns, whole tiles each."""
        self._run(count, TILE, block)

    def _run(self, count: int, step: int, block: Callable[[int, int], object]) -> None:
        """Cut [0, count) into at most one range per thread, at multiples of `step`."""
        pieces = max(1, min(self.threads, -(-count // step)))
        bounds = [min(count, -(-count * i // (pieces * step)) * step) for i in range(pieces + 1)]
        ranges = [(a, b) for a, b in pairwise(bounds) if a < b]
        if len(ranges) == 1:
            block(*ranges[0])
            return
        for future in [self._pool.submit(block, a, b) for a, b in ranges]:
            future.result()
