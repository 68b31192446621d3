"""What the lowering of one instruction needs to know of the program around it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from zisk_py.isa.instruction import Operand, register
from zisk_py.isa.memory_map import DEPTH_REGISTER, OUTPUT_WORD
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.hidden_layout import RETURN_DATA
from zisk_py.transpiler.bpf.program import BpfProgram
from zisk_py.transpiler.rom_builder import Label, RomBuilder

FRAME = register(DEPTH_REGISTER)  # hidden words in use by call frames: 6 * depth
CALL_WORD = register(DEPTH_REGISTER + 1)  # slot of the call | slot of its target << 32
CALLER = register(DEPTH_REGISTER + 2)  # slot of the syscall that a shared routine works for
FIRST_TEMPORARY = DEPTH_REGISTER + 3

Routine = Callable[["Context"], None]


@dataclass
class Context:
    """The program, the rows so far, and the shared routines that they ask for."""

    program: BpfProgram
    builder: RomBuilder
    has_calls: bool
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

    @property
    def return_data(self) -> int:
        """Number of the hidden word with the length of the return data, in bytes; the words follow it."""
        return OUTPUT_WORD if self.program.runtime is None else RETURN_DATA

    def temporary(self, number: int) -> Operand:
        """A register that keeps nothing from one instruction to the next."""
        return register(FIRST_TEMPORARY + number)

    def next_slot(self, instruction: BpfInstruction) -> Label:
        """The start of the instruction that follows."""
        return self.builder.slot_label(instruction.slot + instruction.num_slots)
