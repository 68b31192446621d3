"""Judges rows of traces, many at once: which break a constraint or miss a table, and what they say.

The same judgement as `pil.checker` makes, but cheap enough for millions of rows: constraints and messages are
evaluated by the prover's kernels, and a message counts as a hash of its tuple times its multiplicity, so two
lists of messages are the same if their sums are. Two different ones with the same sum would pass for a change
that nothing notices: an error of the judge makes a test fail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.isa.rules import Claim, Rules
from zisk_py.pil import vectors
from zisk_py.pil.system import Air, Interaction, NodeKind, System
from zisk_py.stark.kernel_program import Program, compile_program
from zisk_py.stark.kernels import TupleTable, run_program_base
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.machine import Trace
from zisk_py.statemachines.multiplicities import table_column
from zisk_py.statemachines.statement import counted_messages
from zisk_py.statemachines.witness import fixed_matrix

U64 = NDArray[np.uint64]
Mask = NDArray[np.bool_]


class Tables:
    """The tuples of every table of a run: of the fixed ones, of its program, and the verifier's."""

    def __init__(self, system: System, matrices: Mapping[str, U64], rules: Rules, claim: Claim) -> None:
        """Take the program columns of the run by air, and what the verifier's messages follow from."""
        self.system, self.matrices = system, matrices
        rows: dict[int, list[U64]] = {}
        self._tables: dict[int, list[TupleTable]] = {}
        for bus, table in _fixed_tables(system).items():
            self._tables.setdefault(bus, []).append(table)
        for air in (air for air in system.airs if air.name in matrices):
            for interaction in air.interactions:
                if table_column(air, interaction) is not None:
                    rows.setdefault(interaction.bus, []).append(
                        _tuples_of(system, air, interaction, matrices)
                    )
        for bus, values in counted_messages(rules, claim):
            rows.setdefault(int(bus), []).append(np.array([values], dtype=np.uint64))
        for bus, parts in rows.items():
            table = TupleTable(np.unique(np.concatenate(parts), axis=0))
            self._tables.setdefault(bus, []).append(table)

    def __contains__(self, bus: object) -> bool:
        """Whether tuples on the bus are looked up."""
        return bus in self._tables

    def have(self, bus: int, tuples: U64) -> Mask:
        """(rows,): which of the tuples some table has."""
        queries = np.ascontiguousarray(tuples)
        return np.logical_or.reduce([table.find(queries) >= 0 for table in self._tables[bus]])


def _tuples_of(system: System, air: Air, table: Interaction, matrices: Mapping[str, U64]) -> U64:
    fixed = fixed_matrix(system, air.name)
    program = _compiled(air, table.values)
    return _run(program, None, fixed if len(fixed) else None, matrices.get(air.name), ())


@lru_cache(maxsize=2)
def _fixed_tables(system: System) -> dict[int, TupleTable]:
    """The tables that are the same in all runs."""
    rows: dict[int, list[U64]] = {}
    for air in (air for air in system.airs if air.fixed and not air.program):
        for interaction in air.interactions:
            if table_column(air, interaction) is not None:
                rows.setdefault(interaction.bus, []).append(_tuples_of(system, air, interaction, {}))
    return {bus: TupleTable(np.unique(np.concatenate(parts), axis=0)) for bus, parts in rows.items()}


@dataclass(frozen=True)
class Verdict:
    """What the judge finds on each row."""

    broken: Mask  # a constraint fails
    missing: Mask  # a lookup is in no table
    said: U64  # sum of hash times signed multiplicity, modulo p, of all messages but lookups


