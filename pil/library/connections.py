"""Copy constraints: cells of columns that are equal, as a permutation of the cells' names.

The cell of column i in row r has the name k^i * g^r, with k = `k_coset` and g the generator of the subgroup
of as many elements as the air has rows: all names differ. Every cell takes (value, its name) and gives
(value, the name of the next cell of its circle): that works out exactly if the values along each circle of
connected cells are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast, vectors
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.fixed import Cells
from zisk_py.pil.expander.graph import Operand
from zisk_py.pil.expander.values import Array, Value, describe
from zisk_py.pil.library.arguments import ASSUMES, PROVES, Manner, permutation_manner, send
from zisk_py.pil.library.constants import CONSTANTS, COSET
from zisk_py.pil.library.state import Library, Native
from zisk_py.pil.library.tables import fixed_column
from zisk_py.pil.library.tools import rows_of, shared_column
from zisk_py.pil.span import Span
from zisk_py.pil.vectors import Vector


@dataclass(slots=True)
class Connection:
    """A connection of an air that is being made.

    follows  by cell (column * rows + row): the next cell of its circle
    circle   by cell: a cell of the same circle, in the end the one that stands for it
    """

    columns: list[Operand]
    rows: int
    frame: int
    manner: Manner
    span: Span
    follows: list[int]
    circle: list[int]
    is_closed: bool = False

    def find(self, cell: int) -> int:
        """The cell that stands for a cell's circle."""
        while self.circle[cell] != cell:
            self.circle[cell] = self.circle[self.circle[cell]]
            cell = self.circle[cell]
        return cell

    def join(self, one: int, other: int) -> None:
        """Make one circle of the circles of two cells."""
        a, b = self.find(one), self.find(other)
        if a != b:
            self.circle[a] = b
            self.follows[one], self.follows[other] = self.follows[other], self.follows[one]


def powers(base: int, count: int) -> Vector:
    """1, base, base^2, ...: `count` elements, a power of two."""
    values = np.ones(1, dtype=np.uint64)
    while len(values) < count:
        step = np.full(len(values), pow(base, len(values), P), dtype=np.uint64)
        values = np.concatenate([values, vectors.mul(values, step)])
    return values


def _generator(rows: int) -> int:
    generators = CONSTANTS["GEN"]
    assert isinstance(generators, list)
    return generators[rows.bit_length() - 1]


def _names(library: Library, node: ast.Call) -> Operand:
    """The fixed column 1, g, g^2, ...: the names of the cells of the first column."""

    def cells(rows: int | None) -> Cells:
        count = rows_of(library, "a connection", rows, node.span)
        return Cells(powers(_generator(count), count))

    return library.expander.operand(shared_column(library, "__ID__", node.span, cells), node.span)


def _send(
    library: Library,
    node: ast.Call,
    opid: int,
    columns: Sequence[Operand],
    targets: Sequence[Operand],
    manner: Manner,
) -> None:
    graph = library.expander.graph
    names = _names(library, node)
    for number, (column, target) in enumerate(zip(columns, targets, strict=True)):
        own = graph.mul(names, pow(COSET, number, P))
        send(library, node, opid, Array([column, own]), ASSUMES, 1, manner)
        send(library, node, opid, Array([column, target]), PROVES, 1, manner)


def _operands(library: Library, node: ast.Call, values: Value) -> list[Operand]:
    assert isinstance(values, Array)
    if not values.items:
        raise library.error(Code.CONNECTION, "a connection of no columns", node.span, "name a column")
    return [library.expander.operand(value, node.span) for value in values.items]


