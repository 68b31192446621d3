"""Virtual tables: what virtual airs prove is collected, and packed into few airs at an airgroup's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast, vectors
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Leaf, Node, post_order, text
from zisk_py.pil.expander.values import Array, Value
from zisk_py.pil.library.constants import SURNAME_DYNAMIC
from zisk_py.pil.library.state import Library, Native, TableSource
from zisk_py.pil.library.tables import Table, log_rows, stack
from zisk_py.pil.span import Span
from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT, NodeKind
from zisk_py.pil.vectors import Vector

PRIORITY = 1  # at the end of an airgroup: after the tables of ranges (2), before what has none
PACK = "the packing of virtual tables"
MAX_TABLES = 16  # of one opid
MAX_WIDTH = 64
MAX_GROUPS = 256  # of columns side by side in one air
OVERHEAD = 0.1  # of the tallest height: what a column costs a proof beside its rows


def collect(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Keep what a lookup_proves of a virtual air proves, until the airgroup ends."""
    expander = library.expander
    values = arguments["expressions"]
    assert isinstance(values, Array)
    air = expander.current_air("a virtual table", node.span)
    opid = expander.to_integer(arguments["opid"], node.span)
    table_id = expander.to_integer(arguments["table_id"], node.span)
    if air.rows is None:
        raise library.error(
            Code.TABLE,
            f"virtual air {air.name} has no height",
            node.span,
            "give its template a number of rows N",
        )
    library.claim_opid(opid, node.span)
    nodes = [expander.graph.node(expander.operand(value, node.span)) for value in values.items]
    labels = values.names or [""] * len(nodes)
    source = TableSource(
        opid,
        opid if table_id == -1 else table_id,
        air.rows,
        tuple(label or text(value) for label, value in zip(labels, nodes, strict=True)),
        partial(evaluate, library, air, nodes, node.span),
        node.span,
        arguments.get("surname", 0) == SURNAME_DYNAMIC,
    )
    add(library, source)


