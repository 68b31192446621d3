"""The planner: heights, classes, and where instances stand."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from zisk_py.errors import LimitError
from zisk_py.pil.system import Air, Column, FixedColumn, Source, System
from zisk_py.statemachines.machine import Scope
from zisk_py.statemachines.plan import MAX_CLASSES, log_height_for, plan_run

NOWHERE = Source("test.pil", 1, 1, "")


@dataclass(frozen=True)
class StubMachine:
    name: str
    template: str
    scope: Scope
    stream: str
    pil: Path = Path("test.pil")
    operations = ()
    program_columns = None

    def fill(self, air, records, run, height):
        raise AssertionError("the planner fills nothing")


def air(name, *, width=3, fixed_log_height=None, program=()):
    columns = tuple(Column(f"x{i}", 0, NOWHERE) for i in range(width))
    fixed = (FixedColumn("f", (0,) * (1 << fixed_log_height)),) if fixed_log_height is not None else ()
    return Air(name, fixed_log_height, columns, fixed, program, (), (), (), ())


SYSTEM = System(
    (
        air("Main", width=50),
        *(air(f"Op{i}") for i in range(8)),
        air("Ledger"),
        air("Rom", program=("pc",)),
        air("Table", fixed_log_height=6),
    )
)
MACHINES = (
    StubMachine("main", "Main", Scope.SEGMENT, "steps"),
    *(StubMachine(f"op{i}", f"Op{i}", Scope.SEGMENT, f"op{i}") for i in range(8)),
    StubMachine("ledger", "Ledger", Scope.RUN, "ledger"),
    StubMachine("rom", "Rom", Scope.RUN, "rom"),
    StubMachine("table", "Table", Scope.TABLE, "table"),
)


def plan(chunks, ledger=10, rom=40):
    return plan_run(SYSTEM, MACHINES, chunks, {"ledger": ledger, "rom": rom})


@pytest.mark.parametrize(("rows", "expected"), [(1, 5), (32, 5), (33, 6), (64, 6), (65, 7), (1 << 24, 24)])
def test_the_height_is_the_least_power_of_two_that_holds_the_rows(rows, expected):
    assert log_height_for(rows, "Main") == expected


def test_more_rows_than_the_largest_height_are_refused_with_the_number():
    with pytest.raises(LimitError, match="16777217 rows"):
        log_height_for((1 << 24) + 1, "Main")


def test_run_wide_machines_and_tables_stand_in_the_last_segment_only():
    segments = plan([{"steps": 64, "op0": 3}, {"steps": 7, "op1": 1}]).segments
    names = [[p.machine.template for p in placements] for placements in segments]
    assert names == [["Main", "Op0"], ["Main", "Op1", "Ledger", "Rom", "Table"]]


def test_a_machine_without_rows_has_no_instance():
    (placements,) = plan([{"steps": 5, "op3": 0}]).segments
    assert "Op3" not in {p.machine.template for p in placements}


def test_heights_are_merged_to_few_classes_by_raising_small_machines_only():
    rows = {"steps": 1 << 14} | {f"op{i}": 1 << (5 + i) for i in range(8)}
    (placements,) = plan([rows], ledger=3000, rom=700).segments
    heights = {p.machine.template: p.log_height for p in placements}
    assert len(set(heights.values())) <= MAX_CLASSES
    assert heights["Main"] == 14
    assert heights["Rom"] == 10
    assert heights["Table"] == 6
    assert all(1 << heights[f"Op{i}"] >= rows[f"op{i}"] for i in range(8))
    assert 1 << heights["Ledger"] >= 3000
