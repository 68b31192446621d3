"""sol_secp256k1_recover: the public key that made an ECDSA signature of a hash.

With R the point that r stands for, the key is (s R - z G) / r: both multiples, in two halves each, by one
pass of doublings, where the digits of each half add odd multiples from a table.
"""

from collections.abc import Sequence

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate, register
from zisk_py.isa.operations import AND, EQ, LTU, OR, SUB, XOR
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.endomorphism import (
    BETA,
    ENDOMORPHISM_WORDS_END,
    HALF_BITS,
    HALVES,
    SCALAR,
    SIGN,
    call_halve,
)
from zisk_py.transpiler.bpf.curves.fields import SECP256K1_ORDER
from zisk_py.transpiler.bpf.curves.numbers import NUM_LIMBS, copy_number, put_constant
from zisk_py.transpiler.bpf.curves.point_tables import (
    PointTable,
    fill_with_accumulator,
    fill_with_generator,
    take,
)
from zisk_py.transpiler.bpf.curves.powers import ORDER_INVERSE, SECP256K1_INVERSE, SECP256K1_ROOT, raise_to
from zisk_py.transpiler.bpf.curves.secp256k1 import (
    ACCUMULATOR,
    FIELD,
    IS_INFINITE,
    MODULUS,
    OPERAND,
    ORDER,
    Point,
    branch_unless_zero,
    call_add,
    call_double,
)
from zisk_py.transpiler.bpf.curves.signed_digits import recode
from zisk_py.transpiler.bpf.curves.words import (
    NUM_WORDS,
    limbs_of_words,
    load_words,
    reverse_words,
    store_words,
    words_of_limbs,
)
from zisk_py.transpiler.bpf.meter import charge, finish_with
from zisk_py.transpiler.bpf.meter import finish as return_zero
from zisk_py.transpiler.bpf.slices import check_slice
from zisk_py.transpiler.rom_builder import Label, RomBuilder

R1, R2, R3, R4 = (register(i) for i in range(1, 5))
COST = 25_000
HASH_BYTES, SIGNATURE_BYTES, KEY_BYTES = 32, 64, 64
NUM_IDS = 4
IS_ODD, IS_ABOVE_ORDER = 1, 2  # bits of the id: of R's y, and whether its x is r + order
INVALID_ID, INVALID_SIGNATURE = 2, 3  # in r0

HASH, R, S = (ENDOMORPHISM_WORDS_END + NUM_WORDS * i for i in range(3))  # R and S become the key
NUMBERS = S + NUM_WORDS
NUM_NUMBERS = 4
NUM_DIGITS = HALF_BITS + 1
DIGITS = NUMBERS + NUM_NUMBERS * NUM_LIMBS
HASH_DIGITS = (DIGITS, DIGITS + NUM_DIGITS)  # of both halves
POINT_DIGITS = (DIGITS + 2 * NUM_DIGITS, DIGITS + 3 * NUM_DIGITS)
GENERATOR_TABLE = PointTable(DIGITS + 4 * NUM_DIGITS, width=8, is_affine=True)
POINT_TABLE = PointTable(GENERATOR_TABLE.end, width=5, is_affine=False)


def recover(context: Context) -> None:
    """r1 hash, r2 recovery id, r3 signature, r4 where the key goes; r0 = 2, 3 for a bad id, signature."""
    builder = context.builder
    invalid_id, invalid = _ending(context, INVALID_ID), _ending(context, INVALID_SIGNATURE)
    charge(context, immediate(COST))
    check_slice(context, R1, immediate(HASH_BYTES), FaultKind.LOAD_VIOLATION)
    check_slice(context, R3, immediate(SIGNATURE_BYTES), FaultKind.LOAD_VIOLATION)
    check_slice(context, R4, immediate(KEY_BYTES), FaultKind.STORE_VIOLATION)
    builder.branch(LTU, R2, immediate(NUM_IDS), None, invalid_id)
    load_words(context, R1, _words(HASH))
    load_words(context, R3, [*_words(R), *_words(S)])
    for word in (HASH, R, S):
        reverse_words(context, _words(word))
    for word in (R, S):
        _check_scalar(builder, _words(word), invalid)
    _find_point(context, invalid)
    _find_scalars(context)
    fill_with_generator(builder, GENERATOR_TABLE)
    fill_with_accumulator(context, POINT_TABLE)
    _add_multiples(context)
    builder.branch(EQ, hidden(IS_INFINITE), immediate(1), invalid)
    _find_key(context)
    store_words(context, R4, [*_words(R), *_words(S)])
    return_zero(context)


def _words(word: int) -> list[Operand]:
    return [hidden(word + index) for index in range(NUM_WORDS)]


def _number(index: int) -> int:
    return NUMBERS + NUM_LIMBS * index


def _ending(context: Context, code: int) -> Label:
    return context.routine(f"secp256k1 error {code}", lambda context: finish_with(context, immediate(code)))


def _check_scalar(builder: RomBuilder, words: Sequence[Operand], invalid: Label) -> None:
    """It is not 0, and below the order."""
    builder.copy(words[0])
    for word in words[1:]:
        builder.compute(OR, LAST_C, word)
    builder.branch(EQ, LAST_C, immediate(0), invalid)
    _check_below(builder, words, ORDER, invalid)


