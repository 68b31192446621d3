"""Whether 32 bytes are a compressed point of the ed25519 curve -x^2 + y^2 = 1 + d x^2 y^2.

As curve25519-dalek decides it: bit 255, the sign of x, does not matter, also where x is 0, and a y from the
modulus on is taken as its remainder. Then x^2 = (y^2 - 1) / (d y^2 + 1), whose divisor is never 0, because
-1 is a square and d is none; it is a square if and only if the product of the two is.
"""

from collections.abc import Sequence

from zisk_py.isa.instruction import Operand, hidden
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.fields import ED25519
from zisk_py.transpiler.bpf.curves.numbers import NUM_LIMBS, put_constant
from zisk_py.transpiler.bpf.curves.squares import SQUARE_WORDS_END, branch_on_square
from zisk_py.transpiler.bpf.curves.words import NUM_WORDS, limbs_of_words, words_of_limbs
from zisk_py.transpiler.rom_builder import Label

D = -121665 * pow(121666, -1, ED25519.modulus) % ED25519.modulus
CONSTANT, SQUARE, DIVISOR, PRODUCT = (SQUARE_WORDS_END + NUM_LIMBS * i for i in range(4))
WORDS = [hidden(PRODUCT + NUM_LIMBS + i) for i in range(NUM_WORDS)]
EDWARDS_WORDS_END = PRODUCT + NUM_LIMBS + NUM_WORDS


def branch_on_curve(context: Context, words: Sequence[Operand], on_curve: Label) -> None:
    """Go to `on_curve` if the 32 bytes in four words are a point, else go on."""
    builder, field = context.builder, ED25519
    y = limbs_of_words(builder, words, PRODUCT, bits=255)
    square = field.square(builder, SQUARE, y)
    divisor = field.multiply(builder, DIVISOR, square, put_constant(builder, CONSTANT, D))
    one = put_constant(builder, CONSTANT, 1)
    divisor = field.settle(builder, field.combine(builder, DIVISOR, [(1, divisor), (1, one)]), DIVISOR)
    dividend = field.combine(builder, SQUARE, [(1, square)], [(1, one)])
    words_of_limbs(builder, field.multiply(builder, PRODUCT, divisor, dividend), WORDS)
    branch_on_square(context, WORDS, field.modulus, on_curve)
