"""Scalars in halves and in signed digits stand for the scalars that they are made from."""

import itertools
import random

import pytest

from micro_code import run_rows
from secp256k1_reference import G, N, P, multiply
from zisk_py.isa.instruction import hidden, immediate
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.endomorphism import (
    BETA,
    HALF_BITS,
    HALVES,
    LAMBDA,
    SCALAR,
    SHORT_VECTORS,
    SIGN,
    call_halve,
)
from zisk_py.transpiler.bpf.curves.numbers import put_constant
from zisk_py.transpiler.bpf.curves.signed_digits import recode
from zisk_py.transpiler.bpf.hidden_layout import LOG

(A1, B1), (A2, B2) = SHORT_VECTORS
EDGES = (
    *(0, 1, 2, N - 1, N - 2, N // 2, N // 2 + 1, LAMBDA, LAMBDA + 1, N - LAMBDA, 1 << 128, 1 << 255),
    *(A1, A2, A1 + A2, A1 + A2 - 1, -B1, N + B1, (B1 + B2) * LAMBDA % N, (A1 + A2 + (B1 + B2) * LAMBDA) % N),
)


def signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


def halves_of(scalars: list[int]) -> list[tuple[int, int]]:
    """k1 and k2 of each."""
    width = 9

    def emit(context: Context) -> None:
        for number, scalar in enumerate(scalars):
            put_constant(context.builder, SCALAR, scalar)
            call_halve(context)
            for place, word in enumerate(
                [*range(HALVES[0], HALVES[0] + 4), *range(HALVES[1], HALVES[1] + 4), SIGN]
            ):
                context.builder.copy(hidden(word), hidden(LOG + width * number + place))

    words = [int(word) for word in run_rows(emit).hidden[LOG:]]
    pairs = []
    for number in range(len(scalars)):
        found = words[width * number : width * (number + 1)]
        one, other = (sum(word << 64 * i for i, word in enumerate(part)) for part in (found[:4], found[4:8]))
        pairs.append((one, other * signed(found[8])))
    return pairs


def test_the_endomorphism_multiplies_by_lambda():
    assert multiply(LAMBDA, G) == (BETA * G[0] % P, G[1])


def test_the_short_vectors_are_multiples_of_the_order_and_a_basis_of_them():
    assert [(a + b * LAMBDA) % N for a, b in SHORT_VECTORS] == [0, 0]
    assert A1 * B2 - A2 * B1 == N


def test_halves_have_half_the_bits_and_stand_for_the_scalar():
    rng = random.Random(1)
    scalars = [*EDGES, *(rng.randrange(N) for _ in range(40))]
    for scalar, (one, other) in zip(scalars, halves_of(scalars), strict=True):
        assert (one + other * LAMBDA - scalar) % N == 0
        assert 0 <= one < 1 << HALF_BITS
        assert abs(other) < 1 << HALF_BITS


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("width", [2, 5, 8])
def test_digits_are_odd_rare_and_stand_for_the_scalar(width, sign):
    rng = random.Random(width)
    edges = [0, 1, (1 << 129) - 1, 1 << 128, (1 << 128) - 1, (1 << 64) - 1, ((1 << 64) - 1) << 64]
    scalars = [*edges, *(rng.getrandbits(129) for _ in range(20))]
    num_digits = HALF_BITS + 1

    def emit(context: Context) -> None:
        words = [hidden(LOG + i) for i in range(4)]
        for number, scalar in enumerate(scalars):
            for index, word in enumerate(words):
                context.builder.copy(immediate(scalar >> 64 * index & (1 << 64) - 1), word)
            recode(context, words, LOG + 8 + num_digits * number, num_digits, width, immediate(sign))

    found = [int(word) for word in run_rows(emit).hidden[LOG + 8 :]]
    for number, scalar in enumerate(scalars):
        digits = [signed(word) for word in found[num_digits * number : num_digits * (number + 1)]]
        assert sum(digit << place for place, digit in enumerate(digits)) == sign * scalar
        places = [place for place, digit in enumerate(digits) if digit]
        assert all(digits[place] % 2 and abs(digits[place]) < 1 << width - 1 for place in places)
        assert all(later - place >= width for place, later in itertools.pairwise(places))
