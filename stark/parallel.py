"""The compiled kernels on several threads: each takes a range of rows or columns of one output."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from threading import Lock
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import DEGREE
from zisk_py.stark import kernels
from zisk_py.stark.arrays import add
from zisk_py.stark.backend import Order
from zisk_py.stark.buffers import Buffers
from zisk_py.stark.kernel_program import Program as Compiled
from zisk_py.stark.kernel_program import compile_program
from zisk_py.stark.program import Program

U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
T = TypeVar("T")
R = TypeVar("R")

TILE = 8  # columns that a transform takes together
LEAST = 1 << 10  # rows that are worth a thread
NONCES = 1 << 15  # that a thread tries before it asks whether another one has found some
KEPT_WEIGHTS = 16  # heights and points of one phase: matrices are evaluated in any order


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
        self._buffers = Buffers()
        self._compiled: dict[Program, Compiled] = {}
        self._known_weights: dict[tuple[int, bytes], U64] = {}
        self._weights_lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """End the threads; what they have begun they finish, tasks before what those wait for."""
        for executor in (self._tasks, self._pool):
            executor.shutdown(cancel_futures=True)

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """See `reference`."""
        return list(self._tasks.map(function, items))

    def ahead(self, calls: Iterable[Callable[[], R]]) -> Generator[R, None, None]:
        """See `reference`."""
        if self.threads == 1:
            yield from (call() for call in calls)
            return
        with ThreadPoolExecutor(1, thread_name_prefix="zisk-py-ahead") as executor:
            waiting = deque[Future[R]]()
            for call in calls:
                waiting.append(executor.submit(call))
                if len(waiting) > 1:
                    yield waiting.popleft().result()
            yield waiting.popleft().result()

    def low_degree_extend(self, columns: U64) -> U64:
        """See `reference`."""
        return self._transform(kernels.low_degree_extend, columns, 2 * len(columns))

    def interpolate_coset(self, values: U64, shift: int = 7) -> U64:
        """See `reference`."""
        return self._transform(partial(kernels.interpolate_coset, shift=shift), values, len(values))

    def evaluate_coset(self, coefficients: U64) -> U64:
        """See `reference`."""
        return self._transform(kernels.evaluate_coset, coefficients, 2 * len(coefficients))

    def _transform(self, kernel: Callable[..., U64], matrix: U64, height: int) -> U64:
        """Transform the tiles of a matrix into one with that many rows."""
        out = self._empty(height, matrix.shape[1])
        words = kernels.transform_words(len(matrix))

        def tiles(first: int, last: int) -> None:
            kernel(matrix, out, first, last, scratch=self._empty(words))

        self._run(matrix.shape[1], TILE, tiles)
        return out

    def hash_rows(self, matrices: Sequence[U64], person: bytes) -> U8:
        """See `reference`."""
        out = self._buffers.empty((len(matrices[0]), 32), np.uint8)
        self._rows(len(out), lambda start, stop: kernels.hash_rows(matrices, person, out, start, stop))
        return out

    def hash_pairs(self, nodes: U8, person: bytes) -> U8:
        """See `reference`."""
        out = self._buffers.empty((len(nodes) // 2, 32), np.uint8)
        self._rows(len(out), lambda start, stop: kernels.hash_pairs(nodes, person, out, start, stop))
        return out

    def hash_inject(self, nodes: U8, digests: U8, person: bytes) -> U8:
        """See `reference`."""
        out = self._buffers.empty(nodes.shape, np.uint8)
        self._rows(
            len(out), lambda start, stop: kernels.hash_inject(nodes, digests, person, out, start, stop)
        )
        return out

    def grind(self, seed: bytes, bits: int, person: bytes) -> int:
        """See `reference`."""
        found: list[int] = []
        first = 0

        def search(start: int, stop: int) -> None:
            nonce = kernels.grind(seed, bits, person, first + start, first + stop)
            if nonce is not None:
                found.append(nonce)

        while not found:  # every thread searches a range, so that the smallest of all is found
            self._run(self.threads * NONCES, NONCES, search)
            first += self.threads * NONCES
        return min(found)

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
        out = self._empty(len(witness), len(program.outputs), DEGREE)
        given = (witness, fixed, program_columns, stage2, air_values, publics, challenges, order)
        self._rows(len(out), lambda start, stop: kernels.run_program(compiled, *given, start, stop, out))
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
        out = self._empty(len(witness), DEGREE)
        given = (witness, fixed, program_columns, stage2, air_values, publics, challenges, lambda_powers)
        self._rows(len(out), lambda start, stop: kernels.quotient(compiled, *given, out, start, stop))
        return out

    def batch_inverse(self, values: U64) -> U64:
        """See `reference`."""
        out = self._empty(*values.shape)
        try:
            self._rows(len(out), lambda start, stop: kernels.batch_inverse(values, out, start, stop))
        except ValueError as error:
            raise ZeroDivisionError(str(error)) from error
        return out

    def prefix_sum(self, values: U64) -> tuple[U64, U64]:
        """See `reference`."""
        return kernels.prefix_sum(values)

    def evaluate_at(self, lde: U64, point: U64, columns: Sequence[int] | None = None) -> U64:
        """See `reference`."""
        width = lde.shape[1]
        chosen = range(width) if columns is None else columns
        weights = self._weights(len(lde).bit_length() - 2, point)
        total: U64 = np.zeros((width, DEGREE), dtype=np.uint64)
        # the tiles that hold them are read whole
        tiles = [(j, min(j + TILE, width)) for j in range(0, width, TILE)]
        needed = [(a, b) for a, b in tiles if any(a <= column < b for column in chosen)]
        parts: list[U64] = []

        def block(start: int, stop: int) -> None:
            part = np.zeros_like(total)
            for first, last in _joined(needed):
                part[first:last] = kernels.combine_rows(lde, weights, start, stop, first, last)
            parts.append(part)

        self._rows(len(weights), block)
        for part in parts:
            total = add(total, part)
        return total[list(chosen)]

    def _weights(self, log_height: int, point: U64) -> U64:
        """Barycentric weights, kept for the other matrices of that height."""
        wanted = (log_height, point.tobytes())
        with self._weights_lock:  # all threads compute them together, none on its own
            if wanted not in self._known_weights:
                out = self._empty(1 << log_height, DEGREE)
                self._rows(
                    len(out),
                    lambda start, stop: kernels.barycentric_weights(log_height, point, out, start, stop),
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
        out = self._empty(len(codeword) >> log_arity, DEGREE)
        self._rows(
            len(out), lambda start, stop: kernels.fold(codeword, beta, log_arity, shift, out, start, stop)
        )
        return out

    def _empty(self, *shape: int) -> U64:
        return self._buffers.empty(shape, np.uint64)

    def _compile(self, program: Program) -> Compiled:
        if program not in self._compiled:
            self._compiled[program] = compile_program(program.nodes, program.outputs)
        return self._compiled[program]

    def _rows(self, count: int, block: Callable[[int, int], object]) -> None:
        """Run `block` over ranges of rows that cover `count`."""
        self._run(count, LEAST, block)

    def _run(self, count: int, step: int, block: Callable[[int, int], object]) -> None:
        """Cut [0, count) into at most one range per thread, at multiples of `step`."""
        pieces = max(1, min(self.threads, -(-count // step)))
        bounds = [min(count, -(-count * i // (pieces * step)) * step) for i in range(pieces + 1)]
        ranges = [(a, b) for a, b in pairwise(bounds) if a < b]
        others = [self._pool.submit(block, a, b) for a, b in ranges[1:]]
        block(*ranges[0])  # this thread would only wait
        for future in others:
            future.result()


def _joined(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ascending ranges, neighbours made one."""
    joined: list[tuple[int, int]] = []
    for first, last in ranges:
        if joined and joined[-1][1] == first:
            first = joined.pop()[0]
        joined.append((first, last))
    return joined
