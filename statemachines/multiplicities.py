"""Counts, for every table at once, how often each of its rows is looked up.

A table is an interaction `lookup_proves(bus, [...], mul: column)` whose tuple depends on fixed or program columns alone and
whose multiplicity is a bare witness column. The machines leave these columns at zero; the tally evaluates every
`assumes` on the same buses with the compiled expressions, so that no machine counts anything twice. The verifier's own
messages are one more table per bus.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zisk_py.emulator.records import U64Array
from zisk_py.errors import ZiskError
from zisk_py.pil.system import Air, Interaction, NodeKind, System
from zisk_py.stark import evaluate_nodes
from zisk_py.stark.kernels import TupleTable
from zisk_py.statemachines.machine import Trace

_TABLE_LEAVES = {NodeKind.CONSTANT, NodeKind.FIXED, NodeKind.PROGRAM}


class MissingTuple(ZiskError):
    """A trace looks up a tuple that no table has: the witness is wrong."""


@dataclass
class _Table:
    """The rows of one table (or the verifier's messages) on one bus, with their counts."""

    owner: tuple[str, int] | None  # air name and multiplicity column; None: the verifier's messages
    first: int  # position of its first row in the bus's list
    counts: U64Array
    rows: U64Array  # (rows, width)


class Tally:
    """Counts of all tables of a run."""

    def __init__(
        self,
        system: System,
        tables: Mapping[str, Sequence[U64Array]],
        messages: Sequence[tuple[int, tuple[int, ...]]],
    ) -> None:
        """Prepare the tables.

        tables    air name -> (fixed columns (rows, f), program columns (rows, p)) of each air that is in the run.
        messages  the verifier's messages that are counted, in order.
        """
        self._system = system
        self._num_messages = len(messages)
        self._tables: dict[int, list[_Table]] = {}
        self._indexes: dict[int, TupleTable] = {}
        for air in system.airs:
            for interaction in air.interactions if air.name in tables else ():
                column = table_column(air, interaction)
                if column is not None:
                    fixed, program = tables[air.name]
                    rows = evaluate_nodes(air, interaction.values, fixed=fixed, program=program)
                    self._add(interaction.bus, (air.name, column), rows)
        for bus in dict.fromkeys(bus for bus, _ in messages):
            rows = np.array([values for b, values in messages if b == bus], dtype=np.uint64)
            self._add(bus, None, rows)
        self._message_buses = [bus for bus, _ in messages]
        for bus, parts in self._tables.items():
            self._indexes[bus] = TupleTable(np.ascontiguousarray(np.concatenate([t.rows for t in parts])))

    def _add(self, bus: int, owner: tuple[str, int] | None, rows: U64Array) -> None:
        parts = self._tables.setdefault(bus, [])
        first = sum(len(part.rows) for part in parts)
        parts.append(_Table(owner, first, np.zeros(len(rows), dtype=np.uint64), rows))

    def add(self, trace: Trace) -> None:
        """Count the lookups of one trace. Raises MissingTuple on a tuple that no table has."""
        air = self._system.air(trace.air)
        for interaction in air.interactions:
            if interaction.sign > 0 or interaction.bus not in self._indexes:
                continue
            nodes = (interaction.multiplicity, *interaction.values)
            cells = evaluate_nodes(air, nodes, witness=trace.matrix, air_values=trace.air_values)
            rows = np.flatnonzero(cells[:, 0])
            if not len(rows):
                continue
            parts = self._tables[interaction.bus]
            counts = np.zeros(sum(len(part.rows) for part in parts), dtype=np.uint64)
            weights = np.ascontiguousarray(cells[rows, 0])
            missing = self._indexes[interaction.bus].count(
                np.ascontiguousarray(cells[rows, 1:]), weights, counts
            )
            if missing >= 0:
                row = int(rows[missing])
                values = ", ".join(
                    f"{name} = {int(value)}" for name, value in zip(interaction.names, cells[row, 1:], strict=True)
                )
                raise MissingTuple(
                    f"{interaction.source.file}:{interaction.source.line}: row {row} of {air.name} looks up"
                    f" ({values}), which no table on bus {interaction.bus} has"
                )
            for part in parts:
                part.counts += counts[part.first : part.first + len(part.rows)]

    def fill(self, trace: Trace) -> None:
        """Write the counts into the multiplicity columns of a table's trace."""
        for parts in self._tables.values():
            for part in parts:
                if part.owner is not None and part.owner[0] == trace.air:
                    trace.matrix[:, part.owner[1]] = part.counts

    def message_counts(self) -> tuple[int, ...]:
        """The multiplicity of each of the verifier's messages, in the order given at the start."""
        positions: dict[int, int] = {}
        found = []
        for bus in self._message_buses:
            part = next(part for part in self._tables[bus] if part.owner is None)
            position = positions.get(bus, 0)
            positions[bus] = position + 1
            found.append(int(part.counts[position]))
        return tuple(found)


def table_column(air: Air, interaction: Interaction) -> int | None:
    """The multiplicity column of a table's interaction; None where the interaction is not a table's."""
    kind, column, offset = air.nodes[interaction.multiplicity]
    if interaction.sign < 0 or kind != NodeKind.WITNESS or offset:
        return None
    pending, kinds = list(interaction.values), set()
    while pending:
        node_kind, left, right = air.nodes[pending.pop()]
        if node_kind in (NodeKind.ADD, NodeKind.SUB, NodeKind.MUL):
            pending += [left, right]
        elif node_kind == NodeKind.NEG:
            pending.append(left)
        else:
            kinds.add(node_kind)
    return column if kinds <= _TABLE_LEAVES else None
