"""Copies between guest memory and hidden words, eight bytes per turn; the slices are checked already."""

from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import ADD, AND, EQ, OR, SLL, SRL, SUB
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.slices import advance, emit_loop
from zisk_py.transpiler.rom_builder import Label


def copy_in(
    context: Context, address: Operand, length: Operand, base: int, index: Operand, is_gapped: bool
) -> None:
    """Copy a slice of guest memory to hidden words base + index on; zeros fill the last of them.

    `index` is then behind them. Uses temporaries 7, 8, 10 and 11.
    """
    builder, done = context.builder, Label("copied")
    source, left, word, shift = (context.temporary(i) for i in (7, 8, 10, 11))
    builder.copy(address, source)
    builder.copy(length, left)

    def whole() -> None:
        builder.load(source, 0, 8)
        builder.store(index, base, 8, LAST_C, guest=False)
        builder.compute(ADD, index, immediate(1), index)
        advance(context, source, 8, is_gapped)

    def single() -> None:
        builder.load(source, 0, 1)
        builder.compute(SLL, LAST_C, shift)
        builder.compute(OR, LAST_C, word, word)
        builder.compute(ADD, shift, immediate(8), shift)
        advance(context, source, 1, is_gapped)

    emit_loop(context, 8, left, whole)
    builder.branch(EQ, left, immediate(0), done)
    builder.copy(immediate(0), word)
    builder.copy(immediate(0), shift)
    emit_loop(context, 1, left, single)
    builder.store(index, base, 8, word, guest=False)
    builder.compute(ADD, index, immediate(1), index)
    builder.place(done)


def copy_out(
    context: Context,
    base: int,
    position: Operand,
    address: Operand,
    length: Operand,
    is_gapped: bool,
    *,
    is_whole: bool = False,
) -> None:
    """Copy hidden bytes to a slice of guest memory: those from byte `position` of the words base on.

    The word behind the last of them must exist. With `is_whole` the position is a multiple of 8, and it need
    not. Uses temporaries 7 to 12.
    """
    builder, done = context.builder, Label("copied")
    target, left, index, shift, back, word = (context.temporary(i) for i in (7, 8, 9, 10, 11, 12))
    builder.copy(address, target)
    builder.copy(length, left)
    builder.compute(SRL, position, immediate(3), index)
    if not is_whole:
        builder.compute(AND, position, immediate(7))
        builder.compute(SLL, LAST_C, immediate(3), shift)
        builder.compute(SUB, immediate(63), shift, back)

    def fetch() -> None:
        if is_whole:
            builder.load(index, base, 8, word, guest=False)
            return
        builder.load(index, base, 8, guest=False)
        builder.compute(SRL, LAST_C, shift, word)
        builder.load(index, base + 1, 8, guest=False)
        builder.compute(SLL, LAST_C, immediate(1))  # and 63 - shift more: no shift is by 64
        builder.compute(SLL, LAST_C, back)
        builder.compute(OR, LAST_C, word, word)

    def whole() -> None:
        fetch()
        builder.store(target, 0, 8, word)
        builder.compute(ADD, index, immediate(1), index)
        advance(context, target, 8, is_gapped)

    def single() -> None:
        builder.store(target, 0, 1, word)
        builder.compute(SRL, word, immediate(8), word)
        advance(context, target, 1, is_gapped)

    emit_loop(context, 8, left, whole)
    builder.branch(EQ, left, immediate(0), done)
    fetch()
    emit_loop(context, 1, left, single)
    builder.place(done)
