"""Lowering: rows are this one and the next.

What holds on all rows, cyclically, holds as well when it is written some rows earlier or later. So each
rule and message is moved to where the fewest columns are missing, and a row further away is read in an
added column: `a'` holds a of the next row, so that `a'2` is the next row of that column. A fixed column is
turned when it is compiled.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from zisk_py.pil.expander.graph import Leaf, Node, on_row
from zisk_py.pil.passes.lowered import ROWED, LoweredAir, Rewriting, Rule, unknown
from zisk_py.pil.span import Span
from zisk_py.pil.system import FixedColumn, NodeKind

_ENDS = (NodeKind.FIRST, NodeKind.LAST)
_HERE = range(2)  # the row offsets of the core

Column = tuple[NodeKind, int]


def lower(air: LoweredAir) -> None:
    """Rewrite all rules and messages to the rows 0 and +1."""
    _Mover(air).run()


@dataclass(frozen=True, slots=True)
class _Reads:
    """What some expressions read: the first and last row of each column, and the rows of known columns."""

    spans: dict[Column, tuple[int, int]]
    known: set[tuple[Column, int]]


class _Mover:
    def __init__(self, air: LoweredAir) -> None:
        self.air = air
        self.held: dict[
            tuple[Column, int], Leaf
        ] = {}  # the column that holds another one, so many rows later
        self.extents: dict[Column, tuple[int, int]] = {}  # the first and last row at which it is held
        self.turned: dict[tuple[Column, int], int] = {}  # fixed columns, so many rows later
        self.rewritings: dict[int, Rewriting] = {}  # by the rows that the expressions are moved back
        self.definitions: list[Rule] = []
        self.rule: Rule
        self.span: Span

    def run(self) -> None:
        """Move what reads other rows."""
        air = self.air
        for number, rule in enumerate(air.rules):
            start = self.start((rule.node,), rule.span)
            if start is not None:
                node = self.rewriting(start)(rule.node)
                air.rules[number] = replace(rule, node=node, moved=-start)
        for number, sending in enumerate(air.sendings):
            start = self.start(sending.nodes, sending.span)
            if start is not None:
                times, *values = map(self.rewriting(start), sending.nodes)
                air.sendings[number] = replace(
                    sending, multiplicity=times, values=tuple(values), moved=-start
                )
        air.rules += self.definitions

    def start(self, nodes: tuple[Node, ...], span: Span) -> int | None:
        """The row that becomes row 0; None if all rows are those of the core."""
        reach = self.air.reach(nodes[0])
        for node in nodes[1:]:
            reach = reach.joined(self.air.reach(node))
        if reach.first > reach.last or (reach.first in _HERE and reach.last in _HERE):
            return None
        self.span = span
        reads = self.reads(nodes)
        rows = {row for span in reads.spans.values() for row in span}.union(row for _, row in reads.known)
        starts = {0, *rows, *(row - 1 for row in rows)}
        return min(starts, key=lambda start: (self.missing(reads, start), abs(start), start))

    def reads(self, nodes: Iterable[Node]) -> "_Reads":
        """The columns below the nodes, with row offsets."""
        seen: dict[int, bool] = {}
        spans: dict[Column, tuple[int, int]] = {}
        known: set[tuple[Column, int]] = set()
        for node in unknown(seen, *nodes):
            seen[id(node)] = True
            if not isinstance(node, Leaf) or node.kind not in ROWED:
                continue
            column, row = _place(node)
            if self.is_known(column):
                known.add((column, row))
            else:
                first, last = spans.get(column, (row, row))
                spans[column] = (min(first, row), max(last, row))
        return _Reads(spans, known)

    def is_known(self, column: Column) -> bool:
        """Whether the values are known when the file is compiled."""
        return column[0] == NodeKind.FIXED or (column[0] in _ENDS and self.air.rows is not None)

    def missing(self, reads: "_Reads", start: int) -> int:
        """What it costs to read these with row `start` as row 0: an added column 4, a fixed one 1."""
        wanted = 0
        for column, (first, last) in reads.spans.items():
            earliest, latest = self.extents.get(column, (0, 0))
            wanted += max(0, start - first + earliest) + max(0, last - start - 1 - latest)
        turned = sum(
            row - start not in _HERE and (column, row - start) not in self.turned
            for column, row in reads.known
        )
        return 4 * wanted + turned

    # ---- leaves

    def rewriting(self, start: int) -> Rewriting:
        """Moves expressions so that row `start` becomes row 0."""
        if start not in self.rewritings:

            def leaf(old: Leaf) -> Node:
                return self.read(old, start) if old.kind in ROWED else old

            self.rewritings[start] = Rewriting(self.air.graph, leaf)
        return self.rewritings[start]

    def read(self, old: Leaf, start: int) -> Leaf:
        """The leaf, moved."""
        column, offset = _place(old)
        row = offset - start
        if row in _HERE:
            return self.here(column, row, old.name)
        if self.is_known(column):
            return self.air.leaf(NodeKind.FIXED, self.turn(column, row, old.name), 0, on_row(old.name, row))
        held = self.hold(column, row if row < 0 else row - 1, old.name)
        return self.air.leaf(held.kind, held.index, int(row > 0), held.name)

    def here(self, column: Column, row: int, name: str) -> Leaf:
        """A column on row 0 or +1."""
        kind, index = column
        if kind == NodeKind.FIRST and row == 1:
            return self.air.leaf(NodeKind.LAST, 0, 0, name)
        return self.air.leaf(kind, index, row, name)

    def turn(self, column: Column, row: int, name: str) -> int:
        """The fixed column that has each value so many rows earlier."""
        air = self.air
        if (column, row) not in self.turned:
            base = air.fixed[column[1]] if column[0] == NodeKind.FIXED else None
            self.turned[column, row] = len(air.fixed)
            assert air.rows is not None
            air.fixed.append(FixedColumn(on_row(name, row), partial(_turned, base, air.rows, row % air.rows)))
        return self.turned[column, row]

    def hold(self, column: Column, rows: int, name: str) -> Leaf:
        """The added column that holds the column so many rows later (negative: earlier)."""
        air, graph = self.air, self.air.graph
        step = 1 if rows > 0 else -1
        for row in range(step, rows + step, step):
            if (column, row) in self.held:
                continue
            before = self.held.get((column, row - step)) or self.here(column, 0, name)
            value = air.leaf(*column, row, name)
            own = air.add_column(value, on_row(name, row), self.span)
            if row > 0:
                left, right = own, self.here((before.kind, before.index), 1, before.name)
            else:
                left, right = air.leaf(own.kind, own.index, 1, own.name), before
            self.definitions.append(Rule(graph.node(graph.sub(left, right)), self.span, None))
            self.held[column, row] = own
            earliest, latest = self.extents.get(column, (0, 0))
            self.extents[column] = (min(earliest, row), max(latest, row))
        return self.held[column, rows]


def _turned(column: FixedColumn | None, rows: int, by: int) -> "array[int]":
    """The values of a column so many rows earlier; without a column, of the mark of the first row."""
    if column is None:
        values = array("Q", bytes(8 * rows))
        values[-by] = 1
        return values
    values = column.values
    return values[by:] + values[:by]


def _place(leaf: Leaf) -> tuple[Column, int]:
    """The column of a leaf, and its row offset. The last row is the one before the first."""
    if leaf.kind in _ENDS:
        return (NodeKind.FIRST, 0), leaf.offset + (leaf.kind == NodeKind.LAST)
    return (leaf.kind, leaf.index), leaf.offset
