import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zisk_py.field.extension import (
    ONE,
    ZERO,
    Element,
    add,
    batch_inverse,
    embed,
    inverse,
    mul,
    neg,
    power,
    powers,
    scale,
    sub,
    total,
)
from zisk_py.field.goldilocks import P

BASE = st.integers(0, P - 1) | st.sampled_from([0, 1, P - 1, (1 << 32) - 1, 1 << 32])
ELEMENTS = st.tuples(BASE, BASE, BASE)


def long_product(a: Element, b: Element) -> Element:
    """Schoolbook product, then x^4 = x^2 + x and x^3 = x + 1, one power at a time."""
    c = [0] * 5
    for i in range(3):
        for j in range(3):
            c[i + j] += a[i] * b[j]
    for k in (4, 3):
        c[k - 2] += c[k]
        c[k - 3] += c[k]
    return (c[0] % P, c[1] % P, c[2] % P)


@given(ELEMENTS, ELEMENTS)
def test_a_product_is_the_schoolbook_product_reduced(a: Element, b: Element) -> None:
    assert mul(a, b) == long_product(a, b)


@given(ELEMENTS, ELEMENTS, ELEMENTS)
def test_products_distribute_over_sums_and_differences(a: Element, b: Element, c: Element) -> None:
    assert mul(a, add(b, c)) == add(mul(a, b), mul(a, c))
    assert mul(a, sub(b, c)) == add(mul(a, b), neg(mul(a, c)))


@given(ELEMENTS)
def test_every_element_but_zero_has_an_inverse(a: Element) -> None:
    if a == ZERO:
        with pytest.raises(ZeroDivisionError):
            inverse(a)
    else:
        assert mul(a, inverse(a)) == ONE


def test_the_modulus_is_irreducible() -> None:
    # x^3 - x - 1 has degree 3, so it is irreducible if it has no root: gcd(x^p - x, x^3 - x - 1) = 1,
    # which holds if x^p - x is invertible modulo it and x^(p^3) = x.
    x: Element = (0, 1, 0)
    frobenius = power(x, P)
    assert mul(sub(frobenius, x), inverse(sub(frobenius, x))) == ONE
    assert power(x, P**3) == x


@given(st.lists(ELEMENTS.filter(lambda a: a != ZERO), max_size=6))
def test_batch_inverse_is_the_inverse_of_each(elements: list[Element]) -> None:
    assert batch_inverse(elements) == [inverse(a) for a in elements]


def test_batch_inverse_of_a_zero_is_refused() -> None:
    with pytest.raises(ZeroDivisionError):
        batch_inverse([ONE, ZERO])


@given(ELEMENTS, st.integers(0, 50))
def test_powers_are_repeated_products(a: Element, n: int) -> None:
    assert powers(a, n) == [power(a, k) for k in range(n)]


@given(ELEMENTS, BASE)
def test_scaling_is_the_product_with_an_embedded_element(a: Element, s: int) -> None:
    assert scale(a, s) == mul(a, embed(s))


def test_total_is_the_sum_of_all() -> None:
    generator = random.Random(5)
    elements: list[Element] = [tuple(generator.randrange(P) for _ in range(3)) for _ in range(40)]  # type: ignore[misc]
    expected = ZERO
    for element in elements:
        expected = add(expected, element)
    assert total(elements) == expected
