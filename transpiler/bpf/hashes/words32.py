"""Arithmetic on words of 32 bits in operands of 64.

A word is in the low half of an operand; what is in the high half does no harm to sums, bitwise operations and
shifts to the left, and has to be cut off before a shift to the right. A word that is there twice, in both
halves, is rotated by a shift.
"""

from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import ADD, AND, MULU, MULUH, OR, SLL, SRL, XOR
from zisk_py.transpiler.rom_builder import RomBuilder

MASK32 = (1 << 32) - 1
TWICE = (1 << 32) + 1
EVEN_BYTES = 0x00FF_00FF_00FF_00FF


def add_to_last(builder: RomBuilder, *terms: Operand) -> None:
    """Add terms to the last result."""
    for term in terms:
        builder.compute(ADD, LAST_C, term)


def double_last(builder: RomBuilder, into: Operand, once: Operand | None = None) -> None:
    """`into` = the low half of the last result in both halves; `once` = that with a high half of zeros."""
    builder.compute(AND, LAST_C, immediate(MASK32), once)
    builder.compute(MULU, LAST_C, immediate(TWICE), into)


def rotate_last_right(builder: RomBuilder, bits: int, into: Operand) -> None:
    """`into` = the low half of the last result rotated; its high half is of no use."""
    builder.compute(SLL, LAST_C, immediate(32))
    builder.compute(MULUH, LAST_C, immediate(TWICE << (32 - bits)), into)


def xor_of_rotations(
    builder: RomBuilder, twice: Operand, steps: tuple[int, ...], into: Operand | None = None
) -> None:
    """The xor of a doubled word rotated by s1, by s1 + s2, and so on; its high half is of no use.

    With the steps s1, s2 that is ((x >> s2) ^ x) >> s1.
    """
    value = twice
    for step in reversed(steps[1:]):
        builder.compute(SRL, value, immediate(step))
        builder.compute(XOR, LAST_C, twice)
        value = LAST_C
    builder.compute(SRL, value, immediate(steps[0]), into)


def swap_pairs(builder: RomBuilder, value: Operand, into: Operand) -> None:
    """`into` = value with bytes 0 and 1, 2 and 3, ... in each other's place.

    `value` is neither LAST_C nor `into`.
    """
    builder.compute(SRL, value, immediate(8))
    builder.compute(AND, LAST_C, immediate(EVEN_BYTES), into)
    builder.compute(AND, value, immediate(EVEN_BYTES))
    builder.compute(SLL, LAST_C, immediate(8))
    builder.compute(OR, LAST_C, into, into)


def swap_halves(builder: RomBuilder, into: Operand) -> None:
    """`into` = the low 32 bits of the last result, rotated by 16; its high half is zero.

    The last result is below 2^32.
    """
    builder.compute(MULU, LAST_C, immediate(TWICE << 16))
    builder.compute(SRL, LAST_C, immediate(32), into)


def pack(builder: RomBuilder, low: Operand, high: Operand, into: Operand) -> None:
    """`into` = the low halves of two operands, side by side; `into` is neither of them."""
    builder.compute(SLL, high, immediate(32), into)
    builder.compute(AND, low, immediate(MASK32))
    builder.compute(OR, LAST_C, into, into)
