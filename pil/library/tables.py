"""Airs that the library makes: fixed columns of values, multiplicities, lookups that prove the tuples."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from zisk_py.pil.expander.air import AirBuilder, Message
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Leaf, Operand, text
from zisk_py.pil.expander.machine import Pending
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.library.state import Library
from zisk_py.pil.span import Span
from zisk_py.pil.system import MIN_LOG_HEIGHT, Column, NodeKind
from zisk_py.pil.vectors import Vector


@dataclass(frozen=True, slots=True)
class Table:
    """Tuples that are proven on one opid: as many vectors, one value per row, as a tuple has values."""

    opid: int
    columns: tuple[Vector, ...]
    names: tuple[str, ...]
    is_dynamic: bool = False

    @property
    def width(self) -> int:
        """The number of values of a tuple."""
        return len(self.columns)

    @property
    def height(self) -> int:
        """The number of tuples."""
        return len(self.columns[0])


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a table."""

    table: Table
    start: int
    stop: int


class TableAir:
    """An air of the library while it is built."""

    def __init__(self, library: Library, builder: AirBuilder, span: Span) -> None:
        self.library, self.builder, self.span = library, builder, span

    def fixed(self, name: str, values: Vector) -> Operand:
        """A fixed column of these values; a number if they are all the same."""
        if (values == values[0]).all():
            return int(values[0])
        column = fixed_column(self.builder, name, values, self.span)
        return self.library.expander.operand(column, self.span)

    def multiplicity(self, name: str) -> Leaf:
        """A witness column that is filled with how often each row is looked up."""
        self.builder.columns.append(Column(name, 0, self.span.source()))
        index = len(self.builder.columns) - 1
        return self.library.expander.graph.leaf(NodeKind.WITNESS, index, 0, self.builder.serial, name)

    def prove(
        self,
        bus: Operand,
        opids: tuple[int, ...],
        values: Sequence[Operand],
        names: Sequence[str],
        times: Leaf,
        *,
        is_dynamic: bool = False,
    ) -> None:
        """Provide a tuple per row."""
        graph = self.library.expander.graph
        self.builder.messages.append(
            Message(
                bus,
                1,
                times,
                tuple(graph.node(value) for value in values),
                tuple(names),
                self.span,
                self.library.expander.frame,
                opids=() if isinstance(bus, int) else opids,
                is_dynamic=is_dynamic,
            )
        )


def fixed_column(builder: AirBuilder, name: str, values: Vector, span: Span) -> FixedTable:
    """A fixed column of the air with these values, one per row, in the form in which they are kept."""
    words = array("Q")
    words.frombytes(np.ascontiguousarray(values).data.cast("B"))
    column = FixedTable(name, len(builder.fixed), builder.serial, len(words), span, stored=words)
    builder.fixed.append(column)
    return column


@contextmanager
def building(
    library: Library, template: str, log_height: int, span: Span, *, alias: str | None = None
) -> Iterator[TableAir]:
    """Build an air of the open airgroup; it gets a number behind its name where that is taken."""
    expander = library.expander
    assert expander.airgroup is not None
    name = _free_name({air.name for air in expander.airs}, alias or template)
    scope = Scope(expander.proof_scope, "air")
    serial = len(expander.airs)
    builder = AirBuilder(name, serial, log_height, scope, span, expander.frame, Pending(), is_library=True)
    builder.airgroup, builder.template, builder.rows = expander.airgroup, template, 1 << log_height
    with expander.building(builder):
        yield TableAir(library, builder, span)


def _free_name(taken: set[str], name: str) -> str:
    number, free = 0, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def stack(
    library: Library,
    template: str,
    tables: Sequence[Table],
    log_height: int,
    span: Span,
    *,
    alias: str | None = None,
) -> None:
    """Build an air that proves the tables, one behind the other, in groups of columns side by side.

    A group has a column of opids where it holds several of them. Rows behind the last table repeat its last
    row: they prove nothing new.
    """
    with building(library, template, log_height, span, alias=alias) as air:
        for number, pieces in enumerate(cut(tables, 1 << log_height)):
            _prove_group(air, str(number), pieces, 1 << log_height)


def cut(tables: Sequence[Table], rows: int) -> Iterator[list[Piece]]:
    """The tables' rows, one behind the other, in groups of `rows`."""
    group: list[Piece] = []
    room = rows
    for table in tables:
        start = 0
        while start < table.height:
            stop = min(table.height, start + room)
            group.append(Piece(table, start, stop))
            room -= stop - start
            start = stop
            if room == 0:
                yield group
                group, room = [], rows
    if group:
        yield group


def _prove_group(air: TableAir, number: str, pieces: list[Piece], rows: int) -> None:
    widest = max((piece.table for piece in pieces), key=lambda table: table.width)
    opids = tuple(sorted({piece.table.opid for piece in pieces}))
    bus: Operand = opids[0]
    if len(opids) > 1:
        column = np.concatenate([np.full(p.stop - p.start, p.table.opid, np.uint64) for p in pieces])
        bus = air.fixed(f"OPID[{number}]", _padded(column, rows))
    values: list[Operand] = []
    for index in range(widest.width):
        parts = [
            piece.table.columns[index][piece.start : piece.stop]
            if index < piece.table.width
            else np.zeros(piece.stop - piece.start, np.uint64)
            for piece in pieces
        ]
        values.append(air.fixed(f"VALUE[{number}][{index}]", _padded(np.concatenate(parts), rows)))
    names = widest.names if len(opids) == 1 else [text(value) for value in values]
    is_dynamic = any(p.table.is_dynamic or p.table.width != widest.width for p in pieces)
    times = air.multiplicity(f"mul[{number}]")
    air.prove(bus, opids, values, names, times, is_dynamic=is_dynamic)


def _padded(values: Vector, rows: int) -> Vector:
    return np.concatenate([values, np.full(rows - len(values), values[-1], np.uint64)])


def log_rows(count: int) -> int:
    """The logarithm of the lowest height that has room for `count` rows."""
    return max(MIN_LOG_HEIGHT, (count - 1).bit_length())
