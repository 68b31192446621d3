"""The report of a trace that does not hold says which constraint or tuple, where, and why."""

from dataclasses import replace
from pathlib import Path

import pytest

from report_systems import FAILURES, ROWS, SUBJECTS, Witness, put, report_of
from zisk_py import pil
from zisk_py.field import extension
from zisk_py.field.goldilocks import P
from zisk_py.pil import bus_balance
from zisk_py.pil.authoring.check import draw_challenges
from zisk_py.pil.authoring.report_model import ranges_text

GOLDEN = Path(__file__).parent.parent / "data" / "pil" / "reports"


@pytest.mark.parametrize("name", SUBJECTS)
def test_an_honest_trace_holds(name):
    report = pil.check(SUBJECTS[name].trace())

    assert report.ok
    assert (report.constraints, report.tuples) == ((), ())
    assert str(report).startswith(f"all {report.num_constraints} constraints hold, all {report.num_messages}")


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.txt")))
def test_the_text_is_the_one_that_was_agreed_on(name):
    assert str(report_of(name)) + "\n" == (GOLDEN / f"{name}.txt").read_text()


def test_rows_and_offsets_are_those_of_the_file():
    (found,) = pil.check(SUBJECTS["machines"].trace(put("Steps", "x", 10, 99))).constraints[:1]

    assert [(row.row, row.left.value) for row in found.rows] == [(10, 89), (11, P - 89)]
    assert [(cell.name, cell.offset, cell.row, cell.value) for cell in found.rows[0].cells] == [
        ("FIRST", 0, 10, 0),
        ("x", 0, 10, 99),
        ("x", -1, 9, 9),
    ]


def test_added_columns_are_shown_as_what_they_stand_for():
    (found,) = pil.check(SUBJECTS["machines"].trace(put("Steps", "z", 3, 5))).constraints

    (row,) = found.rows
    assert (row.left.text, row.right.text) == ("z", "x * y * (x + y) * (x - y)")
    assert {cell.name for cell in row.cells} == {"x", "y", "z"}


def test_a_constraint_over_several_lines_is_shown_whole():
    found = report_of("wrong_cell").constraints[1]

    assert [line.number for line in found.excerpt.lines] == [10, 11]
    marked = [line.text[line.start : line.start + line.width] for line in found.excerpt.lines]
    assert marked == ["(1 - LAST) * (b' - a", "- b) === 0"]


def test_the_rows_around_are_there_with_the_cells_that_are_read():
    (row,) = report_of("wrong_cell").constraints[0].rows
    window = {seen.number: seen for seen in row.window.rows}

    assert row.window.columns == ("a", "b")
    assert [number for number, seen in window.items() if seen.is_failing] == [5]
    assert sorted(window) == [3, 4, 5, 6, 7, 8]
    assert (window[6].values[0], window[6].is_read) == (13, (True, False))
    assert (window[5].values[1], window[5].is_read) == (77, (False, True))


def test_rows_around_the_first_one_go_round():
    (row,) = pil.check(SUBJECTS["fibonacci"].trace(put("Fibonacci", "b", ROWS - 1, 0))).constraints[-1].rows

    assert {seen.number for seen in row.window.rows} == {ROWS - 3, ROWS - 2, ROWS - 1, 0, 1}


def test_values_of_stage_2_are_elements_of_the_extension():
    (found,) = report_of("late").constraints
    cells = {(cell.name, cell.offset): cell.value for cell in found.rows[0].cells}

    assert found.rows[0].left.text == "(FIRST' + (1 - FIRST') * z') * (y + gamma)"
    assert (found.ranges, cells["x", 0]) == (((ROWS - 1, ROWS - 1),), 7 * (ROWS - 1) % ROWS)
    gamma, z = cells["gamma", 0], cells["z", 0]
    assert isinstance(gamma, tuple)
    assert isinstance(z, tuple)
    assert found.rows[0].right.value == extension.mul(z, extension.add(gamma, (cells["x", 0], 0, 0)))
    assert found.rows[0].left.value != found.rows[0].right.value


def test_what_is_checked_once_per_proof_has_no_rows():
    subject = SUBJECTS["late"]
    trace = replace(subject, proof_values={"rest": 3}).trace()
    report = pil.check(trace)

    (found,) = report.constraints
    assert (found.label, found.text, [cell.row for cell in found.rows[0].cells]) == (
        "",
        "total === part + rest",
        [None, None, None],
    )
    assert "constraint checked once per proof fails" in str(report)
    assert (found.rows[0].left.value, found.rows[0].right.value) == (5, 6)


