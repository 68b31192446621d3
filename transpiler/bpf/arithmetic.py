"""Lowering of arithmetic. The machine computes on 64 bits; most 32-bit forms are two or more rows.

The result of a 32-bit operation is zero-extended, but sBPF before v2 and from v3 on sign-extends that of
add, sub and mul, and v2 that of a move between registers.
"""

from zisk_py.isa.instruction import LAST_C, Operand, immediate, register
from zisk_py.isa.operations import (
    ADD,
    ADD_W,
    AND,
    MULU,
    MULUH,
    OR,
    SLL,
    SRA,
    SRL,
    SUB,
    SUB_W,
    XOR,
    Operation,
)
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.divisions import (
    SIGNED_DIVISIONS,
    UNSIGNED_DIVISIONS,
    divide_signed,
    divide_unsigned,
)
from zisk_py.transpiler.bpf.operands import MASK32, second_operand
from zisk_py.transpiler.bpf.versions import Feature

SIMPLE = {"add": ADD, "sub": SUB, "rsub": SUB, "mul": MULU, "muluh": MULUH, "or": OR, "and": AND, "xor": XOR}
WORDS = {ADD: ADD_W, SUB: SUB_W}  # sign-extended
SHIFTS = {"lsh": SLL, "rsh": SRL, "arsh": SRA}


def lower_alu(context: Context, instruction: BpfInstruction) -> None:
    """dst = dst op (src or imm)."""
    operation, bits = instruction.encoding.operation, instruction.encoding.bits
    if operation in SIMPLE:
        (_simple_32 if bits == 32 else _simple_64)(context, instruction, SIMPLE[operation])
    elif operation in SHIFTS:
        (_shift_32 if bits == 32 else _simple_64)(context, instruction, SHIFTS[operation])
    elif operation in UNSIGNED_DIVISIONS:
        divide_unsigned(context, instruction)
    elif operation in SIGNED_DIVISIONS:
        divide_signed(context, instruction)
    elif operation == "mulsh":
        _multiply_high(context, instruction)
    elif operation == "hor":
        _set_high_half(context, instruction)
    elif operation == "mov":
        _move(context, instruction)
    else:
        _move_signed(context, instruction)


def _operands(instruction: BpfInstruction) -> tuple[Operand, Operand]:
    """dst and the second operand; the other way round where dst is what is subtracted."""
    pair = register(instruction.dst), second_operand(instruction)
    return (pair[1], pair[0]) if instruction.encoding.operation == "rsub" else pair


def _simple_64(context: Context, instruction: BpfInstruction, op: Operation) -> None:
    dst = register(instruction.dst)
    context.builder.compute(op, *_operands(instruction), dst)


def _simple_32(context: Context, instruction: BpfInstruction, op: Operation) -> None:
    dst = register(instruction.dst)
    if op is AND and not instruction.encoding.from_register:
        context.builder.compute(AND, dst, immediate(instruction.imm & MASK32), dst)
        return
    sign_extends = context.program.version.sign_extends_32
    if op in WORDS and sign_extends:
        context.builder.compute(WORDS[op], *_operands(instruction), dst)
        return
    context.builder.compute(op, *_operands(instruction))
    if op is MULU and sign_extends:
        _extend_sign(context, LAST_C, 32, dst)
    else:
        context.builder.compute(AND, LAST_C, immediate(MASK32), dst)


def _shift_32(context: Context, instruction: BpfInstruction, op: Operation) -> None:
    builder, dst, amount = context.builder, register(instruction.dst), context.temporary(0)
    if instruction.encoding.from_register:
        builder.compute(AND, register(instruction.src), immediate(31), amount)
    else:
        amount = immediate(instruction.imm & 31)
    if op is SLL:
        builder.compute(SLL, dst, amount)
        builder.compute(AND, LAST_C, immediate(MASK32), dst)
    elif op is SRL:
        builder.compute(AND, dst, immediate(MASK32))
        builder.compute(SRL, LAST_C, amount, dst)
    else:
        builder.compute(ADD_W, dst, immediate(0))
        builder.compute(SRA, LAST_C, amount)
        builder.compute(AND, LAST_C, immediate(MASK32), dst)


