"""Subroutines on blocks of bytes: in guest memory at any address, in hidden words from the start of one.

All work on LEFT bytes and move their pointers forward. A partial last word of guest memory is read whole: the
input goes on behind all that the runtime looks at.
"""

from collections.abc import Callable

from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import ADD, EQ, SLL, SRL, SUB, XOR
from zisk_py.transpiler.bpf.context import Context, Routine
from zisk_py.transpiler.bpf.runtime.records import DIFFERS, LEFT, LINK, SHIFT, SOURCE, TARGET, VALUE
from zisk_py.transpiler.bpf.slices import emit_loop
from zisk_py.transpiler.rom_builder import Label

WORD = 8  # bytes
UNROLLED = 8  # words per turn of a loop


def copy_from_guest(context: Context, source: Operand, offset: int, left: Operand, more: int = 0) -> None:
    """Copy `left + more` bytes at guest address `source + offset` to hidden words from TARGET on."""
    _set(context, SOURCE, source, offset)
    _set(context, LEFT, left, more)
    _call(context, "copy from guest", _copy_from_guest)


def copy_words(context: Context, source: Operand, offset: int, left: Operand, more: int = 0) -> None:
    """Copy `left + more` bytes of hidden words from `source + offset` on to those from TARGET on."""
    _set(context, SOURCE, source, offset)
    _set(context, LEFT, left, more)
    _call(context, "copy words", _copy_words)


def compare(
    context: Context, source: Operand, offset: int, words: Operand, word: int, left: Operand, more: int = 0
) -> None:
    """Set DIFFERS to 1 if guest bytes differ from those of hidden words from `words + word` on, else to 0."""
    _set(context, SOURCE, source, offset)
    _set(context, TARGET, words, word)
    _set(context, LEFT, left, more)
    _call(context, "compare", _compare)


def find_nonzero(context: Context, source: Operand, offset: int, left: Operand) -> None:
    """Set DIFFERS to 1 if a guest byte is not 0, else to 0."""
    _set(context, SOURCE, source, offset)
    context.builder.copy(left, LEFT)
    _call(context, "find a byte that is not zero", _find_nonzero)


def _set(context: Context, into: Operand, value: Operand, more: int) -> None:
    if more:
        context.builder.compute(ADD, value, immediate(more), into)
    else:
        context.builder.copy(value, into)


def _call(context: Context, name: str, emit: Routine) -> None:
    context.builder.call(context.routine(name, emit), LINK)


def _emit_words(context: Context, per_word: Callable[[int], None], pointers: dict[Operand, int]) -> None:
    """Loops over whole words: `per_word` on word n from the pointers, which then move by so much per word."""
    for words in (UNROLLED, 1):

        def body(words: int = words) -> None:
            for number in range(words):
                per_word(number)
            for pointer, step in pointers.items():
                context.builder.compute(ADD, pointer, immediate(step * words), pointer)

        emit_loop(context, WORD * words, LEFT, body)


def _shift_for_tail(context: Context) -> None:
    """SHIFT becomes the number of bits above the LEFT last bytes in their word."""
    context.builder.compute(SLL, LEFT, immediate(3))
    context.builder.compute(SUB, immediate(64), LAST_C, SHIFT)


def _copy_from_guest(context: Context) -> None:
    builder, done = context.builder, Label("copied")

    def per_word(number: int) -> None:
        builder.load(SOURCE, WORD * number)
        builder.store(TARGET, number, WORD, LAST_C, guest=False)

    _emit_words(context, per_word, {SOURCE: WORD, TARGET: 1})
    builder.branch(EQ, LEFT, immediate(0), done)
    _shift_for_tail(context)
    builder.load(SOURCE, 0)
    builder.compute(SLL, LAST_C, SHIFT)
    builder.compute(SRL, LAST_C, SHIFT)
    builder.store(TARGET, 0, WORD, LAST_C, guest=False)
    builder.compute(ADD, TARGET, immediate(1), TARGET)
    builder.place(done)
    builder.go_back(LINK)


def _copy_words(context: Context) -> None:
    builder, done = context.builder, Label("copied")

    def per_word(number: int) -> None:
        builder.load(SOURCE, number, guest=False)
        builder.store(TARGET, number, WORD, LAST_C, guest=False)

    _emit_words(context, per_word, {SOURCE: 1, TARGET: 1})
    builder.branch(EQ, LEFT, immediate(0), done)
    per_word(0)
    builder.compute(ADD, TARGET, immediate(1), TARGET)
    builder.place(done)
    builder.go_back(LINK)


def _compare(context: Context) -> None:
    builder, differs, done = context.builder, Label("differs"), Label("compared")
    builder.copy(immediate(0), DIFFERS)

    def per_word(number: int) -> None:
        builder.load(SOURCE, WORD * number, WORD, VALUE)
        builder.load(TARGET, number, guest=False)
        builder.branch(EQ, VALUE, LAST_C, None, differs)

    _emit_words(context, per_word, {SOURCE: WORD, TARGET: 1})
    builder.branch(EQ, LEFT, immediate(0), done)
    _shift_for_tail(context)
    builder.load(SOURCE, 0, WORD, VALUE)
    builder.load(TARGET, 0, guest=False)
    builder.compute(XOR, VALUE, LAST_C)
    builder.compute(SLL, LAST_C, SHIFT)
    builder.branch(EQ, LAST_C, immediate(0), done, differs)
    builder.place(differs)
    builder.copy(immediate(1), DIFFERS)
    builder.place(done)
    builder.go_back(LINK)


def _find_nonzero(context: Context) -> None:
    builder, found, done = context.builder, Label("found"), Label("all are zero")
    builder.copy(immediate(0), DIFFERS)

    def per_word(number: int) -> None:
        builder.load(SOURCE, WORD * number)
        builder.branch(EQ, LAST_C, immediate(0), None, found)

    _emit_words(context, per_word, {SOURCE: WORD})
    builder.branch(EQ, LEFT, immediate(0), done)
    _shift_for_tail(context)
    builder.load(SOURCE, 0)
    builder.compute(SLL, LAST_C, SHIFT)
    builder.branch(EQ, LAST_C, immediate(0), done, found)
    builder.place(found)
    builder.copy(immediate(1), DIFFERS)
    builder.place(done)
    builder.go_back(LINK)
