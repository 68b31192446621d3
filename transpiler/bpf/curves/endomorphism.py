"""Halving scalars: (x, y) -> (BETA x, y) multiplies every point of secp256k1 by LAMBDA.

So a multiple by k is one by k1 plus one by k2 of the other point, if k = k1 + k2 LAMBDA modulo the order.
Such k1 and k2 of half the bits are what is left of (k, 0) without the multiples, rounded down to whole ones,
of two short vectors (a, b) with a + b LAMBDA = 0 modulo the order.
"""

from zisk_py.isa.instruction import LAST_C, hidden, immediate
from zisk_py.isa.operations import ADD, AND, EQ, SLL, SRL
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.columns import NUM_COLUMNS, SHIFT, Columns, Factor
from zisk_py.transpiler.bpf.curves.fields import SECP256K1_ORDER
from zisk_py.transpiler.bpf.curves.numbers import (
    LIMB_BITS,
    LIMB_MASK,
    NUM_LIMBS,
    Number,
    put_constant,
    split,
)
from zisk_py.transpiler.bpf.curves.secp256k1 import ORDER, POINT_WORDS_END
from zisk_py.transpiler.bpf.curves.words import NUM_WORDS, words_of_limbs
from zisk_py.transpiler.rom_builder import Label, RomBuilder

BETA = 0x7AE96A2B_657C0710_6E64479E_AC3434E9_9CF04975_12F58995_C1396C28_719501EE
LAMBDA = 0x5363AD4C_C05C30E0_A5261C02_8812645A_122E22EA_20816678_DF02967C_1B23BD72
SHORT_VECTORS = (
    (0x3086D221_A7D46BCD_E86C90E4_9284EB15, -0xE4437ED6_010E8828_6F547FA9_0ABFE4C3),
    (0x1_14CA50F7_A8E2F3F6_57C1108D_9D44CFD8, 0x3086D221_A7D46BCD_E86C90E4_9284EB15),
)
HALF_BITS = 129  # k1 < a1 + a2, |k2| < |b1| + b2

# (k, 0) = (k b2 / ORDER) of the first vector - (k b1 / ORDER) of the second; quotients are limbs 7 and up of
# k * RATIO, rounded down.
FIRST_LIMB = 7
NUMERATORS = (SHORT_VECTORS[1][1], -SHORT_VECTORS[0][1])
RATIOS = tuple((numerator << LIMB_BITS * FIRST_LIMB) // ORDER for numerator in NUMERATORS)

SCALAR = POINT_WORDS_END  # k, canonical
SHIFTED = SCALAR + NUM_LIMBS  # its limbs times 2^12
QUOTIENTS = SHIFTED + NUM_LIMBS
CONSTANT = QUOTIENTS + 2 * NUM_LIMBS
REST = CONSTANT + NUM_LIMBS
HALVES = tuple(REST + NUM_LIMBS + NUM_WORDS * i for i in range(2))  # k1 and |k2|, four words each
SIGN = HALVES[1] + NUM_WORDS  # of k2: 1 or -1
LINK = SIGN + 1
ENDOMORPHISM_WORDS_END = LINK + 1


def call_halve(context: Context) -> None:
    """Set HALVES and SIGN from SCALAR."""
    context.builder.call(context.routine("halve a scalar", _halve), hidden(LINK))


def _halve(context: Context) -> None:
    builder, field, positive = context.builder, SECP256K1_ORDER, Label("the second half is positive")
    scalar = Number(SCALAR, (*[LIMB_MASK] * (NUM_LIMBS - 1), split(ORDER)[-1]))
    first, second = ([hidden(word + i) for i in range(NUM_WORDS)] for word in HALVES)
    for index in range(NUM_LIMBS):
        builder.compute(SLL, scalar.limb(index), immediate(SHIFT), hidden(SHIFTED + index))
    terms = []
    for index, (ratio, vector) in enumerate(zip(RATIOS, SHORT_VECTORS, strict=True)):
        word = QUOTIENTS + NUM_LIMBS * index
        quotient = _upper_product(builder, scalar, ratio, word)
        share = put_constant(builder, CONSTANT, -vector[1] % ORDER)
        terms.append((1, field.multiply(builder, word, quotient, share)))
    total = field.settle(builder, field.combine(builder, REST, terms), REST)
    k2 = field.canonical(builder, total, CONSTANT)
    product = field.multiply(builder, REST, k2, put_constant(builder, QUOTIENTS, LAMBDA))
    rest = field.settle(builder, field.combine(builder, REST, [(1, scalar)], [(1, product)]), REST)
    words_of_limbs(builder, field.canonical(builder, rest, QUOTIENTS), first)
    # A negative k2 is just below the order, any other far below.
    builder.copy(immediate(1), hidden(SIGN))
    builder.branch(EQ, k2.limb(NUM_LIMBS - 1), immediate(0), positive)
    builder.copy(immediate(-1), hidden(SIGN))
    opposite = field.settle(builder, field.combine(builder, REST, [], [(1, k2)]), REST)
    field.canonical(builder, opposite, CONSTANT)
    builder.place(positive)
    words_of_limbs(builder, k2, second)
    builder.go_back(hidden(LINK))


def _upper_product(builder: RomBuilder, scalar: Number, constant: int, word: int) -> Number:
    """The limbs from FIRST_LIMB on of the product with a constant."""
    columns = Columns(builder)
    for index in range(NUM_LIMBS):
        factor = Factor(scalar.limb(index), hidden(SHIFTED + index), scalar.most[index])
        for other, part in enumerate(split(constant)):
            columns.add_product(index + other, factor, immediate(part), part)
    below = immediate(0)
    for column in range(NUM_COLUMNS):
        total, _ = columns.finish(column) or (below, 0)
        if column:
            builder.compute(SRL, below, immediate(LIMB_BITS))
            builder.compute(ADD, LAST_C, total, total)
        if column >= FIRST_LIMB:
            builder.compute(AND, total, immediate(LIMB_MASK), hidden(word + column - FIRST_LIMB))
        below = total
    num_limbs = NUM_COLUMNS - FIRST_LIMB
    for index in range(num_limbs, NUM_LIMBS):
        builder.copy(immediate(0), hidden(word + index))
    return Number(word, (LIMB_MASK,) * num_limbs + (0,) * (NUM_LIMBS - num_limbs))
