"""Lowering of F and D: moves, signs, loads and stores as rows, everything else as calls of routines.

A single is in its register with ones above it; what reads a register without them as a single finds the
canonical NaN, except for stores and moves of bits. fcsr is a register of the machine.
"""

import re
from collections.abc import Sequence

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import AND, LTU, OR, SRL, XOR
from zisk_py.transpiler.riscv.arithmetic import ALL, Lowering, extend_word
from zisk_py.transpiler.riscv.context import FLOAT_STATUS, Context, into, x
from zisk_py.transpiler.riscv.decoder import FULL_LENGTH, HALF_BYTES, WORD_BYTES
from zisk_py.transpiler.riscv.encodings import DYNAMIC_ROUNDING, ENCODINGS, Instruction
from zisk_py.transpiler.riscv.floats.folding import RETURN_ADDRESS
from zisk_py.transpiler.riscv.floats.library import find_routine, routine_register
from zisk_py.transpiler.riscv.hidden_layout import FLOAT_REGISTERS
from zisk_py.transpiler.riscv.program import RiscvProgram
from zisk_py.transpiler.rom_builder import Label

EXTENSIONS = ("F", "D")
BOX = 0xFFFFFFFF << 32  # above a single
CANONICAL_NAN = BOX | 0x7FC00000
SIGNS = {"s": 1 << 31, "d": 1 << 63}
LAST_ROUNDING_MODE = 4
MODE_SHIFT = 5  # of the rounding mode in fcsr, above the flags
RESULT, RAISED = routine_register(10), routine_register(11)  # a0 and a1, where operands are too
MODE = routine_register(13)
OPERANDS = {"rs1": RESULT, "fs1": RESULT, "fs2": RAISED, "fs3": routine_register(12)}


def uses_floats(program: RiscvProgram, instructions: Sequence[Instruction | None]) -> bool:
    """Whether an instruction of F or D is in the text, read on from its start, the entry, and every symbol.

    `instructions` has one for each half-word; those within others do not count. Where a text has none, the
    machine is one without F and D.
    """
    starts = {program.text_base, program.entry, *program.symbols}
    waiting = [program.slot(start) for start in starts if start % HALF_BYTES == 0]
    is_read = [False] * len(instructions)
    while waiting:
        slot = waiting.pop()
        while 0 <= slot < len(instructions) and not is_read[slot]:
            is_read[slot] = True
            instruction = instructions[slot]
            if instruction is not None and instruction.encoding.extension in EXTENSIONS:
                return True
            is_long = program.text[HALF_BYTES * slot] & FULL_LENGTH == FULL_LENGTH
            slot += (WORD_BYTES if is_long else HALF_BYTES) // HALF_BYTES
    return False


def f(number: int) -> Operand:
    """A floating-point register."""
    return hidden(FLOAT_REGISTERS + number)


def _load_single(context: Context, instruction: Instruction) -> None:
    context.builder.load(x(instruction.rs1), instruction.imm, 4)
    context.builder.compute(OR, LAST_C, immediate(BOX), f(instruction.rd))


def _load_double(context: Context, instruction: Instruction) -> None:
    context.builder.load(x(instruction.rs1), instruction.imm, 8, f(instruction.rd))


def _store(width: int) -> Lowering:
    def lower(context: Context, instruction: Instruction) -> None:
        context.builder.store(x(instruction.rs1), instruction.imm, width, f(instruction.rs2))

    return lower


def _word_to_integer(context: Context, instruction: Instruction) -> None:
    extend_word(context, f(instruction.rs1), into(instruction.rd))


def _double_to_integer(context: Context, instruction: Instruction) -> None:
    context.builder.copy(f(instruction.rs1), into(instruction.rd))


def _integer_to_word(context: Context, instruction: Instruction) -> None:
    context.builder.compute(OR, x(instruction.rs1), immediate(BOX), f(instruction.rd))


def _integer_to_double(context: Context, instruction: Instruction) -> None:
    context.builder.copy(x(instruction.rs1), f(instruction.rd))


