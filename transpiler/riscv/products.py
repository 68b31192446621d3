"""Lowering of M: products and divisions.

The machine multiplies and divides unsigned. Divisions follow the manual: by zero the quotient is all ones and
the remainder the dividend; the least number by -1 is itself, with remainder 0. No division is a fault.
"""

from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import AND, DIVU, MULU, MULUH, REMU, SRA, SUB, XOR, Operation
from zisk_py.transpiler.riscv.arithmetic import MASK32, Lowering, extend_word
from zisk_py.transpiler.riscv.context import Context, into, x
from zisk_py.transpiler.riscv.encodings import Instruction
from zisk_py.transpiler.rom_builder import Label


def _unsigned(op: Operation) -> Lowering:
    def lower(context: Context, instruction: Instruction) -> None:
        context.builder.compute(op, x(instruction.rs1), x(instruction.rs2), into(instruction.rd))

    return lower


def _multiply_word(context: Context, instruction: Instruction) -> None:
    context.builder.compute(MULU, x(instruction.rs1), x(instruction.rs2))
    extend_word(context, LAST_C, into(instruction.rd))


def _high_product(*, is_second_signed: bool) -> Lowering:
    """A negative factor counts 2^64 too much: the other one is then too much in the high half."""

    def lower(context: Context, instruction: Instruction) -> None:
        builder = context.builder
        factors = [(x(instruction.rs1), x(instruction.rs2))]
        if is_second_signed:
            factors.append((x(instruction.rs2), x(instruction.rs1)))
        for number, (signed, other) in enumerate(factors):
            builder.compute(SRA, signed, immediate(63))
            builder.compute(AND, LAST_C, other, context.temporary(number))
        builder.compute(MULUH, x(instruction.rs1), x(instruction.rs2))
        for number in range(len(factors)):
            is_last = number == len(factors) - 1
            builder.compute(SUB, LAST_C, context.temporary(number), into(instruction.rd) if is_last else None)

    return lower


def _divide_word(op: Operation) -> Lowering:
    def lower(context: Context, instruction: Instruction) -> None:
        builder, divisor = context.builder, context.temporary(0)
        builder.compute(AND, x(instruction.rs2), immediate(MASK32), divisor)
        builder.compute(AND, x(instruction.rs1), immediate(MASK32))
        builder.compute(op, LAST_C, divisor)
        extend_word(context, LAST_C, into(instruction.rd))

    return lower


def _divide_signed(op: Operation, *, is_word: bool = False) -> Lowering:
    """Quotient toward zero, remainder with the sign of the dividend, from magnitudes and sign masks."""

    def lower(context: Context, instruction: Instruction) -> None:
        builder = context.builder
        sign_a, size_a, sign_b, size_b = (context.temporary(i) for i in range(4))
        by_zero, done = Label("division by zero"), context.next_slot(instruction)
        _magnitude(context, x(instruction.rs1), sign_a, size_a, is_word)
        _magnitude(context, x(instruction.rs2), sign_b, size_b, is_word)
        if op is DIVU:
            builder.compute(XOR, sign_a, sign_b, sign_a)
            builder.compute(DIVU, size_a, size_b, on_flag=by_zero)
        else:
            builder.compute(REMU, size_a, size_b)
        # (n ^ mask) - mask is n for mask 0 and -n for mask -1.
        builder.compute(XOR, LAST_C, sign_a)
        builder.compute(SUB, LAST_C, sign_a, None if is_word else into(instruction.rd))
        if is_word:
            extend_word(context, LAST_C, into(instruction.rd))
        if op is DIVU:
            builder.end(done)
            builder.place(by_zero)
            builder.copy(immediate(-1), into(instruction.rd))

    return lower


def _magnitude(context: Context, value: Operand, sign: Operand, size: Operand, is_word: bool) -> None:
    builder = context.builder
    if is_word:
        extend_word(context, value, size)
        value = size
    builder.compute(SRA, value, immediate(63), sign)
    builder.compute(XOR, value, sign)
    builder.compute(SUB, LAST_C, sign, size)


PRODUCTS: dict[str, Lowering] = {
    "mul": _unsigned(MULU),
    "mulhu": _unsigned(MULUH),
    "mulh": _high_product(is_second_signed=True),
    "mulhsu": _high_product(is_second_signed=False),
    "mulw": _multiply_word,
    "divu": _unsigned(DIVU),
    "remu": _unsigned(REMU),
    "div": _divide_signed(DIVU),
    "rem": _divide_signed(REMU),
    "divuw": _divide_word(DIVU),
    "remuw": _divide_word(REMU),
    "divw": _divide_signed(DIVU, is_word=True),
    "remw": _divide_signed(REMU, is_word=True),
}