def _multiply_high(context: Context, instruction: BpfInstruction) -> None:
    """High half of the signed product: that of the unsigned one, less b where a < 0 and a where b < 0."""
    builder, a, b = context.builder, register(instruction.dst), second_operand(instruction)
    of_b, of_a = context.temporary(0), context.temporary(1)
    builder.compute(SRA, a, immediate(63))
    builder.compute(AND, LAST_C, b, of_b)
    builder.compute(SRA, b, immediate(63))
    builder.compute(AND, LAST_C, a, of_a)
    builder.compute(MULUH, a, b)
    builder.compute(SUB, LAST_C, of_b)
    builder.compute(SUB, LAST_C, of_a, a)


def _set_high_half(context: Context, instruction: BpfInstruction) -> None:
    """Set bits of the high half from a constant."""
    dst = register(instruction.dst)
    context.builder.compute(OR, dst, immediate((instruction.imm & MASK32) << 32), dst)


def _move(context: Context, instruction: BpfInstruction) -> None:
    dst = register(instruction.dst)
    if instruction.encoding.bits == 64:
        context.builder.copy(second_operand(instruction), dst)
    elif not instruction.encoding.from_register:
        context.builder.copy(immediate(instruction.imm & MASK32), dst)
    elif context.program.version.has(Feature.EXPLICIT_SIGN):
        _extend_sign(context, register(instruction.src), 32, dst)
    else:
        context.builder.compute(AND, register(instruction.src), immediate(MASK32), dst)


def _extend_sign(context: Context, value: Operand, bits: int, into: Operand) -> None:
    if bits == 32:
        context.builder.compute(ADD_W, value, immediate(0), into)
        return
    # The value goes to the top and comes back with its sign.
    distance = immediate(64 - bits)
    context.builder.compute(SLL, value, distance)
    context.builder.compute(SRA, LAST_C, distance, into)


def _move_signed(context: Context, instruction: BpfInstruction) -> None:
    dst = register(instruction.dst)
    _extend_sign(context, register(instruction.src), instruction.encoding.variant, dst)
    if instruction.encoding.bits == 32:
        context.builder.compute(AND, LAST_C, immediate(MASK32), dst)


def lower_negate(context: Context, instruction: BpfInstruction) -> None:
    """dst = -dst."""
    dst = register(instruction.dst)
    context.builder.compute(SUB, immediate(0), dst, dst)
    if instruction.encoding.bits == 32:
        context.builder.compute(AND, LAST_C, immediate(MASK32), dst)


def lower_endian(context: Context, instruction: BpfInstruction) -> None:
    """Keep the low imm bits of dst, for `be` with their bytes in reverse order."""
    dst, bits = register(instruction.dst), instruction.imm
    if instruction.encoding.operation == "le":
        context.builder.compute(AND, dst, immediate((1 << bits) - 1), dst)
    else:
        reverse_bytes(context, dst, bits)


def reverse_bytes(context: Context, dst: Operand, bits: int) -> None:
    """Keep the low bits of dst, 8, 16, 32 or 64, with their bytes in reverse order."""
    # Swap halves of ever larger groups: bytes, then 16-bit, then 32-bit groups.
    builder, value, swapped = context.builder, dst, context.temporary(0)
    for size in (size for size in (8, 16, 32) if size < bits):
        mask = sum(((1 << size) - 1) << shift for shift in range(0, bits, 2 * size))
        builder.compute(AND, value, immediate(mask))
        builder.compute(SLL, LAST_C, immediate(size), swapped)
        builder.compute(SRL, value, immediate(size))
        builder.compute(AND, LAST_C, immediate(mask))
        builder.compute(OR, LAST_C, swapped, dst)
        value = dst