class RowJudge:
    """Judges rows of one air in one run; they need not stand side by side in their instance."""

    def __init__(self, air: Air, tables: Tables) -> None:
        """Compile the constraints and the messages; the marks of the first and last row become columns."""
        self.air, self.tables = air, tables
        outputs = [constraint.node for constraint in air.constraints]
        for interaction in air.interactions:
            outputs += [interaction.multiplicity, *interaction.values]
        self._program = _compiled(air, tuple(outputs))

    def judge(self, trace: Trace) -> Verdict:
        """Judge all rows of an instance."""
        return self.judge_rows(trace, np.arange(len(trace.matrix)), trace.matrix)

    def judge_rows(self, trace: Trace, numbers: NDArray[np.intp], cells: U64) -> Verdict:
        """Judge rows one behind the other, with other cells than the trace has.

        numbers  (rows,): where they stand in the instance; the next of the last row is the first
        cells    (rows, columns)
        """
        height = len(trace.matrix)
        marks = np.stack([numbers == 0, numbers == height - 1], axis=1).astype(np.uint64)
        fixed = fixed_matrix(self.tables.system, self.air.name)
        fixed = np.concatenate([fixed[numbers], marks], axis=1) if len(fixed) else marks
        committed = self.tables.matrices.get(self.air.name)
        committed = None if committed is None else committed[numbers]
        values = _run(self._program, cells, fixed, committed, trace.air_values)

        position = len(self.air.constraints)
        broken = values[:, :position].any(axis=1)
        missing = np.zeros(len(values), dtype=bool)
        said = np.zeros(len(values), dtype=np.uint64)
        for interaction in self.air.interactions:
            counts = values[:, position]
            tuples = values[:, position + 1 : position + 1 + len(interaction.values)]
            position += 1 + len(interaction.values)
            rows = np.flatnonzero(counts)
            if not len(rows):
                continue
            if interaction.sign < 0 and interaction.bus in self.tables:
                missing[rows] |= ~self.tables.have(interaction.bus, tuples[rows])
            else:
                signed = counts[rows] if interaction.sign > 0 else vectors.neg(counts[rows])
                said[rows] = vectors.add(
                    said[rows], vectors.mul(signed, hashes(interaction.bus, tuples[rows]))
                )
        return Verdict(broken, missing, said)


def _run(
    program: Program, witness: U64 | None, fixed: U64 | None, committed: U64 | None, air_values: Sequence[int]
) -> U64:
    """(rows, outputs): the outputs of a program on rows."""
    given = [witness, fixed, committed]
    rows = max(0 if part is None else len(part) for part in given)
    empty = np.zeros((rows, 0), dtype=np.uint64)
    return run_program_base(
        program,
        *(empty if part is None else np.ascontiguousarray(part) for part in given),
        empty,
        np.array(air_values, dtype=np.uint64),
        np.zeros(0, dtype=np.uint64),
        np.zeros((0, 3), dtype=np.uint64),
        "natural",
    )


@lru_cache(maxsize=256)
def _compiled(air: Air, outputs: tuple[int, ...]) -> Program:
    marks = {NodeKind.FIRST: len(air.fixed), NodeKind.LAST: len(air.fixed) + 1}
    nodes = [(NodeKind.FIXED, marks[node[0]], 0) if node[0] in marks else node for node in air.nodes]
    return compile_program(nodes, outputs)


def hashes(bus: int, tuples: U64) -> U64:
    """(rows,): a hash below p of each tuple on the bus."""
    rng = np.random.default_rng(0x5A1D + bus)
    odd = rng.integers(0, 2**63, tuples.shape[1], dtype=np.uint64) | np.uint64(1)
    mixed = tuples * odd
    mixed ^= mixed >> np.uint64(29)
    total = (mixed * np.uint64(0xBF58476D1CE4E5B9)).sum(axis=1, dtype=np.uint64) + np.uint64(bus)
    for shift, factor in ((32, 0x94D049BB133111EB), (29, 0x9E3779B97F4A7C15)):
        total ^= total >> np.uint64(shift)
        total *= np.uint64(factor)
    return total % np.uint64(P)


def sum_of(values: U64) -> int:
    """The sum modulo p."""
    return (int((values & np.uint64(0xFFFFFFFF)).sum()) + (int((values >> np.uint64(32)).sum()) << 32)) % P


def out_sum(messages: Sequence[tuple[int, Sequence[int], int]]) -> int:
    """The sum of the verifier's own messages that are not in a table: the outputs that it consumes."""
    total = 0
    for bus, values, count in messages:
        if bus == Bus.OUT:
            total += count * int(hashes(int(bus), np.array([values], dtype=np.uint64))[0])
    return total % P
