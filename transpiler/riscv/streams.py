"""Bytes between guest memory and streams: the input, and those that hidden words hold.

Both work on bytes of guest memory that are there, eight per turn where they can.
"""

from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import ADD, AND, EQ, LTU, OR, SLL, SRL, SUB
from zisk_py.transpiler.riscv.context import INPUT_POSITION, Context
from zisk_py.transpiler.riscv.layout import INPUT_ADDRESS
from zisk_py.transpiler.rom_builder import Label

WORD = 8


def append(context: Context, stream: Operand, address: Operand, left: Operand) -> None:
    """Append `left` bytes at `address` to a stream; there is room for them.

    `stream` is the number of its first word, which holds its length. Changes all operands but `stream`; uses
    temporaries 4 to 7.
    """
    builder = context.builder
    length, place, shift, value = (context.temporary(i) for i in (4, 5, 6, 7))
    top, whole, single, done = (Label(name) for name in ("append", "a word", "a byte", "appended"))
    builder.load(stream, 0, WORD, length, guest=False)
    builder.place(top)
    builder.branch(EQ, left, immediate(0), done)
    builder.compute(SRL, length, immediate(3))
    builder.compute(ADD, LAST_C, stream, place)
    builder.compute(AND, length, immediate(7), shift)
    builder.branch(EQ, shift, immediate(0), None, single)
    builder.branch(LTU, left, immediate(WORD), single, whole)
    builder.place(whole)
    builder.load(address, 0, WORD)
    builder.store(place, 1, WORD, LAST_C, guest=False)
    _move_on(context, (length, address), left, WORD, top)
    builder.place(single)
    builder.compute(SLL, shift, immediate(3), shift)
    builder.load(address, 0, 1)
    builder.compute(SLL, LAST_C, shift, value)
    builder.load(place, 1, WORD, guest=False)
    builder.compute(OR, LAST_C, value)
    builder.store(place, 1, WORD, LAST_C, guest=False)
    _move_on(context, (length, address), left, 1, top)
    builder.place(done)
    builder.store(stream, 0, WORD, length, guest=False)


def take_input(context: Context, address: Operand, left: Operand) -> None:
    """Copy the next `left` bytes of the input, which it has, to `address`.

    Changes both operands; uses temporary 5.
    """
    builder, source = context.builder, context.temporary(5)
    top, single, done = (Label(name) for name in ("take", "a byte", "taken"))
    builder.compute(ADD, INPUT_POSITION, immediate(INPUT_ADDRESS), source)
    builder.compute(ADD, INPUT_POSITION, left, INPUT_POSITION)
    builder.place(top)
    builder.branch(LTU, left, immediate(WORD), single)
    builder.load(source, 0, WORD)
    builder.store(address, 0, WORD, LAST_C)
    _move_on(context, (source, address), left, WORD, top)
    builder.place(single)
    builder.branch(EQ, left, immediate(0), done)
    builder.load(source, 0, 1)
    builder.store(address, 0, 1, LAST_C)
    _move_on(context, (source, address), left, 1, single)
    builder.place(done)


def _move_on(
    context: Context, places: tuple[Operand, ...], left: Operand, num_bytes: int, then: Label
) -> None:
    for place in places:
        context.builder.compute(ADD, place, immediate(num_bytes), place)
    context.builder.compute(SUB, left, immediate(num_bytes), left)
    context.builder.end(then)
