"""The checker accepts what holds and says where something does not."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil.checker import TraceError, check
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.system import System

SOURCE = """\
public last;
airtemplate Fibonacci() {
    col fixed FIRST = [1, 0...];
    const expr LAST = FIRST';
    col witness a, b, asks;
    airval start;
    FIRST * (a - start) === 0;
    (1 - LAST) * a' === (1 - LAST) * b;
    (1 - LAST) * (b' - a - b) === 0;
    LAST * (b - last) === 0;
    lookup_assumes(PAIR, [a, b], asks);
}
airtemplate Squares(const int N) {
    col fixed X = [0..31];
    col witness mul;
    lookup_proves(SQUARE, [X, X * X], mul);
}
airtemplate Program() {
    commit stage(0) program;
    col program key, value;
    col witness mul;
    lookup_proves(SQUARE, [key, value], mul);
}
airgroup G { Fibonacci(); Squares(32); Program(); }
"""
PAIR, SQUARE = 1, 2
ROWS = 64


@dataclass(frozen=True)
class Sheet:
    air: str
    matrix: NDArray[np.uint64]
    air_values: tuple[int, ...] = ()


@pytest.fixture(scope="module")
def system() -> System:
    return compile_pil(SOURCE, constants={"PAIR": PAIR, "SQUARE": SQUARE})


@pytest.fixture
def fibonacci() -> Sheet:
    rows = [(1, 1, 0)]
    for _ in range(ROWS - 1):
        a, b, _ = rows[-1]
        rows.append((b, (a + b) % P, 0))
    return Sheet("Fibonacci", np.array(rows, dtype=np.uint64), (1,))


def last_of(sheet: Sheet) -> tuple[int]:
    return (int(sheet.matrix[-1, 1]),)


def changed(sheet: Sheet, row: int, column: int, value: int) -> Sheet:
    matrix = sheet.matrix.copy()
    matrix[row, column] = value
    return replace(sheet, matrix=matrix)


def test_an_honest_trace_holds(system: System, fibonacci: Sheet) -> None:
    report = check(system, [fibonacci], publics=last_of(fibonacci))

    assert report.ok
    assert str(report) == "all 5 constraints hold, all 0 messages match"


def test_a_changed_cell_fails_where_it_is_read(system: System, fibonacci: Sheet) -> None:
    report = check(system, [changed(fibonacci, 5, 1, 77)], publics=last_of(fibonacci))

    assert [
        (f.source.line, f.num_rows, [row.row for row in f.first]) for f in report.constraint_failures
    ] == [
        (8, 1, [5]),
        (9, 2, [4, 5]),
    ]
    assert not report.ok


def test_a_failure_shows_text_carets_sides_and_cells(system: System, fibonacci: Sheet) -> None:
    report = check(system, [changed(fibonacci, 5, 1, 77)], publics=last_of(fibonacci))

    assert (
        str(report.constraint_failures[0])
        == """\
<text>:8:5: a constraint of Fibonacci (trace 0) fails on 1 row
    (1 - LAST) * a' === (1 - LAST) * b
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    row 5: 13 is not 77; last row = 0, a' = 13, b = 77"""
    )


def test_air_values_and_publics_are_checked(system: System, fibonacci: Sheet) -> None:
    wrong_start = check(system, [replace(fibonacci, air_values=(2,))], publics=last_of(fibonacci))
    wrong_public = check(system, [fibonacci], publics=(3,))

    assert [failure.source.line for failure in wrong_start.constraint_failures] == [7]
    assert [failure.source.line for failure in wrong_public.constraint_failures] == [10]


def test_every_instance_is_checked(system: System, fibonacci: Sheet) -> None:
    traces = [fibonacci, changed(fibonacci, 5, 1, 77)]
    report = check(system, traces, publics=last_of(fibonacci))

    assert {failure.instance for failure in report.constraint_failures} == {1}


def test_at_most_a_few_failures_are_kept_and_all_are_counted(system: System, fibonacci: Sheet) -> None:
    zeros = replace(fibonacci, matrix=np.arange(ROWS * 3, dtype=np.uint64).reshape(ROWS, 3))
    report = check(system, [zeros], publics=(1,), buses=False, limit=1, rows_limit=2)

    assert len(report.constraint_failures) == 1
    assert len(report.constraint_failures[0].first) <= 2
    assert report.num_constraint_failures > 1


def table(*looked_up: int) -> Sheet:
    matrix = np.zeros((32, 1), dtype=np.uint64)
    for row in looked_up:
        matrix[row, 0] += np.uint64(1)
    return Sheet("Squares", matrix)


def test_a_bus_balances_between_instances_and_the_verifier(system: System, fibonacci: Sheet) -> None:
    asking = changed(fibonacci, 3, 2, 1)
    report = check(
        system,
        [asking, table(5, 5, 6)],
        publics=last_of(fibonacci),
        messages=[(PAIR, (3, 5), 1), (SQUARE, (5, 25), -2), (SQUARE, (6, 36), -1)],
    )

    assert report.ok
    assert report.num_messages == 2 + 4  # rows and distinct messages


