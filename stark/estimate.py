"""What a proof will take, from the shapes of its segments alone: memory, cells, bytes, seconds.

The memory follows `zisk_py.stark.prover` step by step: which arrays live at the same time. An array of
`zisk_py.stark.buffers` leaves its memory for later ones of about its size and never gives it back, so
of each size as many count as ever live at once, in any step of any segment.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from zisk_py.field.extension import DEGREE
from zisk_py.stark.buffers import LEAST, rounded_size
from zisk_py.stark.hashing import DIGEST_SIZE, LEAF
from zisk_py.stark.kernels import transform_words
from zisk_py.stark.key import VerifyingKey
from zisk_py.stark.layout import QUOTIENT_WIDTH, Layout
from zisk_py.stark.merkle import Matrix
from zisk_py.stark.options import LOG_BLOWUP, LOG_CAP, Options
from zisk_py.stark.parallel import KEPT_WEIGHTS, TILE, ParallelKernels

WORD = 8
ELEMENT = DEGREE * WORD
SMALL = 1 << 24  # bytes: small arrays and objects of Python
HEAP_ARRAY = 1 << 25  # bytes: up to this size the allocator may take an array from a heap of the thread
POINTS = 3  # omega, zeta and its next point: each has weights of its own
PROBE_ROWS, PROBE_WIDTH = 1 << 13, 32
# Measured by bench/estimate.py: what a committed cell costs in all, in cells of the probe that are extended
# and hashed; and what a segment costs besides: its work before the queries, and what Python does.
COST_OF_CELL = 5.2
SECONDS_OF_SEGMENT = 0.1


@dataclass(frozen=True)
class Use:
    """Memory at one moment.

    arrays  how many arrays of each rounded size
    sizes   the sizes before rounding: what lies behind them is never written, and takes no memory
    other   bytes of all other arrays
    """

    arrays: Counter[int] = field(default_factory=Counter)
    sizes: frozenset[int] = frozenset()
    other: int = 0

    def add(self, *sizes: int) -> "Use":
        """The same with arrays of these sizes."""
        large = [size for size in sizes if size >= LEAST]
        return Use(
            self.arrays + Counter(map(rounded_size, large)),
            self.sizes.union(large),
            self.other + sum(size for size in sizes if size < LEAST),
        )

    def add_other(self, size: int) -> "Use":
        """The same with arrays whose memory is given back."""
        return Use(self.arrays, self.sizes, self.other + size)

    def add_some(self, choices: Iterable[Sequence[int]], count: int) -> "Use":
        """The same with the arrays of `count` of the choices, those that take the most of each size."""
        own = [Use().add(*sizes) for sizes in choices]
        arrays = Counter(
            {
                size: sum(sorted(use.arrays[size] for use in own)[-count:])
                for size in {size for use in own for size in use.arrays}
            }
        )
        return Use(
            self.arrays + arrays,
            self.sizes.union(*(use.sizes for use in own)),
            self.other + sum(sorted(use.other for use in own)[-count:]),
        )


def proof_memory(
    key: VerifyingKey, segments: Iterable[tuple[Layout, int]], num_segments: int, threads: int
) -> int:
    """Bytes that the prover takes at most, the traces included.

    segments  the layouts that occur, each with the bytes that it takes to make such a segment's traces,
              besides the traces; there may be more segments than layouts
    """
    arrays, written, filled = Counter[int](), dict[int, int](), set[int]()
    other = made = 0
    for layout, making in segments:
        traces = trace_sizes(key, layout)
        filled.update(traces)
        made = max(made, making + sum(traces))
        for use in _steps(key, layout, num_segments, threads):
            arrays |= use.arrays
            other = max(other, use.other)
            for size in use.sizes:
                written[rounded_size(size)] = max(size, written.get(rounded_size(size), 0))
    is_ahead = num_segments > 1 and threads > 1  # the next segment is made while one is proven
    most = other + made if is_ahead else max(other, made)
    # what other threads filled in earlier segments stays in their heaps
    heaps = (threads - 1) * max(filter(HEAP_ARRAY.__ge__, filled), default=0)
    return sum(written[size] * count for size, count in arrays.items()) + most + heaps + SMALL


def trace_sizes(key: VerifyingKey, layout: Layout) -> list[int]:
    """Bytes of each trace of a segment."""
    return [WORD * len(key.airs[i.air].air.columns) << i.log_height for i in layout.instances]


def proof_bytes(layout: Layout, options: Options) -> int:
    """About how long the proof of a segment is: what is expected of queries at random."""
    numbers = sum(opened.width + len(opened.next) + len(opened.bound) for opened in layout.opened)
    trees = list(layout.trees.values())
    for folds in layout.folds:
        trees.append(tuple(Matrix(f.log_leaves, DEGREE * ((1 << f.log_arity) - 1)) for f in folds))
    size = float(ELEMENT * numbers)
    for matrices in trees:
        log_tree = max(matrix.log_size for matrix in matrices)
        size += sum(WORD * m.width * _distinct(1 << m.log_size, options.queries) for m in matrices)
        siblings = sum(_alone(1 << level, options.queries) for level in range(LOG_CAP + 1, log_tree + 1))
        size += DIGEST_SIZE * ((1 << LOG_CAP) + siblings)
    return round(size)


def _distinct(count: int, draws: int) -> float:
    """How many of `count` things are drawn, if things are drawn that often."""
    return count * (1 - (1 - 1 / count) ** draws)


def _alone(count: int, draws: int) -> float:
    """How many of `count` things, in pairs, are drawn while the other of the pair is not."""
    return count * ((1 - 1 / count) ** draws - (1 - 2 / count) ** draws)


def committed_cells(key: VerifyingKey, layout: Layout) -> int:
    """Cells that are committed to for a segment: traces, buses, quotients."""
    airs = [(key.airs[i.air], i.log_height) for i in layout.instances]
    return sum(len(a.air.columns) + a.stage2_width + QUOTIENT_WIDTH << log_height for a, log_height in airs)


def proof_seconds(cells: int, num_segments: int, threads: int) -> float:
    """About how long segments with so many cells in all take; this machine is tried for a moment."""
    backend = ParallelKernels(threads)
    matrix = np.ones((PROBE_ROWS, PROBE_WIDTH), dtype=np.uint64)
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        backend.hash_rows([backend.low_degree_extend(matrix)], LEAF)
        best = min(best, time.perf_counter() - start)
    return COST_OF_CELL * cells * best / matrix.size + SECONDS_OF_SEGMENT * num_segments


@dataclass(frozen=True)
class _Shape:
    """An instance: rows, columns of stage 1, columns of stage 2, and how many of these are the author's."""

    rows: int
    width: int
    stage2: int
    own: int

    def scratch(self, rows: int, width: int, threads: int) -> list[int]:
        """The working memory of a transform of `width` columns with so many rows."""
        return [WORD * transform_words(rows)] * min(threads, -(-width // TILE))


def _steps(key: VerifyingKey, layout: Layout, num_segments: int, threads: int) -> Iterator[Use]:
    """The memory in use at the moments of a segment's proof when most is."""
    airs = [(key.airs[i.air], 1 << i.log_height) for i in layout.instances]
    shapes = [
        _Shape(rows, len(one.air.columns), one.stage2_width, DEGREE * len(one.air.stage2))
        for one, rows in airs
    ]
    sizes = [1 << size for size in layout.classes]
    heights = [size >> LOG_BLOWUP for size in sizes]
    kept = POINTS if num_segments == 1 else -(-KEPT_WEIGHTS // len(sizes))
    own_columns = sum(WORD * one.rows * one.own for one in shapes)
    use = Use(other=sum(trace_sizes(key, layout)) + own_columns).add(
        *(ELEMENT * n for n in heights for _ in range(kept))
    )

    # stage 1
    use = use.add(*(2 * WORD * one.rows * one.width for one in shapes))
    yield use.add_some([one.scratch(one.rows, one.width, threads) for one in shapes], threads)
    use = use.add(*_tree(sizes[0]))
    yield use.add(*(DIGEST_SIZE * size for size in sizes[1:] for _ in range(2)))

    # stage 2: an instance's inverses, with its denominators before and its fractions after
    use = use.add(*(2 * WORD * one.rows * one.stage2 for one in shapes), *_tree(sizes[0]))
    own = [[WORD * one.rows * one.stage2] * 2 + one.scratch(one.rows, one.stage2, threads) for one in shapes]
    sums = sorted(4 * ELEMENT * one.rows for one in shapes)  # copies of the last column
    joined = sorted(WORD * one.rows * one.stage2 for one in shapes if one.own)
    yield use.add_some(own, threads).add_other(sum(sums[-threads:]) + sum(joined[-threads:]))

    # quotients: values, coefficients, their halves side by side, extensions
    use = use.add(*(2 * WORD * one.rows * QUOTIENT_WIDTH for one in shapes), *_tree(sizes[0]))
    own = [
        [2 * ELEMENT * one.rows] * 2
        + one.scratch(2 * one.rows, DEGREE, threads)
        + one.scratch(one.rows, QUOTIENT_WIDTH, threads)
        for one in shapes
    ]
    halves = sorted(WORD * one.rows * QUOTIENT_WIDTH for one in shapes)
    yield use.add_some(own, threads).add_other(sum(halves[-threads:]))

    # FRI: a codeword of each height, one numerator, the trees of the rounds
    use = use.add_other(ELEMENT * sum(sizes))
    yield use.add_other(ELEMENT * sizes[0])
    folded = [fold.log_leaves for folds in layout.folds for fold in folds]
    leaves = [size for folds in layout.folds for size in _tree(1 << max(fold.log_leaves for fold in folds))]
    yield use.add(*(ELEMENT << size for size in folded), *leaves)


def _tree(leaves: int) -> list[int]:
    """The sizes of a tree's levels, leaves first."""
    return [DIGEST_SIZE * (leaves >> level) for level in range(max(0, leaves.bit_length() - LOG_CAP))]
