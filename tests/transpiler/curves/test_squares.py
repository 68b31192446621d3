"""A number is found to be a square modulo a prime where Euler's criterion says so."""

import random

import pytest

from micro_code import run_rows
from zisk_py.isa.instruction import hidden, immediate
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.fields import ED25519
from zisk_py.transpiler.bpf.curves.squares import branch_on_square
from zisk_py.transpiler.bpf.hidden_layout import LOG
from zisk_py.transpiler.rom_builder import Label

SMALL_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23)
PRIMES = (*SMALL_PRIMES, 2**61 - 1, 2**64 - 59, 2**64 + 13, 2**127 - 1, 2**128 - 159, ED25519.modulus)
MOST = (1 << 255) - 1


def squares_among(numbers: list[int], prime: int) -> list[bool]:
    """What the micro-code says of each."""

    def emit(context: Context) -> None:
        builder = context.builder
        words = [hidden(LOG + 1024 + i) for i in range(4)]
        for number, value in enumerate(numbers):
            square = Label("a square")
            for index, word in enumerate(words):
                builder.copy(immediate(value >> 64 * index & (1 << 64) - 1), word)
            builder.copy(immediate(1), hidden(LOG + number))
            branch_on_square(context, words, prime, square)
            builder.copy(immediate(0), hidden(LOG + number))
            builder.place(square)

    return [bool(word) for word in run_rows(emit).hidden[LOG : LOG + len(numbers)]]


def expected(numbers: list[int], prime: int) -> list[bool]:
    return [pow(number, (prime - 1) // 2, prime) in (0, 1) for number in numbers]


def numbers_for(prime: int, count: int) -> list[int]:
    """Small numbers, multiples of the prime and of powers of two and what is near them, and any others."""
    rng = random.Random(prime)
    edges = [number + step for number in (0, prime, 2 * prime, MOST) for step in (-2, -1, 0, 1, 2)]
    edges += [rng.getrandbits(8) << rng.randrange(248) for _ in range(count)]
    edges += [prime + (rng.getrandbits(8) << rng.randrange(248)) for _ in range(count)]
    edges += [abs(prime - (rng.getrandbits(8) << 64)) for _ in range(count)]
    edges += [rng.getrandbits(60) << 64 * rng.randrange(4) for _ in range(count)]
    edges += [rng.getrandbits(rng.randrange(1, 256)) for _ in range(count)]
    return [number for number in edges if 0 <= number < prime + MOST]


@pytest.mark.parametrize("prime", PRIMES)
def test_squares_are_those_of_euler(prime):
    numbers = numbers_for(prime, 12)
    assert squares_among(numbers, prime) == expected(numbers, prime)


@pytest.mark.slow
@pytest.mark.parametrize("prime", PRIMES)
def test_many_squares_are_those_of_euler(prime):
    numbers = numbers_for(prime, 150)
    assert squares_among(numbers, prime) == expected(numbers, prime)


@pytest.mark.parametrize("modulus", [6, 2**255 + 95, 2**64 + 1])
def test_other_moduli_are_refused(modulus):
    with pytest.raises(AssertionError, match="no modulus"):
        squares_among([1], modulus)
