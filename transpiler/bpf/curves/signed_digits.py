"""Scalars as signed odd digits, at most one in `width` places: each digit is one addition of a point."""

from collections.abc import Sequence
from itertools import pairwise

from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import ADD, AND, EQ, LTU, MULU, OR, SLL, SRL, SUB
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.numbers import WORD_BITS
from zisk_py.transpiler.rom_builder import Label

TOP_BIT = WORD_BITS - 1


def recode(
    context: Context, words: Sequence[Operand], digits: int, num_digits: int, width: int, sign: Operand
) -> None:
    """Write the digits of a scalar times `sign`, lowest first, to hidden words from `digits` on.

    A digit is 0, or odd and between -2^(width - 1) and 2^(width - 1), modulo 2^64. The scalar, in words that
    are lost, is below 2^(num_digits - 1) and so far below what they hold that it can be rounded up.
    """
    builder = context.builder
    again, even, negative, shift = (Label(name) for name in ("digit", "even", "negative", "next place"))
    place, digit = context.temporary(20), context.temporary(21)
    builder.copy(immediate(0), place)
    builder.place(again)
    builder.compute(AND, words[0], immediate(1))
    builder.branch(EQ, LAST_C, immediate(0), even)
    builder.compute(AND, words[0], immediate((1 << width) - 1), digit)
    builder.branch(LTU, immediate(1 << width - 1), digit, negative)
    builder.compute(SUB, words[0], digit, words[0])
    builder.end(shift)
    builder.place(negative)
    builder.compute(SUB, digit, immediate(1 << width), digit)
    builder.compute(SUB, words[0], digit, words[0])
    for word, above in pairwise(words):
        # The low bits have become 0: a word that is 0 now has overflown.
        builder.branch(EQ, word, immediate(0), None, shift)
        builder.compute(ADD, above, immediate(1), above)
    builder.end(shift)
    builder.place(even)
    builder.copy(immediate(0), digit)
    builder.place(shift)
    builder.compute(MULU, digit, sign)
    builder.store(place, digits, 8, LAST_C, guest=False)
    for word, above in pairwise(words):
        builder.compute(SRL, word, immediate(1), word)
        builder.compute(SLL, above, immediate(TOP_BIT))
        builder.compute(OR, LAST_C, word, word)
    builder.compute(SRL, words[-1], immediate(1), words[-1])
    builder.compute(ADD, place, immediate(1), place)
    builder.branch(LTU, LAST_C, immediate(num_digits), again)
