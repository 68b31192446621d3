"""Points of secp256k1, y^2 = x^3 + 7, in Jacobian coordinates: x = X / Z^2, y = Y / Z^3.

Subroutines on one accumulator, which is ACCUMULATOR, or infinity while IS_INFINITE is 1. They are complete:
any two points can be added.
"""

from dataclasses import dataclass

from zisk_py.isa.instruction import LAST_C, hidden, immediate
from zisk_py.isa.operations import EQ, OR
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.fields import SECP256K1, SECP256K1_ORDER
from zisk_py.transpiler.bpf.curves.numbers import NUM_LIMBS, Number, copy_number, split
from zisk_py.transpiler.bpf.curves.powers import POWER_WORDS_END
from zisk_py.transpiler.rom_builder import Label, RomBuilder

FIELD = SECP256K1
MODULUS = SECP256K1.modulus
ORDER = SECP256K1_ORDER.modulus
GENERATOR = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)

ACCUMULATOR = POWER_WORDS_END  # X, Y, Z
OPERAND = ACCUMULATOR + 3 * NUM_LIMBS  # X, Y, and unless it is affine Z, Z^2, Z^3
IS_INFINITE = OPERAND + 5 * NUM_LIMBS
DOUBLE_LINK, ADD_LINK = IS_INFINITE + 1, IS_INFINITE + 2
TEMPORARIES = IS_INFINITE + 3
NUM_TEMPORARIES = 8
POINT_WORDS_END = TEMPORARIES + NUM_TEMPORARIES * NUM_LIMBS


@dataclass(frozen=True)
class Point:
    """A point at hidden words."""

    word: int

    @property
    def x(self) -> Number:
        """X, settled."""
        return FIELD.settled(self.word)

    @property
    def y(self) -> Number:
        """Y, settled."""
        return FIELD.settled(self.word + NUM_LIMBS)

    def z(self, power: int = 1) -> Number:
        """Z, its square or its cube, settled."""
        return FIELD.settled(self.word + (1 + power) * NUM_LIMBS)


def _temporary(index: int) -> int:
    return TEMPORARIES + NUM_LIMBS * index


def call_double(context: Context) -> None:
    """Double the accumulator."""
    context.builder.call(context.routine("double a point of secp256k1", _double), hidden(DOUBLE_LINK))


def call_add(context: Context, is_affine: bool) -> None:
    """Add OPERAND, which is not infinity, to the accumulator."""
    kind = "affine" if is_affine else "projective"
    routine = context.routine(f"add a {kind} point of secp256k1", lambda c: _add(c, is_affine))
    context.builder.call(routine, hidden(ADD_LINK))


def _double(context: Context) -> None:
    builder, field, point = context.builder, FIELD, Point(ACCUMULATOR)
    finite, link = Label("double a finite point"), hidden(DOUBLE_LINK)
    builder.branch(EQ, hidden(IS_INFINITE), immediate(0), finite)
    builder.go_back(link)
    builder.place(finite)
    # With a = X^2, b = Y^2, m = X b: X' = 9 a^2 - 8 m, Y' = 3 a (4 m - X') - 8 b^2, Z' = 2 Y Z.
    double_z = field.combine(builder, point.z().word, [(2, point.z())])
    field.multiply(builder, point.z().word, point.y, double_z)
    y_square = field.square(builder, _temporary(0), point.y)
    x_square = field.square(builder, _temporary(1), point.x)
    product = field.multiply(builder, _temporary(2), point.x, y_square)
    y_fourth = field.square(builder, _temporary(0), y_square)
    x_fourth = field.square(builder, _temporary(3), x_square)
    x = field.combine(builder, point.x.word, [(9, x_fourth)], [(8, product)])
    x = field.settle(builder, x, point.x.word)
    slope = field.combine(builder, _temporary(2), [(12, product)], [(3, x)])
    rise = field.multiply(builder, _temporary(2), x_square, slope)
    y = field.combine(builder, point.y.word, [(1, rise)], [(8, y_fourth)])
    field.settle(builder, y, point.y.word)
    builder.go_back(link)


