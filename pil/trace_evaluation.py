"""The values of an air's expressions on the rows of a trace."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zisk_py.errors import ZiskError
from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.pil import extension_vectors, vectors
from zisk_py.pil.system import Air, Node, NodeKind, System
from zisk_py.pil.vectors import Vector

BLOCK = 1 << 13  # rows that are evaluated at once, so that all nodes of a block stay in the cache
OPERATIONS = frozenset((NodeKind.ADD, NodeKind.SUB, NodeKind.MUL))
_OF_BASE = {NodeKind.ADD: vectors.add, NodeKind.SUB: vectors.sub, NodeKind.MUL: vectors.mul}
_OF_EXTENSION = {
    NodeKind.ADD: extension_vectors.add,
    NodeKind.SUB: extension_vectors.sub,
    NodeKind.MUL: extension_vectors.mul,
}
_SKIPPED: Vector = np.zeros(0, dtype=np.uint64)


class TraceError(ZiskError):
    """A trace does not have the shape that its air asks for."""


class TraceLike(Protocol):
    """One instance of an air."""

    @property
    def air(self) -> str:
        """Name of the air."""
        ...

    @property
    def matrix(self) -> NDArray[np.uint64]:
        """(rows, columns), canonical, in the order of `Air.columns`."""
        ...

    @property
    def air_values(self) -> tuple[int, ...]:
        """In the order of `Air.air_values`."""
        ...


def below(nodes: Sequence[Node], roots: Iterable[int]) -> NDArray[np.bool_]:
    """(nodes,): which nodes the roots need, themselves among them."""
    needed = np.zeros(len(nodes), dtype=bool)
    needed[list(roots)] = True
    for number in range(len(nodes) - 1, -1, -1):
        kind, left, right = nodes[number]
        if needed[number] and kind in OPERATIONS:
            needed[left] = needed[right] = True
        elif needed[number] and kind == NodeKind.NEG:
            needed[left] = True
    return needed


def apply(kind: int, left: Vector, right: Vector) -> Vector:
    """ADD, SUB or MUL of two vectors, of the base field (n,) or of K (n, 3)."""
    table = _OF_EXTENSION if left.ndim == 2 or right.ndim == 2 else _OF_BASE
    return table[NodeKind(kind)](left, right)


@dataclass(frozen=True)
class Instance:
    """A trace with the air and all else that its expressions read."""

    air: Air
    number: int  # position among the traces; -1: what is checked once per proof
    matrix: NDArray[np.uint64]
    air_values: tuple[int, ...]
    fixed: NDArray[np.uint64]  # (rows, fixed columns)
    program: NDArray[np.uint64]  # (rows, program columns)
    publics: tuple[int, ...]
    challenges: tuple[Element, ...] = ()
    stage2: NDArray[np.uint64] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.uint64))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.matrix)

    def cells(self, kind: int, index: int, rows: NDArray[np.intp]) -> Vector:
        """A column on some rows, which are taken cyclically: (rows,), of stage 2 (rows, 3)."""
        rows = rows % self.rows
        if kind in (NodeKind.FIRST, NodeKind.LAST):
            row = 0 if kind == NodeKind.FIRST else self.rows - 1
            marks: Vector = (rows == row).astype(np.uint64)
            return marks
        if kind == NodeKind.STAGE2:
            wide: Vector = self.stage2[rows, 3 * index : 3 * index + 3]
            return wide
        columns = {NodeKind.WITNESS: self.matrix, NodeKind.FIXED: self.fixed, NodeKind.PROGRAM: self.program}
        column: Vector = columns[NodeKind(kind)][rows, index]
        return column

    def evaluate(self, start: int, stop: int) -> list[Vector]:
        """The value of every node on rows start to stop: one vector (or one value) per node."""
        return self.evaluate_rows(np.arange(start, stop))

    def evaluate_rows(self, rows: NDArray[np.intp], needed: NDArray[np.bool_] | None = None) -> list[Vector]:
        """The value of every node on some rows: one vector (or one value) per node.

        needed  which nodes are wanted, with all that is below them; the others are left empty.
        """
        values: list[Vector] = []
        for number, (kind, left, right) in enumerate(self.air.nodes):
            if needed is not None and not needed[number]:
                value = _SKIPPED
            elif kind in OPERATIONS:
                value = apply(kind, values[left], values[right])
            elif kind == NodeKind.NEG:
                value = vectors.neg(values[left])
            elif kind == NodeKind.CONSTANT:
                value = np.array([left], dtype=np.uint64)
            elif kind == NodeKind.AIR_VALUE:
                value = np.array([self.air_values[left]], dtype=np.uint64)
            elif kind == NodeKind.PUBLIC:
                value = np.array([self.publics[left]], dtype=np.uint64)
            elif kind == NodeKind.CHALLENGE:
                value = np.array([self.challenges[left]], dtype=np.uint64)
            else:
                value = self.cells(kind, left, rows + right)
            values.append(value)
        return values

    def blocks(self, roots: Iterable[int] | None = None) -> Iterator[tuple[int, int, Sequence[Vector]]]:
        """All rows, block by block: first row, row after the last, values.

        roots  the nodes whose values are wanted; all if None.
        """
        needed = None if roots is None else below(self.air.nodes, roots)
        for start in range(0, self.rows, BLOCK):
            stop = min(start + BLOCK, self.rows)
            yield start, stop, self.evaluate_rows(np.arange(start, stop), needed)


def global_instance(system: System, publics: Sequence[int]) -> Instance:
    """The globals of a system as an air of one row, without columns; its number is -1."""
    made = system.globals
    air = Air("", 0, (), (), (), (), made.nodes, made.constraints, made.interactions)
    nothing = np.zeros((1, 0), dtype=np.uint64)
    return Instance(air, -1, nothing, (), nothing, nothing, tuple(publics))


def instance(
    air: Air,
    number: int,
    trace: TraceLike,
    program: Mapping[str, NDArray[np.uint64]],
    publics: Sequence[int],
    challenges: Sequence[Element] = (),
    stage2: NDArray[np.uint64] | None = None,
) -> Instance:
    """Check shapes, and put together what the air's expressions read. Raises TraceError."""
    matrix = _matrix(f"the trace of {air.name}", trace.matrix, len(air.columns))
    rows = len(matrix)
    if rows == 0 or rows & (rows - 1):
        raise TraceError(f"the trace of {air.name} has {rows} rows, which is not a power of two")
    if air.log_height is not None and rows != 1 << air.log_height:
        raise TraceError(f"the trace of {air.name} has {rows} rows, the air has 2^{air.log_height}")
    if len(trace.air_values) != len(air.air_values):
        counts = f"{len(trace.air_values)} air values, the air has {len(air.air_values)}"
        raise TraceError(f"the trace of {air.name} has {counts}")
    if any(not 0 <= value < P for value in (*trace.air_values, *publics)):
        raise TraceError(f"an air value of {air.name} or a public is not a field element")
    fixed = np.empty((rows, len(air.fixed)), dtype=np.uint64)
    for index, column in enumerate(air.fixed):
        fixed[:, index] = column.values
    committed = np.empty((rows, 0), dtype=np.uint64)
    if air.program:
        if air.name not in program:
            raise TraceError(
                f"air {air.name} reads program columns and none are given; pass them in `program`"
            )
        committed = _matrix(f"the program columns of {air.name}", program[air.name], len(air.program))
    if len(committed) != rows:
        raise TraceError(
            f"the program columns of {air.name} have {len(committed)} rows, its trace has {rows}"
        )
    later = np.empty((rows, 0), dtype=np.uint64)
    if air.stage2:
        if stage2 is None:
            raise TraceError(
                f"air {air.name} has columns of stage 2 and none are given; pass them in `stage2`"
            )
        later = _matrix(f"the columns of stage 2 of {air.name}", stage2, 3 * len(air.stage2))
        if len(later) != rows:
            raise TraceError(
                f"the columns of stage 2 of {air.name} have {len(later)} rows, its trace has {rows}"
            )
    return Instance(
        air,
        number,
        matrix,
        tuple(trace.air_values),
        fixed,
        committed,
        tuple(publics),
        tuple(challenges),
        later,
    )


def _matrix(what: str, matrix: Any, width: int) -> NDArray[np.uint64]:
    if matrix.ndim != 2 or matrix.dtype != np.uint64 or matrix.shape[1] != width:
        raise TraceError(
            f"{what} must be a uint64 matrix of {width} columns, it is {matrix.dtype} {matrix.shape}"
        )
    if matrix.size and matrix.max() >= np.uint64(P):
        row, column = np.argwhere(matrix >= np.uint64(P))[0]
        raise TraceError(f"{what} has a value that is not below p in row {row}, column {column}")
    checked: NDArray[np.uint64] = matrix
    return checked
