"""A trace validates itself: everything that its witnesses say must fit together.

Each instruction must start in the state in which the one before it ended, go where its bytes say, change only
the registers that it names, cost its compute units, and access the memory that it names; and the writes of
all, on top of the initial memory, must give the final memory. What an operation computes is not looked at:
for that compare with a run of the program, or prove it.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from zisk_py.emulator.reference import reach
from zisk_py.isa.faults import Exit, Fault, Outcome
from zisk_py.isa.memory_map import Region
from zisk_py.trace.guest import GuestInstruction
from zisk_py.trace.pages import PagedMemory
from zisk_py.trace.statics import Static, named_access, static_of
from zisk_py.trace.witness import (
    NUM_GUEST_REGISTERS,
    READ,
    WRITE,
    AirConstraints,
    MemoryOperation,
    OpcodeWitness,
    VmStateSnapshot,
    difference,
)
from zisk_py.transpiler.bpf.versions import Version

ACCESS_SIZES = (1, 2, 4, 8)


class ValidationResult(NamedTuple):
    """What was found, by kind. None: not looked at, because the file keeps only some instructions."""

    state_continuity: bool
    program_counter_progression: bool
    compute_units: bool
    instruction_decoding: bool
    register_changes: bool
    memory_operations: bool
    constraints: bool | None  # None also where there are none in the trace
    totals: bool
    state_reconstruction: bool | None

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong."""
        return False not in self


