"""Tables of the odd multiples of a point, and taking the one of a digit as the operand of an addition."""

from dataclasses import dataclass
from functools import cache

from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import EQ, LTU, MULU, SRL, SUB
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.numbers import NUM_LIMBS, WORD_BITS, copy_number, put_constant
from zisk_py.transpiler.bpf.curves.secp256k1 import (
    ACCUMULATOR,
    FIELD,
    GENERATOR,
    MODULUS,
    OPERAND,
    Point,
    call_add,
    call_double,
)
from zisk_py.transpiler.rom_builder import Label, RomBuilder

AffinePoint = tuple[int, int]


@dataclass(frozen=True)
class PointTable:
    """The multiples by 1, 3, 5 ... below 2^(width - 1) of a point, at hidden words from `word` on.

    An affine entry is X, Y; another one X, Y, Z, Z^2, Z^3.
    """

    word: int
    width: int  # of the signed digits for which it is
    is_affine: bool

    @property
    def num_points(self) -> int:
        """Entries."""
        return 1 << self.width - 2

    @property
    def stride(self) -> int:
        """Words of an entry."""
        return (2 if self.is_affine else 5) * NUM_LIMBS

    @property
    def end(self) -> int:
        """The word behind it."""
        return self.word + self.num_points * self.stride


def fill_with_generator(builder: RomBuilder, table: PointTable) -> None:
    """Write the multiples of the generator, which the ROM holds."""
    for number, point in enumerate(multiples_of_generator(table.num_points)):
        for index, coordinate in enumerate(point):
            put_constant(builder, table.word + table.stride * number + NUM_LIMBS * index, coordinate)


def fill_with_accumulator(context: Context, table: PointTable) -> None:
    """Compute the multiples of the accumulator, which is not infinity."""
    builder = context.builder
    _put_point(builder, table.word)
    call_double(context)
    _put_point(builder, OPERAND)
    for number in range(3 * NUM_LIMBS):
        builder.copy(hidden(table.word + number), hidden(ACCUMULATOR + number))
    for number in range(1, table.num_points):
        call_add(context, is_affine=False)
        _put_point(builder, table.word + table.stride * number)


def _put_point(builder: RomBuilder, word: int) -> None:
    """Write the accumulator with the powers of its Z."""
    point, place = Point(ACCUMULATOR), Point(word)
    for index in range(3):
        copy_number(builder, FIELD.settled(ACCUMULATOR + NUM_LIMBS * index), word + NUM_LIMBS * index)
    square = FIELD.square(builder, place.z(2).word, point.z())
    FIELD.multiply(builder, place.z(3).word, square, point.z())


def take(context: Context, table: PointTable, digit: Operand, none: Label) -> None:
    """OPERAND = the multiple by a signed digit, which is lost; go to `none` for 0."""
    builder, place = context.builder, context.temporary(23)
    positive, done = Label("a positive digit"), Label("taken")
    builder.branch(EQ, digit, immediate(0), none)
    builder.branch(LTU, digit, immediate(1 << WORD_BITS - 1), positive)
    builder.compute(SUB, immediate(0), digit)
    _load(builder, table, place)
    FIELD.combine(builder, Point(OPERAND).y.word, [], [(1, Point(OPERAND).y)])
    builder.end(done)
    builder.place(positive)
    builder.copy(digit)
    _load(builder, table, place)
    builder.place(done)


def _load(builder: RomBuilder, table: PointTable, place: Operand) -> None:
    """Copy the entry of a positive digit, the last result."""
    builder.compute(SRL, LAST_C, immediate(1))
    builder.compute(MULU, LAST_C, immediate(table.stride), place)
    for number in range(table.stride):
        builder.load(place, table.word + number, 8, hidden(OPERAND + number), guest=False)


@cache
def multiples_of_generator(count: int) -> tuple[AffinePoint, ...]:
    """The first odd multiples of the generator."""
    points = [GENERATOR]
    double = _sum(GENERATOR, GENERATOR)
    while len(points) < count:
        points.append(_sum(points[-1], double))
    return tuple(points)


def _sum(one: AffinePoint, other: AffinePoint) -> AffinePoint:
    """The sum of two points, the same or with different x."""
    if one == other:
        slope = 3 * one[0] ** 2 * pow(2 * one[1], -1, MODULUS)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, MODULUS)
    x = (slope**2 - one[0] - other[0]) % MODULUS
    return x, (slope * (one[0] - x) - one[1]) % MODULUS
