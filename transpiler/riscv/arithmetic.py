"""Lowering of integer arithmetic: I, and the shifts, logic and extensions of Zba, Zbb and Zbs.

Forms of 32 bits (names that end in w) extend the sign of the low half of a result; but for sums and
differences, they compute with 64 bits before.
"""

from collections.abc import Callable

from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import (
    ADD,
    ADD_W,
    AND,
    LT,
    LTU,
    OR,
    SLL,
    SRA,
    SRL,
    SUB,
    SUB_W,
    XOR,
    Operation,
)
from zisk_py.transpiler.riscv.context import Context, into, x
from zisk_py.transpiler.riscv.encodings import Form, Instruction
from zisk_py.transpiler.rom_builder import Label

Lowering = Callable[[Context, Instruction], None]

MASK32 = (1 << 32) - 1
ALL = -1  # every bit


def second(instruction: Instruction) -> Operand:
    """The second operand: a register, or the immediate of the forms that have one."""
    is_immediate = instruction.encoding.form in (Form.IMMEDIATE, Form.SHIFT, Form.SHIFT_WORD)
    return immediate(instruction.imm) if is_immediate else x(instruction.rs2)


def extend_word(context: Context, value: Operand, result: Operand | None) -> None:
    """The low half with its sign."""
    context.builder.compute(ADD_W, value, immediate(0), result)


def _by(op: Operation) -> Lowering:
    def lower(context: Context, instruction: Instruction) -> None:
        context.builder.compute(op, x(instruction.rs1), second(instruction), into(instruction.rd))

    return lower


def _add(context: Context, instruction: Instruction) -> None:
    """What adds 0 is a copy, which no machine but Main has to prove."""
    a, b = x(instruction.rs1), second(instruction)
    if immediate(0) in (a, b):
        context.builder.copy(b if a == immediate(0) else a, into(instruction.rd))
    else:
        context.builder.compute(ADD, a, b, into(instruction.rd))


def _load_upper(context: Context, instruction: Instruction) -> None:
    context.builder.copy(immediate(instruction.imm), into(instruction.rd))


def _add_upper_to_pc(context: Context, instruction: Instruction) -> None:
    context.builder.copy(immediate(instruction.address + instruction.imm), into(instruction.rd))


def _shift_word_left(context: Context, instruction: Instruction) -> None:
    builder = context.builder
    if instruction.encoding.form is Form.SHIFT_WORD:
        builder.compute(SLL, x(instruction.rs1), immediate(32 + instruction.imm))
        builder.compute(SRA, LAST_C, immediate(32), into(instruction.rd))
        return
    builder.compute(AND, x(instruction.rs2), immediate(31), context.temporary(0))
    builder.compute(SLL, x(instruction.rs1), context.temporary(0))
    extend_word(context, LAST_C, into(instruction.rd))


def _shift_word_right(op: Operation) -> Lowering:
    """By a constant: the word in the high half, shifted by 32 and more; by 32 alone the sign must come in."""

    def lower(context: Context, instruction: Instruction) -> None:
        builder = context.builder
        if instruction.encoding.form is Form.SHIFT_WORD:
            fitting = op if instruction.imm else SRA
            builder.compute(SLL, x(instruction.rs1), immediate(32))
            builder.compute(fitting, LAST_C, immediate(32 + instruction.imm), into(instruction.rd))
            return
        builder.compute(AND, x(instruction.rs2), immediate(31), context.temporary(0))
        if op is SRA:
            extend_word(context, x(instruction.rs1), None)
            builder.compute(SRA, LAST_C, context.temporary(0), into(instruction.rd))
        else:
            builder.compute(AND, x(instruction.rs1), immediate(MASK32))
            builder.compute(SRL, LAST_C, context.temporary(0))
            extend_word(context, LAST_C, into(instruction.rd))

    return lower


def _shifted_add(bits: int, *, is_word: bool = False) -> Lowering:
    """rs2 + (rs1 << bits), with `is_word` of the low half of rs1."""

    def lower(context: Context, instruction: Instruction) -> None:
        _shift_zero_extended(context, x(instruction.rs1), bits, is_word)
        context.builder.compute(ADD, LAST_C, x(instruction.rs2), into(instruction.rd))

    return lower


def _shift_zero_extended(context: Context, value: Operand, bits: int, is_word: bool) -> None:
    builder = context.builder
    if is_word:
        builder.compute(AND, value, immediate(MASK32))
        value = LAST_C
    if bits:
        builder.compute(SLL, value, immediate(bits))


def _shift_word_without_sign(context: Context, instruction: Instruction) -> None:
    context.builder.compute(AND, x(instruction.rs1), immediate(MASK32))
    context.builder.compute(SLL, LAST_C, immediate(instruction.imm), into(instruction.rd))


def _with_inverse(op: Operation) -> Lowering:
    """op(rs1, not rs2)."""

    def lower(context: Context, instruction: Instruction) -> None:
        context.builder.compute(XOR, x(instruction.rs2), immediate(ALL))
        context.builder.compute(op, LAST_C, x(instruction.rs1), into(instruction.rd))

    return lower


def _inverse_of_xor(context: Context, instruction: Instruction) -> None:
    context.builder.compute(XOR, x(instruction.rs1), x(instruction.rs2))
    context.builder.compute(XOR, LAST_C, immediate(ALL), into(instruction.rd))


