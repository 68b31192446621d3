"""Transforms equal the naive ones, for every width, height and path."""

from collections.abc import Iterator

import numpy as np
import pytest

from kernel_reference import (
    PATHS,
    coset_points,
    evaluate,
    extend,
    integers,
    interpolate_subgroup,
    random_words,
    selected,
)
from zisk_py.field.goldilocks import P, root_of_unity
from zisk_py.stark import kernels


@pytest.fixture(autouse=True, params=PATHS)
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    with selected(request.param):
        yield request.param


@pytest.mark.parametrize("log_rows", range(6))
def test_extension_equals_the_naive_one(log_rows: int) -> None:
    columns = random_words(log_rows, 1 << log_rows, 3)
    extended = kernels.low_degree_extend(columns)
    for j in range(3):
        assert integers(extended[:, j]) == extend(integers(columns[:, j]))


@pytest.mark.parametrize("width", range(1, 18))
def test_every_width_is_extended_column_by_column(width: int) -> None:
    columns = random_words(width, 16, width)
    extended = kernels.low_degree_extend(columns)
    for j in range(width):
        alone = kernels.low_degree_extend(np.ascontiguousarray(columns[:, j : j + 1]))
        assert (extended[:, j] == alone[:, 0]).all()


@pytest.mark.parametrize("log_rows", [0, 1, 4, 7, 10, 11, 12, 13, 14])
def test_interpolation_undoes_extension(log_rows: int) -> None:
    rows = 1 << log_rows
    columns = random_words(log_rows, rows, 9)
    extended = kernels.low_degree_extend(columns)
    coefficients = kernels.interpolate_coset(extended)
    assert not coefficients[rows:].any()
    again = kernels.evaluate_coset(np.ascontiguousarray(coefficients[:rows]))
    assert (again == extended).all()


@pytest.mark.slow
@pytest.mark.parametrize("log_rows", range(15, 22))
def test_interpolation_undoes_extension_of_any_length(log_rows: int) -> None:
    rows = 1 << log_rows
    extended = kernels.low_degree_extend(random_words(log_rows, rows, 1))
    coefficients = kernels.interpolate_coset(extended)
    assert not coefficients[rows:].any()
    assert (kernels.evaluate_coset(coefficients[:rows]) == extended).all()


@pytest.mark.parametrize("log_rows", [9, 12, 13])
def test_long_transforms_are_evaluations_of_one_polynomial(log_rows: int) -> None:
    rows = 1 << log_rows
    columns = random_words(log_rows, rows, 9)
    extended = kernels.low_degree_extend(columns)
    coefficients = integers(kernels.interpolate_coset(extended)[:rows, 8])
    points = coset_points(log_rows + 1)
    for row in (0, 1, rows - 1, rows, rows + 77, 2 * rows - 1):
        assert evaluate(coefficients, points[row]) == extended[row, 8]
    w = root_of_unity(log_rows)
    for row in (0, 1, rows - 3):
        assert evaluate(coefficients, pow(w, row, P)) == columns[row, 8]


@pytest.mark.parametrize("shift", [1, 7, 49, P - 1])
def test_interpolation_takes_any_shift(shift: int) -> None:
    values = random_words(3, 32, 2)
    coefficients = kernels.interpolate_coset(values, shift=shift)
    for row, x in enumerate(coset_points(5, shift)):
        assert evaluate(integers(coefficients[:, 1]), x) == values[row, 1]


def test_interpolation_on_the_subgroup_is_the_naive_inverse_transform() -> None:
    values = random_words(5, 8, 1)
    natural = values[[0, 4, 2, 6, 1, 5, 3, 7]]
    assert integers(kernels.interpolate_coset(values, shift=1)) == interpolate_subgroup(integers(natural))


@pytest.mark.parametrize("value", [0, 1, P - 1])
def test_a_constant_column_stays_constant(value: int) -> None:
    columns = np.full((1 << 12, 8), value, dtype=np.uint64)
    assert (kernels.low_degree_extend(columns) == value).all()


def test_ranges_of_columns_fill_one_output() -> None:
    columns = random_words(8, 64, 21)
    out = np.zeros((128, 21), dtype=np.uint64)
    for first, last in ((0, 5), (5, 16), (16, 21)):
        kernels.low_degree_extend(columns, out, first, last)
    assert (out == kernels.low_degree_extend(columns)).all()


def test_columns_outside_the_range_are_left_alone() -> None:
    out = np.full((16, 12), 5, dtype=np.uint64)
    kernels.low_degree_extend(random_words(1, 8, 12), out, 3, 4)
    assert (np.delete(out, 3, axis=1) == 5).all()


def test_interpolation_may_work_in_place() -> None:
    values = random_words(2, 1 << 12, 11)
    expected = kernels.interpolate_coset(values)
    kernels.interpolate_coset(values, values)
    assert (values == expected).all()


def test_the_input_is_not_changed() -> None:
    columns = random_words(4, 256, 9)
    copy = columns.copy()
    kernels.low_degree_extend(columns)
    assert (columns == copy).all()


def test_a_read_only_input_is_accepted() -> None:
    columns = random_words(4, 8, 2)
    columns.setflags(write=False)
    assert kernels.low_degree_extend(columns).shape == (16, 2)
