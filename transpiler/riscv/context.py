"""What the lowering of one instruction needs to know of the program around it.

Register x_n of the guest is register 32 + n of the machine; x0 is the immediate 0 where it is read, and is
never stored to. Micro-code has the registers from DEPTH_REGISTER up to 31.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import Operand, immediate, register
from zisk_py.isa.memory_map import DEPTH_REGISTER
from zisk_py.transpiler.riscv.encodings import Instruction
from zisk_py.transpiler.riscv.program import RiscvProgram
from zisk_py.transpiler.rom_builder import Label, RomBuilder

FIRST_REGISTER = 32  # of the machine: x0
CALLER = register(DEPTH_REGISTER)  # slot of the system call that a shared routine works for
RESERVATION = register(DEPTH_REGISTER + 1)  # address of the last load-reserved | 1, or 0
BREAK = register(DEPTH_REGISTER + 2)  # end of the heap that the program has asked for
INPUT_POSITION = register(DEPTH_REGISTER + 3)  # bytes of the input that it has read
FLOAT_STATUS = register(DEPTH_REGISTER + 4)  # fcsr
FIRST_TEMPORARY = DEPTH_REGISTER + 5

Routine = Callable[["Context"], None]


def x(number: int) -> Operand:
    """A register of the guest, to read."""
    return register(FIRST_REGISTER + number) if number else immediate(0)


def into(number: int) -> Operand | None:
    """A register of the guest, to store to; nothing for x0."""
    return register(FIRST_REGISTER + number) if number else None


@dataclass
class Context:
    """The program, the rows so far, and the shared routines that they ask for."""

    program: RiscvProgram
    builder: RomBuilder
    _routines: dict[str, tuple[Label, Routine]] = field(default_factory=dict)
    _num_emitted: int = 0

    def routine(self, name: str, emit: Routine) -> Label:
        """The first row of a routine that is in the ROM once; `emit` adds its rows at the end."""
        if name not in self._routines:
            self._routines[name] = (Label(name), emit)
        return self._routines[name][0]

    def emit_routines(self) -> None:
        """Add all routines that were asked for, also by other routines."""
        while self._num_emitted < len(self._routines):
            label, emit = list(self._routines.values())[self._num_emitted]
            self._num_emitted += 1
            self.builder.begin_routine(label)
            emit(self)

    def temporary(self, number: int) -> Operand:
        """A register that keeps nothing from one instruction to the next, 0 to 10."""
        if not 0 <= number < FIRST_REGISTER - FIRST_TEMPORARY:
            raise AssertionError(f"there is no temporary {number}")
        return register(FIRST_TEMPORARY + number)

    def slot_of(self, instruction: Instruction) -> int:
        """The slot of an instruction."""
        return self.program.slot(instruction.address)

    def next_slot(self, instruction: Instruction) -> Label:
        """The start of the instruction that follows."""
        return self.builder.slot_label(self.program.slot(instruction.address + instruction.size))

    def fault(self, kind: FaultKind, instruction: Instruction) -> None:
        """End the run with a fault at an instruction."""
        self.builder.fault(kind, self.slot_of(instruction))
