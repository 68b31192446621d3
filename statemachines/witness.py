"""The traces of a run, one segment at a time; and, once all were made, the statement."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

import numpy as np

from zisk_py import emulator
from zisk_py.emulator.records import Execution, Touch, U64Array
from zisk_py.isa.memory_map import HIDDEN_KEY, OUTPUT_WORD
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim
from zisk_py.pil.checker import Report, check
from zisk_py.pil.system import System
from zisk_py.stark.layout import Instance
from zisk_py.stark.logup import Message
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.machine import Run, Scope, Trace
from zisk_py.statemachines.multiplicities import Tally
from zisk_py.statemachines.plan import Placement, plan_run
from zisk_py.statemachines.registry import MACHINES
from zisk_py.statemachines.statement import (
    ProgramHeader,
    Statement,
    check_instances,
    counted_messages,
    output_messages,
)
from zisk_py.statemachines.verification import statement_messages


def program_matrices(system: System, rom: Rom) -> dict[str, U64Array]:
    """The committed columns of every machine whose program columns are not empty, by air."""
    matrices = {}
    for machine in MACHINES:
        if machine.program_columns is not None:
            matrix = machine.program_columns(system.air(machine.template), rom)
            if len(matrix):
                matrices[machine.template] = matrix
    return matrices


class Witness:
    """Counts and plans a run, then makes the traces of each segment on demand.

    The traces of the last segment hold the multiplicities of all tables, so segments are made in order the
    first time; making one again gives the same cells.
    """

    def __init__(
        self,
        system: System,
        header: ProgramHeader,
        rom: Rom,
        matrices: Mapping[str, U64Array],
        claim: Claim,
        data: bytes,
        execution: Execution,
        threads: int = 1,
        executor: Executor | None = None,
    ) -> None:
        """Count the chunks (in parallel), merge what they touch, and plan.

        executor  runs what can be done at the same time, with this process's memory; without one, as many
                  threads are started.
        """
        self.system, self._header, self._rom, self.claim = system, header, rom, claim
        self._execution, self.matrices = execution, matrices
        self._regions = rom.rules.start_regions(claim)
        self._executor = executor or ThreadPoolExecutor(threads, thread_name_prefix="zisk-py-witness")
        count = partial(emulator.count, rom, self._regions)
        counts = list(self._executor.map(count, execution.chunks))
        self._arrivals, ledger = emulator.merge(counts)
        ledger = _with_output_words(ledger, execution.outputs)
        self._run = Run(rom, claim, data, ledger, execution.outputs)
        self.chunk_rows = [chunk.streams for chunk in counts]
        self.run_rows = {"ledger": len(ledger)} | {
            MACHINES.by_air(air).stream: len(matrix) for air, matrix in matrices.items()
        }
        self.plan = plan_run(system, MACHINES, self.chunk_rows, self.run_rows)
        tables = {
            air.name: (
                fixed_matrix(system, air.name),
                matrices.get(air.name, np.zeros((0, 0), dtype=np.uint64)),
            )
            for air in system.airs
            if air.fixed or air.name in matrices
        }
        self._tally = Tally(system, tables, counted_messages(rom.rules, claim))
        self._tallied: set[int] = set()

    @property
    def num_segments(self) -> int:
        """Number of segments."""
        return len(self.plan.segments)

    def segment(self, index: int) -> list[Trace]:
        """The traces of a segment, in the order of the system's airs."""
        chunk = self._execution.chunks[index]
        records = emulator.expand(self._rom, self._regions, chunk, self._arrivals[index])

        def fill(placement: Placement) -> Trace:
            air = self.system.air(placement.machine.template)
            return placement.machine.fill(air, records, self._run, 1 << placement.log_height)

        traces = list(self._executor.map(fill, self.plan.segments[index]))
        if index not in self._tallied:
            self._tallied.add(index)
            list(self._executor.map(self._tally.add, traces))
        for trace in traces:
            if MACHINES.by_air(trace.air).scope is not Scope.SEGMENT:
                self._tally.fill(trace)
        return traces

    @property
    def segment_steps(self) -> list[int]:
        """Steps of each segment."""
        return [chunk.num_steps for chunk in self._execution.chunks]

    @property
    def segments(self) -> list[Callable[[], list[Trace]]]:
        """One maker of traces per segment."""
        return [partial(self.segment, index) for index in range(self.num_segments)]

    def messages(self) -> list[Message]:
        """The verifier's own messages. All segments must have been made once."""
        return statement_messages(self.statement())

    def statement(self) -> Statement:
        """What the proof states. All segments must have been made once."""
        return Statement(
            self._header,
            self.claim,
            self._execution.outcome,
            self._execution.steps,
            self._execution.compute_units,
            self._execution.instructions,
            self._execution.memory_operations,
            self._execution.outputs,
            self._tally.message_counts(),
        )


def fixed_matrix(system: System, air_name: str) -> U64Array:
    """(rows, columns) of an air's fixed columns."""
    air = system.air(air_name)
    if not air.fixed:
        return np.zeros((0, 0), dtype=np.uint64)
    return np.stack([np.array(column.values, dtype=np.uint64) for column in air.fixed], axis=1)


def _with_output_words(ledger: U64Array, outputs: bytes) -> U64Array:
    """The ledger with a row for every output word that the verifier reads, touched or not."""
    base = HIDDEN_KEY + OUTPUT_WORD
    wanted = {values[0] for _, values in output_messages(outputs)}
    missing = sorted(wanted - {int(key) for key in ledger[ledger[:, Touch.KEY] >= base][:, Touch.KEY]})
    rows = np.zeros((len(missing), len(Touch)), dtype=np.uint64)
    rows[:, Touch.KEY] = missing
    rows[:, Touch.ATTRIBUTE] = 1
    merged = np.concatenate([ledger, rows])
    return np.ascontiguousarray(merged[np.argsort(merged[:, Touch.KEY], kind="stable")])


def check_witness(witness: Witness) -> Report:
    """Check all segments of a run against every constraint, every bus and the statement."""
    segments = [witness.segment(index) for index in range(witness.num_segments)]
    system = witness.system
    numbers = {air.name: number for number, air in enumerate(system.airs)}
    statement = witness.statement()
    check_instances(
        system,
        statement,
        [
            [Instance(numbers[trace.air], trace.log_height, trace.air_values) for trace in traces]
            for traces in segments
        ],
    )
    return check(
        system,
        [trace for traces in segments for trace in traces],
        program=witness.matrices,
        messages=[(m.bus, m.values, m.multiplicity) for m in witness.messages()],
        bus_names={bus.value: bus.name for bus in Bus},
    )
