"""Arithmetic modulo the primes of the curves gives what Python's integers give, whatever the limbs."""

import random
from collections.abc import Callable

import pytest

from micro_code import run_rows
from zisk_py.isa.instruction import hidden, immediate
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.fields import ED25519, SECP256K1, SECP256K1_ORDER, Field
from zisk_py.transpiler.bpf.curves.numbers import (
    CURVE_WORDS,
    LIMB_MASK,
    NUM_LIMBS,
    Number,
    join,
    put_constant,
    split,
)
from zisk_py.transpiler.bpf.curves.powers import (
    ORDER_INVERSE,
    SECP256K1_INVERSE,
    SECP256K1_ROOT,
    Chain,
    exponents,
    raise_to,
)
from zisk_py.transpiler.bpf.curves.words import limbs_of_words, words_of_limbs
from zisk_py.transpiler.bpf.hidden_layout import LOG

FIELDS = pytest.mark.parametrize("field", [ED25519, SECP256K1, SECP256K1_ORDER], ids=lambda f: hex(f.modulus))
ONE, OTHER, THIRD = (CURVE_WORDS + 1000 + NUM_LIMBS * i for i in range(3))
RESULTS = LOG  # five words each

# name -> what it computes of three settled numbers, as rows and as integers
Rows = Callable[[Field, Context, int, list[Number]], Number]
Meaning = Callable[[int, int, int], int]


def _combine(field: Field, context: Context, word: int, n: list[Number]) -> Number:
    return field.combine(context.builder, word, [(9, n[0]), (1, n[1])], [(12, n[2]), (1, n[0])])


def _settled_sum(field: Field, context: Context, word: int, n: list[Number]) -> Number:
    return field.settle(context.builder, _combine(field, context, word, n), word)


def _wide_product(field: Field, context: Context, word: int, n: list[Number]) -> Number:
    difference = field.combine(context.builder, word, [(1, n[2])], [(1, n[0])])
    return field.multiply(context.builder, word, difference, n[1])


OPERATIONS: dict[str, tuple[Rows, Meaning]] = {
    "multiply": (lambda f, c, w, n: f.multiply(c.builder, w, n[0], n[1]), lambda a, b, c: a * b),
    "multiply by a difference": (_wide_product, lambda a, b, c: (c - a) * b),
    "square": (lambda f, c, w, n: f.square(c.builder, w, n[0]), lambda a, b, c: a * a),
    "combine": (_combine, lambda a, b, c: 8 * a + b - 12 * c),
    "settle": (_settled_sum, lambda a, b, c: 8 * a + b - 12 * c),
    "negate": (lambda f, c, w, n: f.combine(c.builder, w, [], [(1, n[0])]), lambda a, b, c: -a),
    "double": (lambda f, c, w, n: f.combine(c.builder, w, [(2, n[0])]), lambda a, b, c: 2 * a),
    "canonical": (lambda f, c, w, n: f.canonical(c.builder, n[0], w), lambda a, b, c: a),
}


def edges(field: Field) -> list[int]:
    """Settled numbers near 0, the modulus, the power of 2 above it, and the largest."""
    most = join(field.settled(0).most)
    roots = (0, field.modulus, 1 << field.bits, most, (1 << field.bits) - (1 << 208))
    near = {root + step for root in roots for step in (-2, -1, 0, 1, 2)}
    return sorted(value for value in near if 0 <= value <= most)


def triples(field: Field, count: int) -> list[tuple[int, int, int]]:
    """Random settled numbers, every second time from the edges."""
    rng, known = random.Random(field.modulus), edges(field)

    def value() -> int:
        return rng.choice(known) if rng.random() < 0.5 else rng.randrange(field.modulus)

    return [(value(), value(), value()) for _ in range(count)]


def results(field: Field, rows: Rows, values: list[tuple[int, int, int]]) -> tuple[list[int], Number]:
    """What the rows compute of each triple, and the bounds that they promise."""
    bounds: list[Number] = []

    def emit(context: Context) -> None:
        for number, triple in enumerate(values):
            numbers = [field.settled(word) for word in (ONE, OTHER, THIRD)]
            for place, value in zip(numbers, triple, strict=True):
                put_constant(context.builder, place.word, value)
            bounds.append(rows(field, context, RESULTS + NUM_LIMBS * number, numbers))

    words = run_rows(emit).hidden
    found = [[int(w) for w in words[b.word : b.word + NUM_LIMBS]] for b in bounds]
    for limbs, bound in zip(found, bounds, strict=True):
        assert all(limb <= most for limb, most in zip(limbs, bound.most, strict=True))
    return [join(limbs) for limbs in found], bounds[0]


