"""Fills in the structure through which an XDP program or a socket filter finds its packet, the input.

Its addresses are numbers of 32 bits, so packet and structure lie below 2^32. The rows come before the
program's first instruction and cost no compute units.
"""

from zisk_py.isa.instruction import immediate, register
from zisk_py.isa.operations import ADD
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.layout import EBPF_CONTEXT_ADDRESS, EBPF_INPUT_ADDRESS, INPUT_LENGTH_REGISTER
from zisk_py.transpiler.bpf.platform import PacketContext
from zisk_py.transpiler.rom_builder import Label


def emit_packet_context(context: Context, fields: PacketContext) -> None:
    """The first routine of the ROM, where the run starts; it goes on to the program's entry."""
    builder, place = context.builder, immediate(EBPF_CONTEXT_ADDRESS)
    start, length, end = immediate(EBPF_INPUT_ADDRESS), register(INPUT_LENGTH_REGISTER), context.temporary(0)
    builder.begin_routine(Label("packet context"))
    builder.compute(ADD, length, start, end)
    for offsets, value in ((fields.starts, start), (fields.ends, end), (fields.lengths, length)):
        for offset in offsets:
            builder.store(place, offset, 4, value)
    builder.end(builder.slot_label(context.program.entry))
