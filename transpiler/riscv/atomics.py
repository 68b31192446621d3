"""Lowering of A: load-reserved, store-conditional, and load, compute, store.

There is one hart, so nothing comes between a load and its store. A store-conditional succeeds if the last
load-reserved was at its address and no store-conditional came since; otherwise it stores nothing. Every
address must be a multiple of the width.
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import ADD, AND, EQ, LT, LTU, OR, XOR
from zisk_py.transpiler.riscv.arithmetic import MASK32, Lowering
from zisk_py.transpiler.riscv.context import RESERVATION, Context, into, x
from zisk_py.transpiler.riscv.encodings import ATOMIC_CODES, Instruction
from zisk_py.transpiler.riscv.memory_access import extend_sign
from zisk_py.transpiler.rom_builder import Label

COMPUTATIONS = {"amoadd": ADD, "amoxor": XOR, "amoand": AND, "amoor": OR}
CHOICES = {"amomin": (LT, True), "amomax": (LT, False), "amominu": (LTU, True), "amomaxu": (LTU, False)}
WIDTHS = {"w": 4, "d": 8}


def _name_and_width(instruction: Instruction) -> tuple[str, int]:
    name, suffix = instruction.encoding.name.split(".")
    return name, WIDTHS[suffix]


def _check_alignment(context: Context, instruction: Instruction, width: int) -> None:
    builder, good = context.builder, Label("aligned")
    builder.compute(AND, x(instruction.rs1), immediate(width - 1))
    builder.branch(EQ, LAST_C, immediate(0), good)
    context.fault(FaultKind.MISALIGNED_ATOMIC, instruction)
    builder.place(good)


def _put_old(context: Context, old: Operand, width: int, rd: int) -> None:
    """What was in memory goes to rd, with its sign."""
    if width == 4:
        extend_sign(context, old, width, into(rd))
    elif old != into(rd):
        context.builder.copy(old, into(rd))


def _load_reserved(context: Context, instruction: Instruction) -> None:
    _, width = _name_and_width(instruction)
    _check_alignment(context, instruction, width)
    context.builder.compute(OR, x(instruction.rs1), immediate(1), RESERVATION)
    context.builder.load(x(instruction.rs1), 0, width, into(instruction.rd) if width == 8 else None)
    if width == 4:
        extend_sign(context, LAST_C, width, into(instruction.rd))


def _store_conditional(context: Context, instruction: Instruction) -> None:
    builder, (_, width), held = context.builder, _name_and_width(instruction), context.temporary(0)
    fails, done = Label("no reservation"), context.next_slot(instruction)
    _check_alignment(context, instruction, width)
    builder.copy(RESERVATION, held)
    builder.copy(immediate(0), RESERVATION)
    builder.compute(OR, x(instruction.rs1), immediate(1))
    builder.branch(EQ, LAST_C, held, None, fails)
    builder.store(x(instruction.rs1), 0, width, x(instruction.rs2))  # the eighth row: a trap names the slot
    builder.copy(immediate(0), into(instruction.rd), then=done)
    builder.place(fails)
    builder.copy(immediate(1), into(instruction.rd))


def _modify(context: Context, instruction: Instruction) -> None:
    builder, old = context.builder, context.temporary(0)
    name, width = _name_and_width(instruction)
    _check_alignment(context, instruction, width)
    builder.load(x(instruction.rs1), 0, width, old)

    def store(value: Operand, then: Label | None = None) -> None:
        builder.store(x(instruction.rs1), 0, width, value, then=then)

    if name in COMPUTATIONS:
        builder.compute(COMPUTATIONS[name], old, x(instruction.rs2))
        store(LAST_C)
    elif name in CHOICES:
        op, is_least = CHOICES[name]
        store(old)  # a trap is here, within the slot, not at the rows below
        is_less, done = Label("less"), Label("stored")
        first, other = old, x(instruction.rs2)
        if width == 4:
            first, other = context.temporary(1), context.temporary(2)
            _widen(context, old, first, is_signed=op is LT)
            _widen(context, x(instruction.rs2), other, is_signed=op is LT)
        builder.branch(op, first, other, is_less)
        store(other if is_least else first, then=done)
        builder.place(is_less)
        store(first if is_least else other)
        builder.place(done)
    else:
        store(x(instruction.rs2))
    _put_old(context, old, width, instruction.rd)


def _widen(context: Context, value: Operand, result: Operand, *, is_signed: bool) -> None:
    if is_signed:
        extend_sign(context, value, 4, result)
    else:
        context.builder.compute(AND, value, immediate(MASK32), result)


_LOWERINGS = {"lr": _load_reserved, **dict.fromkeys(ATOMIC_CODES, _modify), "sc": _store_conditional}
ATOMICS: dict[str, Lowering] = {
    f"{name}.{suffix}": lowering for name, lowering in _LOWERINGS.items() for suffix in WIDTHS
}