def _check_below(builder: RomBuilder, words: Sequence[Operand], bound: int, otherwise: Label) -> None:
    """Go on if a number in four words is below a constant."""
    below = Label("below")
    for place in range(NUM_WORDS - 1, -1, -1):
        part = immediate(bound >> 64 * place & (1 << 64) - 1)
        builder.branch(LTU, words[place], part, below)
        if place:
            builder.branch(EQ, words[place], part, None, otherwise)
        else:
            builder.end(otherwise)
    builder.place(below)


def _find_point(context: Context, invalid: Label) -> None:
    """The accumulator = R, from r and the id."""
    builder, point = context.builder, Point(ACCUMULATOR)
    is_x, same_sign = Label("r is x"), Label("the sign is right")
    x = limbs_of_words(builder, _words(R), _number(0))
    builder.compute(AND, R2, immediate(IS_ABOVE_ORDER))
    builder.branch(EQ, LAST_C, immediate(0), is_x)
    _check_below(builder, _words(R), MODULUS - ORDER, invalid)
    order = put_constant(builder, _number(1), ORDER)
    FIELD.settle(builder, FIELD.combine(builder, _number(0), [(1, x), (1, order)]), _number(0))
    builder.place(is_x)
    x = FIELD.settled(_number(0))
    cube = FIELD.multiply(builder, _number(1), x, FIELD.square(builder, _number(1), x))
    seven = put_constant(builder, _number(2), 7)
    right = FIELD.settle(builder, FIELD.combine(builder, _number(1), [(1, cube), (1, seven)]), _number(1))
    root = raise_to(context, FIELD, SECP256K1_ROOT, right)
    square = FIELD.square(builder, _number(2), root)
    difference = FIELD.combine(builder, _number(2), [(1, square)], [(1, right)])
    branch_unless_zero(builder, FIELD.settle(builder, difference, _number(2)), _number(3), invalid)
    canonical = FIELD.canonical(builder, root, _number(2))
    copy_number(builder, x, point.x.word)
    copy_number(builder, canonical, point.y.word)
    builder.compute(XOR, canonical.limb(0), R2)
    builder.compute(AND, LAST_C, immediate(IS_ODD))
    builder.branch(EQ, LAST_C, immediate(0), same_sign)
    opposite = FIELD.combine(builder, point.y.word, [], [(1, canonical)])
    FIELD.settle(builder, opposite, point.y.word)
    builder.place(same_sign)
    put_constant(builder, point.z().word, 1)
    builder.copy(immediate(0), hidden(IS_INFINITE))


def _find_scalars(context: Context) -> None:
    """The digits of the halves of -z / r and s / r modulo the order."""
    builder, field = context.builder, SECP256K1_ORDER
    inverse = raise_to(context, field, ORDER_INVERSE, limbs_of_words(builder, _words(R), _number(0)))
    inverse = copy_number(builder, inverse, _number(0))
    for word, table, digits in ((HASH, GENERATOR_TABLE, HASH_DIGITS), (S, POINT_TABLE, POINT_DIGITS)):
        value = limbs_of_words(builder, _words(word), _number(1))
        if word == HASH:
            value = field.combine(builder, _number(1), [], [(1, value)])
        product = field.multiply(builder, _number(1), inverse, value)
        field.canonical(builder, product, SCALAR)
        call_halve(context)
        for half, first_digit, sign in zip(HALVES, digits, (immediate(1), hidden(SIGN)), strict=True):
            recode(context, _words(half), first_digit, NUM_DIGITS, table.width, sign)


def _add_multiples(context: Context) -> None:
    """The accumulator = the sum of all multiples."""
    builder, place, digit = context.builder, context.temporary(20), context.temporary(21)
    again, beta = Label("next digits"), put_constant(context.builder, _number(0), BETA)
    builder.copy(immediate(1), hidden(IS_INFINITE))
    builder.copy(immediate(NUM_DIGITS), place)
    builder.place(again)
    builder.compute(SUB, place, immediate(1), place)
    call_double(context)
    for table, digits in ((GENERATOR_TABLE, HASH_DIGITS), (POINT_TABLE, POINT_DIGITS)):
        for half, first_digit in enumerate(digits):
            none, x = Label("no digit"), Point(OPERAND).x
            builder.load(place, first_digit, 8, digit, guest=False)
            take(context, table, digit, none)
            if half:
                FIELD.multiply(builder, x.word, x, beta)
            call_add(context, table.is_affine)
            builder.place(none)
    builder.branch(EQ, place, immediate(0), None, again)


def _find_key(context: Context) -> None:
    """The words of R and S = x and y of the accumulator, big-endian."""
    builder, point = context.builder, Point(ACCUMULATOR)
    inverse = raise_to(context, FIELD, SECP256K1_INVERSE, point.z())
    square = FIELD.square(builder, _number(0), inverse)
    cube = FIELD.multiply(builder, _number(1), square, inverse)
    for word, coordinate, factor in ((R, point.x, square), (S, point.y, cube)):
        product = FIELD.multiply(builder, _number(2), coordinate, factor)
        words_of_limbs(builder, FIELD.canonical(builder, product, _number(3)), _words(word))
        reverse_words(context, _words(word))
