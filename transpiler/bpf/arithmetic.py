"""Lowering of arithmetic. The machine computes on 64 bits; 32-bit forms are two or more rows.

The result of a 32-bit operation is zero-extended, but sBPF before v2 and from v3 on sign-extends that of
add, sub and mul.
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, immediate, register
from zisk_py.isa.operations import (
    ADD,
    AND,
    DIVU,
    MULU,
    OR,
    REMU,
    SLL,
    SRA,
    SRL,
    SUB,
    XOR,
    Operation,
)
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.rom_builder import Label

MASK32 = 0xFFFFFFFF
SIMPLE = {"add": ADD, "sub": SUB, "mul": MULU, "or": OR, "and": AND, "xor": XOR}
SHIFTS = {"lsh": SLL, "rsh": SRL, "arsh": SRA}
UNSIGNED_DIVISIONS = {"div": DIVU, "mod": REMU}


def lower_alu(context: Context, instruction: BpfInstruction) -> None:
    """dst = dst op (src or imm)."""
    operation, bits = instruction.encoding.operation, instruction.encoding.bits
    if operation in SIMPLE:
        (_simple_32 if bits == 32 else _simple_64)(context, instruction, SIMPLE[operation])
    elif operation in SHIFTS:
        (_shift_32 if bits == 32 else _simple_64)(context, instruction, SHIFTS[operation])
    elif operation in UNSIGNED_DIVISIONS:
        _divide_unsigned(context, instruction, UNSIGNED_DIVISIONS[operation])
    elif operation in ("sdiv", "smod"):
        _divide_signed(context, instruction)
    elif operation == "mov":
        _move(context, instruction)
    else:
        _move_signed(context, instruction)


def _operand(instruction: BpfInstruction) -> Operand:
    return register(instruction.src) if instruction.encoding.from_register else immediate(instruction.imm)


def _low_operand(context: Context, instruction: BpfInstruction, into: Operand) -> Operand:
    """The second operand, zero-extended from 32 bits; a register costs a row."""
    if not instruction.encoding.from_register:
        return immediate(instruction.imm & MASK32)
    context.builder.compute(AND, register(instruction.src), immediate(MASK32), into)
    return into


def _simple_64(context: Context, instruction: BpfInstruction, op: Operation) -> None:
    dst = register(instruction.dst)
    context.builder.compute(op, dst, _operand(instruction), dst)


def _simple_32(context: Context, instruction: BpfInstruction, op: Operation) -> None:
    dst = register(instruction.dst)
    if op is AND and not instruction.encoding.from_register:
        context.builder.compute(AND, dst, immediate(instruction.imm & MASK32), dst)
        return
    context.builder.compute(op, dst, _operand(instruction))
    if op in (ADD, SUB, MULU) and context.program.version.sign_extends_32:
        context.builder.compute(SLL, LAST_C, immediate(32))
        context.builder.compute(SRA, LAST_C, immediate(32), dst)
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
        # The value goes to the high half and comes back with its sign.
        builder.compute(SLL, dst, immediate(32))
        builder.compute(SRA, LAST_C, immediate(32))
        builder.compute(SRA, LAST_C, amount)
        builder.compute(AND, LAST_C, immediate(MASK32), dst)


def _divide_unsigned(context: Context, instruction: BpfInstruction, op: Operation) -> None:
    """By zero: a fault in sBPF; in eBPF the quotient is 0 and the remainder the dividend."""
    builder, dst = context.builder, register(instruction.dst)
    by_zero = Label("division by zero")
    dividend, divisor = dst, _operand(instruction)
    if instruction.encoding.bits == 32:
        divisor = _low_operand(context, instruction, context.temporary(0))
        builder.compute(AND, dst, immediate(MASK32))
        dividend = LAST_C
    never_zero = divisor != immediate(0) and not instruction.encoding.from_register
    is_sbpf = context.program.version.is_sbpf
    if never_zero or (op is REMU and not is_sbpf):
        builder.compute(op, dividend, divisor, dst)
        return
    builder.compute(op, dividend, divisor, dst, on_flag=by_zero, then=context.next_slot(instruction))
    builder.place(by_zero)
    if is_sbpf:
        builder.fault(FaultKind.DIVIDE_BY_ZERO, instruction.slot)
    else:
        builder.copy(immediate(0), dst)


def _divide_signed(context: Context, instruction: BpfInstruction) -> None:
    """Quotient toward zero, remainder with the sign of the dividend, from magnitudes and sign masks."""
    builder, dst = context.builder, register(instruction.dst)
    sign_a, size_a, sign_b, size_b = (context.temporary(i) for i in range(4))
    is_quotient = instruction.encoding.operation == "sdiv"
    is_narrow = instruction.encoding.bits == 32
    _magnitude(context, dst, sign_a, size_a, is_narrow)
    _magnitude(context, _operand(instruction), sign_b, size_b, is_narrow)
    if is_quotient:
        by_zero, done = Label("division by zero"), Label("quotient")
        builder.compute(XOR, sign_a, sign_b, sign_a)
        builder.compute(DIVU, size_a, size_b, size_a, on_flag=by_zero, then=done)
        builder.place(by_zero)
        builder.copy(immediate(0), size_a)
        builder.place(done)
    else:
        builder.compute(REMU, size_a, size_b, size_a)
    # (x ^ mask) - mask is x for mask 0 and -x for mask -1.
    builder.compute(XOR, size_a, sign_a)
    builder.compute(SUB, LAST_C, sign_a, dst)
    if is_narrow:
        builder.compute(AND, dst, immediate(MASK32), dst)


def _magnitude(context: Context, value: Operand, sign: Operand, size: Operand, is_narrow: bool) -> None:
    builder = context.builder
    if is_narrow:
        builder.compute(SLL, value, immediate(32))
        builder.compute(SRA, LAST_C, immediate(32), size)
        value = size
    builder.compute(SRA, value, immediate(63), sign)
    builder.compute(XOR, value, sign)
    builder.compute(SUB, LAST_C, sign, size)


def _move(context: Context, instruction: BpfInstruction) -> None:
    dst = register(instruction.dst)
    if instruction.encoding.bits == 64:
        context.builder.copy(_operand(instruction), dst)
    elif instruction.encoding.from_register:
        context.builder.compute(AND, register(instruction.src), immediate(MASK32), dst)
    else:
        context.builder.copy(immediate(instruction.imm & MASK32), dst)


def _move_signed(context: Context, instruction: BpfInstruction) -> None:
    builder, dst = context.builder, register(instruction.dst)
    distance = immediate(64 - instruction.encoding.variant)
    builder.compute(SLL, register(instruction.src), distance)
    builder.compute(SRA, LAST_C, distance, dst)
    if instruction.encoding.bits == 32:
        builder.compute(AND, LAST_C, immediate(MASK32), dst)


def lower_negate(context: Context, instruction: BpfInstruction) -> None:
    """dst = -dst."""
    dst = register(instruction.dst)
    context.builder.compute(SUB, immediate(0), dst, dst)
    if instruction.encoding.bits == 32:
        context.builder.compute(AND, LAST_C, immediate(MASK32), dst)


def lower_endian(context: Context, instruction: BpfInstruction) -> None:
    """Keep the low imm bits of dst, for `be` with their bytes in reverse order."""
    builder, dst, bits = context.builder, register(instruction.dst), instruction.imm
    if instruction.encoding.operation == "le":
        builder.compute(AND, dst, immediate((1 << bits) - 1), dst)
        return
    # Swap halves of ever larger groups: bytes, then 16-bit, then 32-bit groups.
    value, swapped = dst, context.temporary(0)
    for size in (size for size in (8, 16, 32) if size < bits):
        mask = sum(((1 << size) - 1) << shift for shift in range(0, bits, 2 * size))
        builder.compute(AND, value, immediate(mask))
        builder.compute(SLL, LAST_C, immediate(size), swapped)
        builder.compute(SRL, value, immediate(size))
        builder.compute(AND, LAST_C, immediate(mask))
        builder.compute(OR, LAST_C, swapped, dst)
        value = dst
