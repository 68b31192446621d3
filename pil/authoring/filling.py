"""Filling what an author does not give: computed columns, air values, tables and totals, in their order."""

from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil.authoring.errors import CannotFill
from zisk_py.pil.authoring.evaluation import BLOCK, Evaluator, leaves
from zisk_py.pil.authoring.global_messages import verifier_messages
from zisk_py.pil.authoring.instances import Given, GivenInstance
from zisk_py.pil.authoring.multiplicities import Sender, Table, fill_multiplicities
from zisk_py.pil.authoring.trace import AirTrace
from zisk_py.pil.compiled import Compiled, Computed, Multiplicity
from zisk_py.pil.system import Air, Node, NodeKind
from zisk_py.stark.authored_statement import required_airs

U64 = NDArray[np.uint64]

COLUMN, VALUE, BUS, TOTAL = "column", "air value", "bus", "total"
Item = tuple[str, int, int]  # COLUMN and VALUE: air, index; BUS: bus, 0; TOTAL: public, 0


def fill(
    compiled: Compiled, given: Given, values: Sequence[int | None]
) -> tuple[tuple[AirTrace, ...], tuple[int, ...]]:
    """Fill all instances of `given`; returns them as traces, and all publics.

    An instance that we added is left out again if nothing is looked up in it and a proof can do without.
    Raises CannotFill.
    """
    publics = np.array([value or 0 for value in values], dtype=np.uint64)
    filler = _Filler(compiled, given, Evaluator(compiled.system, given.program, publics))
    for ready in _in_order(filler):
        filler.fill(ready)
    needed = filler.needed_airs()
    kept = [instance for instance in given.instances if instance.air in needed]
    given.instances[:] = kept
    names = [compiled.system.airs[instance.air].name for instance in kept]
    traces = tuple(
        AirTrace(name, i.matrix, tuple(value or 0 for value in i.air_values), i.number, i.is_added)
        for name, i in zip(names, kept, strict=True)
    )
    return traces, tuple(int(value) for value in publics)


