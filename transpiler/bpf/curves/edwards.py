"""Whether 32 bytes are a compressed point of the ed25519 curve -x^2 + y^2 = 1 + d x^2 y^2.

As curve25519-dalek decides it: bit 255, the sign of x, does not matter, also where x is 0, and a y from the
modulus on is taken as its remainder. Then x^2 = (y^2 - 1) / (d y^2 + 1), whose divisor is never 0, because
-1 is a square and d is none; it is a square if and only if the product of the two is.
"""

from collections.abc import Sequence

from zisk_py.isa.instruction import Operand, immediate
from zisk_py.isa.operations import EQ
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.fields import ED25519
from zisk_py.transpiler.bpf.curves.numbers import NUM_LIMBS, put_constant
from zisk_py.transpiler.bpf.curves.powers import ED25519_EULER, POWER_WORDS_END, raise_to
from zisk_py.transpiler.bpf.curves.words import limbs_of_words
from zisk_py.transpiler.rom_builder import Label

D = -121665 * pow(121666, -1, ED25519.modulus) % ED25519.modulus
CONSTANT, SQUARE, DIVISOR, PRODUCT = (POWER_WORDS_END + NUM_LIMBS * i for i in range(4))
EDWARDS_WORDS_END = PRODUCT + NUM_LIMBS


def branch_on_curve(context: Context, words: Sequence[Operand], on_curve: Label) -> None:
    """Go to `on_curve` if the 32 bytes in four words are a point, else go on."""
    builder, field = context.builder, ED25519
    y = limbs_of_words(builder, words, PRODUCT, bits=255)
    square = field.square(builder, SQUARE, y)
    divisor = field.multiply(builder, DIVISOR, square, put_constant(builder, CONSTANT, D))
    one = put_constant(builder, CONSTANT, 1)
    divisor = field.settle(builder, field.combine(builder, DIVISOR, [(1, divisor), (1, one)]), DIVISOR)
    dividend = field.combine(builder, SQUARE, [(1, square)], [(1, one)])
    product = field.multiply(builder, PRODUCT, divisor, dividend)
    criterion = field.canonical(builder, raise_to(context, field, ED25519_EULER, product), PRODUCT)
    # It is 0 or 1 for squares, and the modulus - 1 for others.
    builder.branch(EQ, criterion.limb(NUM_LIMBS - 1), immediate(0), on_curve)
