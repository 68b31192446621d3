"""A table of tuples counts lookups and names what it does not have."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel_reference import words
from zisk_py.field.goldilocks import P
from zisk_py.stark.kernels import TupleTable

TUPLES = st.tuples(st.integers(0, 3), st.sampled_from([0, 1, P - 1]), st.integers(0, 1))


@given(table=st.sets(TUPLES, min_size=1), queries=st.lists(st.tuples(TUPLES, st.integers(0, 5)), min_size=1))
def test_counts_are_sums_of_weights(
    table: set[tuple[int, ...]], queries: list[tuple[tuple[int, ...], int]]
) -> None:
    rows = sorted(table)
    found = [(values, weight) for values, weight in queries if values in table or weight == 0]
    expected: Counter[tuple[int, ...]] = Counter()
    for values, weight in found:
        expected[values] += weight
    counts = np.zeros(len(rows), dtype=np.uint64)
    asked = words([values for values, _ in found]).reshape(len(found), 3)
    missing = TupleTable(words(rows)).count(asked, words([weight for _, weight in found]), counts)
    assert missing == -1
    assert counts.tolist() == [expected[row] for row in rows]


def test_the_first_missing_query_is_named() -> None:
    table, counts = TupleTable(words([[1, 2], [3, 4]])), np.zeros(2, dtype=np.uint64)
    assert table.count(words([[3, 4], [4, 3], [9, 9]]), words([1, 0, 1]), counts) == 2
    assert table.find(words([[4, 3], [3, 4], [1, 2]])).tolist() == [-1, 1, 0]


def test_weights_add_up_in_the_field() -> None:
    table, counts = TupleTable(words([[5]])), words([P - 1])
    assert table.count(words([[5], [5]]), words([P - 1, 3]), counts) == -1
    assert counts.tolist() == [1]


def test_a_row_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="row 2 of table equals an earlier one"):
        TupleTable(words([[1, 2], [2, 1], [1, 2]]))


def test_large_tables_are_indexed() -> None:
    rows = np.arange(1 << 16, dtype=np.uint64)
    values = np.ascontiguousarray(np.stack([rows >> np.uint64(8), rows & np.uint64(255)], axis=1))
    counts = np.zeros(1 << 16, dtype=np.uint64)
    assert TupleTable(values).count(values, rows, counts) == -1
    assert (counts == rows).all()


def test_an_empty_table_has_nothing() -> None:
    table = TupleTable(np.zeros((0, 2), dtype=np.uint64))
    assert table.find(words([[0, 0]])).tolist() == [-1]


def test_the_table_is_independent_of_the_array_it_was_made_from() -> None:
    rows = words([[1], [2]])
    table = TupleTable(rows)
    rows[:] = 0
    assert table.find(words([[2]])).tolist() == [1]
