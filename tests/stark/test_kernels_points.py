"""Inverses, evaluations, DEEP quotients and folds equal their definitions in K."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from kernel_reference import (
    PATHS,
    Cubic,
    add,
    base,
    coset_points,
    cubic,
    evaluate_cubic,
    integers,
    interpolate_subgroup,
    invert,
    multiply,
    negate,
    random_words,
    selected,
    words,
)
from zisk_py.field.goldilocks import P
from zisk_py.stark import kernels


@pytest.fixture(autouse=True, params=PATHS)
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    with selected(request.param):
        yield request.param


def nonzero_rows(seed: int, rows: int) -> np.ndarray:
    values = random_words(seed, rows, 3)
    values[(values == 0).all(axis=1), 1] = 1
    return values


@pytest.mark.parametrize("rows", [0, 1, 2, 127, 128, 130])
def test_inverses_are_those_of_the_group(rows: int) -> None:
    values = nonzero_rows(rows, rows)
    inverses = kernels.batch_inverse(values)
    assert [cubic(row) for row in inverses] == [invert(cubic(row)) for row in values]


def test_inverting_twice_gives_the_values_back_in_place() -> None:
    values = nonzero_rows(1, 1000)
    copy = values.copy()
    kernels.batch_inverse(values, values)
    assert not (values == copy).all()
    kernels.batch_inverse(values, values)
    assert (values == copy).all()


@pytest.mark.parametrize("row", [0, 77, 128, 199])
def test_a_zero_is_named_and_not_inverted(row: int) -> None:
    values = nonzero_rows(2, 200)
    values[row] = 0
    with pytest.raises(ValueError, match=f"row {row} of values is zero"):
        kernels.batch_inverse(values)


def test_base_inverses_and_their_zero() -> None:
    values = words([1, 2, P - 1, 7, 1 << 32])
    assert integers(kernels.batch_inverse_base(values)) == [pow(int(v), P - 2, P) for v in values]
    with pytest.raises(ValueError, match="row 1 of values is zero"):
        kernels.batch_inverse_base(words([3, 0]))


@pytest.mark.parametrize("rows", [0, 1, 50])
def test_prefix_sums_leave_out_their_own_row(rows: int) -> None:
    values = random_words(rows, rows, 3)
    sums, total = kernels.prefix_sum(values)
    running = base(0)
    for row in range(rows):
        assert cubic(sums[row]) == running
        running = add(running, cubic(values[row]))
    assert cubic(total) == running


@pytest.mark.parametrize("log_height", [0, 1, 2, 3, 7, 8])
@pytest.mark.parametrize("width", [1, 9])
def test_evaluation_is_that_of_the_interpolating_polynomial(log_height: int, width: int) -> None:
    columns, point = random_words(log_height, 1 << log_height, width), random_words(99, 3)
    found = kernels.evaluate_at(kernels.low_degree_extend(columns), point)
    coefficients = [base(c) for c in interpolate_subgroup(integers(columns[:, width - 1]))]
    assert cubic(found[width - 1]) == evaluate_cubic(coefficients, cubic(point))


def test_partial_sums_and_column_ranges_make_up_the_evaluation() -> None:
    extended, point = kernels.low_degree_extend(random_words(1, 512, 20)), random_words(2, 3)
    whole = kernels.evaluate_at(extended, point)
    weights = np.zeros((512, 3), dtype=np.uint64)
    for start, stop in ((0, 100), (100, 512)):
        kernels.barycentric_weights(9, point, weights, start, stop)
    first, second = (kernels.combine_rows(extended, weights, *rows) for rows in ((0, 300), (300, 512)))
    assert [add(cubic(a), cubic(b)) for a, b in zip(first, second, strict=True)] == [
        cubic(row) for row in whole
    ]
    assert (kernels.evaluate_at(extended, point, 3, 17) == whole[3:17]).all()


def test_a_point_of_the_coset_is_refused() -> None:
    point = words([coset_points(5)[19], 0, 0])
    with pytest.raises(ValueError, match="row 19 of the coset"):
        kernels.barycentric_weights(5, point)
    zeros = np.zeros((32, 3), dtype=np.uint64)
    with pytest.raises(ValueError, match="row 19 of the coset"):
        kernels.deep_quotient(zeros, point, point, zeros)


@pytest.mark.parametrize(("rows", "width"), [(1, 1), (2, 8), (7, 9), (20, 17), (9, 300)])
def test_columns_accumulate_with_their_coefficients(rows: int, width: int) -> None:
    matrix, coefficients = random_words(1, rows, width), random_words(2, width, 3)
    out = random_words(3, rows, 3)
    before = out.copy()
    kernels.accumulate_columns(matrix, coefficients, out)
    for row in range(rows):
        total = cubic(before[row])
        for j in range(width):
            total = add(total, multiply(base(int(matrix[row, j])), cubic(coefficients[j])))
        assert cubic(out[row]) == total


@pytest.mark.parametrize("width", [255, 256, 257, 600])
def test_long_sums_of_the_largest_elements_do_not_overflow(width: int) -> None:
    matrix = np.full((300, width), P - 1, dtype=np.uint64)
    out = np.zeros((300, 3), dtype=np.uint64)
    kernels.accumulate_columns(matrix, np.full((width, 3), P - 1, dtype=np.uint64), out)
    assert (out == width).all()
    assert (kernels.combine_rows(matrix, np.full((300, 3), P - 1, dtype=np.uint64)) == 300).all()


def test_ranges_of_rows_accumulate_alone() -> None:
    matrix, coefficients = random_words(1, 64, 5), random_words(2, 5, 3)
    whole, parts = np.zeros((64, 3), dtype=np.uint64), np.zeros((64, 3), dtype=np.uint64)
    kernels.accumulate_columns(matrix, coefficients, whole)
    for start, stop in ((0, 13), (13, 64)):
        kernels.accumulate_columns(matrix, coefficients, parts, start, stop)
    assert (whole == parts).all()


@pytest.mark.parametrize("log_rows", [0, 1, 3, 8])
def test_deep_quotients_divide_by_the_distance_to_the_point(log_rows: int) -> None:
    rows = 1 << log_rows
    accumulator, constant, point = random_words(1, rows, 3), random_words(2, 3), random_words(4, 3)
    codeword = random_words(5, rows, 3)
    before = codeword.copy()
    for start, stop in ((0, rows // 3), (rows // 3, rows)):
        kernels.deep_quotient(accumulator, constant, point, codeword, start, stop)
    for row, x in enumerate(coset_points(log_rows)):
        difference = add(cubic(accumulator[row]), negate(cubic(constant)))
        quotient = multiply(difference, invert(add(base(x), negate(cubic(point)))))
        assert cubic(codeword[row]) == add(cubic(before[row]), quotient)


def lagrange(values: Sequence[Cubic], points: Sequence[int], at: Cubic) -> Cubic:
    """The value at `at` of the polynomial through the points."""
    total = base(0)
    for i, value in enumerate(values):
        for j, x in enumerate(points):
            if i != j:
                scale = pow(points[i] - x, P - 2, P)
                value = multiply(value, multiply(add(at, base(-x)), base(scale)))
        total = add(total, value)
    return total


@pytest.mark.parametrize(
    ("log_rows", "log_arity", "shift"), [(1, 1, 7), (3, 3, 1), (5, 3, 7), (9, 2, 49), (10, 1, 3), (8, 4, 7)]
)
def test_folding_evaluates_the_interpolant_of_each_group(log_rows: int, log_arity: int, shift: int) -> None:
    codeword, beta = random_words(7, 1 << log_rows, 3), random_words(8, 3)
    folded = kernels.fold(codeword, beta, log_arity, shift)
    points, rows = coset_points(log_rows, shift), 1 << (log_rows - log_arity)
    for row in {0, rows // 2, rows - 1}:
        group = slice(row << log_arity, (row + 1) << log_arity)
        expected = lagrange([cubic(value) for value in codeword[group]], points[group], cubic(beta))
        assert cubic(folded[row]) == expected


def test_folding_three_layers_is_folding_by_two_three_times() -> None:
    codeword, beta = random_words(1, 512, 3), random_words(2, 3)
    at_once = kernels.fold(codeword, beta, 3, 7)
    shift, challenge = 7, cubic(beta)
    for _ in range(3):
        codeword = kernels.fold(codeword, words(challenge), 1, shift)
        shift, challenge = shift * shift % P, multiply(challenge, challenge)
    assert (codeword == at_once).all()


def test_ranges_of_a_fold_fill_one_output() -> None:
    codeword, beta = random_words(1, 4096, 3), random_words(2, 3)
    out = np.zeros((512, 3), dtype=np.uint64)
    for start, stop in ((0, 5), (5, 300), (300, 512)):
        kernels.fold(codeword, beta, 3, 7, out, start, stop)
    assert (out == kernels.fold(codeword, beta, 3, 7)).all()
