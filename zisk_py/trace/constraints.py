"""Which constraints of the compiled PIL the rows of an instruction satisfy: evaluated, by air."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from zisk_py.emulator.records import Counts, Mode, Records, Step, Touch, U64Array
from zisk_py.isa.operations import OPERATIONS
from zisk_py.isa.rom import ROM_COLUMNS, Rom
from zisk_py.isa.rules import Claim
from zisk_py.pil.system import Air
from zisk_py.pil.trace_evaluation import instance
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.machine import Machine, Run, Scope
from zisk_py.statemachines.plan import log_height_for
from zisk_py.statemachines.registry import MACHINES
from zisk_py.trace.witness import AirConstraints

Texts = tuple[str, ...]


def texts_of(air: Air) -> Texts:
    """The constraints of an air as they stand in its source."""
    return tuple(constraint.source.text for constraint in air.constraints)


def count_constraints(counts: Counts) -> int:
    """How many constraints the rows of a chunk must satisfy: for each row as many as its air has."""
    system = constraint_system()
    return sum(
        counts.streams[machine.stream] * len(system.air(machine.template).constraints)
        for machine in MACHINES
        if machine.scope is Scope.SEGMENT
    )


@dataclass(frozen=True)
class _Held:
    """An air in a chunk. `before[s]` rows belong to steps before s; of the first n, `failed[n]` fail."""

    texts: Texts
    before: list[int]
    failed: list[int]
    holds: NDArray[np.bool_]  # (rows, constraints)

    def between(self, start: int, stop: int) -> Texts | None:
        """The texts that hold on all rows of those steps; None where the air has no row of them."""
        first, last = self.before[start], self.before[stop]
        if first == last:
            return None
        if self.failed[first] == self.failed[last]:
            return self.texts
        return tuple(np.array(self.texts, dtype=object)[self.holds[first:last].all(axis=0)])


class Satisfaction:
    """Fills the machines of chunk after chunk of a run, as for a proof, and evaluates their constraints."""

    def __init__(self, rom: Rom, claim: Claim, data: bytes) -> None:
        """Prepare for a run."""
        self._run = Run(rom, claim, data, np.zeros((0, len(Touch)), dtype=np.uint64), b"")
        self._system = constraint_system()
        machine_of = {operation.code: operation.machine for operation in OPERATIONS if operation.is_external}
        codes = rom.rows[:, ROM_COLUMNS.index("op")].tolist()
        self._machine_of_row = np.array([machine_of.get(code, "") for code in codes])
        self._texts = {air.name: texts_of(air) for air in self._system.airs}
        self._last_times: dict[int, int] = {}

    def arrivals(self, counts: Counts) -> U64Array:
        """When each word that a chunk touches was touched before: what `emulator.merge` finds for it."""
        keys = counts.touched[:, Touch.KEY].tolist()
        found = np.array([self._last_times.get(key, 0) for key in keys], dtype=np.uint64)
        self._last_times.update(zip(keys, counts.touched[:, Touch.TIME].tolist(), strict=True))
        return found

    def of_chunk(self, records: Records) -> Callable[[int, int], tuple[AirConstraints, ...]]:
        """A function from the first step of an instruction, and the one after its last, to what holds.

        The rows of Carry and of the tables belong to no instruction.
        """
        modes = records.steps[:, Step.MODE]
        machines = self._machine_of_row[records.steps[:, Step.ROW].astype(np.intp)]
        held = {}
        for machine in MACHINES:
            if machine.stream == "steps":
                mask = np.ones(len(modes), dtype=bool)
            elif machine.stream == "narrow":
                mask = modes == Mode.NARROW
            elif machine.stream == "traps":
                mask = modes == Mode.TRAP
            else:
                mask = machines == machine.stream
            if machine.scope is Scope.SEGMENT and mask.any():
                held[machine.template] = self._evaluate(machine, records, mask)

        def between(start: int, stop: int) -> tuple[AirConstraints, ...]:
            return tuple(
                AirConstraints(air, texts)
                for air, rows in held.items()
                if (texts := rows.between(start, stop)) is not None
            )

        return between

    def _evaluate(self, machine: Machine, records: Records, mask: NDArray[np.bool_]) -> _Held:
        air, num_rows = self._system.air(machine.template), int(mask.sum())
        trace = machine.fill(air, records, self._run, 1 << log_height_for(num_rows, air.name))
        holds = np.empty((len(trace.matrix), len(air.constraints)), dtype=bool)
        for start, stop, values in instance(air, 0, trace, {}, ()).blocks():
            for number, constraint in enumerate(air.constraints):
                holds[start:stop, number] = values[constraint.node] == 0
        holds = holds[:num_rows]
        fails = np.logical_not(holds.all(axis=1)).tolist()
        return _Held(
            self._texts[air.name],
            [0, *accumulate(mask.tolist())],
            [0, *accumulate(fails)],
            holds,
        )


def merge(left: tuple[AirConstraints, ...], right: tuple[AirConstraints, ...]) -> tuple[AirConstraints, ...]:
    """What holds on the rows of both parts of an instruction."""
    texts = dict(left)
    for air, satisfied in right:
        texts[air] = tuple(text for text in texts.get(air, satisfied) if text in satisfied)
    airs = [machine.template for machine in MACHINES if machine.template in texts]
    return tuple(AirConstraints(air, texts[air]) for air in airs)
