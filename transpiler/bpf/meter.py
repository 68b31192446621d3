"""What every syscall does: pay, fail at its caller's slot, and come back.

Compute units are checked and charged before anything else, as the runtime does. Where they do not
suffice, all that is left is charged and the run ends.
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, UNITS, Operand, immediate, register
from zisk_py.isa.memory_map import BUDGET_REGISTER
from zisk_py.isa.operations import ADD, COPY, DIVU, LTU, SUB
from zisk_py.transpiler.bpf.context import CALLER, Context
from zisk_py.transpiler.rom_builder import SLOT_ROWS, Label

BASE_COST = 100
MEMORY_COST = 10  # the least that a memory syscall costs
BYTES_PER_UNIT = 250


def fault_label(context: Context, kind: FaultKind) -> Label:
    """A routine that ends the run with a fault at the caller's slot."""

    def emit(context: Context) -> None:
        context.builder.fault_at(kind, CALLER)

    return context.routine(f"fault {kind.name.lower()}", emit)


def charge(context: Context, cost: Operand) -> None:
    """Charge compute units."""
    builder, left = context.builder, _left(context)
    builder.compute(SUB, register(BUDGET_REGISTER), UNITS, left)
    builder.branch(LTU, left, cost, context.routine("fault syscall_budget_exceeded", _over_budget))
    builder.copy(cost, charge=True)


def _left(context: Context) -> Operand:
    return context.temporary(0)


def _over_budget(context: Context) -> None:
    context.builder.copy(_left(context), charge=True)
    context.builder.fault_at(FaultKind.SYSCALL_BUDGET_EXCEEDED, CALLER)


def charge_at_least(context: Context, amount: Operand, least: int) -> None:
    """Charge an amount, or `least` if that is more."""
    builder, cost, done = context.builder, context.temporary(1), Label("cost")
    builder.copy(amount, cost)
    builder.branch(LTU, cost, immediate(least), None, done)
    builder.copy(immediate(least), cost)
    builder.place(done)
    charge(context, cost)


def charge_for_memory(context: Context, length: Operand) -> None:
    """Charge for a memory syscall on `length` bytes."""
    context.builder.compute(DIVU, length, immediate(BYTES_PER_UNIT))
    charge_at_least(context, LAST_C, MEMORY_COST)


def charge_for_return_data(context: Context, length: Operand) -> None:
    """Charge for handing over `length` bytes."""
    context.builder.compute(DIVU, length, immediate(BYTES_PER_UNIT))
    context.builder.compute(ADD, LAST_C, immediate(BASE_COST), context.temporary(1))
    charge(context, context.temporary(1))


def finish(context: Context) -> None:
    """Return 0 and go on after the caller's slot."""
    finish_with(context, immediate(0))


def finish_with(context: Context, result: Operand) -> None:
    """Return a value and go on after the caller's slot."""
    context.builder.copy(result, register(0))
    context.builder.jump_to_slot(COPY, LAST_C, CALLER, SLOT_ROWS)
