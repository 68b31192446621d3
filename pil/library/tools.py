"""Small helps: compressed tuples, columns that many airs need, selectors, names of codes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.fixed import Cells, FixedTable
from zisk_py.pil.expander.graph import Operand
from zisk_py.pil.expander.values import Array, Value
from zisk_py.pil.library.arguments import selector
from zisk_py.pil.library.constants import PIOP_NAMES, PIOP_SURNAMES
from zisk_py.pil.library.state import Library, Native
from zisk_py.pil.parser import parse
from zisk_py.pil.span import SourceFile, Span

ALPHA = "std_alpha"


@cache
def _declaration() -> tuple[ast.Statement, ...]:
    return parse(SourceFile("std_tools.pil", f"challenge stage(2) {ALPHA};")).body


def compress_exprs(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """busid + e1 * alpha + e2 * alpha^2 + ...; the challenge std_alpha is declared if it is not there."""
    expander, graph = library.expander, library.expander.graph
    values = arguments["expressions"]
    assert isinstance(values, Array)
    if expander.scope.find(ALPHA) is None:
        expander.execute_all(_declaration())
    found = expander.scope.find(ALPHA)
    assert found is not None
    alpha = expander.operand(found.value, node.span)
    total: Operand = 0
    for value in reversed(values.items):
        total = graph.mul(graph.add(total, expander.operand(value, node.span)), alpha)
    return graph.add(total, expander.operand(arguments["busid"], node.span))


def shared_column(
    library: Library, name: str, span: Span, cells: Callable[[int | None], Cells]
) -> FixedTable:
    """The fixed column of that name of this air, made at the first call; `cells` gets the number of rows."""
    air = library.expander.current_air(f"the column {name}", span)
    columns = library.of_air(name, span).columns
    if name not in columns:
        column = FixedTable(name, len(air.fixed), air.serial, air.rows, span)
        column.assign(cells(air.rows), span)
        air.fixed.append(column)
        columns[name] = column
    return columns[name]


def rows_of(library: Library, what: str, rows: int | None, span: Span) -> int:
    """The number of rows of an air. Raises PilError where it is chosen per run."""
    if rows is None:
        raise library.error(
            Code.FIXED,
            f"{what} needs to know the rows of the air, whose height is chosen per run",
            span,
            "instantiate it with N",
        )
    return rows


def get_L1(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """The fixed column 1, 0, 0, ..., one per air."""
    return shared_column(library, "__L1__", node.span, lambda _: Cells([1], [0]))


def get_ROW_INDEX(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """The fixed column 0, 1, 2, ..., one per air."""

    def cells(rows: int | None) -> Cells:
        count = rows_of(library, "get_ROW_INDEX", rows, node.span)
        return Cells(np.arange(count, dtype=np.uint64))

    return shared_column(library, "__ROW_INDEX__", node.span, cells)


def constrain_binary_sel(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Constrain a selector to 0 and 1."""
    selector(library, node, arguments["sel"], 0, ternary=False)


def constrain_ternary_sel(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Constrain a selector to -1, 0 and 1."""
    selector(library, node, arguments["sel"], 0, ternary=True)


def _name(library: Library, node: ast.Call, code: Value, names: tuple[str, ...]) -> str:
    number = library.expander.to_integer(code, node.span)
    if not 0 <= number < len(names):
        known = ", ".join(f"{i} ({name})" for i, name in enumerate(names))
        raise library.error(Code.BUS, f"there is no code {number}", node.span, f"take one of {known}")
    return names[number] if number else ""


def get_piop_name(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """The name of a PIOP_NAME code; empty for the default."""
    return _name(library, node, arguments["name"], PIOP_NAMES)


def get_piop_surname(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """The name of a PIOP_SURNAME code; empty for the default."""
    return _name(library, node, arguments["surname"], PIOP_SURNAMES)


NATIVE: dict[str, Native] = {
    "compress_exprs": compress_exprs,
    "get_L1": get_L1,
    "get_ROW_INDEX": get_ROW_INDEX,
    "constrain_binary_sel": constrain_binary_sel,
    "constrain_ternary_sel": constrain_ternary_sel,
    "get_piop_name": get_piop_name,
    "get_piop_surname": get_piop_surname,
}
