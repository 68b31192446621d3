"""Lowering of Zicsr: the registers that a user program has; every other one is an illegal instruction.

Cycles, time and retired instructions are one number: the compute units that were counted before.
"""

from dataclasses import dataclass

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, UNITS, Operand, immediate
from zisk_py.isa.operations import AND, OR, SLL, SRL, XOR
from zisk_py.transpiler.riscv.arithmetic import ALL, Lowering
from zisk_py.transpiler.riscv.context import FLOAT_STATUS, Context, into, x
from zisk_py.transpiler.riscv.encodings import Form, Instruction
from zisk_py.transpiler.riscv.program import Convention

COUNTERS = (0xC00, 0xC01, 0xC02)  # cycle, time, instret
ARCHITECTURE, ZISK_ARCHITECTURE = 0xF12, 0x0FFF_EEEE  # marchid: how programs for ZisK know where they are


@dataclass(frozen=True, slots=True)
class Part:
    """A register that is some bits of fcsr."""

    shift: int
    num_bits: int

    @property
    def mask(self) -> int:
        """Its bits, shifted down."""
        return (1 << self.num_bits) - 1


PARTS = {0x001: Part(0, 5), 0x002: Part(5, 3), 0x003: Part(0, 8)}  # fflags, frm, fcsr


def _access(context: Context, instruction: Instruction) -> None:
    """Read the old value, then write the new one."""
    builder, name = context.builder, instruction.encoding.name.removesuffix("i")
    is_immediate = instruction.encoding.form is Form.CSR_IMMEDIATE
    operand = immediate(instruction.imm) if is_immediate else x(instruction.rs1)
    is_written = name == "csrrw" or bool(instruction.imm if is_immediate else instruction.rs1)
    part = PARTS.get(instruction.csr)
    if part is None:
        value = _constant(context, instruction.csr)
        if value is None or is_written:
            context.fault(FaultKind.ILLEGAL_INSTRUCTION, instruction)
        else:
            builder.copy(value, into(instruction.rd))
        return
    old, new = context.temporary(0), context.temporary(1)
    builder.compute(SRL, FLOAT_STATUS, immediate(part.shift))
    builder.compute(AND, LAST_C, immediate(part.mask), old)
    if is_written:
        if name == "csrrs":
            builder.compute(OR, old, operand)
            operand = LAST_C
        elif name == "csrrc":
            builder.compute(XOR, operand, immediate(ALL))
            builder.compute(AND, LAST_C, old)
            operand = LAST_C
        builder.compute(AND, operand, immediate(part.mask))
        builder.compute(SLL, LAST_C, immediate(part.shift), new)
        builder.compute(AND, FLOAT_STATUS, immediate(~(part.mask << part.shift)))
        builder.compute(OR, LAST_C, new, FLOAT_STATUS)
    builder.copy(old, into(instruction.rd))


def _constant(context: Context, number: int) -> Operand | None:
    """The value of a register that cannot be written."""
    if number in COUNTERS:
        return UNITS
    if number == ARCHITECTURE and context.program.convention is Convention.ZISK:
        return immediate(ZISK_ARCHITECTURE)
    return None


CONTROL_REGISTERS: dict[str, Lowering] = dict.fromkeys(
    ("csrrw", "csrrs", "csrrc", "csrrwi", "csrrsi", "csrrci"), _access
)
