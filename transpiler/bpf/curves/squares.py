"""Whether a number is a square modulo a prime, by its Jacobi symbol.

The binary algorithm: of (a / b), b odd, take the factors 2 out of a, each of which changes the sign if b is 3
or 5 modulo 8; subtract the smaller of a and b from the larger, having exchanged them if that is b, which
changes the sign if both are 3 modulo 4; until a is 0. What is left in b is what both have in common.
"""

from collections.abc import Sequence

from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import ADD, AND, DIVU, EQ, LT, LTU, MULU, MULUH, OR, SRL, SUB, XOR
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.fields import FIELD_WORDS_END
from zisk_py.transpiler.bpf.curves.words import NUM_WORDS
from zisk_py.transpiler.rom_builder import Label, RomBuilder

MASK64 = (1 << 64) - 1
ODD_POWERS = 0xAAAA_AAAA_AAAA_AAAA  # 2, 8, 32 ...
SIGN_BIT = 2  # of SIGNS: 1 where the symbol is -1
MOST_BITS = 255  # of the modulus: differences have a sign

A, B, DIFFERENCE = (
    [hidden(FIELD_WORDS_END + NUM_WORDS * place + index) for index in range(NUM_WORDS)] for place in range(3)
)
SIGNS, POWER, SCALE, BORROW, PART = (hidden(FIELD_WORDS_END + 3 * NUM_WORDS + index) for index in range(5))
SQUARE_WORDS_END = FIELD_WORDS_END + 3 * NUM_WORDS + 5


def branch_on_square(context: Context, words: Sequence[Operand], modulus: int, square: Label) -> None:
    """Go to `square` if the number in four words is a square, or 0, modulo a prime below 2^255; else go on.

    The number may be larger than the modulus, but by less than 2^255. It is not LAST_C.
    """
    if modulus.bit_length() > MOST_BITS or modulus & MASK64 == 1 or modulus % 2 == 0:
        raise AssertionError("no modulus of squares")
    builder = context.builder
    shifted, even, odd, low_zero = (Label(name) for name in ("shifted", "even", "odd", "a low word of 0"))
    builder.copy(immediate(0), SIGNS)
    for index, word in enumerate(words):
        builder.copy(immediate(modulus >> 64 * index & MASK64), B[index])
        builder.copy(word, DIFFERENCE[index])
    builder.place(shifted)
    for word, target in zip(DIFFERENCE, A, strict=True):
        builder.copy(word, target)
    builder.compute(AND, A[0], immediate(1))
    builder.branch(EQ, LAST_C, immediate(1), odd)
    builder.place(even)
    builder.branch(EQ, DIFFERENCE[0], immediate(0), low_zero)
    _take_twos(builder)
    builder.place(odd)
    _subtract(builder, odd, even)
    builder.place(low_zero)
    for word, above in zip(DIFFERENCE, [*DIFFERENCE[1:], immediate(0)], strict=True):
        builder.copy(above, word)
    for word in DIFFERENCE[:-1]:
        builder.branch(EQ, word, immediate(0), None, shifted)
    builder.branch(EQ, B[0], immediate(1), None, square)
    builder.compute(AND, SIGNS, immediate(SIGN_BIT))
    builder.branch(EQ, LAST_C, immediate(0), square)


def _take_twos(builder: RomBuilder) -> None:
    """A = DIFFERENCE, which is even and whose low word is not 0, without its factors 2."""
    no_change = Label("an even number of twos")
    builder.compute(SUB, immediate(0), DIFFERENCE[0])
    builder.compute(AND, LAST_C, DIFFERENCE[0], POWER)
    builder.compute(AND, LAST_C, immediate(ODD_POWERS))
    builder.branch(EQ, LAST_C, immediate(0), no_change)
    # b is 3 or 5 modulo 8 where its bits 1 and 2 differ.
    builder.compute(SRL, B[0], immediate(1))
    builder.compute(XOR, LAST_C, B[0])
    builder.compute(XOR, LAST_C, SIGNS, SIGNS)
    builder.place(no_change)
    # To the right by k is a product by 2^(64 - k): of a word the high half, of the one above the low half.
    builder.compute(DIVU, immediate(MASK64), POWER)
    builder.compute(ADD, LAST_C, immediate(1), SCALE)
    for index in range(NUM_WORDS - 1):
        builder.compute(MULUH, DIFFERENCE[index], SCALE, PART)
        builder.compute(MULU, DIFFERENCE[index + 1], SCALE)
        builder.compute(OR, LAST_C, PART, A[index])
    builder.compute(MULUH, DIFFERENCE[-1], SCALE, A[-1])


def _subtract(builder: RomBuilder, odd: Label, even: Label) -> None:
    """DIFFERENCE = the distance of A and B, and B the smaller of them; go on at `even`."""
    exchange = Label("exchange")
    builder.compute(LTU, A[0], B[0], BORROW)
    builder.compute(SUB, A[0], B[0], DIFFERENCE[0])
    for one, other, difference in zip(A[1:-1], B[1:-1], DIFFERENCE[1:-1], strict=True):
        builder.compute(SUB, one, other, difference)
        builder.compute(LTU, difference, BORROW, PART)
        builder.compute(SUB, difference, BORROW, difference)
        builder.compute(LTU, one, other)
        builder.compute(OR, LAST_C, PART, BORROW)
    builder.compute(SUB, A[-1], B[-1])
    builder.compute(SUB, LAST_C, BORROW, DIFFERENCE[-1])
    builder.branch(LT, LAST_C, immediate(0), None, even)
    builder.branch(EQ, DIFFERENCE[0], immediate(0), exchange)
    builder.compute(AND, A[0], B[0])
    builder.compute(XOR, LAST_C, SIGNS, SIGNS)
    for one, other in zip(A, B, strict=True):
        builder.copy(one, other)
    builder.compute(SUB, immediate(0), DIFFERENCE[0], DIFFERENCE[0])
    for word in DIFFERENCE[1:]:
        builder.compute(XOR, word, immediate(MASK64), word)
    builder.end(even)
    # A low word of 0 would hand a carry on to the next: hardly ever.
    builder.place(exchange)
    builder.compute(AND, A[0], B[0])
    builder.compute(XOR, LAST_C, SIGNS, SIGNS)
    for one, other in zip(A, B, strict=True):
        builder.copy(one, PART)
        builder.copy(other, one)
        builder.copy(PART, other)
    builder.end(odd)