def test_multiplicities_count_modulo_p(system: System) -> None:
    matrix = np.zeros((32, 1), dtype=np.uint64)
    matrix[4, 0] = P - 1

    assert check(system, [Sheet("Squares", matrix)], publics=(0,), messages=[(SQUARE, (4, 16), 1)]).ok


def test_an_unmatched_tuple_has_its_origin_and_the_nearest_match(system: System, fibonacci: Sheet) -> None:
    asking = changed(fibonacci, 3, 2, 1)
    report = check(
        system,
        [asking],
        publics=last_of(fibonacci),
        messages=[(PAIR, (3, 6), 1), (PAIR, (8, 9), 1)],
        bus_names={PAIR: "PAIR"},
    )

    assert [(u.values, u.count, u.nearest and u.nearest.values) for u in report.unmatched] == [
        ((3, 5), -1, (3, 6)),
        ((3, 6), 1, (3, 5)),
        ((8, 9), 1, None),
    ]
    assert (
        str(report.unmatched[0])
        == """\
bus PAIR: (a = 3, b = 5) is assumed 1 times more than proven
    Fibonacci (trace 0) row 3 assumes 1 times (<text>:11:5)
    nearest on the other side: b is 6 instead of 5"""
    )
    assert "the verifier proves 1 times (message 0)" in str(report.unmatched[1])


@pytest.mark.parametrize("wrong", [(5, 26), (32, 32 * 32), (5 + 2**32, 25)])
def test_a_tuple_that_differs_in_one_value_does_not_match(system: System, wrong: tuple[int, int]) -> None:
    report = check(system, [table(5)], publics=(0,), messages=[(SQUARE, wrong, -1)])

    assert report.num_unmatched == 2


def test_the_same_tuple_on_another_bus_does_not_match(system: System, fibonacci: Sheet) -> None:
    report = check(system, [table(5)], publics=(0,), messages=[(PAIR, (5, 25), -1)])

    assert {found.bus for found in report.unmatched} == {PAIR, SQUARE}


def test_columns_of_the_program_are_read(system: System) -> None:
    program = {"Program": np.array([[i, i + 100] for i in range(32)], dtype=np.uint64)}
    counts = np.zeros((32, 1), dtype=np.uint64)
    counts[7, 0] = 3
    report = check(
        system, [Sheet("Program", counts)], program=program, publics=(0,), messages=[(SQUARE, (7, 107), -3)]
    )

    assert report.ok


def test_a_constraint_without_columns_fails_on_every_row() -> None:
    source = "airtemplate A() { airval x; col witness a; x === 3; a === 0; } airgroup G { A(); }"
    sheet = Sheet("A", np.zeros((8, 1), dtype=np.uint64), (4,))

    (failure,) = check(compile_pil(source), [sheet]).constraint_failures

    assert (failure.num_rows, failure.first[0].left, failure.first[0].right) == (8, 4, 3)


def test_constraints_alone_can_be_checked(system: System, fibonacci: Sheet) -> None:
    asking = changed(fibonacci, 3, 2, 1)

    assert not check(system, [asking], publics=last_of(fibonacci)).ok
    assert check(system, [asking], publics=last_of(fibonacci), buses=False).ok


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        (Sheet("Squares", np.zeros((64, 1), dtype=np.uint64)), "has 64 rows, the air has 2^5"),
        (Sheet("Squares", np.zeros((32, 2), dtype=np.uint64)), "must be a uint64 matrix of 1 columns"),
        (Sheet("Squares", np.zeros((32, 1), dtype=np.int64)), "must be a uint64 matrix"),
        (Sheet("Squares", np.full((32, 1), P, dtype=np.uint64)), "not below p in row 0, column 0"),
        (Sheet("Squares", np.zeros((32, 1), dtype=np.uint64), (1,)), "1 air values, the air has 0"),
        (Sheet("Fibonacci", np.zeros((33, 3), dtype=np.uint64), (1,)), "not a power of two"),
        (Sheet("Program", np.zeros((32, 1), dtype=np.uint64)), "program columns"),
    ],
)
def test_a_trace_of_the_wrong_shape_is_refused(system: System, sheet: Sheet, message: str) -> None:
    with pytest.raises(TraceError) as caught:
        check(system, [sheet], publics=(0,))

    assert message in str(caught.value)


def test_blocks_join_without_a_seam(system: System) -> None:
    rows = 1 << 14  # two blocks
    a, b = 1, 1
    cells = []
    for _ in range(rows):
        cells.append((a, b, 0))
        a, b = b, (a + b) % P
    sheet = Sheet("Fibonacci", np.array(cells, dtype=np.uint64), (1,))

    assert check(system, [sheet], publics=last_of(sheet)).ok
    broken = check(system, [changed(sheet, (1 << 13) - 1, 1, 5)], publics=last_of(sheet))
    assert [[row.row for row in f.first] for f in broken.constraint_failures] == [[8191], [8190, 8191]]
