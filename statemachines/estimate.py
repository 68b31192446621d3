"""What proving a run will take, known before it is proven; and with which chunk size it would take less."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zisk_py.emulator.records import Carry, Narrow, Operands, Step
from zisk_py.pil.system import System
from zisk_py.stark.estimate import WORD, committed_cells, proof_bytes, proof_memory, proof_seconds
from zisk_py.stark.key import ProgramCommitment, VerifyingKey
from zisk_py.stark.layout import Instance, Layout, lay_out
from zisk_py.stark.options import MAX_SEGMENTS, Options
from zisk_py.statemachines.plan import Plan, plan_run
from zisk_py.statemachines.registry import MACHINES

Rows = Mapping[str, int]  # rows per stream

CHECK_FACTOR = 4.5  # bytes of a check, the messages of all buses among them, per byte of the traces: measured
WIDTHS = {"steps": len(Step), "narrow": len(Narrow), "carry": len(Carry), "traps": 0}  # of the records


@dataclass(frozen=True)
class Estimate:
    """What a proof takes, about. None of it is promised."""

    memory: int  # bytes: the most that this process will have in memory
    seconds: float
    cells: int  # of all traces
    segments: int
    proof_bytes: int


@dataclass(frozen=True)
class Forecast:
    """A run that was counted, on its way to be proven.

    chunk_rows  per chunk: rows per stream
    run_rows    rows of the run-wide streams
    used        bytes that the process has in memory now, with the chunks and the program
    """

    key: VerifyingKey
    program: ProgramCommitment
    options: Options
    threads: int
    chunk_rows: Sequence[Rows]
    run_rows: Rows
    used: int

    def estimate(self) -> Estimate:
        """What the proof takes with the chunks as they are. This machine is tried for some milliseconds."""
        layouts = self._layouts(self.chunk_rows)
        segments = len(layouts)
        widths = [len(air.air.columns) for air in self.key.airs]
        cells = committed = size = 0
        for times, layout in _counted(layouts):
            cells += times * sum(widths[i.air] << i.log_height for i in layout.instances)
            committed += times * committed_cells(self.key, layout)
            size += times * proof_bytes(layout, self.options)
        memory = self._memory(layouts, self.chunk_rows, segments, size)
        seconds = proof_seconds(committed, segments, self.threads)
        return Estimate(memory, seconds, cells, segments, size)

    def memory(self, chunk_size: int) -> int:
        """About the bytes that it would take with smaller chunks. Raises LimitError where none would do."""
        pieces = [-(-rows["steps"] // chunk_size) or 1 for rows in self.chunk_rows]
        cut = [
            {stream: -(-count // parts) for stream, count in rows.items()}
            for rows, parts in zip(self.chunk_rows, pieces, strict=True)
        ]
        distinct = list({tuple(rows.items()): rows for rows in cut}.values())
        chunks = [*distinct, cut[-1]]
        layouts = self._layouts(chunks)
        *others, last = (proof_bytes(layout, self.options) for layout in layouts)
        return self._memory(layouts, chunks, sum(pieces), last + sum(pieces) * max(others))

    def fitting(self, chunk_size: int, least: int, memory: int) -> tuple[int, int] | None:
        """The largest smaller chunk size, from `least` on, that takes at most `memory`, and what it takes."""
        least = max(least, sum(rows["steps"] for rows in self.chunk_rows) // MAX_SEGMENTS)
        while (chunk_size := chunk_size // 2) >= least:
            if (taken := self.memory(chunk_size)) <= memory:
                return chunk_size, taken
        return None

    def _layouts(self, chunk_rows: Sequence[Rows]) -> list[Layout]:
        system = self.key.system
        numbers = {air.name: number for number, air in enumerate(system.airs)}
        known: dict[tuple[Instance, ...], Layout] = {}
        found = []
        for segment in plan_run(system, MACHINES, chunk_rows, self.run_rows).segments:
            instances = tuple(
                Instance(numbers[placed.machine.template], placed.log_height, ()) for placed in segment
            )
            if instances not in known:
                known[instances] = lay_out(self.key, self.program, instances)
            found.append(known[instances])
        return found

    def _memory(self, layouts: Sequence[Layout], rows: Sequence[Rows], segments: int, proof: int) -> int:
        """Bytes for a proof of that length, of so many segments with these layouts and rows."""
        largest: dict[tuple[Instance, ...], tuple[Layout, int]] = {}
        for layout, own in zip(layouts, rows, strict=True):
            _, making = largest.get(layout.instances, (layout, 0))
            largest[layout.instances] = layout, max(making, record_bytes(own))
        # every part of the proof is there twice when it is put together
        return self.used + 2 * proof + proof_memory(self.key, largest.values(), segments, self.threads)


def check_memory(system: System, plan: Plan, used: int) -> int:
    """About the bytes that a process which uses so many takes to check all traces of a run."""
    cells = sum(
        len(system.air(placed.machine.template).columns) << placed.log_height
        for segment in plan.segments
        for placed in segment
    )
    return used + round(CHECK_FACTOR * WORD * cells)


def record_bytes(rows: Rows) -> int:
    """Bytes of the records from which the traces of a chunk with so many rows are filled."""
    return sum(WORD * WIDTHS.get(stream, len(Operands)) * count for stream, count in rows.items())


def _counted(layouts: Sequence[Layout]) -> Iterator[tuple[int, Layout]]:
    """How often each layout occurs."""
    known = {layout.instances: layout for layout in layouts}
    for instances, times in Counter(layout.instances for layout in layouts).items():
        yield times, known[instances]
