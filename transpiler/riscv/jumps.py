"""Lowering of branches and jumps. Only what holds code can be jumped to; a target's lowest bit is 0."""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import immediate
from zisk_py.isa.operations import ADD, EQ, LT, LTU, SRL, Operation
from zisk_py.transpiler.riscv.arithmetic import Lowering
from zisk_py.transpiler.riscv.context import Context, into, x
from zisk_py.transpiler.riscv.encodings import Instruction
from zisk_py.transpiler.rom_builder import Label


def _find_target(context: Context, instruction: Instruction) -> Label | None:
    """Where a jump by a constant goes; None if that is outside of the text."""
    offset = (instruction.address + instruction.imm) % (1 << 64) - context.program.text_base
    if not 0 <= offset < len(context.program.text):
        return None
    return context.builder.slot_label(context.program.slot(context.program.text_base + offset))


def _jump(context: Context, instruction: Instruction) -> None:
    target = _find_target(context, instruction)
    if target is None:
        context.fault(FaultKind.JUMP_OUTSIDE_TEXT, instruction)
        return
    link = immediate(instruction.address + instruction.size)
    context.builder.copy(link, into(instruction.rd), then=target)


def _jump_to_register(context: Context, instruction: Instruction) -> None:
    builder, program, offset = context.builder, context.program, context.temporary(0)
    within = Label("within the text")
    builder.compute(ADD, x(instruction.rs1), immediate(instruction.imm - program.text_base), offset)
    builder.branch(LTU, offset, immediate(len(program.text)), within)
    context.fault(FaultKind.JUMP_OUTSIDE_TEXT, instruction)
    builder.place(within)
    if instruction.rd:
        builder.copy(immediate(instruction.address + instruction.size), into(instruction.rd))
    builder.jump_to_slot(SRL, offset, immediate(1))  # which drops the lowest bit


def _branch(op: Operation, *, is_taken_by_flag: bool) -> Lowering:
    def lower(context: Context, instruction: Instruction) -> None:
        builder = context.builder
        target = _find_target(context, instruction)
        place = Label("outside of the text") if target is None else target
        following = context.next_slot(instruction)
        taken, otherwise = (place, following) if is_taken_by_flag else (following, place)
        builder.branch(op, x(instruction.rs1), x(instruction.rs2), taken, otherwise)
        if target is None:
            builder.place(place)
            context.fault(FaultKind.JUMP_OUTSIDE_TEXT, instruction)

    return lower


JUMPS: dict[str, Lowering] = {
    "jal": _jump,
    "jalr": _jump_to_register,
    "beq": _branch(EQ, is_taken_by_flag=True),
    "bne": _branch(EQ, is_taken_by_flag=False),
    "blt": _branch(LT, is_taken_by_flag=True),
    "bge": _branch(LT, is_taken_by_flag=False),
    "bltu": _branch(LTU, is_taken_by_flag=True),
    "bgeu": _branch(LTU, is_taken_by_flag=False),
}
