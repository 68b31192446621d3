"""The second operand of an arithmetic instruction: a register, or a constant of 32 bits that is extended."""

from zisk_py.isa.instruction import Operand, immediate, register
from zisk_py.isa.operations import AND
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction

MASK32 = 0xFFFFFFFF


def second_operand(instruction: BpfInstruction) -> Operand:
    """The operand as 64 bits."""
    if instruction.encoding.from_register:
        return register(instruction.src)
    return immediate(instruction.imm & MASK32 if instruction.encoding.unsigned_imm else instruction.imm)


def low_operand(context: Context, instruction: BpfInstruction, into: Operand) -> Operand:
    """The operand zero-extended from 32 bits; a register costs a row."""
    if not instruction.encoding.from_register:
        return immediate(instruction.imm & MASK32)
    context.builder.compute(AND, register(instruction.src), immediate(MASK32), into)
    return into