def _take_single(context: Context, register: Operand, single: Operand) -> None:
    """What a register is as a single, boxed."""
    builder, taken = context.builder, Label("taken")
    builder.copy(immediate(CANONICAL_NAN), single)
    builder.branch(LTU, register, immediate(BOX), taken)
    builder.copy(register, single)
    builder.place(taken)


def _inject_sign(context: Context, instruction: Instruction) -> None:
    """The first number with the sign of the second, its inverse, or the product of both signs."""
    builder, (name, suffix) = context.builder, instruction.encoding.name.split(".")
    first, second, result = f(instruction.rs1), f(instruction.rs2), f(instruction.rd)
    if suffix == "s":
        first = context.temporary(0)
        _take_single(context, f(instruction.rs1), first)
        if instruction.rs2 == instruction.rs1:
            second = first
        else:
            second = context.temporary(1)
            _take_single(context, f(instruction.rs2), second)
    sign, rest, other = SIGNS[suffix], ~SIGNS[suffix], context.temporary(2)
    if first == second and name == "fsgnj":
        builder.copy(first, result)
    elif first == second and name == "fsgnjn":
        builder.compute(XOR, first, immediate(sign), result)
    elif first == second:
        builder.compute(AND, first, immediate(rest), result)
    elif name == "fsgnjx":
        builder.compute(AND, second, immediate(sign))
        builder.compute(XOR, LAST_C, first, result)
    else:
        if name == "fsgnjn":
            builder.compute(XOR, second, immediate(ALL), other)
            second = other
        builder.compute(AND, second, immediate(sign), other)
        builder.compute(AND, first, immediate(rest))
        builder.compute(OR, LAST_C, other, result)


def _call(context: Context, instruction: Instruction) -> None:
    """Operands and rounding mode to where the routine has them, then what it gives to register and fcsr."""
    builder, encoding = context.builder, instruction.encoding
    kinds = re.findall(r"[rf](?:d|s\d)", encoding.form.syntax)
    for kind in kinds[1:]:
        number: int = getattr(instruction, f"r{kind[1:]}")
        builder.copy(x(number) if kind[0] == "r" else f(number), OPERANDS[kind])
    if "rm" in encoding.form.layout.fields:
        _put_mode(context, instruction)
    routine = find_routine(context, encoding.name.replace(".", "_"))
    builder.call(routine, routine_register(RETURN_ADDRESS))
    builder.compute(OR, FLOAT_STATUS, RAISED, FLOAT_STATUS)
    result = into(instruction.rd) if kinds[0] == "rd" else f(instruction.rd)
    if result is not None:
        builder.copy(RESULT, result)


def _put_mode(context: Context, instruction: Instruction) -> None:
    """The mode of the instruction, or that of fcsr, which must be one."""
    builder, illegal, good = context.builder, Label("no rounding mode"), Label("rounding mode")
    if instruction.rm != DYNAMIC_ROUNDING:
        builder.copy(immediate(instruction.rm), MODE)
        return
    builder.compute(SRL, FLOAT_STATUS, immediate(MODE_SHIFT), MODE)
    builder.branch(LTU, immediate(LAST_ROUNDING_MODE), MODE, illegal, good)
    builder.place(illegal)
    context.fault(FaultKind.ILLEGAL_INSTRUCTION, instruction)
    builder.place(good)


FLOATS: dict[str, Lowering] = {
    **{row.name: _call for row in ENCODINGS if row.extension in EXTENSIONS},
    "flw": _load_single,
    "fld": _load_double,
    "fsw": _store(4),
    "fsd": _store(8),
    "fmv.x.w": _word_to_integer,
    "fmv.x.d": _double_to_integer,
    "fmv.w.x": _integer_to_word,
    "fmv.d.x": _integer_to_double,
    **{f"{name}.{suffix}": _inject_sign for name in ("fsgnj", "fsgnjn", "fsgnjx") for suffix in SIGNS},
}