def test_challenges_follow_from_the_trace():
    first, again, other = (
        draw_challenges(SUBJECTS["late"].trace(change))
        for change in (lambda witness: None, lambda witness: None, put("Late", "x", 0, 1))
    )

    assert first == again != other


def test_instances_are_told_apart():
    report = report_of("wrong_pair")

    assert [air.label for air in report.airs] == ["Steps", "Other[0]", "Other[1]", "SpecifiedRanges"]
    assert [sender.label for found in report.tuples for sender in found.senders] == ["Steps", "Other[1]"]
    assert [sender.row for found in report.tuples for sender in found.senders] == [ROWS + 9, 9]


def test_the_nearest_tuple_is_the_one_without_a_match():
    missing, spare = report_of("wrong_pair").tuples

    assert missing.nearest is not None
    assert spare.nearest is not None
    assert (missing.nearest.values, missing.nearest.differs) == (spare.values, (1,))
    assert (spare.nearest.values, spare.nearest.sender.label) == (missing.values, "Steps")


def test_a_row_of_a_table_that_nobody_looks_up_can_be_the_nearest():
    def change(witness: Witness) -> None:
        witness["User"]["sel"] = [0] * ROWS
        for column, value in {"a": 7, "b": 7, "c": 6, "sel": 1}.items():
            witness["User"][column][0] = value

    (found,) = pil.check(SUBJECTS["table"].trace(change)).tuples

    assert found.nearest is not None
    assert (found.nearest.values, found.nearest.sender.label, found.nearest.sender.times) == (
        (7, 7, 7),
        "Bits",
        0,
    )


@pytest.mark.parametrize(
    ("value", "sentence"),
    [(256, "y = 256 is not in 0..255"), (-1, "y = -1 is not in 0..255")],
)
def test_a_range_is_told_in_a_sentence(value, sentence):
    report = pil.check(SUBJECTS["machines"].trace(put("Steps", "y", 0, value)))

    assert [found.explanation for found in report.tuples] == [sentence]


def test_the_first_findings_are_kept_and_all_are_counted():
    def change(witness: Witness) -> None:
        witness["Steps"]["z"] = [z + 1 for z in witness["Steps"]["z"]]

    report = pil.check(SUBJECTS["machines"].trace(change), limit=2, rows_limit=1)

    (found,) = report.constraints
    assert (found.num_rows, found.ranges, len(found.rows)) == (2 * ROWS, ((0, 2 * ROWS - 1),), 1)
    assert (len(report.tuples), report.num_unmatched) == (2, 4 * ROWS)
    assert f"and {4 * ROWS - 2} more tuples without a match" in str(report)


def test_failing_rows_are_told_as_ranges():
    def change(witness: Witness) -> None:
        for row in (3, 9, 10, 11, 20):
            witness["Steps"]["z"][row] += 1

    (found,) = pil.check(SUBJECTS["machines"].trace(change)).constraints

    assert (found.num_rows, found.ranges) == (5, ((3, 3), (9, 11), (20, 20)))
    assert ranges_text(found.ranges, 9) == "3, 9..11, 20 and 6 more ranges"


@pytest.mark.parametrize("name", FAILURES)
def test_adding_up_in_small_parts_finds_the_same(name, monkeypatch):
    expected = str(report_of(name))
    monkeypatch.setattr(bus_balance, "PENDING", 5)

    assert str(report_of(name)) == expected
    assert pil.check(SUBJECTS[FAILURES[name][0]].trace()).ok


def test_the_rows_around_are_told_by_how_far_they_are_also_across_the_ends():
    window = report_of("late").constraints[0].rows[0].window

    assert [(row.number, row.offset) for row in window.rows] == [
        (29, -2),
        (30, -1),
        (31, 0),
        (0, 1),
        (1, 2),
        (2, 3),
    ]


def test_it_is_told_who_could_have_answered_and_is_not_there():
    system = pil.compile("""
airtemplate Asks(const int N = 32) { col witness a, sel; permutation_assumes(5, [a], sel); }
airtemplate Answers(const int N = 32) { col witness b, sel; permutation_proves(5, [b], sel); }
airgroup Example { Asks(); Answers(); }
""")
    report = pil.check(system.trace({"Asks": {"a": [7] * 32, "sel": [1] + [0] * 31}}))

    assert report.tuples[0].explanation == "nobody proves it; Answers, which could, has no instance"
