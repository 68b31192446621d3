"""Whether memory that a system call is told of is there: all of it in one region, and writable if need be."""

from zisk_py.isa.instruction import Operand, immediate, register
from zisk_py.isa.memory_map import Region, RegionKind, join_regions
from zisk_py.isa.operations import EQ, LTU, SUB
from zisk_py.isa.rules import Claim
from zisk_py.transpiler.riscv.context import Context
from zisk_py.transpiler.riscv.layout import INPUT_LENGTH_REGISTER, make_rules
from zisk_py.transpiler.rom_builder import Label


def check_range(
    context: Context, address: Operand, length: Operand, *, is_written: bool, otherwise: Label
) -> None:
    """Go on if `length` bytes at `address` are there, or none are asked for. Uses temporaries 6 and 7."""
    builder, offset, room = context.builder, context.temporary(6), context.temporary(7)
    good = Label("the bytes are there")
    builder.branch(EQ, length, immediate(0), good)
    for region in _regions(context):
        if region.writable or not is_written:
            size = _size(region)
            following = Label("another region")
            builder.branch(LTU, size, length, following)
            builder.compute(SUB, size, length, room)
            builder.compute(SUB, address, immediate(region.address), offset)
            builder.branch(LTU, room, offset, following, good)
            builder.place(following)
    builder.end(otherwise)
    builder.place(good)


def _regions(context: Context) -> list[Region]:
    """The regions of a run with some input, highest first: stack, input, data, constants, code."""
    regions = make_rules(context.program).start_regions(Claim(input_length=1))
    return list(reversed(join_regions(regions)))


def _size(region: Region) -> Operand:
    is_input = region.kind is RegionKind.INPUT
    return register(INPUT_LENGTH_REGISTER) if is_input else immediate(region.size)