def collect_virtual_table(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Keep columns as a table, as lookup_proves of a virtual air does."""
    collect(library, {**arguments, "expressions": arguments["table_cols"]}, node)


def add(library: Library, source: TableSource) -> None:
    """Keep a table until the airgroup that is open ends. Raises PilError if it does not fit the others."""
    if not 1 <= source.width <= MAX_WIDTH:
        raise library.error(
            Code.TABLE,
            f"a virtual table has 1 to {MAX_WIDTH} columns, not {source.width}",
            source.span,
            "split the tuple",
        )
    group = library.group("a virtual table", source.span)
    of_opid = [other for other in group.tables if other.opid == source.opid]
    for other in of_opid:
        if other.width != source.width:
            raise library.error(
                Code.WIDTH,
                f"this table on opid {source.opid} has {source.width} columns, the one at "
                f"{other.span.location} has {other.width}",
                source.span,
                "give both the same number of columns, or opids of their own",
            )
        if other.table_id == source.table_id:
            raise library.error(
                Code.TABLE,
                f"there is a table {source.table_id} of opid {source.opid} already, at {other.span.location}",
                source.span,
                "give it a table_id of its own",
            )
    if len(of_opid) == MAX_TABLES:
        raise library.error(
            Code.LIMIT,
            f"opid {source.opid} has {MAX_TABLES} tables already",
            source.span,
            "join some of them",
        )
    group.tables.append(source)
    library.at_end_of_airgroup(PACK, partial(pack, library), source.span, PRIORITY)


def evaluate(library: Library, air: AirBuilder, nodes: Sequence[Node], span: Span) -> tuple[Vector, ...]:
    """The values of expressions over fixed columns on every row. Raises PilError for other ones."""
    rows = air.rows
    assert rows is not None
    tables = {table.index: table for table in air.fixed}
    made: dict[int, Vector] = {}
    for node in post_order(*nodes):
        if not isinstance(node, Leaf):
            left, right = made[id(node.left)], made[id(node.right)]
            operation = {
                NodeKind.ADD: vectors.add,
                NodeKind.SUB: vectors.sub,
                NodeKind.MUL: vectors.mul,
            }.get(node.kind)
            made[id(node)] = vectors.neg(left) if operation is None else operation(left, right)
        elif node.kind == NodeKind.CONSTANT:
            made[id(node)] = np.full(rows, node.index % P, np.uint64)
        elif node.kind == NodeKind.FIXED and node.air == air.serial:
            values = _values(library, tables[node.index], rows, span)
            made[id(node)] = np.roll(values, -node.offset) if node.offset else values
        else:
            raise library.error(
                Code.TABLE,
                f"a virtual table is made of fixed columns of its air, `{node.name}` is none",
                span,
                "make it a fixed column, or instantiate the template without `virtual`",
            )
    return tuple(made[id(node)] for node in nodes)


def _values(library: Library, table: FixedTable, rows: int, span: Span) -> Vector:
    """The values of a fixed column, without keeping them if it is a sequence."""
    if table.stored is not None and len(table.stored) == rows:
        return np.frombuffer(table.stored, dtype=np.uint64)
    if table.cells is not None:
        table.cells.check(rows, span)
        return table.cells.resolve(rows)
    raise library.error(
        Code.TABLE,
        f"fixed column {table.name} has no values, the virtual table {rows} rows",
        span,
        "give it a value on every row",
    )


def set_group_virtual_tables(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Pack the tables of these ids into one air."""
    given = arguments["table_ids"]
    assert isinstance(given, Array)
    ids = tuple(library.expander.to_integer(value, node.span) for value in given.items)
    group = library.group("a group of virtual tables", node.span)
    known = [number for others in group.together for number in others]
    for at, number in enumerate(ids):
        if number in known or number in ids[:at]:
            raise library.error(
                Code.TABLE, f"table {number} is in a group already", node.span, "name it once"
            )
    if not ids:
        raise library.error(Code.TABLE, "a group of no tables", node.span, "name their ids, or leave it out")
    group.together.append(ids)


# ---- packing


@dataclass(slots=True)
class Bin:
    """Tables that go into one air."""

    tables: list[TableSource] = field(default_factory=list)

    @property
    def area(self) -> int:
        """The number of values."""
        return sum(table.area for table in self.tables)


def pack(library: Library, span: Span) -> None:
    """Make the airs of the tables that the open airgroup has collected."""
    group = library.group("virtual tables", span)
    sources, group.tables = group.tables, []
    for chosen in distribute(library, sources, group.together, span):
        if chosen.tables:
            _make(library, chosen.tables)


def _make(library: Library, sources: list[TableSource]) -> None:
    log_height = best_height(library, sources)
    tables = [Table(s.opid, s.read(), s.names, s.is_dynamic) for s in sources]
    airgroup = library.expander.airgroup
    made = sum(a.template == "VirtualTable" and a.airgroup == airgroup for a in library.expander.airs)
    stack(library, "VirtualTable", tables, log_height, sources[0].span, alias=f"VirtualTable{airgroup}{made}")


def distribute(
    library: Library, sources: Sequence[TableSource], together: Sequence[tuple[int, ...]], span: Span
) -> list[Bin]:
    """Which table goes where: those named together first, then each where least room is left.

    Every air but the last one has room for its share of the values.
    """
    ordered = sorted(sources, key=lambda source: (source.width, -source.rows))
    bins = [Bin() for _ in range(max(len(together), library.setting("NUM_VIRTUAL_TABLES")))]
    rest = list(ordered)
    for chosen, ids in zip(bins, together, strict=False):
        for number in ids:
            found = next((source for source in rest if source.table_id == number), None)
            if found is None:
                raise library.error(
                    Code.TABLE,
                    f"there is no virtual table {number}, which set_group_virtual_tables names",
                    span,
                    "name a table_id, or the opid of a table without one",
                )
            chosen.tables.append(found)
            rest.remove(found)
    share = -(-sum(source.area for source in sources) // len(bins))
    for source in rest:
        fitting = [b for b in bins[:-1] if b.area + source.area <= share]
        min(fitting, key=lambda b: share - b.area, default=bins[-1]).tables.append(source)
    for chosen in bins:
        chosen.tables.sort(key=ordered.index)
    return bins


def best_height(library: Library, sources: Sequence[TableSource]) -> int:
    """The logarithm of the height at which the columns cost least."""
    most = library.setting("MAX_VIRTUAL_BITS") or MAX_LOG_HEIGHT
    most = max(MIN_LOG_HEIGHT, min(most, MAX_LOG_HEIGHT))
    total = sum(source.rows for source in sources)
    highest = min(most, log_rows(total))
    lowest = min(most, log_rows(min(source.rows for source in sources)))
    return min(
        (
            log
            for log in range(lowest, highest + 1)
            if log == highest or -(-total // (1 << log)) <= MAX_GROUPS
        ),
        key=lambda log: (cost(sources, log, highest), log),
    )


def cost(sources: Sequence[TableSource], log_height: int, highest: int) -> float:
    """Columns (opids, values, multiplicities, and those of the bus) times what each of them costs."""
    rows = 1 << log_height
    columns, groups, position, widest = 0, 0, 0, 0
    for source in sources:
        left = source.rows
        while left > 0:
            widest = max(widest, source.width)
            taken = min(left, rows - position)
            left, position = left - taken, (position + taken) % rows
            if position == 0:
                columns, groups, widest = columns + widest + 2, groups + 1, 0
    if position:
        columns, groups = columns + widest + 2, groups + 1
    return (columns + 3 + 3 * (-(-groups // 2))) * (rows + OVERHEAD * (1 << highest))


NATIVE: dict[str, Native] = {
    "collect_virtual_table": collect_virtual_table,
    "set_group_virtual_tables": set_group_virtual_tables,
}
