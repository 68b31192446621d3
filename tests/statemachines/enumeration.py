"""Every witness of one row, for airs whose chunks are so small that they can be tried one by one.

The constraints are those of the compiled air: nothing is modelled by hand except the contents of the tables.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import Air, NodeKind

Cells = dict[str, int]
Tuples = Set[tuple[int, ...]]
SYMBOLS = {NodeKind.ADD: "+", NodeKind.SUB: "-", NodeKind.MUL: "*"}
SMALL = (0, 1, 2, P - 1)  # tried where a column should be boolean


@dataclass(frozen=True)
class Check:
    """Something that must hold, and the columns that decide it."""

    columns: frozenset[str]
    holds: Callable[[Cells], bool]


class Enumeration:
    """The rows of an air that satisfy every constraint and find every lookup in `tables` (bus -> tuples)."""

    def __init__(self, air: Air, tables: Mapping[int, Tuples]) -> None:
        """Translate the constraints and the messages into Python functions."""
        self._air = air
        self._names = {column.name for column in air.columns}
        self._checks = [self._constraint(constraint.node) for constraint in air.constraints]
        self._messages = {}
        for interaction in air.interactions:
            count = self._function(interaction.multiplicity)
            values = [self._function(node) for node in interaction.values]
            if interaction.bus in tables:
                nodes = (interaction.multiplicity, *interaction.values)
                columns = frozenset().union(*map(self._columns, nodes))
                self._checks.append(Check(columns, self._lookup(count, values, tables[interaction.bus])))
            else:
                self._messages.setdefault(interaction.bus, []).append((interaction.sign, count, values))

    def witnesses(self, domains: Mapping[str, Sequence[int]]) -> Iterator[Cells]:
        """All rows within `domains`: for every column the values to try, columns in the order of trying."""
        assert set(domains) == self._names
        names = list(domains)
        ready = [
            [c for c in self._checks if name in c.columns and c.columns <= set(names[: depth + 1])]
            for depth, name in enumerate(names)
        ]

        def extend(cells: Cells, depth: int) -> Iterator[Cells]:
            if depth == len(names):
                yield dict(cells)
                return
            for value in domains[names[depth]]:
                cells[names[depth]] = value
                if all(check.holds(cells) for check in ready[depth]):
                    yield from extend(cells, depth + 1)

        yield from extend({}, 0)

    def sent(self, bus: int, cells: Cells) -> set[tuple[int, tuple[int, ...]]]:
        """What a row sends on a bus: (signed multiplicity, values), without zeros."""
        counted = [(sign * count(cells) % P, values) for sign, count, values in self._messages[bus]]
        return {(count, tuple(value(cells) for value in values)) for count, values in counted if count}

    def _constraint(self, node: int) -> Check:
        value = self._function(node)
        return Check(self._columns(node), lambda cells: value(cells) == 0)

    @staticmethod
    def _lookup(count: Callable, values: Sequence[Callable], rows: Tuples) -> Callable[[Cells], bool]:
        return lambda cells: count(cells) == 0 or tuple(value(cells) for value in values) in rows

    def _columns(self, node: int) -> frozenset[str]:
        kind, left, right = self._air.nodes[node]
        if kind == NodeKind.WITNESS:
            return frozenset([self._air.columns[left].name])
        if kind in SYMBOLS:
            return self._columns(left) | self._columns(right)
        return self._columns(left) if kind == NodeKind.NEG else frozenset()

    def _function(self, node: int) -> Callable[[Cells], int]:
        return eval(f"lambda cells: ({self._text(node)}) % {P}")

    def _text(self, node: int) -> str:
        kind, left, right = self._air.nodes[node]
        if kind == NodeKind.CONSTANT:
            return str(left)
        if kind == NodeKind.WITNESS:
            assert right == 0
            return f"cells[{self._air.columns[left].name!r}]"
        if kind == NodeKind.NEG:
            return f"(-{self._text(left)})"
        return f"({self._text(left)} {SYMBOLS[NodeKind(kind)]} {self._text(right)})"
