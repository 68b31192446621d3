"""Sums of points of secp256k1 in Jacobian coordinates are those of Python's integers, in every case."""

import random

import pytest

from micro_code import run_rows
from secp256k1_reference import AffinePoint, G, P, add, multiply, negate
from zisk_py.isa.instruction import hidden, immediate
from zisk_py.transpiler.bpf.context import Context, Routine
from zisk_py.transpiler.bpf.curves.numbers import NUM_LIMBS, join, put_constant
from zisk_py.transpiler.bpf.curves.secp256k1 import (
    ACCUMULATOR,
    IS_INFINITE,
    OPERAND,
    call_add,
    call_double,
)

EACH_KIND = pytest.mark.parametrize("is_affine", [True, False], ids=["affine", "projective"])
Q = multiply(1234567890123456789, G)
R = multiply(987654321, G)
assert Q is not None
# The formulas do not know the curve: if the distance of x is 2^26, its square looks like 0 at first.
ALMOST_Q = (Q[0] + (1 << 26)) % P, 5
SUMS: dict[str, tuple[AffinePoint, AffinePoint]] = {
    "two points": (Q, R),
    "a point twice": (Q, Q),
    "opposite points": (Q, negate(Q)),
    "infinity and a point": (None, Q),
    "the sum of two and one of them": (add(Q, R), Q),
    "a distance whose square ends in zeros": (Q, ALMOST_Q),
    "an x of 0": (Q, (0, 7)),
    "a y of 0": ((3, 0), R),
}


def put_point(context: Context, word: int, point: AffinePoint, z: int, with_powers: bool) -> None:
    """Write a point with that Z."""
    if point is not None:
        x, y = point
        powers = (z * z % P, pow(z, 3, P)) if with_powers else ()
        for index, value in enumerate((x * z**2 % P, y * z**3 % P, z, *powers)):
            put_constant(context.builder, word + NUM_LIMBS * index, value)
    if word == ACCUMULATOR:
        context.builder.copy(immediate(int(point is None)), hidden(IS_INFINITE))


def result_of(last: Routine, *points: tuple[int, AffinePoint, int, bool]) -> AffinePoint:
    """The accumulator after some points are put and something is called."""

    def emit(context: Context) -> None:
        for point in points:
            put_point(context, *point)
        last(context)

    words = [int(word) for word in run_rows(emit).hidden]
    if words[IS_INFINITE]:
        return None
    starts = range(ACCUMULATOR, ACCUMULATOR + 3 * NUM_LIMBS, NUM_LIMBS)
    x, y, z = (join(words[start : start + NUM_LIMBS]) for start in starts)
    inverse = pow(z, -1, P)
    return x * inverse**2 % P, y * inverse**3 % P


@EACH_KIND
@pytest.mark.parametrize("name", SUMS)
def test_a_sum_is_that_of_integers(name, is_affine):
    one, other = SUMS[name]
    rng = random.Random(name)
    z = rng.randrange(1, P)
    operand_z = 1 if is_affine else rng.randrange(1, P)
    found = result_of(
        lambda context: call_add(context, is_affine),
        (ACCUMULATOR, one, z, False),
        (OPERAND, other, operand_z, not is_affine),
    )
    assert found == add(one, other)


@pytest.mark.parametrize("point", [Q, R, None, G, (3, 5)])
def test_a_double_is_that_of_integers(point):
    z = random.Random(1).randrange(1, P)
    assert result_of(call_double, (ACCUMULATOR, point, z, False)) == add(point, point)
