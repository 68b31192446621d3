"""Every witness of one row, for airs whose chunks are so small that they can be tried one by one.

The constraints are those of the compiled air: nothing is modelled by hand except the contents of the tables.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import Air, NodeKind

Cells = dict[str, int]
SYMBOLS = {NodeKind.ADD: "+", NodeKind.SUB: "-", NodeKind.MUL: "*"}
SMALL = (0, 1, 2, P - 1)  # tried where a column should be boolean


@dataclass(frozen=True)
class _Check:
    columns: frozenset[str]
    holds: Callable[[Cells], bool]


def witnesses(
    air: Air, domains: Mapping[str, Sequence[int]], tables: Mapping[int, Set[tuple[int, ...]]]
) -> Iterator[Cells]:
    """All rows that satisfy every constraint and find every lookup.

    domains  the values to try for every column, in the order in which to try them.
    tables   bus -> tuples; other buses are not looked at.
    """
    names = list(domains)
    assert set(names) == {column.name for column in air.columns}
    checks = [*_constraints(air), *_lookups(air, tables)]
    ready = [
        [c for c in checks if c.columns <= set(names[: i + 1]) and not c.columns <= set(names[:i])]
        for i in range(len(names))
    ]

    def extend(cells: Cells, depth: int) -> Iterator[Cells]:
        if depth == len(names):
            yield dict(cells)
            return
        for value in domains[names[depth]]:
            cells[names[depth]] = value
            if all(check.holds(cells) for check in ready[depth]):
                yield from extend(cells, depth + 1)
        del cells[names[depth]]

    yield from extend({}, 0)


def sent(air: Air, bus: int, cells: Cells) -> set[tuple[int, tuple[int, ...]]]:
    """What a row sends on a bus: (signed multiplicity, values), without zeros."""
    found = set()
    for interaction in air.interactions:
        if interaction.bus == bus:
            count = interaction.sign * _function(air, interaction.multiplicity)(cells) % P
            if count:
                found.add((count, tuple(_function(air, node)(cells) for node in interaction.values)))
    return found


def _constraints(air: Air) -> Iterator[_Check]:
    for constraint in air.constraints:
        value = _function(air, constraint.node)
        yield _Check(_columns(air, constraint.node), lambda cells, value=value: value(cells) == 0)


def _lookups(air: Air, tables: Mapping[int, Set[tuple[int, ...]]]) -> Iterator[_Check]:
    for interaction in air.interactions:
        if interaction.bus in tables:
            rows = tables[interaction.bus]
            count = _function(air, interaction.multiplicity)
            values = [_function(air, node) for node in interaction.values]
            columns = [_columns(air, node) for node in (interaction.multiplicity, *interaction.values)]

            def holds(cells: Cells, count=count, values=values, rows=rows) -> bool:
                return count(cells) == 0 or tuple(value(cells) for value in values) in rows

            yield _Check(frozenset().union(*columns), holds)


def _columns(air: Air, node: int) -> frozenset[str]:
    kind, left, right = air.nodes[node]
    if kind == NodeKind.WITNESS:
        return frozenset([air.columns[left].name])
    if kind in SYMBOLS:
        return _columns(air, left) | _columns(air, right)
    return _columns(air, left) if kind == NodeKind.NEG else frozenset()


def _function(air: Air, node: int) -> Callable[[Cells], int]:
    return eval(f"lambda cells: ({_text(air, node)}) % {P}")


def _text(air: Air, node: int) -> str:
    kind, left, right = air.nodes[node]
    if kind == NodeKind.CONSTANT:
        return str(left)
    if kind == NodeKind.WITNESS:
        assert right == 0
        return f"cells[{air.columns[left].name!r}]"
    if kind == NodeKind.NEG:
        return f"(-{_text(air, left)})"
    return f"({_text(air, left)} {SYMBOLS[NodeKind(kind)]} {_text(air, right)})"
