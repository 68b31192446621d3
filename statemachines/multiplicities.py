"""Counts, for every table at once, how often each of its rows is looked up.

A table is an interaction `lookup_proves(bus, [...], mul: column)` whose tuple depends on fixed or program
columns alone and whose multiplicity is a bare witness column. The machines leave these columns at zero; the
tally evaluates every `assumes` on the same buses with the compiled expressions, so that no machine counts
anything twice. The verifier's own messages are one more table per bus.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from zisk_py.emulator.records import U64Array
from zisk_py.errors import ZiskError
from zisk_py.pil.system import Air, Interaction, NodeKind, System
from zisk_py.stark.kernel_program import Program, compile_program
from zisk_py.stark.kernels import TupleTable, run_program_base
from zisk_py.statemachines.machine import Trace

_TABLE_LEAVES = {NodeKind.CONSTANT, NodeKind.FIXED, NodeKind.PROGRAM}
BLOCK = 1 << 12  # rows that are evaluated at a time: what is looked up stays in the cache


class MissingTuple(ZiskError):
    """A trace looks up a tuple that no table has: the witness is wrong."""


@dataclass
class _Table:
    """The rows of one table (or the verifier's messages) on one bus, with their counts."""

    owner: tuple[str, int] | None  # air name and multiplicity column; None: the verifier's messages
    first: int  # position of its first row in the bus's list
    rows: U64Array  # (rows, width)
    counts: U64Array  # its part of the counts of the bus


class Tally:
    """Counts of all tables of a run."""

    def __init__(
        self,
        system: System,
        tables: Mapping[str, Sequence[U64Array]],
        messages: Sequence[tuple[int, tuple[int, ...]]],
    ) -> None:
        """Prepare the tables.

        tables    air name -> (fixed columns (rows, f), program columns (rows, p)), for each air of the run.
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
                    rows = _evaluate(
                        compile_program(air.nodes, interaction.values), fixed=fixed, program_columns=program
                    )
                    self._add(interaction.bus, (air.name, column), rows)
        for bus in dict.fromkeys(bus for bus, _ in messages):
            rows = np.array([values for b, values in messages if b == bus], dtype=np.uint64)
            self._add(bus, None, rows)
        self._message_buses = [bus for bus, _ in messages]
        self._lookups: dict[str, tuple[tuple[Interaction, ...], Program]] = {}
        self._counts: dict[int, U64Array] = {}
        self._locks = {bus: Lock() for bus in self._tables}
        for bus, parts in self._tables.items():
            rows = np.concatenate([part.rows for part in parts])
            self._indexes[bus] = TupleTable(np.ascontiguousarray(rows))
            self._counts[bus] = np.zeros(len(rows), dtype=np.uint64)
            for part in parts:
                part.counts = self._counts[bus][part.first : part.first + len(part.rows)]

    def _add(self, bus: int, owner: tuple[str, int] | None, rows: U64Array) -> None:
        parts = self._tables.setdefault(bus, [])
        first = sum(len(part.rows) for part in parts)
        parts.append(_Table(owner, first, _without_padding(rows), _NO_VALUES))

    def _lookups_of(self, air: Air) -> tuple[tuple[Interaction, ...], Program]:
        """The lookups of an air into our tables, and a program for their multiplicities and tuples."""
        if air.name not in self._lookups:
            found = tuple(i for i in air.interactions if i.sign < 0 and i.bus in self._indexes)
            outputs = [node for i in found for node in (i.multiplicity, *i.values)]
            self._lookups[air.name] = (found, compile_program(air.nodes, outputs))
        return self._lookups[air.name]

    def add(self, trace: Trace) -> None:
        """Count the lookups of one trace; threads may do so for several at the same time.

        Raises MissingTuple where no table has the tuple.
        """
        lookups, program = self._lookups_of(self._system.air(trace.air))
        height = len(trace.matrix) if lookups else 0
        for start in range(0, height, BLOCK):
            rows = (start, min(start + BLOCK, height))
            cells = _evaluate(program, witness=trace.matrix, air_values=trace.air_values, rows=rows)
            position = 0
            for lookup in lookups:
                columns = slice(position + 1, position + 1 + len(lookup.values))
                self._count(trace.air, lookup, cells[:, position], cells[:, columns], start)
                position = columns.stop

    def _count(
        self, air_name: str, lookup: Interaction, weights: U64Array, tuples: U64Array, first_row: int = 0
    ) -> None:
        with self._locks[lookup.bus]:
            missing = self._indexes[lookup.bus].count(tuples, weights, self._counts[lookup.bus])
        if missing >= 0:
            values = ", ".join(
                f"{name} = {int(value)}" for name, value in zip(lookup.names, tuples[missing], strict=True)
            )
            raise MissingTuple(
                f"{lookup.source.file}:{lookup.source.line}: row {first_row + missing} of {air_name} "
                f"looks up ({values}), which no table on bus {lookup.bus} has"
            )

    def fill(self, trace: Trace) -> None:
        """Write the counts into the multiplicity columns of a table's trace."""
        for parts in self._tables.values():
            for part in parts:
                if part.owner is not None and part.owner[0] == trace.air:
                    trace.matrix[: len(part.counts), part.owner[1]] = part.counts

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


def _without_padding(rows: U64Array) -> U64Array:
    """The rows without those at the end that only repeat an earlier row."""
    differs = (rows != rows[-1]).any(axis=1)
    body = len(rows) - int(differs[::-1].argmax()) if differs.any() else 0
    return rows[: body + int(differs[:body].all())]


_NONE = np.zeros((0, 0), dtype=np.uint64)
_NO_VALUES = np.zeros(0, dtype=np.uint64)


def _evaluate(
    program: Program,
    *,
    witness: U64Array = _NONE,
    fixed: U64Array = _NONE,
    program_columns: U64Array = _NONE,
    air_values: Sequence[int] = (),
    rows: tuple[int, int | None] = (0, None),
) -> U64Array:
    """(rows, outputs): the outputs of a program on every row of a trace, or from one row to another."""
    height = max(len(witness), len(fixed), len(program_columns))
    empty = np.zeros((height, 0), dtype=np.uint64)
    return run_program_base(
        program,
        witness if len(witness) else empty,
        fixed if len(fixed) else empty,
        program_columns if len(program_columns) else empty,
        empty,
        np.array(air_values, dtype=np.uint64),
        _NO_VALUES,
        np.zeros((0, 3), dtype=np.uint64),
        "natural",
        *rows,
    )
