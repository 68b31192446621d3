"""The values of an air's expressions on the rows of a trace."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zisk_py.errors import ZiskError
from zisk_py.field.goldilocks import P
from zisk_py.pil import vectors
from zisk_py.pil.system import Air, NodeKind
from zisk_py.pil.vectors import Vector

BLOCK = 1 << 13  # rows that are evaluated at once, so that all nodes of a block stay in the cache
_OPERATIONS = {NodeKind.ADD: vectors.add, NodeKind.SUB: vectors.sub, NodeKind.MUL: vectors.mul}


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


@dataclass(frozen=True)
class Instance:
    """A trace with the air and all else that its expressions read."""

    air: Air
    number: int  # position among the traces
    matrix: NDArray[np.uint64]
    air_values: tuple[int, ...]
    fixed: NDArray[np.uint64]  # (rows, fixed columns)
    program: NDArray[np.uint64]  # (rows, program columns)
    publics: tuple[int, ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.matrix)

    def cells(self, kind: int, index: int, rows: NDArray[np.intp]) -> Vector:
        """A column on some rows, which are taken cyclically."""
        if kind in (NodeKind.FIRST, NodeKind.LAST):
            row = 0 if kind == NodeKind.FIRST else self.rows - 1
            marks: Vector = (rows % self.rows == row).astype(np.uint64)
            return marks
        columns = {NodeKind.WITNESS: self.matrix, NodeKind.FIXED: self.fixed, NodeKind.PROGRAM: self.program}
        column: Vector = columns[NodeKind(kind)][rows % self.rows, index]
        return column

    def evaluate(self, start: int, stop: int) -> list[Vector]:
        """The value of every node on rows start to stop: one vector (or one value) per node."""
        rows = np.arange(start, stop)
        values: list[Vector] = []
        for kind, left, right in self.air.nodes:
            if kind in _OPERATIONS:
                value = _OPERATIONS[NodeKind(kind)](values[left], values[right])
            elif kind == NodeKind.NEG:
                value = vectors.neg(values[left])
            elif kind == NodeKind.CONSTANT:
                value = np.array([left], dtype=np.uint64)
            elif kind == NodeKind.AIR_VALUE:
                value = np.array([self.air_values[left]], dtype=np.uint64)
            elif kind == NodeKind.PUBLIC:
                value = np.array([self.publics[left]], dtype=np.uint64)
            else:
                value = self.cells(kind, left, rows + right)
            values.append(value)
        return values

    def blocks(self) -> Iterator[tuple[int, int, list[Vector]]]:
        """All rows, block by block: first row, row after the last, values."""
        for start in range(0, self.rows, BLOCK):
            stop = min(start + BLOCK, self.rows)
            yield start, stop, self.evaluate(start, stop)


def instance(
    air: Air,
    number: int,
    trace: TraceLike,
    program: Mapping[str, NDArray[np.uint64]],
    publics: Sequence[int],
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
    return Instance(air, number, matrix, tuple(trace.air_values), fixed, committed, tuple(publics))


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
