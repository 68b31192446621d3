"""Memory that is used again, calls made ahead, and columns that are evaluated or combined in part."""

from collections.abc import Callable
from threading import Event

import numpy as np
import pytest

from kernel_reference import random_words, words
from zisk_py.stark import kernels, reference
from zisk_py.stark.buffers import LEAST, Buffers
from zisk_py.stark.parallel import ParallelKernels
from zisk_py.stark.tuple_table import TupleTable


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


@pytest.mark.parametrize("shape", [(LEAST // 8,), (LEAST // 8 + 1,), (3, 5 * LEAST // 24), (1000, 700, 3)])
def test_a_buffer_is_used_again_once_its_array_and_all_views_are_gone(shape: tuple[int, ...]) -> None:
    buffers = Buffers()
    array = buffers.empty(shape, np.uint64)
    assert array.shape == shape
    assert array.dtype == np.uint64
    array[:] = 7
    place, view = address(array), array[1:]
    del array
    other = buffers.empty(shape, np.uint64)
    assert address(other) != place
    assert (view == 7).all()
    del view
    assert address(buffers.empty(shape, np.uint64)) == place


def test_buffers_of_about_the_same_size_share_memory() -> None:
    buffers = Buffers()
    place = address(buffers.empty((LEAST,), np.uint64))
    assert address(buffers.empty((LEAST - 1000,), np.uint64)) == place


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_calls_made_ahead_come_in_order_and_at_most_one_early(threads: int, count: int) -> None:
    started: list[int] = []

    def call(number: int) -> Callable[[], int]:
        return lambda: (started.append(number), number)[1]

    found = []
    for number in ParallelKernels(threads).ahead([call(number) for number in range(count)]):
        found.append(number)
        assert len(started) <= number + 2
    assert found == started == list(range(count))


def test_the_next_call_runs_while_the_last_result_is_worked_on() -> None:
    reached = Event()
    results = ParallelKernels(2).ahead([lambda: 1, lambda: reached.set() or 2])
    assert next(results) == 1
    assert reached.wait(10)
    assert next(results) == 2


def test_a_call_made_ahead_raises_where_its_result_is_asked_for() -> None:
    results = ParallelKernels(2).ahead([lambda: 1, lambda: 1 // 0])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


@pytest.mark.parametrize("columns", [None, [0], [7, 8], [3, 11, 20], [24], list(range(25))])
def test_some_columns_are_evaluated_as_all_are(columns: list[int] | None) -> None:
    extension, point = kernels.low_degree_extend(random_words(1, 32, 25)), random_words(2, 3)
    expected = reference.evaluate_at(extension, point, columns)
    for threads in (1, 2):
        found = ParallelKernels(threads).evaluate_at(extension, point, columns)
        assert (found == expected).all()


@pytest.mark.parametrize("used", [[], [0], [8], [5, 17, 24], [300]])
def test_columns_with_the_coefficient_zero_add_nothing(used: list[int]) -> None:
    matrix, coefficients = random_words(1, 20, 301), np.zeros((301, 3), dtype=np.uint64)
    coefficients[used] = random_words(2, len(used), 3)
    out = random_words(3, 20, 3)
    expected = out.copy()
    reference.accumulate_columns(matrix, coefficients, expected)
    kernels.accumulate_columns(matrix, coefficients, out)
    assert (out == expected).all()


@pytest.mark.parametrize("rows", [1, 4, 64, 512])
@pytest.mark.parametrize(
    "transform", [kernels.low_degree_extend, kernels.interpolate_coset, kernels.evaluate_coset]
)
def test_a_transform_works_in_the_memory_it_is_given(transform: Callable[..., np.ndarray], rows: int) -> None:
    matrix, scratch = random_words(1, rows, 11), random_words(2, kernels.transform_words(rows))
    assert (transform(matrix, scratch=scratch) == transform(matrix)).all()
    with pytest.raises(ValueError, match="scratch has"):
        transform(matrix, scratch=scratch[1:])


def test_columns_of_a_matrix_are_counted_where_they_lie() -> None:
    table, cells = TupleTable(words([[1, 2], [3, 4]])), words([[9, 1, 2, 5], [9, 3, 4, 6], [9, 1, 2, 7]])
    counts = np.zeros(2, dtype=np.uint64)
    assert table.count(cells[:, 1:3], cells[:, 3], counts) == -1
    none = np.flatnonzero(cells[:, 0] == 0)
    assert table.count(cells[none, 1:3], cells[none, 3], counts) == -1
    assert counts.tolist() == [12, 6]


@pytest.mark.parametrize(
    ("queries", "weights"),
    [
        (words([[1, 2, 3]])[:, ::2], words([1])),
        (words([[1, 2], [3, 4]])[::-1], words([1, 1])),
        (words([[1, 2, 3]]), words([1])),
        (words([[1, 2]]), words([1, 1])),
        (words([[1, 2]]).astype(np.int64), words([1])),
        (words([[1, 2]]), words([[1]])),
    ],
)
def test_queries_that_do_not_lie_side_by_side_are_refused(queries: np.ndarray, weights: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"must be neighbouring columns|weights for"):
        TupleTable(words([[1, 2]])).count(queries, weights, np.zeros(1, dtype=np.uint64))


def test_a_range_is_counted_with_and_without_a_search() -> None:
    numbers = words([[0], [1], [2], [9], [4], [3]])  # 0, 1, 2 and 4 stand where their value is
    counts = np.zeros(6, dtype=np.uint64)
    assert TupleTable(numbers).count(numbers, words([1, 2, 3, 4, 5, 6]), counts) == -1
    assert counts.tolist() == [1, 2, 3, 4, 5, 6]
    assert TupleTable(numbers).count(words([[5]]), words([1]), counts) == 0
