"""Lowering of divisions. The machine divides unsigned; signs are taken off before and put back after."""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, immediate, register
from zisk_py.isa.operations import ADD_W, AND, DIVU, EQ, REMU, SRA, SUB, XOR
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.operands import MASK32, low_operand, second_operand
from zisk_py.transpiler.rom_builder import Label

UNSIGNED_DIVISIONS = {"div": DIVU, "mod": REMU}
SIGNED_DIVISIONS = ("sdiv", "smod")


def divide_unsigned(context: Context, instruction: BpfInstruction) -> None:
    """By zero: a fault in sBPF; in eBPF the quotient is 0 and the remainder the dividend."""
    builder, dst = context.builder, register(instruction.dst)
    op = UNSIGNED_DIVISIONS[instruction.encoding.operation]
    by_zero = Label("division by zero")
    dividend, divisor = dst, second_operand(instruction)
    if instruction.encoding.bits == 32:
        divisor = low_operand(context, instruction, context.temporary(0))
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


def divide_signed(context: Context, instruction: BpfInstruction) -> None:
    """Quotient toward zero, remainder with the sign of the dividend, from magnitudes and sign masks."""
    builder, dst = context.builder, register(instruction.dst)
    sign_a, size_a, sign_b, size_b = (context.temporary(i) for i in range(4))
    is_quotient = instruction.encoding.operation == "sdiv"
    is_narrow = instruction.encoding.bits == 32
    _magnitude(context, dst, sign_a, size_a, is_narrow)
    _magnitude(context, second_operand(instruction), sign_b, size_b, is_narrow)
    is_sbpf = context.program.version.is_sbpf
    if is_sbpf:
        _check_division(context, instruction, (sign_b, size_a, size_b))
    if is_quotient and not is_sbpf:
        by_zero, done = Label("division by zero"), Label("quotient")
        builder.compute(XOR, sign_a, sign_b, sign_a)
        builder.compute(DIVU, size_a, size_b, size_a, on_flag=by_zero, then=done)
        builder.place(by_zero)
        builder.copy(immediate(0), size_a)
        builder.place(done)
    else:
        if is_quotient:
            builder.compute(XOR, sign_a, sign_b, sign_a)
        builder.compute(DIVU if is_quotient else REMU, size_a, size_b, size_a)
    # (x ^ mask) - mask is x for mask 0 and -x for mask -1.
    builder.compute(XOR, size_a, sign_a)
    builder.compute(SUB, LAST_C, sign_a, dst)
    if is_narrow:
        builder.compute(AND, dst, immediate(MASK32), dst)


def _check_division(
    context: Context, instruction: BpfInstruction, operands: tuple[Operand, Operand, Operand]
) -> None:
    """Fault where the divisor is 0, or where it is -1 and the dividend the least number."""
    builder, (sign_b, size_a, size_b) = context.builder, operands
    by_zero, good, check, overflow = (Label(name) for name in ("by zero", "good", "check", "overflow"))
    least = 1 << instruction.encoding.bits - 1  # only the least number has this magnitude
    if instruction.encoding.from_register:
        builder.branch(EQ, size_b, immediate(0), by_zero)
    elif instruction.imm != -1:
        return
    builder.branch(EQ, size_a, immediate(least), check, good)
    builder.place(check)
    # size ^ sign is the number if that is not negative, else one less than it.
    builder.compute(XOR, size_b, sign_b)
    builder.branch(EQ, LAST_C, immediate(-2), overflow, good)
    builder.place(overflow)
    builder.fault(FaultKind.DIVIDE_OVERFLOW, instruction.slot)
    if instruction.encoding.from_register:
        builder.place(by_zero)
        builder.fault(FaultKind.DIVIDE_BY_ZERO, instruction.slot)
    builder.place(good)


def _magnitude(context: Context, value: Operand, sign: Operand, size: Operand, is_narrow: bool) -> None:
    builder = context.builder
    if is_narrow:
        builder.compute(ADD_W, value, immediate(0), size)
        value = size
    builder.compute(SRA, value, immediate(63), sign)
    builder.compute(XOR, value, sign)
    builder.compute(SUB, LAST_C, sign, size)