def _in_order(filler: "_Filler") -> Iterator[list[Item]]:
    """All items, in groups that can be filled at once. Raises CannotFill for what needs itself."""
    sorter = TopologicalSorter({item: filler.needs(item) for item in filler.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        names = " needs ".join(dict.fromkeys(filler.name(item) for item in reversed(error.args[1])))
        raise CannotFill(f"what we fill in goes in a circle: {names}; give one of these columns") from error
    while sorter.is_active():
        ready = list(sorter.get_ready())
        yield ready
        sorter.done(*ready)


class _Filler:
    """All instances while they are filled."""

    def __init__(self, compiled: Compiled, given: Given, evaluator: Evaluator) -> None:
        self.compiled = compiled
        self.airs = compiled.system.airs
        self.evaluator = evaluator
        self.by_air: dict[int, list[GivenInstance]] = {}
        for instance in given.instances:
            self.by_air.setdefault(instance.air, []).append(instance)
        self.tables = {  # by air and column of multiplicities: its interaction
            (air, column): self.airs[air].interactions[recipe.interaction]
            for air in self.by_air
            for column, recipe in compiled.airs[air].recipes.items()
            if isinstance(recipe, Multiplicity)
        }

    def items(self) -> Iterator[Item]:
        """All that there is to fill."""
        for air in self.by_air:
            beside = self.compiled.airs[air]
            yield from (
                (COLUMN, air, column)
                for column, recipe in beside.recipes.items()
                if isinstance(recipe, Computed)
            )
            yield from ((VALUE, air, value) for value in beside.values)
        yield from ((BUS, bus, 0) for bus in {interaction.bus for interaction in self.tables.values()})
        yield from ((TOTAL, public, 0) for public in self.compiled.totals)

    def needs(self, item: Item) -> set[Item]:
        """What must be filled before an item."""
        kind, index, number = item
        if kind == TOTAL:
            found = {self._value(air, value) for air, value in self.compiled.totals[index]}
            return {need for need in found if need is not None}
        if kind == BUS:
            return self._needs_of_bus(index)
        beside = self.compiled.airs[index]
        recipe = beside.recipes[number] if kind == COLUMN else None
        node = recipe.node if isinstance(recipe, Computed) else beside.values[number]
        return self._below(index, beside.nodes, [node])

    def _needs_of_bus(self, bus: int) -> set[Item]:
        found: set[Item] = set()
        for air in self.by_air:
            own = [i for i in self.airs[air].interactions if i.bus == bus]
            counted = {id(self.tables[key]) for key in self.tables if key[0] == air}
            roots = [node for i in own for node in i.values]
            roots += [i.multiplicity for i in own if id(i) not in counted]
            found |= self._below(air, self.airs[air].nodes, roots)
        made = self.compiled.system.globals
        for interaction in made.interactions:
            if interaction.bus == bus:
                read = leaves(made.nodes, [interaction.multiplicity, *interaction.values])
                found |= {(TOTAL, index, 0) for _, index, _ in read if index in self.compiled.totals}
        return found

    def _below(self, air: int, graph: Sequence[Node], roots: Iterable[int]) -> set[Item]:
        """What is filled by us of what some nodes read."""
        beside, found = self.compiled.airs[air], set[Item]()
        for kind, index, _ in leaves(graph, roots):
            recipe = beside.recipes.get(index) if kind == NodeKind.WITNESS else None
            if isinstance(recipe, Computed):
                found.add((COLUMN, air, index))
            elif isinstance(recipe, Multiplicity):
                found.add((BUS, self.tables[air, index].bus, 0))
            elif kind == NodeKind.AIR_VALUE and index in beside.values:
                found.add((VALUE, air, index))
            elif kind == NodeKind.PUBLIC and index in self.compiled.totals:
                found.add((TOTAL, index, 0))
        return found

    def _value(self, air_name: str, value: int) -> Item | None:
        """An air value as an item; None if we do not fill it."""
        for air in self.by_air:
            if self.airs[air].name == air_name:
                return (VALUE, air, value) if value in self.compiled.airs[air].values else None
        return None

    def name(self, item: Item) -> str:
        """How an item is called in an error."""
        kind, index, number = item
        if kind == BUS:
            return f"the multiplicities of bus {self.compiled.buses.get(index, index)}"
        if kind == TOTAL:
            return f"the total {self.compiled.system.publics[index]}"
        air: Air = self.airs[index]
        name = air.columns[number].name if kind == COLUMN else air.air_values[number]
        return f"{kind} {name} of {air.name}"

    def fill(self, items: Sequence[Item]) -> None:
        """Fill items of which none needs another."""
        columns: dict[int, list[int]] = {}
        for kind, index, number in items:
            if kind == COLUMN:
                columns.setdefault(index, []).append(number)
            elif kind == VALUE:
                self._fill_value(index, number)
            elif kind == BUS:
                self._fill_bus(index)
            else:
                self._fill_total(index)
        for air, wanted in columns.items():
            for instance in self.by_air[air]:
                self._fill_columns(instance, sorted(set(wanted) - instance.given))

    def _fill_columns(self, instance: GivenInstance, columns: Sequence[int]) -> None:
        beside = self.compiled.airs[instance.air]
        computed = [beside.recipes[column] for column in columns]
        nodes = [recipe.node for recipe in computed if isinstance(recipe, Computed)]
        rows = len(instance.matrix) if columns else 0
        for start in range(0, rows, BLOCK):
            stop = min(start + BLOCK, rows)
            instance.matrix[start:stop, columns] = self.evaluator.base(
                instance, beside.nodes, nodes, start, stop
            )

    def _fill_value(self, air: int, value: int) -> None:
        beside = self.compiled.airs[air]
        for instance in self.by_air[air]:
            if instance.air_values[value] is None:
                instance.air_values[value] = int(
                    self.evaluator.base(instance, beside.nodes, [beside.values[value]], 0, 1)[0, 0]
                )

    def _fill_bus(self, bus: int) -> None:
        tables: list[Table] = []
        senders: list[Sender] = []
        for air, instances in self.by_air.items():
            columns = {id(i): column for (owner, column), i in self.tables.items() if owner == air}
            for interaction in self.airs[air].interactions:
                column = columns.get(id(interaction))
                for instance in instances if interaction.bus == bus else ():
                    if column is None or column in instance.given:
                        senders.append(Sender(instance, interaction))
                    else:
                        tables.append(Table(instance, interaction, column))
        publics = [int(value) for value in self.evaluator.publics]
        messages = verifier_messages(self.compiled.system, publics)
        fill_multiplicities(self.evaluator, tables, senders, [m for m in messages if m[0] == bus])

    def _fill_total(self, public: int) -> None:
        total = 0
        for name, value in self.compiled.totals[public]:
            for instance in (i for instances in self.by_air.values() for i in instances):
                if self.airs[instance.air].name == name:
                    total += instance.air_values[value] or 0
        self.evaluator.publics[public] = total % P

    def needed_airs(self) -> set[int]:
        """The airs that take part: a table that we added and in which nothing is looked up does not.

        It does where a proof must have an instance of it, or of an air that could stand in for it.
        """
        needed = {air for air, instances in self.by_air.items() if not all(map(self._is_idle, instances))}
        for wanted in required_airs(self.compiled.system):
            if not wanted & needed:
                needed |= set(sorted(wanted & set(self.by_air))[:1])
        return needed

    def _is_idle(self, instance: GivenInstance) -> bool:
        air = self.airs[instance.air]
        counted = [column for owner, column in self.tables if owner == instance.air]
        return (
            instance.is_added
            and not air.air_values
            and len(counted) == len(air.interactions)
            and not instance.matrix[:, counted].any()
        )
