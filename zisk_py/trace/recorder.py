"""A recorder for any virtual machine, and the proof that what it did is what the program does."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from zisk_py.emulator.reference import reach
from zisk_py.limits import DEFAULT_CHUNK_SIZE, Limits
from zisk_py.statemachines.verification import Verification
from zisk_py.trace.errors import RecordingMismatch
from zisk_py.trace.guest import instructions_of
from zisk_py.trace.pages import PagedMemory
from zisk_py.trace.run import Ending, Trace
from zisk_py.trace.validation import ACCESS_SIZES, Validation, ValidationResult
from zisk_py.trace.witness import (
    NUM_GUEST_REGISTERS,
    READ,
    WRITE,
    MemoryData,
    MemoryOperation,
    OpcodeWitness,
    VmStateSnapshot,
    difference,
)
from zisk_py.zkvm import DEFAULTS, Program, Proof


class MathematicalProof(NamedTuple):
    """A STARK of the recorded run, which was verified, with the witness that it was compared with."""

    proof: Proof
    verification: Verification
    witnesses: tuple[OpcodeWitness, ...]
    initial_state: VmStateSnapshot
    ending: Ending
    validation: ValidationResult

    @property
    def mathematical_proof_valid(self) -> bool:
        """Whether what was verified is the end of the recorded run."""
        return self.ending.is_stated_by(self.proof)

    @property
    def state_reconstruction_valid(self) -> bool:
        """Whether replaying the recorded writes gives the final state."""
        return bool(self.validation.state_reconstruction)

    @property
    def total_constraints(self) -> int:
        """Constraints that the rows of the run must satisfy."""
        return self.ending.total_constraints


class TraceRecorder:
    """Collects the instructions of a run of a program on an input, in the order in which they happen.

    For each: `record_instruction_start`, `record_memory_operation` for each access,
    `record_instruction_completion`. Or `record_run`, which does so with a run of our own.
    """

    def __init__(
        self,
        program: Program,
        data: bytes = b"",
        *,
        budget: int | None = None,
        limits: Limits = DEFAULTS,
    ) -> None:
        """Stand at the start of the run. Raises InputError for a program that is not BPF."""
        self._trace = Trace(program, data, budget=budget, limits=limits)
        self._instruction = instructions_of(program.rom)
        self.initial_state = self._trace.initial_state
        self.witnesses: list[OpcodeWitness] = []
        self.validation = Validation(self._trace.version, self._trace.regions, self.initial_state)
        self._memory = PagedMemory(self._trace.regions, self.initial_state.memory_data)
        self._start: tuple[int, tuple[int, ...], int] | None = None
        self._operations: list[MemoryOperation] = []
        self._before: list[MemoryData] = []

    def record_instruction_start(
        self, program_counter: int, registers: Sequence[int], compute_units: int
    ) -> None:
        """An instruction begins.

        program_counter  its slot
        registers        r0 to r10 before it
        compute_units    counted before it
        Raises           RecordingMismatch where the one before is not complete.
        """
        if self._start is not None:
            raise RecordingMismatch(f"the instruction at slot {self._start[0]} is not complete yet")
        self._start = program_counter, _all(registers), compute_units

    def record_memory_operation(
        self, address: int, data: bytes, op_type: str, size: int | None = None
    ) -> None:
        """The instruction reads, or writes, 1, 2, 4 or 8 bytes ("read", "write").

        An access that the bounds forbid has its size and no data. Raises RecordingMismatch where no
        instruction has begun.
        """
        if self._start is None:
            raise RecordingMismatch("no instruction has begun; call record_instruction_start first")
        size = len(data) if size is None else size
        if op_type not in (READ, WRITE):
            raise RecordingMismatch(f'there is no memory operation {op_type!r}; give "{READ}" or "{WRITE}"')
        if size not in ACCESS_SIZES:
            raise RecordingMismatch(f"an access has 1, 2, 4 or 8 bytes, not {size}; record it as several")
        is_valid = bool(reach(self._trace.regions, address, size, op_type == WRITE))
        self._operations.append(MemoryOperation(address, data, op_type, size, is_valid))
        if op_type == WRITE and is_valid:
            self._before.append(MemoryData(address, self._memory.read(address, size)))
            self._memory.write(address, data)

    def record_instruction_completion(
        self, registers: Sequence[int], next_program_counter: int, compute_units: int
    ) -> OpcodeWitness:
        """The instruction is done; the same three as at its start, now after it.

        Of the last one, `next_program_counter` is its own slot, or where the budget stopped the run.
        Returns its witness. Raises RecordingMismatch where no instruction has begun.
        """
        if self._start is None:
            raise RecordingMismatch("no instruction has begun; call record_instruction_start first")
        slot, before, units = self._start
        after = _all(registers)
        step = len(self.witnesses)
        operations = tuple(self._operations)
        written = tuple(
            MemoryData(o.address, o.data) for o in operations if o.op_type == WRITE and o.bounds_valid
        )
        witness = OpcodeWitness(
            step,
            *self._instruction(slot),
            slot,
            next_program_counter,
            compute_units - units,
            VmStateSnapshot(before, slot, tuple(self._before), step, units),
            VmStateSnapshot(after, next_program_counter, written, step + 1, compute_units),
            operations,
        )
        self._start = None
        self._operations.clear()
        self._before.clear()
        self.validation.add(witness)
        self.witnesses.append(witness)
        return witness

    def record_run(self) -> None:
        """Run the program and record every instruction. Raises what `Trace` raises."""
        for witness in self._trace:
            before, after = witness.pre_state, witness.post_state
            self.record_instruction_start(before.pc, before.registers, before.compute_units)
            for operation in witness.memory_operations:
                self.record_memory_operation(
                    operation.address, operation.data, operation.op_type, operation.size
                )
            self.record_instruction_completion(after.registers, after.pc, after.compute_units)

    def generate_mathematical_proof(
        self,
        *,
        profile: str = "fast",
        chunk_size: int = DEFAULT_CHUNK_SIZE,
        threads: int | None = None,
        public_input: bool = False,
    ) -> MathematicalProof:
        """Prove the run, verify the proof, and check that what was recorded is the run that is proven.

        Raises RecordingMismatch where it is not; VerifierError, LimitError and InputError as `Program.prove`
        and `Proof.verify` do.
        """
        trace = self._trace
        ending, result = self._compare_with_run()
        proof = trace.program.prove(
            trace.data,
            **trace.arguments,
            chunk_size=chunk_size,
            threads=threads,
            profile=profile,
            public_input=public_input,
        )
        verification = proof.verify(trace.program.id)
        if not ending.is_stated_by(proof):
            raise RecordingMismatch(
                f"the proof states {proof.statement.outcome}, the recorded run ended with {ending.outcome}"
            )
        return MathematicalProof(
            proof, verification, tuple(self.witnesses), self.initial_state, ending, result
        )

    def _compare_with_run(self) -> tuple[Ending, ValidationResult]:
        """Compare every recorded instruction with a run of the program. Raises RecordingMismatch."""
        if self._start is not None:
            raise RecordingMismatch(f"the instruction at slot {self._start[0]} is not complete yet")
        for ours, recorded in zip_longest(self._trace, self.witnesses):
            if recorded is None:
                raise RecordingMismatch(f"step {ours.step_number} of the run was not recorded")
            if ours is None:
                raise RecordingMismatch(f"step {recorded.step_number} was recorded, the run ends before it")
            if found := difference(recorded, ours):
                step = recorded.step_number
                raise RecordingMismatch(f"step {step} is not that of the run: what was recorded{found}")
        ending = self._trace.finished()
        result = self.validation.finish(
            ending.final_state, ending.outcome, ending.total_compute_units, ending.total_instructions
        )
        for failure in self.validation.failures.values():
            raise RecordingMismatch(failure)
        return ending, result


def _all(registers: Sequence[int]) -> tuple[int, ...]:
    if len(registers) != NUM_GUEST_REGISTERS:
        raise RecordingMismatch(f"{len(registers)} registers were given; r0 to r10 are needed")
    return tuple(registers)
