"""Lowering of the instructions that read the packet, which is the input (RFC 9669, 5.4; deprecated there).

r0 = the big-endian number at imm, or at the low half of src plus imm. As in Linux, a place that is not whole
inside the packet ends the function as if it returned 0. r1 to r5, which may be lost, stay as they are, and
r6 need not point to anything.
"""

from zisk_py.isa.instruction import LAST_C, Operand, immediate, register
from zisk_py.isa.operations import ADD, AND, LTU
from zisk_py.transpiler.bpf.arithmetic import reverse_bytes
from zisk_py.transpiler.bpf.calls import lower_exit
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.layout import EBPF_INPUT_ADDRESS, INPUT_LENGTH_REGISTER
from zisk_py.transpiler.bpf.operands import MASK32
from zisk_py.transpiler.rom_builder import Label


def lower_packet_load(context: Context, instruction: BpfInstruction) -> None:
    """r0 = packet[imm] or packet[src + imm], of 8, 16 or 32 bits."""
    builder, result, outside = context.builder, register(0), Label("outside the packet")
    width = instruction.encoding.bits // 8
    place: Operand = immediate(instruction.imm & MASK32)
    if instruction.encoding.from_register:
        builder.compute(ADD, register(instruction.src), place)
        place = context.temporary(0)
        builder.compute(AND, LAST_C, immediate(MASK32), place)
    builder.compute(ADD, place, immediate(width), context.temporary(1))
    builder.branch(LTU, register(INPUT_LENGTH_REGISTER), context.temporary(1), outside)
    builder.load(place, EBPF_INPUT_ADDRESS, width, result)
    reverse_bytes(context, result, instruction.encoding.bits)
    builder.end(context.next_slot(instruction))
    builder.place(outside)
    builder.copy(immediate(0), result)
    lower_exit(context, instruction)
