"""UTF-8 validation as micro-code (Unicode 15, table 3-7): eight ASCII bytes per turn, else one character."""

from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import AND, EQ, LTU, SUB
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.slices import advance
from zisk_py.transpiler.rom_builder import Label

HIGH_BITS = 0x8080_8080_8080_8080
LAST_ASCII, FIRST_LEAD = 0x7F, 0xC2
CONTINUATION, CONTINUATION_SPAN = 0x80, 0x3F
# Leads below the first number: bytes that follow. The second byte of a few leads has a smaller range.
LEADS = ((0xE0, 1), (0xF0, 2), (0xF5, 3))
SECOND_BYTES = ((0xE0, 0xA0, 0xBF), (0xED, 0x80, 0x9F), (0xF0, 0x90, 0xBF), (0xF4, 0x80, 0x8F))


def check_utf8(
    context: Context, address: Operand, length: Operand, is_gapped: bool, valid: Label, invalid: Label
) -> None:
    """Go to `valid` if the slice is UTF-8, else to `invalid`."""
    builder = context.builder
    pointer, left, byte, more, low, span = (context.temporary(i) for i in range(7, 13))
    top, single, lead, follow = Label("character"), Label("byte"), Label("lead"), Label("following byte")
    builder.copy(address, pointer)
    builder.copy(length, left)
    builder.place(top)
    builder.branch(EQ, left, immediate(0), valid)
    builder.branch(LTU, left, immediate(8), single)
    builder.load(pointer, 0, 8)
    builder.compute(AND, LAST_C, immediate(HIGH_BITS))
    builder.branch(EQ, LAST_C, immediate(0), None, single)
    advance(context, pointer, 8, is_gapped)
    builder.compute(SUB, left, immediate(8), left, then=top)

    builder.place(single)
    builder.load(pointer, 0, 1, byte)
    builder.branch(LTU, immediate(LAST_ASCII), byte, lead)
    advance(context, pointer, 1, is_gapped)
    builder.compute(SUB, left, immediate(1), left, then=top)

    builder.place(lead)
    builder.branch(LTU, byte, immediate(FIRST_LEAD), invalid)
    second = Label("second byte")
    for limit, count in LEADS:
        builder.copy(immediate(count), more)
        builder.branch(LTU, byte, immediate(limit), second)
    builder.end(invalid)

    builder.place(second)
    builder.branch(LTU, more, left, None, invalid)
    for value, first, last in SECOND_BYTES:
        other = Label("other lead")
        builder.branch(EQ, byte, immediate(value), None, other)
        builder.copy(immediate(first), low)
        builder.copy(immediate(last - first), span, then=follow)
        builder.place(other)
    builder.copy(immediate(CONTINUATION), low)
    builder.copy(immediate(CONTINUATION_SPAN), span)

    # Bytes that follow: byte - low <= span; after the first of them any continuation byte.
    builder.place(follow)
    advance(context, pointer, 1, is_gapped)
    builder.compute(SUB, left, immediate(1), left)
    builder.load(pointer, 0, 1)
    builder.compute(SUB, LAST_C, low)
    builder.branch(LTU, span, LAST_C, invalid)
    builder.copy(immediate(CONTINUATION), low)
    builder.copy(immediate(CONTINUATION_SPAN), span)
    builder.compute(SUB, more, immediate(1), more)
    builder.branch(EQ, LAST_C, immediate(0), None, follow)
    advance(context, pointer, 1, is_gapped)
    builder.compute(SUB, left, immediate(1), left, then=top)
