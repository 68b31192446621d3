"""`pil.fuzz` notices what a check of the changed and newly filled witness notices, and lists the rest."""

import json

import numpy as np
import pytest

from report_systems import ROWS, SUBJECTS, Witness, compiled, put
from zisk_py import pil
from zisk_py.field.goldilocks import P
from zisk_py.pil.authoring.mutation import Subject, num_live, sample
from zisk_py.pil.authoring.mutation_buses import BusState
from zisk_py.pil.authoring.mutation_judge import InstanceJudge
from zisk_py.pil.authoring.mutation_report import KINDS
from zisk_py.pil.checker import instances
from zisk_py.pil.trace_evaluation import TraceError

CHANGES = 70  # of each instance


def judges(trace: pil.Trace) -> dict[int, InstanceJudge]:
    """The judges of the author's instances, by position."""
    subject = Subject.of(trace)
    made = instances(
        subject.system, subject.traces, subject.program, subject.publics, subject.challenges, subject.stage2
    )
    state = BusState(made, subject.beside)
    return {
        number: InstanceJudge(one, subject.beside[one.air.name], state)
        for number, one in enumerate(made[:-1])
        if not subject.beside[one.air.name].is_library
    }


def given_columns(witness: Witness, air: str, number: int) -> dict[str, list[int]]:
    """The columns of an instance in a witness; a table that is not given has none."""
    found = witness.setdefault(air, {})
    return found[number] if isinstance(found, list) else found


@pytest.mark.parametrize("name", [name for name, subject in SUBJECTS.items() if subject.stage2 is None])
def test_a_change_is_noticed_if_the_newly_filled_witness_does_not_hold(name):
    subject = SUBJECTS[name]
    honest = subject.trace()
    rng = np.random.default_rng(5)
    outcomes = []
    for number, judge in judges(honest).items():
        one = honest.instances[number]
        height, air = len(one.matrix), judge.instance.air
        rows = rng.integers(0, height, CHANGES)
        columns = rng.integers(0, honest.system.compiled.air(one.air)[1].given, CHANGES)
        swapped = rng.random(CHANGES) < 0.3
        old = one.matrix[rows, columns]
        near = (old + rng.choice([0, 1, 2, 5, P - 1], CHANGES).astype(np.uint64)) % np.uint64(P)
        new = np.where(swapped, one.matrix[(rows + 1) % height, columns], near)
        verdict = judge.judge(rows, columns, new, swapped)
        for i in range(CHANGES):
            column = air.columns[columns[i]].name
            cells = one.matrix[:, columns[i]].tolist()
            cells[rows[i]] = int(new[i])
            if swapped[i]:
                cells[(rows[i] + 1) % height] = int(old[i])

            def change(witness: Witness) -> None:
                given_columns(witness, one.air, one.number)[column] = cells  # noqa: B023

            noticed = bool(verdict.constraint[i] or verdict.bus[i])
            outcomes.append(noticed)
            assert noticed != pil.check(subject.trace(change)).ok, (one.air, column, rows[i], new[i])
    assert {True, False} == set(outcomes)


def test_columns_that_nothing_reads_are_listed_with_all_their_rows():
    report = pil.fuzz(SUBJECTS["table"].trace(), rows=ROWS)
    found = {column.name: column for air, column in report.columns() if air.name == "User"}

    assert (found["free"].unnoticed, len(found["free"].rows)) == (found["free"].changes, ROWS)
    assert found["tied"].unnoticed == 0
    assert found["sel"].by_constraint > 0
    assert {hole.row for hole in found["c"].holes} <= set(range(24, ROWS)), "c is read where sel is 1"


def test_tables_are_counted_anew_but_their_columns_are_judged_as_they_stand():
    report = pil.fuzz(SUBJECTS["table"].trace(), rows=ROWS)
    user, bits = ({column.name: column for column in air.columns} for air in report.airs)

    def holes(name: str, kind: str) -> set[int]:
        return {hole.row for hole in user[name].holes if hole.kind == kind}

    assert holes("a", "one more") & set(range(24)), "another row of the table is looked up"
    assert (bits["used"].unnoticed, bits["used"].by_bus) == (0, bits["used"].changes)


def test_a_system_without_holes_has_none():
    report = pil.fuzz(SUBJECTS["fibonacci"].trace())

    assert report.ok
    assert str(report).endswith("noticed by a constraint, 0 by nothing")


def test_what_only_stage_2_notices_is_counted_apart():
    report = pil.fuzz(SUBJECTS["late"].trace(), rows=4)

    assert all(column.by_stage2 == column.changes for _, column in report.columns())
    assert "noticed" not in str(report)
    assert f"{report.changes} by stage 2 alone" in str(report)


def test_the_same_seed_gives_the_same_report_and_another_one_another():
    texts = [pil.fuzz(SUBJECTS["machines"].trace(), rows=4, seed=seed).to_json() for seed in (1, 1, 2)]

    assert texts[0] == texts[1] != texts[2]


def test_a_trace_that_does_not_hold_is_refused():
    with pytest.raises(TraceError, match="check it first"):
        pil.fuzz(SUBJECTS["fibonacci"].trace(put("Fibonacci", "b", 5, 77)))


def test_the_json_tells_all_columns_and_the_first_holes():
    report = pil.fuzz(SUBJECTS["table"].trace(), rows=ROWS, limit=3)
    data = json.loads(report.to_json())

    assert (data["format"], data["version"], data["seed"]) == ("zisk-pil-fuzz", 1, 0)
    assert data["changes"] == sum(column["changes"] for column in data["columns"])
    assert data["unnoticed"] == report.unnoticed
    assert all(len(column["holes"]) == min(3, column["unnoticed"]) for column in data["columns"])
    for column in data["columns"]:
        noticed = column["by_constraint"] + column["by_bus"] + column["by_stage2"]
        assert noticed + column["unnoticed"] == column["changes"]
        assert {hole["kind"] for hole in column["holes"]} <= set(KINDS)


def test_every_kind_of_row_is_changed():
    matrix = np.zeros((64, 2), dtype=np.uint64)
    matrix[:40, 0] = np.arange(40)
    matrix[63, 1] = 1  # the last row may be another
    rows = set(sample(matrix, 8, np.random.default_rng(0)))

    assert num_live(matrix) == 40
    assert {0, 39, 40, 62, 63} <= rows
    assert len(rows) >= 10
    assert set(sample(matrix[:8], 8, np.random.default_rng(0))) == set(range(8))


def test_a_column_that_we_add_follows_the_change():
    (air, beside) = compiled(SUBJECTS["machines"].source).compiled.air("Steps")

    assert len(air.columns) > beside.given, "the subject has an added column"
    report = pil.fuzz(SUBJECTS["machines"].trace(), rows=64)
    (steps, _) = report.airs
    (y,) = (column for column in steps.columns if column.name == "y")
    # Where x is 0, y is any byte: the added column x * y stays 0 and would not notice, nor would another one.
    assert {hole.row for hole in y.holes if hole.kind == "one more"} == {0}
