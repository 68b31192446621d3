"""The routines of F and D: RV64IM code that the package ships, as a part of the ROMs that need it.

A routine takes operands in a0, a1, a2 and the rounding mode in a3, and leaves its result in a0 and the flags
that it raises in a1. Its registers are hidden words, so nothing of the guest has to be kept; it has no stack
and touches no memory. A routine may end in another one. Only routines that a program asks for are in its ROM.
"""

from functools import cache
from importlib.resources import files

from zisk_py.isa.instruction import Operand, Source, hidden, immediate
from zisk_py.isa.memory_map import REGISTER_KEY
from zisk_py.transpiler.elf import ElfFile
from zisk_py.transpiler.riscv.arithmetic import ARITHMETIC
from zisk_py.transpiler.riscv.context import FIRST_REGISTER, Context, Routine, x
from zisk_py.transpiler.riscv.decoder import WORD_BYTES
from zisk_py.transpiler.riscv.encodings import Form, Instruction, decode
from zisk_py.transpiler.riscv.floats.folding import RETURN_ADDRESS, Constants, Folded, fold
from zisk_py.transpiler.riscv.hidden_layout import ROUTINE_REGISTERS
from zisk_py.transpiler.riscv.jumps import JUMPS
from zisk_py.transpiler.riscv.products import PRODUCTS
from zisk_py.transpiler.riscv.program import Convention, RiscvProgram
from zisk_py.transpiler.rom_builder import Label, RomBuilder

FILE = "routines.elf"
NUM_REGISTERS = 32
FIRST_KEY = REGISTER_KEY + FIRST_REGISTER  # of x0, in the rows of rules
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


@cache
def _fold_routine(name: str) -> list[Folded]:
    return fold([_fetch(address, name) for address in _extents()[name]], load_library(), RULES)


def _emitter(name: str) -> Routine:
    def emit(context: Context) -> None:
        rows = _RoutineRows(context, _extents()[name])
        inner = Context(load_library(), rows)
        kept = {one.instruction.address: one for one in _fold_routine(name)}
        for address in _extents()[name]:
            rows.place(rows.label_at(address))
            if address in kept:
                rows.constants = kept[address].constants
                _add_instruction(inner, rows, kept[address])
            rows.end(rows.label_at(address + WORD_BYTES))

    return emit


def _add_instruction(context: Context, rows: "_RoutineRows", one: Folded) -> None:
    instruction = one.instruction
    if instruction.encoding.form is Form.JUMP:
        rows.end(rows.label_at(instruction.address + instruction.imm))
    elif instruction.encoding.form is Form.JUMP_REGISTER:
        rows.go_back(routine_register(RETURN_ADDRESS))
    elif one.value is not None:
        rows.copy(immediate(one.value), x(instruction.rd))
    else:
        RULES[instruction.encoding.name](context, instruction)


def _fetch(address: int, name: str) -> Instruction:
    library = load_library()
    offset = address - library.text_base
    word = int.from_bytes(library.text[offset : offset + WORD_BYTES], "little")
    instruction = decode(word, address)
    if instruction is None or instruction.encoding.name not in RULES:
        raise UnfitRoutine(
            f"{name} of {FILE} has the word {word:#010x} at {address:#x}, which no rule lowers"
        )
    is_return = (instruction.rd, instruction.rs1, instruction.imm) == (0, RETURN_ADDRESS, 0)
    form = instruction.encoding.form
    if (form is Form.JUMP and instruction.rd) or (form is Form.JUMP_REGISTER and not is_return):
        raise UnfitRoutine(f"{name} of {FILE} has a call or a computed jump at {address:#x}")
    return instruction


class _RoutineRows(RomBuilder):
    """Adds rows of a routine to those of a program: on other registers, on constants, with own labels."""

    def __init__(self, context: Context, extent: range) -> None:
        """Give every instruction of the routine a label."""
        super().__init__()
        self.constants: Constants = {}
        self._context, self._outer = context, context.builder
        # The label behind the last instruction, a jump, is never placed: who needed it would be refused.
        self._labels = {address: Label(f"{FILE} at {address:#x}") for address in (*extent, extent.stop)}

    def label_at(self, address: int) -> Label:
        """The rows of an instruction of this routine, or the start of another one."""
        if address in self._labels:
            return self._labels[address]
        name = load_library().symbols.get(address)
        if name is None:
            raise UnfitRoutine(f"{FILE} has a jump into the middle of another routine, to {address:#x}")
        return find_routine(self._context, name)

    def slot_label(self, slot: int) -> Label:
        """The same by slot, as rules ask for it."""
        return self.label_at(load_library().address(slot))

    def place(self, label: Label) -> None:
        """The next row is where `label` is."""
        self._outer.place(label)

    def end(self, then: Label) -> None:
        """The row before goes on to `then`."""
        self._outer.end(then)

    def _add(self, fields: dict[str, object], then: Label | None, branch: Label | None) -> None:
        moved = {name: self._move(value) for name, value in fields.items()}
        if isinstance(key := fields.get("store_key"), int):
            moved["store_key"] = _move_key(key)
        self._outer._add(moved, then, branch)

    def _move(self, value: object) -> object:
        """An operand as a constant or on the routines' registers; other fields of a row as they are."""
        if not isinstance(value, Operand) or value.source is not Source.KEYED:
            return value
        number = value.value - FIRST_KEY
        if number in self.constants:
            return immediate(self.constants[number])
        return Operand(Source.KEYED, _move_key(value.value))


def _move_key(key: int) -> int:
    number = key - FIRST_KEY
    return routine_register(number).value if 0 <= number < NUM_REGISTERS else key