@FIELDS
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_gives_what_integers_give(name, field):
    rows, meaning = OPERATIONS[name]
    values = triples(field, 40)
    found, _ = results(field, rows, values)
    assert [value % field.modulus for value in found] == [meaning(*t) % field.modulus for t in values]


@FIELDS
def test_a_product_of_the_largest_limbs_is_right(field):
    """The bounds of settled numbers are reached in no run; here they are."""
    most = join(field.settled(0).most)
    values = [(0, most, most), (most, most, 0)]
    found, _ = results(field, OPERATIONS["multiply by a difference"][0], values)
    assert [value % field.modulus for value in found] == [most**2 % field.modulus, -(most**2) % field.modulus]


@FIELDS
def test_every_number_has_one_canonical_form(field):
    values = [(value, 0, 0) for value in edges(field)]
    found, _ = results(field, OPERATIONS["canonical"][0], values)
    assert found == [value % field.modulus for value, _, _ in values]


@FIELDS
def test_a_settled_number_is_below_twice_the_modulus(field):
    assert join(field.settled(0).most) < 2 * field.modulus


@pytest.mark.parametrize("limb", range(NUM_LIMBS))
def test_two_factors_with_large_limbs_are_refused(limb):
    most = [LIMB_MASK] * NUM_LIMBS
    most[limb] += 1
    wide = Number(ONE, tuple(most))
    with pytest.raises(AssertionError, match="both factors"):
        run_rows(lambda context: SECP256K1.multiply(context.builder, OTHER, wide, wide))


@pytest.mark.parametrize(
    "rows",
    [
        lambda builder, wide: SECP256K1.combine(builder, OTHER, [(3, wide), (2, wide)]),
        lambda builder, wide: SECP256K1.multiply(builder, OTHER, SECP256K1.settled(ONE), wide),
        lambda builder, wide: SECP256K1.settle(builder, wide, OTHER),
        lambda builder, wide: SECP256K1.canonical(builder, wide, OTHER),
    ],
)
def test_a_sum_that_could_overflow_is_refused(rows):
    wide = Number(ONE, ((1 << 64) - 1,) * NUM_LIMBS)
    with pytest.raises(AssertionError):
        run_rows(lambda context: rows(context.builder, wide))


CHAINS: dict[str, tuple[Field, Chain, int]] = {
    "square root": (SECP256K1, SECP256K1_ROOT, (SECP256K1.modulus + 1) // 4),
    "inverse of a coordinate": (SECP256K1, SECP256K1_INVERSE, SECP256K1.modulus - 2),
    "inverse of a scalar": (SECP256K1_ORDER, ORDER_INVERSE, SECP256K1_ORDER.modulus - 2),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_leads_to_its_exponent(name):
    _, chain, exponent = CHAINS[name]
    assert exponents(chain)[-1] == exponent


@pytest.mark.parametrize("name", CHAINS)
def test_a_power_is_that_of_integers(name):
    field, chain, exponent = CHAINS[name]
    prime = field.modulus
    for value in (0, 1, 2, prime - 1, prime + 1, random.Random(name).randrange(prime)):

        def emit(context: Context, value: int = value) -> None:
            put_constant(context.builder, ONE, value)
            power = raise_to(context, field, chain, field.settled(ONE))
            field.canonical(context.builder, power, RESULTS)

        words = run_rows(emit).hidden[RESULTS : RESULTS + NUM_LIMBS]
        assert join([int(word) for word in words]) == pow(value, exponent, prime)


@pytest.mark.parametrize("bits", [255, 256])
def test_words_become_limbs_and_words_again(bits):
    values = [random.Random(seed).getrandbits(256) for seed in range(20)] + [0, (1 << 256) - 1]

    def emit(context: Context) -> None:
        builder = context.builder
        for number, value in enumerate(values):
            words = [hidden(RESULTS + 9 * number + i) for i in range(4)]
            for index, word in enumerate(words):
                builder.copy(immediate(value >> 64 * index & (1 << 64) - 1), word)
            limbs = limbs_of_words(builder, words, RESULTS + 9 * number + 4, bits)
            assert limbs.most == split((1 << bits) - 1)
            words_of_limbs(builder, limbs, words)

    words = [int(word) for word in run_rows(emit).hidden[RESULTS:]]
    for number, value in enumerate(values):
        kept = value % (1 << bits)
        found = words[9 * number : 9 * number + 9]
        assert sum(word << 64 * index for index, word in enumerate(found[:4])) == kept
        assert tuple(found[4:]) == split(kept)
