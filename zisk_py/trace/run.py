"""A run as an iterator of witnesses, in bounded memory."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from zisk_py import emulator
from zisk_py.emulator.memory import initial_memory
from zisk_py.emulator.records import Execution
from zisk_py.isa.faults import Exit, Outcome
from zisk_py.isa.memory_map import ROUTINES_PC, join_regions
from zisk_py.limits import Limits
from zisk_py.trace.assembly import Assembler
from zisk_py.trace.constraints import Satisfaction, count_constraints
from zisk_py.trace.errors import TraceMismatch
from zisk_py.trace.guest import version_of
from zisk_py.trace.pages import PagedMemory, sparse_pages
from zisk_py.trace.stream import stream_chunks
from zisk_py.trace.witness import NUM_GUEST_REGISTERS, GuestRegion, OpcodeWitness, VmStateSnapshot
from zisk_py.transpiler.bpf.versions import Version
from zisk_py.transpiler.claims import make_claim
from zisk_py.zkvm import DEFAULTS, Program, Proof

CHUNK_SIZE = 1 << 15  # steps whose witnesses are held at a time


class Ending(NamedTuple):
    """What is known when a run is over."""

    final_state: VmStateSnapshot
    outcome: Outcome
    total_compute_units: int
    total_instructions: int
    total_steps: int  # rows of the ROM
    total_constraints: int  # that the rows of the run must satisfy

    @staticmethod
    def succeeds(outcome: Outcome, version: Version) -> bool:
        """Whether that is an end without a fault, and, on Solana, with code 0."""
        return isinstance(outcome, Exit) and (outcome.code == 0 or not version.is_sbpf)

    def is_stated_by(self, proof: Proof) -> bool:
        """Whether a proof is of a run with this end."""
        s = proof.statement
        ours = self.outcome, self.total_compute_units, self.total_steps
        return ours == (s.outcome, s.compute_units, s.steps)


class Trace:
    """A run of a program on an input. Each iteration runs it anew; `finished` tells of the latest."""

    def __init__(
        self,
        program: Program,
        data: bytes = b"",
        *,
        budget: int | None = None,
        environment: bytes | None = None,
        heap_size: int | None = None,
        limits: Limits = DEFAULTS,
        constraints: bool = False,
    ) -> None:
        """Prepare the run; with `constraints` each witness has the constraints that its rows satisfy.

        Raises InputError for a program that is not BPF, or was built without its text; LimitError.
        """
        rom = program.rom
        limits.check_input(len(data))
        self.program, self.data, self.budget, self.limits = program, data, budget, limits
        self.has_constraints = constraints
        self.version = version_of(rom.rules.target)
        self.environment, self.heap_size = environment, heap_size
        self._claim = make_claim(rom.rules, data, budget=budget, environment=environment, heap_size=heap_size)
        regions = rom.rules.start_regions(self._claim)
        self.regions = (*join_regions(regions), *(region for region in regions if not region.is_guest))
        self._ending: Ending | None = None
        Assembler(rom)  # refuses what has no text

    @property
    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of `Program.prove` and `Program.execute` for the same run."""
        return {
            "budget": self.budget,
            "environment": self.environment,
            "heap_size": self.heap_size,
            "limits": self.limits,
        }

    @property
    def guest_regions(self) -> tuple[GuestRegion, ...]:
        """The regions of guest memory."""
        return tuple(GuestRegion.of(region) for region in self.regions if region.is_guest)

    @cached_property
    def initial_state(self) -> VmStateSnapshot:
        """The state in which the first instruction starts: behind the rows that a platform has before it."""
        rules = self.program.rom.rules
        memory = initial_memory(self.program.rom, self.regions, self._claim, self.data)
        registers = rules.start_registers(self._claim)[:NUM_GUEST_REGISTERS]
        pages = sparse_pages(self.regions, memory.final_bytes())
        if rules.entry < ROUTINES_PC:
            return VmStateSnapshot(registers, rules.entry // 8, pages, 0, 0)
        return self._state_behind_prologue(PagedMemory(self.regions, pages))

    def _state_behind_prologue(self, memory: PagedMemory) -> VmStateSnapshot:
        """Run until an instruction begins, or to the end if none does."""
        rom, assembler = self.program.rom, Assembler(self.program.rom)
        chunks = stream_chunks(rom, self._claim, self.data, CHUNK_SIZE, self.limits)
        start = None
        try:
            while start is None:
                try:
                    chunk = next(chunks)
                except StopIteration as end:
                    start = assembler.final_state(end.value.outcome, ())
                    break
                touched = emulator.count(rom, self.regions, chunk).touched
                arrivals = np.zeros(len(touched), dtype=np.uint64)
                for _ in assembler.add(emulator.expand(rom, self.regions, chunk, arrivals)):
                    break
                start = assembler.start
        finally:
            chunks.close()
        for write in assembler.writes_before:
            memory.write(write.address, write.data)
        return start._replace(memory_data=memory.pages())

    def again(self, *, constraints: bool) -> "Trace":
        """The same run, with or without constraints."""
        return Trace(self.program, self.data, **self.arguments, constraints=constraints)

    def finished(self) -> Ending:
        """The end of the latest run. Raises TraceMismatch where it is not over."""
        if self._ending is None:
            raise TraceMismatch("the run is not over; take all of its instructions first")
        return self._ending

    def __iter__(self) -> Iterator[OpcodeWitness]:
        """The witnesses in order. Raises what EXECUTE raises, LimitError for instance."""
        rom, claim = self.program.rom, self._claim
        satisfaction = Satisfaction(rom, claim, self.data) if self.has_constraints else None
        assembler = Assembler(rom, satisfaction)
        chunks = stream_chunks(rom, claim, self.data, CHUNK_SIZE, self.limits)
        self._ending, total_constraints = None, 0
        try:
            while True:
                try:
                    chunk = next(chunks)
                except StopIteration as end:
                    execution: Execution = end.value
                    break
                counts = emulator.count(rom, self.regions, chunk)
                total_constraints += count_constraints(counts)
                # Only constraints look at the times of accesses.
                arrivals = (
                    satisfaction.arrivals(counts)
                    if satisfaction
                    else np.zeros(len(counts.touched), dtype=np.uint64)
                )
                yield from assembler.add(emulator.expand(rom, self.regions, chunk, arrivals))
        finally:
            chunks.close()
        self.limits.check_output(len(execution.outputs))
        yield from assembler.finish(execution.outcome)
        self._ending = Ending(
            assembler.final_state(execution.outcome, sparse_pages(self.regions, execution.memory)),
            execution.outcome,
            execution.compute_units,
            assembler.count,
            execution.steps,
            total_constraints,
        )
