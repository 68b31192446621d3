"""Lowering of loads and stores; any address is good, aligned or not."""

from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import SLL, SRA
from zisk_py.transpiler.riscv.arithmetic import Lowering, extend_word
from zisk_py.transpiler.riscv.context import Context, into, x
from zisk_py.transpiler.riscv.encodings import Instruction

LOAD_WIDTHS = {"lb": 1, "lh": 2, "lw": 4, "ld": 8, "lbu": 1, "lhu": 2, "lwu": 4}
STORE_WIDTHS = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}
WORD_WIDTH = 4
SIGNED_LOADS = ("lb", "lh", "lw")


def extend_sign(context: Context, value: Operand, width: int, result: Operand | None) -> None:
    """The low bytes of a value with their sign."""
    if width == WORD_WIDTH:
        extend_word(context, value, result)
        return
    shift = immediate(64 - 8 * width)
    context.builder.compute(SLL, value, shift)
    context.builder.compute(SRA, LAST_C, shift, result)


def _load(context: Context, instruction: Instruction) -> None:
    name, result = instruction.encoding.name, into(instruction.rd)
    is_signed, width = name in SIGNED_LOADS, LOAD_WIDTHS[name]
    context.builder.load(x(instruction.rs1), instruction.imm, width, None if is_signed else result)
    if is_signed:
        extend_sign(context, LAST_C, width, result)


def _store(context: Context, instruction: Instruction) -> None:
    width = STORE_WIDTHS[instruction.encoding.name]
    context.builder.store(x(instruction.rs1), instruction.imm, width, x(instruction.rs2))


ACCESSES: dict[str, Lowering] = {
    **dict.fromkeys(LOAD_WIDTHS, _load),
    **dict.fromkeys(STORE_WIDTHS, _store),
}