def connection(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Cells are equal as the fixed columns CONN say: each has the name of the next cell of its circle."""
    columns = _operands(library, node, arguments["cols"])
    targets = _operands(library, node, arguments["CONN"])
    if len(columns) != len(targets):
        raise library.error(
            Code.CONNECTION,
            f"there are {len(columns)} columns and {len(targets)} fixed columns of their connections",
            node.span,
            "give one for each column",
        )
    opid = library.expander.to_integer(arguments["opid"], node.span)
    _send(library, node, opid, columns, targets, permutation_manner(library, arguments, node))


def connection_init(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Begin a connection of columns, to which cells are added, until connection_connect."""
    expander = library.expander
    opid = expander.to_integer(arguments["opid"], node.span)
    columns = _operands(library, node, arguments["cols"])
    air = expander.current_air("a connection", node.span)
    rows = rows_of(library, "a connection", air.rows, node.span)
    known = library.of_air("a connection", node.span).connections
    if opid in known:
        raise library.error(
            Code.CONNECTION,
            f"connection {opid} was begun already, at {known[opid].span.location}",
            node.span,
            "give this one another opid",
        )
    frame = _frame(library, node, arguments["default_frame_size"], rows, rows)
    cells = len(columns) * rows
    manner = permutation_manner(library, arguments, node)
    made = Connection(columns, rows, frame, manner, node.span, list(range(cells)), list(range(cells)))
    known[opid] = made

    def check() -> None:
        if not made.is_closed:
            raise library.error(
                Code.CONNECTION,
                f"connection {opid} is begun and never closed",
                node.span,
                f"call connection_connect({opid}) when all cells are connected",
            )

    expander.at_end_of_air(check, node.span)


def _frame(library: Library, node: ast.Call, given: Value, default: int, rows: int) -> int:
    frame = library.expander.to_integer(given, node.span) or default
    if not 1 <= frame <= rows or rows % frame:
        raise library.error(
            Code.CONNECTION,
            f"a frame has 1 to {rows} rows, a power of two, not {frame}",
            node.span,
            "leave the frame size out to connect cells of the whole air",
        )
    return frame


def _begun(library: Library, arguments: dict[str, Value], node: ast.Call) -> tuple[int, Connection]:
    opid = library.expander.to_integer(arguments["opid"], node.span)
    found = library.of_air("a connection", node.span).connections.get(opid)
    if found is None or found.is_closed:
        state = "closed already" if found else "not begun"
        raise library.error(
            Code.CONNECTION,
            f"connection {opid} is {state}",
            node.span,
            f"call connection_init({opid}, [columns]) first",
        )
    return opid, found


def _join(
    library: Library,
    arguments: dict[str, Value],
    node: ast.Call,
    made: Connection,
    values: list[Value | None],
) -> None:
    """Connect all cells of a list of columns and rows, in every frame."""
    frame = _frame(library, node, arguments["frame_size"], made.frame, made.rows)
    cells = []
    for column, row in zip(values[::2], values[1::2], strict=True):
        operand = library.expander.operand(column, node.span)
        if operand not in made.columns:
            raise library.error(
                Code.CONNECTION,
                f"{describe(operand)} is none of the columns of this connection",
                node.span,
                "name it in connection_init",
            )
        at = library.expander.to_integer(row, node.span)
        if not 0 <= at < frame:
            raise library.error(
                Code.CONNECTION,
                f"there are rows 0 to {frame - 1} to connect, not {at}",
                node.span,
                "take one of them",
            )
        cells.append(made.columns.index(operand) * made.rows + at)
    for one, other in pairwise(cells):
        for start in range(0, made.rows, frame):
            made.join(one + start, other + start)


def _cells(library: Library, node: ast.Call, values: Value | None, count: int | None) -> list[Value | None]:
    """A list column, row, column, row, ...; `count` is its length if there is only one."""
    if not isinstance(values, Array):
        raise library.error(
            Code.CONNECTION,
            "cells are given as [column, row, column, row]",
            node.span,
            "write them as a list",
        )
    length = len(values.items)
    if length % 2 or length < 4 or (count is not None and length != count):
        asked = f"{count} values" if count else "columns and rows of at least two cells"
        raise library.error(
            Code.CONNECTION,
            f"this takes {asked}, not {length} values",
            node.span,
            "write [column, row, column, row]",
        )
    return values.items


def connection_update_one_cell(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Connect two cells."""
    _, made = _begun(library, arguments, node)
    _join(library, arguments, node, made, _cells(library, node, arguments["conn"], 4))


def connection_update_one_cell_batch(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Connect several pairs of cells."""
    _, made = _begun(library, arguments, node)
    pairs = arguments["conn"]
    assert isinstance(pairs, Array)
    for pair in pairs.items:
        _join(library, arguments, node, made, _cells(library, node, pair, 4))


def connection_update_multiple_cells(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Connect all cells of a list with each other."""
    _, made = _begun(library, arguments, node)
    _join(library, arguments, node, made, _cells(library, node, arguments["conn"], None))


def connection_connect(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Close a connection: make its fixed columns, and send its messages."""
    opid, made = _begun(library, arguments, node)
    made.is_closed = True
    air = library.expander.current_air("a connection", node.span)
    first = powers(_generator(made.rows), made.rows)
    names = np.concatenate(
        [
            vectors.mul(first, np.full(made.rows, pow(COSET, i, P), np.uint64))
            for i in range(len(made.columns))
        ]
    )
    next_names = names[np.array(made.follows)].reshape(len(made.columns), made.rows)
    targets = [
        library.expander.operand(fixed_column(air, f"CONN_{opid}[{i}]", values, node.span), node.span)
        for i, values in enumerate(next_names)
    ]
    _send(library, node, opid, made.columns, targets, made.manner)


NATIVE: dict[str, Native] = {
    "connection": connection,
    "connection_init": connection_init,
    "connection_update_one_cell": connection_update_one_cell,
    "connection_update_one_cell_batch": connection_update_one_cell_batch,
    "connection_update_multiple_cells": connection_update_multiple_cells,
    "connection_connect": connection_connect,
}
