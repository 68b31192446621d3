import random

import numpy as np
import pytest

from zisk_py.field.extension import ONE, ZERO, Element, add, mul, power, scale, sub
from zisk_py.field.goldilocks import P, inverse
from zisk_py.stark import kernels, reference
from zisk_py.stark.arrays import add as add_arrays
from zisk_py.stark.arrays import element_array, elements_of, one_element, subtract
from zisk_py.stark.domain import group_point, inverse_group_point
from zisk_py.stark.queries import fold_row, horner


def random_elements(count: int, seed: int = 0) -> list[Element]:
    generator = random.Random(seed)
    return [(generator.randrange(P), generator.randrange(P), generator.randrange(P)) for _ in range(count)]


def interpolated(points: list[int], values: list[Element], at: Element) -> Element:
    """The polynomial through the points, at a point of K, by Lagrange's formula."""
    total = ZERO
    for i, x in enumerate(points):
        term = values[i]
        for j, y in enumerate(points):
            if i != j:
                term = scale(mul(term, sub(at, (y, 0, 0))), inverse((x - y) % P))
        total = add(total, term)
    return total


@pytest.mark.parametrize("log_arity", [1, 2, 3])
@pytest.mark.parametrize("leaf", [0, 1, 5, 7])
def test_a_fold_is_the_value_at_beta_of_the_polynomial_through_the_leaf(log_arity: int, leaf: int) -> None:
    log_size, arity = log_arity + 3, 1 << log_arity
    values, (beta,) = random_elements(arity, leaf), random_elements(1, 99)
    points = [group_point(leaf * arity + i, log_size) for i in range(arity)]
    assert fold_row(values, leaf, log_size, log_arity, beta) == interpolated(points, values, beta)


def test_a_folded_polynomial_is_the_combination_of_its_parts() -> None:
    # f(u) = sum u^i f_i(u^8) folds to sum beta^i f_i: coefficients 8 apart are combined
    coefficients, (beta,) = random_elements(32), random_elements(1, 5)
    folded = [ZERO] * 4
    for i, coefficient in enumerate(coefficients):
        folded[i // 8] = add(folded[i // 8], mul(power(beta, i % 8), coefficient))
    values = [horner(coefficients, group_point(row, 6)) for row in range(64)]
    for leaf in range(8):
        row = fold_row(values[8 * leaf : 8 * leaf + 8], leaf, 6, 3, beta)
        assert row == horner(folded, group_point(leaf, 3))


def test_folding_by_eight_is_folding_by_two_three_times() -> None:
    values, (beta,) = random_elements(16), random_elements(1, 5)
    codeword, once = element_array(values), element_array(values)
    for step in range(3):
        challenge = power(beta, 1 << step)
        once = reference.fold(once, one_element(challenge), 1, 1)
    assert np.array_equal(once, reference.fold(codeword, one_element(beta), 3, 1))
    assert np.array_equal(once, kernels.fold(codeword, one_element(beta), 3, 1))


def test_horner_evaluates_low_coefficients_first() -> None:
    assert horner([(1, 0, 0), (2, 0, 0), (3, 0, 0)], 10) == (321, 0, 0)


def test_inverse_points_are_inverses() -> None:
    assert all(group_point(i, 5) * inverse_group_point(i, 5) % P == 1 for i in range(32))


def test_array_sums_are_canonical_at_the_edges() -> None:
    edges = np.array([0, 1, 2, P // 2, P - 2, P - 1], dtype=np.uint64)
    a, b = edges[:, None], edges[None, :]
    for x, row, other in zip(edges.tolist(), add_arrays(a, b).tolist(), subtract(a, b).tolist(), strict=True):
        assert row == [(x + y) % P for y in edges.tolist()]
        assert other == [(x - y) % P for y in edges.tolist()]


def test_elements_survive_the_way_to_arrays_and_back() -> None:
    elements = (*random_elements(5), ONE, ZERO, (P - 1, P - 1, P - 1))
    assert elements_of(element_array(elements)) == elements
