"""Lowering of jumps: a comparison and its jump are one row."""

from zisk_py.isa.instruction import LAST_C, Operand, immediate, register
from zisk_py.isa.operations import AND, EQ, LT, LTU, SLL, Operation
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction

# name -> operation, whether its operands are swapped, whether the jump is taken on flag 0
COMPARISONS: dict[str, tuple[Operation, bool, bool]] = {
    "jeq": (EQ, False, False),
    "jne": (EQ, False, True),
    "jlt": (LTU, False, False),
    "jge": (LTU, False, True),
    "jgt": (LTU, True, False),
    "jle": (LTU, True, True),
    "jslt": (LT, False, False),
    "jsge": (LT, False, True),
    "jsgt": (LT, True, False),
    "jsle": (LT, True, True),
}


def lower_jump(context: Context, instruction: BpfInstruction) -> None:
    """Go to the target."""
    context.builder.copy(LAST_C, then=context.builder.slot_label(instruction.target))


def lower_branch(context: Context, instruction: BpfInstruction) -> None:
    """Go to the target if the comparison holds."""
    a: Operand = register(instruction.dst)
    b: Operand = register(instruction.src)
    if not instruction.encoding.from_register:
        b = immediate(instruction.imm)
    if instruction.encoding.bits == 32:
        # Both times 2^32: equality, order and common bits of the low halves stay the same.
        context.builder.compute(SLL, a, immediate(32), context.temporary(0))
        a = context.temporary(0)
        if instruction.encoding.from_register:
            context.builder.compute(SLL, b, immediate(32), context.temporary(1))
            b = context.temporary(1)
        else:
            b = immediate(instruction.imm << 32)
    target = context.builder.slot_label(instruction.target)
    following = context.next_slot(instruction)
    if instruction.encoding.operation == "jset":
        context.builder.compute(AND, a, b)
        context.builder.branch(EQ, LAST_C, immediate(0), following, target)
        return
    op, is_swapped, is_negated = COMPARISONS[instruction.encoding.operation]
    if is_swapped:
        a, b = b, a
    if is_negated:
        target, following = following, target
    context.builder.branch(op, a, b, target, following)
