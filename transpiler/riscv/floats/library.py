"""The routines of F and D: RV64IM code that the package ships, as a part of the ROMs that need it.

A routine takes operands in a0, a1, a2 and the rounding mode in a3, and leaves its result in a0 and the flags
that it raises in a1. Its registers are hidden words, so nothing of the guest has to be kept; it has no stack
and touches no memory. A routine may end in another one. Only routines that a program asks for are in its ROM.
"""

from functools import cache
from importlib.resources import files

from zisk_py.isa.instruction import Operand, Source, hidden
from zisk_py.isa.memory_map import REGISTER_KEY
from zisk_py.transpiler.elf import ElfFile
from zisk_py.transpiler.riscv.arithmetic import ARITHMETIC
from zisk_py.transpiler.riscv.context import FIRST_REGISTER, Context, Routine
from zisk_py.transpiler.riscv.decoder import HALF_BYTES, WORD_BYTES
from zisk_py.transpiler.riscv.encodings import Form, Instruction, decode
from zisk_py.transpiler.riscv.hidden_layout import ROUTINE_REGISTERS
from zisk_py.transpiler.riscv.jumps import JUMPS
from zisk_py.transpiler.riscv.products import PRODUCTS
from zisk_py.transpiler.riscv.program import Convention, RiscvProgram
from zisk_py.transpiler.rom_builder import Label, RomBuilder

FILE = "routines.elf"
RETURN_ADDRESS = 1  # register x1
NUM_REGISTERS = 32
RULES = {**ARITHMETIC, **PRODUCTS, **JUMPS}  # a routine that needs more is refused


class UnfitRoutine(AssertionError):
    """The library has code that cannot be a routine; its sources must be changed."""


def routine_register(number: int) -> Operand:
    """The hidden word that is register x_n of the routines; x0 is never asked for."""
    return hidden(ROUTINE_REGISTERS + number)


def find_routine(context: Context, name: str) -> Label:
    """The first row of a routine, which goes back by the link in `routine_register(RETURN_ADDRESS)`."""
    return context.routine(name, _emitter(name))


@cache
def load_library() -> RiscvProgram:
    """Code and the addresses of the routines."""
    file = ElfFile(files(__package__).joinpath(FILE).read_bytes(), FILE)
    (text,) = (section for section in file.sections if section.name == ".text")
    (table,) = (section for section in file.sections if section.type == "SHT_SYMTAB")
    symbols = {s.value: s.name for s in file.symbols(table) if s.type == "STT_FUNC"}
    return RiscvProgram(FILE, Convention.LINUX, file.section_bytes(text), text.address, 0, (), symbols)


@cache
def _extents() -> dict[str, range]:
    """Name of each routine -> its addresses."""
    library = load_library()
    starts = sorted(library.symbols)
    ends = [*starts[1:], library.text_base + len(library.text)]
    return {
        library.symbols[start]: range(start, end, WORD_BYTES) for start, end in zip(starts, ends, strict=True)
    }


def _emitter(name: str) -> Routine:
    def emit(context: Context) -> None:
        rows = _RoutineRows(context, _extents()[name])
        inner = Context(load_library(), rows)
        for address in _extents()[name]:
            instruction = _fetch(address, name)
            rows.place(rows.slot_label(inner.slot_of(instruction)))
            if instruction.encoding.form is Form.JUMP_REGISTER:
                _go_back(rows, instruction, name)
            else:
                RULES[instruction.encoding.name](inner, instruction)
                rows.end(inner.next_slot(instruction))

    return emit


def _fetch(address: int, name: str) -> Instruction:
    library = load_library()
    offset = address - library.text_base
    word = int.from_bytes(library.text[offset : offset + WORD_BYTES], "little")
    instruction = decode(word, address)
    if instruction is None or instruction.encoding.name not in RULES:
        raise UnfitRoutine(
            f"{name} of {FILE} has the word {word:#010x} at {address:#x}, which no rule lowers"
        )
    return instruction


def _go_back(rows: "_RoutineRows", instruction: Instruction, name: str) -> None:
    if (instruction.rd, instruction.rs1, instruction.imm) != (0, RETURN_ADDRESS, 0):
        raise UnfitRoutine(f"{name} of {FILE} has a computed jump at {instruction.address:#x}")
    rows.go_back(routine_register(RETURN_ADDRESS))


class _RoutineRows(RomBuilder):
    """Adds rows of a routine to those of a program: on other registers, with labels of its own."""

    def __init__(self, context: Context, extent: range) -> None:
        """Begin with the routine's first label."""
        super().__init__()
        self._context, self._outer = context, context.builder
        # The label behind the last instruction, a jump, is never placed: who needed it would be refused.
        addresses = (*extent, extent.stop)
        self._labels = {address: Label(f"{FILE} at {address:#x}") for address in addresses}

    def slot_label(self, slot: int) -> Label:
        """The row of an instruction of this routine, or the start of another one."""
        address = load_library().text_base + HALF_BYTES * slot
        if address in self._labels:
            return self._labels[address]
        name = load_library().symbols.get(address)
        if name is None:
            raise UnfitRoutine(f"{FILE} has a jump into the middle of another routine, to {address:#x}")
        return find_routine(self._context, name)

    def place(self, label: Label) -> None:
        """The next row is where `label` is."""
        self._outer.place(label)

    def end(self, then: Label) -> None:
        """The row before goes on to `then`."""
        self._outer.end(then)

    def _add(self, fields: dict[str, object], then: Label | None, branch: Label | None) -> None:
        moved = {name: _move(value) for name, value in fields.items()}
        if isinstance(key := fields.get("store_key"), int):
            moved["store_key"] = _move_key(key)
        self._outer._add(moved, then, branch)


def _move(value: object) -> object:
    """An operand on the registers of the routines; other fields of a row as they are."""
    if isinstance(value, Operand) and value.source is Source.KEYED:
        return Operand(Source.KEYED, _move_key(value.value))
    return value


def _move_key(key: int) -> int:
    number = key - REGISTER_KEY - FIRST_REGISTER
    return routine_register(number).value if 0 <= number < NUM_REGISTERS else key