class Validation:
    """Takes all witnesses of a trace in order; `failures` has the first of each kind, with its step."""

    def __init__(
        self,
        version: Version,
        regions: Sequence[Region],
        initial_state: VmStateSnapshot,
        *,
        is_complete: bool = True,
        texts: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Stand at the initial state.

        is_complete  whether every instruction comes; otherwise memory is not followed
        texts        the constraints of each air, where witnesses have them
        Raises       ValueError if a page of the initial memory lies in no region.
        """
        self.failures: dict[str, str] = {}
        self.num_witnesses = 0
        self.version = version
        self._regions, self.is_complete, self._texts = regions, is_complete, texts
        self._state = initial_state
        self._memory = PagedMemory(regions, initial_state.memory_data)
        self._code: dict[int, bytes] = {}
        self._end = -1  # the step after which nothing may come
        self._static: Callable[[bytes], Static] = cache(lambda code: static_of(code, version))

    def add(self, witness: OpcodeWitness) -> None:
        """Look at the next instruction."""
        self.num_witnesses += 1
        step, code, pc = witness.step_number, witness.instruction_bytes, witness.program_counter
        pre, post = witness.pre_state, witness.post_state
        static = self._static(code)
        if not len(pre[0]) == len(post[0]) == NUM_GUEST_REGISTERS:
            self._fail("state_continuity", step, f"a state has not the {NUM_GUEST_REGISTERS} registers")
            return

        last = self._state
        is_next = pre[3] == last[3]
        if (self.is_complete or is_next) and (pre[:2] != last[:2] or pre[3:] != last[3:]):
            # memory_data is what each of the two instructions writes
            found = difference(last._replace(memory_data=()), pre._replace(memory_data=()))
            self._fail(
                "state_continuity", step, f"the state before it is not that after step {step - 1}: {found}"
            )
        elif not is_next and pre[3] < last[3]:
            self._fail("state_continuity", step, f"it comes after step {last[3] - 1}")
        if step != pre[3] or post[3] != pre[3] + 1:
            self._fail("state_continuity", step, f"its states count {pre[3]} and {post[3]} steps")

        if pc != pre[1] or witness.next_program_counter != post[1]:
            goes = f"{pc} to {witness.next_program_counter}"
            self._fail(
                "program_counter_progression",
                step,
                f"it goes from {goes}, its states from {pre[1]} to {post[1]}",
            )
        if self._end >= 0:
            self._fail("program_counter_progression", self._end, "the run cannot go on after it")
            self._end = -1
        if static.distances is not None and post[1] - pc not in static.distances:
            if post[1] != pc:
                self._fail("program_counter_progression", step, f"it cannot go from {pc} to {post[1]}")
            self._end = step

        consumed = witness.compute_units_consumed
        if post[4] - pre[4] != consumed or consumed < 1 or (static.costs_one and consumed != 1):
            change = f"its states {pre[4]} and {post[4]}"
            self._fail("compute_units", step, f"it consumes {consumed} compute units, {change}")

        if witness[1:5] != static.described:
            described = GuestInstruction(*witness[1:5])
            self._fail(
                "instruction_decoding", step, "its bytes say:" + difference(static.described, described)
            )
        if self._code.setdefault(pc, code) != code:
            self._fail("instruction_decoding", step, f"slot {pc} had other bytes before")

        if pre[0] != post[0]:
            self._check_registers(witness, static)
        if witness.memory_operations or static.instruction is not None or pre[2] or post[2]:
            self._check_memory(witness, static)
        if witness.constraints is not None or self._texts is not None:
            self._check_constraints(step, witness.constraints or ())
        self._state = post

    def finish(
        self,
        final_state: VmStateSnapshot,
        outcome: Outcome,
        total_compute_units: int,
        total_instructions: int,
    ) -> ValidationResult:
        """Compare with the end of the run."""
        last, end = self._state, final_state
        if self.is_complete or last.step_count == end.step_count:
            found = difference(last._replace(memory_data=()), end._replace(memory_data=()))
            if found:
                self._fail("state_continuity", last.step_count - 1, f"the final state is another: {found}")
        if total_compute_units != end.compute_units:
            self._fail("totals", None, f"the final state has {end.compute_units} compute units, the total is"
                       f" {total_compute_units}")  # fmt: skip
        if total_instructions != end.step_count or last.step_count > end.step_count:
            self._fail("totals", None, f"the final state counts {end.step_count} instructions, the total is"
                       f" {total_instructions}")  # fmt: skip
        expected = Exit(end.registers[0]) if isinstance(outcome, Exit) else Fault(outcome.kind, end.pc)
        if outcome != expected:
            self._fail("totals", None, f"the outcome is {outcome}, the final state is one of {expected}")
        if self.is_complete:
            found = difference(self._memory.pages(), end.memory_data)
            if found:
                self._fail("state_reconstruction", None, f"replaying all writes gives memory that{found}")
        found_good = {name: name not in self.failures for name in ValidationResult._fields}
        result = ValidationResult(**found_good)
        return result._replace(
            constraints=result.constraints if self._texts is not None else None,
            state_reconstruction=result.state_reconstruction if self.is_complete else None,
        )

    def _fail(self, kind: str, step: int | None, what: str) -> None:
        place = "the end" if step is None else f"step {step}"
        self.failures.setdefault(kind, f"{place}: {what}")

    def _check_registers(self, witness: OpcodeWitness, static: Static) -> None:
        if static.changed is None:
            return
        for number, (before, after) in enumerate(
            zip(witness.pre_state.registers, witness.post_state.registers, strict=False)
        ):
            if before != after and number not in static.changed:
                text = f"{witness.opcode_name} cannot change r{number} from {before} to {after}"
                self._fail("register_changes", witness.step_number, text)

    def _check_memory(self, witness: OpcodeWitness, static: Static) -> None:
        """Compare with what the instruction names, with the bounds, and with memory as it is then."""
        step, operations = witness.step_number, witness.memory_operations
        expected = named_access(witness, static.instruction)
        if expected is not None and [(o.address, o.size, o.op_type) for o in operations] != expected:
            self._fail("memory_operations", step, f"it names the accesses {expected}, and made others")
        before, after = witness.pre_state.memory_data, witness.post_state.memory_data
        number = 0
        for operation in operations:
            address, data, kind, size, is_valid = operation
            is_write = kind == WRITE
            if size not in ACCESS_SIZES or kind not in (READ, WRITE):
                self._fail("memory_operations", step, f"there is no {kind!r} of {size} bytes")
                continue
            if is_valid != bool(reach(self._regions, address, size, is_write)):
                self._fail("memory_operations", step, f"bounds do not say {is_valid} of {_shown(operation)}")
                continue
            if len(data) != size * is_valid:
                self._fail(
                    "memory_operations", step, f"{len(data)} bytes are not those of {_shown(operation)}"
                )
                continue
            if not is_valid:
                continue
            if self.is_complete:
                held = self._memory.read(address, size)
                if not is_write and held != data:
                    text = f"{_shown(operation)} finds {data.hex()}, the writes before left {held.hex()}"
                    self._fail("memory_operations", step, text)
            if is_write:
                pair = before[number : number + 1], after[number : number + 1]
                old = held if self.is_complete else pair[0][0].data if pair[0] else b""
                if pair != (((address, old),), ((address, data),)):
                    text = f"the states around {_shown(operation)} do not have it as memory_data {number}"
                    self._fail("memory_operations", step, text)
                if self.is_complete:
                    self._memory.write(address, data)
                number += 1
        if len(before) != number or len(after) != number:
            self._fail("memory_operations", step, f"memory_data has not the {number} writes")

    def _check_constraints(self, step: int, constraints: tuple[AirConstraints, ...]) -> None:
        if bool(constraints) != (self._texts is not None):
            self._fail("constraints", step, "it has constraints where the others have none, or none at all")
        for air, satisfied in constraints:
            texts = (self._texts or {}).get(air)
            if texts != satisfied:
                missing = [text for text in texts or () if text not in satisfied]
                what = f"lacks {missing[0]!r}" if missing else "has constraints that it should not have"
                self._fail("constraints", step, f"air {air} {what}")


def _shown(operation: MemoryOperation) -> str:
    return f"the {operation.op_type} of {operation.size} bytes at {operation.address:#x}"