def _add(context: Context, is_affine: bool) -> None:
    builder, field, point, operand = context.builder, FIELD, Point(ACCUMULATOR), Point(OPERAND)
    finite, differs, link = Label("add to a finite point"), Label("x differs"), hidden(ADD_LINK)
    opposite, suspect = Label("the opposite point"), Label("x may be the same")
    builder.branch(EQ, hidden(IS_INFINITE), immediate(0), finite)
    _take_operand(builder, is_affine)
    builder.go_back(link)
    builder.place(finite)
    z_square = field.square(builder, _temporary(0), point.z())
    z_cube = field.multiply(builder, _temporary(1), z_square, point.z())
    x_operand = field.multiply(builder, _temporary(2), z_square, operand.x)
    y_operand = field.multiply(builder, _temporary(3), z_cube, operand_y())
    x_point, y_point = point.x, point.y
    if not is_affine:
        x_point = field.multiply(builder, _temporary(0), x_point, operand.z(2))
        y_point = field.multiply(builder, _temporary(1), y_point, operand.z(3))
    run = field.combine(builder, _temporary(2), [(1, x_operand)], [(1, x_point)])
    run = field.settle(builder, run, run.word)
    run_square = field.square(builder, _temporary(4), run)
    rise = field.combine(builder, _temporary(3), [(1, y_operand)], [(1, y_point)])
    rise = field.settle(builder, rise, rise.word)
    # A settled 0 is 0 or the modulus: hardly any other number has the lowest limb of one of them.
    for value in (0, MODULUS):
        builder.branch(EQ, run_square.limb(0), immediate(split(value)[0]), suspect)
    builder.place(differs)
    run_cube = field.multiply(builder, _temporary(5), run, run_square)
    base = field.multiply(builder, _temporary(4), run_square, x_point)
    z = point.z()
    if not is_affine:
        z = field.multiply(builder, z.word, z, operand.z())
    field.multiply(builder, z.word, z, run)
    rise_square = field.square(builder, _temporary(6), rise)
    x = field.combine(builder, point.x.word, [(1, rise_square)], [(1, run_cube), (2, base)])
    x = field.settle(builder, x, point.x.word)
    distance = field.combine(builder, _temporary(4), [(1, base)], [(1, x)])
    y = field.multiply(builder, _temporary(4), rise, distance)
    lift = field.multiply(builder, _temporary(5), run_cube, y_point)
    field.settle(builder, field.combine(builder, point.y.word, [(1, y)], [(1, lift)]), point.y.word)
    builder.go_back(link)
    builder.place(suspect)
    branch_unless_zero(builder, run_square, _temporary(7), differs)
    branch_unless_zero(builder, rise, _temporary(7), opposite)
    call_double(context)
    builder.go_back(link)
    builder.place(opposite)
    builder.copy(immediate(1), hidden(IS_INFINITE))
    builder.go_back(link)


def operand_y() -> Number:
    """Y of the operand: settled, or the negative of a settled number, which is not."""
    y = Point(OPERAND).y
    return Number(y.word, tuple(map(max, y.most, FIELD.multiple_above(y.most))))


def branch_unless_zero(builder: RomBuilder, number: Number, word: int, other: Label) -> None:
    """Go to `other` unless a settled number is 0 modulo the prime; `word` is room for one."""
    canonical = FIELD.canonical(builder, number, word)
    builder.copy(canonical.limb(0))
    for index in range(1, NUM_LIMBS):
        builder.compute(OR, LAST_C, canonical.limb(index))
    builder.branch(EQ, LAST_C, immediate(0), None, other)


def _take_operand(builder: RomBuilder, is_affine: bool) -> None:
    """The accumulator becomes the operand."""
    point, operand = Point(ACCUMULATOR), Point(OPERAND)
    copy_number(builder, operand.x, point.x.word)
    FIELD.settle(builder, operand_y(), point.y.word)
    if is_affine:
        for index, limb in enumerate(split(1)):
            builder.copy(immediate(limb), hidden(point.z().word + index))
    else:
        copy_number(builder, operand.z(), point.z().word)
    builder.copy(immediate(0), hidden(IS_INFINITE))
