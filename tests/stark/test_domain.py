import pytest

from zisk_py.field.extension import Element, add, embed, mul, power, scale, sub
from zisk_py.field.goldilocks import P, inverse, root_of_unity
from zisk_py.stark.domain import (
    bit_reverse,
    coset_point,
    group_point,
    next_point,
    out_of_domain_point,
    selectors,
    vanishing,
)
from zisk_py.stark.transcript import Transcript

ZETA: Element = (123456789, 987654321, 555)


@pytest.mark.parametrize("bits", [0, 1, 5])
def test_bit_reversal_undoes_itself(bits: int) -> None:
    assert sorted(bit_reverse(i, bits) for i in range(1 << bits)) == list(range(1 << bits))
    assert all(bit_reverse(bit_reverse(i, bits), bits) == i for i in range(1 << bits))


def test_neighbours_are_opposite_and_the_first_half_is_the_smaller_coset() -> None:
    points = [coset_point(row, 6) for row in range(64)]
    assert all((points[2 * i] + points[2 * i + 1]) % P == 0 for i in range(32))
    assert points[:32] == [coset_point(row, 5) for row in range(32)]
    assert len(set(points)) == 64
    assert {pow(p, 64, P) for p in points} == {pow(7, 64, P)}


def test_a_coset_point_is_seven_times_the_group_point() -> None:
    assert all(coset_point(row, 5) == 7 * group_point(row, 5) % P for row in range(32))


def interpolate_selector(row: int, log_height: int) -> Element:
    """L_row(zeta) by its product formula."""
    w, value = root_of_unity(log_height), embed(1)
    for k in range(1 << log_height):
        if k != row:
            denominator = inverse((pow(w, row, P) - pow(w, k, P)) % P)
            value = scale(mul(value, sub(ZETA, embed(pow(w, k, P)))), denominator)
    return value


def test_selectors_are_the_lagrange_polynomials_of_first_and_last_row() -> None:
    assert selectors(ZETA, 5) == (interpolate_selector(0, 5), interpolate_selector(31, 5))


def test_the_vanishing_polynomial_is_the_product_over_the_domain() -> None:
    product = embed(1)
    for k in range(32):
        product = mul(product, sub(ZETA, embed(pow(root_of_unity(5), k, P))))
    assert vanishing(ZETA, 5) == product


def test_the_next_point_of_a_row_is_the_next_row() -> None:
    w = root_of_unity(5)
    assert next_point(embed(pow(w, 31, P)), 5) == embed(1)
    assert next_point(embed(w), 5) == embed(w * w % P)


@pytest.mark.parametrize(
    "inside",
    [
        embed(1),
        embed(root_of_unity(5)),
        embed(root_of_unity(6)),
        embed(coset_point(3, 6)),
        embed(coset_point(77, 7)),
    ],
)
def test_a_point_inside_a_domain_is_drawn_again(inside: Element, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([inside, ZETA])
    monkeypatch.setattr(Transcript, "challenge", lambda self, label: next(drawn))
    assert out_of_domain_point(Transcript("test"), "zeta", [5, 6]) == ZETA


def test_a_point_outside_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([add(ZETA, power(ZETA, 3))])
    monkeypatch.setattr(Transcript, "challenge", lambda self, label: next(drawn))
    assert out_of_domain_point(Transcript("test"), "zeta", [5, 24]) == add(ZETA, power(ZETA, 3))