def _choose(op: Operation, *, is_least: bool) -> Lowering:
    """The least or the greatest: rs1 < rs2 by `op` decides."""

    def lower(context: Context, instruction: Instruction) -> None:
        builder, is_less, done = context.builder, Label("less"), context.next_slot(instruction)
        low, high = x(instruction.rs1), x(instruction.rs2)
        builder.branch(op, low, high, is_less)
        builder.copy(high if is_least else low, into(instruction.rd), then=done)
        builder.place(is_less)
        builder.copy(low if is_least else high, into(instruction.rd))

    return lower


def _rotate(*, is_left: bool) -> Lowering:
    """x << n | x >> (64 - n); shifts are modulo 64, so by -n for the other one."""

    def lower(context: Context, instruction: Instruction) -> None:
        builder, value, other = context.builder, x(instruction.rs1), context.temporary(0)
        ops = (SLL, SRL) if is_left else (SRL, SLL)
        if instruction.encoding.form is Form.SHIFT:
            back = immediate(-instruction.imm % 64)
        else:
            builder.compute(SUB, immediate(0), x(instruction.rs2))
            back = LAST_C
        builder.compute(ops[1], value, back, other)
        builder.compute(ops[0], value, second(instruction))
        builder.compute(OR, LAST_C, other, into(instruction.rd))

    return lower


def _extend_sign(bits: int) -> Lowering:
    def lower(context: Context, instruction: Instruction) -> None:
        context.builder.compute(SLL, x(instruction.rs1), immediate(64 - bits))
        context.builder.compute(SRA, LAST_C, immediate(64 - bits), into(instruction.rd))

    return lower


def _extend_half(context: Context, instruction: Instruction) -> None:
    context.builder.compute(AND, x(instruction.rs1), immediate(0xFFFF), into(instruction.rd))


def _change_bit(op: Operation, *, is_inverse: bool = False) -> Lowering:
    """op(rs1, 1 << n), or with the inverse of that bit."""

    def lower(context: Context, instruction: Instruction) -> None:
        builder = context.builder
        if instruction.encoding.form is Form.SHIFT:
            bit = 1 << instruction.imm
            mask = immediate(~bit if is_inverse else bit)
        else:
            builder.compute(SLL, immediate(1), x(instruction.rs2))
            if is_inverse:
                builder.compute(XOR, LAST_C, immediate(ALL))
            mask = LAST_C
        if mask == LAST_C:
            builder.compute(op, LAST_C, x(instruction.rs1), into(instruction.rd))
        else:
            builder.compute(op, x(instruction.rs1), mask, into(instruction.rd))

    return lower


def _extract_bit(context: Context, instruction: Instruction) -> None:
    context.builder.compute(SRL, x(instruction.rs1), second(instruction))
    context.builder.compute(AND, LAST_C, immediate(1), into(instruction.rd))


ARITHMETIC: dict[str, Lowering] = {
    "lui": _load_upper,
    "auipc": _add_upper_to_pc,
    **dict.fromkeys(("add", "addi"), _add),
    "sub": _by(SUB),
    **dict.fromkeys(("and", "andi"), _by(AND)),
    **dict.fromkeys(("or", "ori"), _by(OR)),
    **dict.fromkeys(("xor", "xori"), _by(XOR)),
    **dict.fromkeys(("sll", "slli"), _by(SLL)),
    **dict.fromkeys(("srl", "srli"), _by(SRL)),
    **dict.fromkeys(("sra", "srai"), _by(SRA)),
    **dict.fromkeys(("slt", "slti"), _by(LT)),
    **dict.fromkeys(("sltu", "sltiu"), _by(LTU)),
    **dict.fromkeys(("addw", "addiw"), _by(ADD_W)),
    "subw": _by(SUB_W),
    **dict.fromkeys(("sllw", "slliw"), _shift_word_left),
    **dict.fromkeys(("srlw", "srliw"), _shift_word_right(SRL)),
    **dict.fromkeys(("sraw", "sraiw"), _shift_word_right(SRA)),
    **{f"sh{bits}add": _shifted_add(bits) for bits in (1, 2, 3)},
    **{f"sh{bits}add.uw": _shifted_add(bits, is_word=True) for bits in (1, 2, 3)},
    "add.uw": _shifted_add(0, is_word=True),
    "slli.uw": _shift_word_without_sign,
    "andn": _with_inverse(AND),
    "orn": _with_inverse(OR),
    "xnor": _inverse_of_xor,
    "min": _choose(LT, is_least=True),
    "max": _choose(LT, is_least=False),
    "minu": _choose(LTU, is_least=True),
    "maxu": _choose(LTU, is_least=False),
    "rol": _rotate(is_left=True),
    **dict.fromkeys(("ror", "rori"), _rotate(is_left=False)),
    "sext.b": _extend_sign(8),
    "sext.h": _extend_sign(16),
    "zext.h": _extend_half,
    **dict.fromkeys(("bset", "bseti"), _change_bit(OR)),
    **dict.fromkeys(("binv", "binvi"), _change_bit(XOR)),
    **dict.fromkeys(("bclr", "bclri"), _change_bit(AND, is_inverse=True)),
    **dict.fromkeys(("bext", "bexti"), _extract_bit),
}
