"""Every change of a single cell of a real run's trace is noticed, or the cell is free for a reason.

    pytest tests/attacks/test_witness_mutation.py -s            (prints what was tried)
    pytest tests/attacks/test_witness_mutation.py -s -m slow    (every row of every trace)

A change is noticed if a constraint fails on a row that reads the cell, if a lookup is in no table, or if what
the rows say to other machines is not what it was: then it has no partner. Else the tests of the machine must
list the cell as free on that row, and its README must say why that is harmless.
"""

import numpy as np
import pytest

from attack_cells import VALUES, Tried, change_cells, sample
from attack_runs import SUBJECTS, is_table, run_of, system
from zisk_py.field.goldilocks import P
from zisk_py.pil.checker import check
from zisk_py.statemachines.machine import Trace

AIRS = [air.name for air in system().airs]
FEWEST = 3  # one more, one less and a random value are always three others
STEP = 1024  # rows that are changed together


def tried_on(air: str, extra: int) -> Tried:
    """The changes of an air's cells in all runs: on every kind of row, and on `extra` more of each trace."""
    total = Tried()
    for name in SUBJECTS:
        run = run_of(name)
        for trace in (trace for segment in run.segments for trace in segment if trace.air == air):
            rng = np.random.default_rng([len(total.noticed), trace.log_height, AIRS.index(air)])
            total.add(change_cells(run, trace, list(sample(trace, extra, rng)), rng))
    return total


@pytest.mark.parametrize("air", AIRS)
def test_every_change_of_a_cell_is_noticed_or_the_cell_is_free_for_a_reason(air):
    tried = tried_on(air, 32)
    print(f"\n{air}: {tried}")
    assert tried.holes == []
    assert FEWEST * tried.cells <= tried.changes <= len(VALUES) * tried.cells
    assert tried.changes == tried.noticed.total() + tried.free.total()


def test_first_rows_others_in_use_and_padding_are_changed():
    kinds = {air: tried_on(air, 0).rows for air in AIRS}
    assert {air for air, rows in kinds.items() if "first" not in rows} == set()
    assert {air for air, rows in kinds.items() if "live" not in rows} == {"Fault"}  # a run has one trap
    assert {air for air, rows in kinds.items() if "padding" not in rows and not is_table(air)} == set()


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_judge_accepts_every_honest_run_and_notices_a_changed_one(name):
    run = run_of(name)
    assert run.refusals(run.statement, run.segments) == set()
    main = run.segments[0][0]
    changed = main.matrix.copy()
    changed[1, run.system.air("Main").column("c0")] ^= np.uint64(1)
    segments = [[Trace("Main", changed, main.air_values), *run.segments[0][1:]], *run.segments[1:]]
    assert run.refusals(run.statement, segments)


def test_a_cell_that_is_free_but_not_listed_is_reported(monkeypatch):
    run = run_of("loop")
    trace = next(trace for trace in run.segments[0] if trace.air == "Main")
    monkeypatch.setattr("attack_free.PREDICATES", {"Main": {}})
    tried = change_cells(run, trace, [0], np.random.default_rng(0))
    assert tried.holes
    assert tried.free.total() == 0


@pytest.mark.parametrize(
    ("air", "text"),
    [
        ("Main", "(clk' - clk - live)"),
        ("Main", "(units' - next_units)"),
        ("Narrow", "places === live"),
        ("Shift", "(1 - is_sra) * sign"),
        ("Arith", "(1 - is_div) * borrow"),
        ("AddCompare", "is_eq * (1 - flag - inverse * total)"),
        ("Boundary", "is_last * (words - 1 - word)"),
    ],
)
def test_without_a_constraint_some_change_is_not_noticed(air, text):
    weaker = [run_of(name).without(air, text) for name in SUBJECTS]
    rng, holes = np.random.default_rng(3), []
    for run in weaker:
        for trace in (trace for segment in run.segments for trace in segment if trace.air == air):
            holes += change_cells(run, trace, list(sample(trace, 32, rng)), rng).holes
    assert holes


@pytest.mark.parametrize("name", ["loop", "vault"])
def test_the_quick_judge_agrees_with_the_checker_on_changed_cells(name):
    run = run_of(name)
    rng = np.random.default_rng(7)
    for trace in run.segments[0]:
        if is_table(trace.air):
            continue
        for _ in range(6):
            changed = trace.matrix.copy()
            row, column = rng.integers(0, len(changed)), rng.integers(0, changed.shape[1])
            changed[row, column] = rng.choice([0, 1, 2, 1 << 16, 1 << 32, P - 1]).astype(np.uint64)
            forged = Trace(trace.air, changed, trace.air_values)
            report = check(run.system, [forged], program=run.matrices, buses=False)
            assert run.judges[trace.air].judge(forged).broken.any() == bool(report.num_constraint_failures)


@pytest.mark.slow
@pytest.mark.parametrize("name", SUBJECTS)
def test_every_row_of_every_trace(name):
    run = run_of(name)
    by_air: dict[str, Tried] = {}
    for trace in (trace for segment in run.segments for trace in segment):
        rng, tried = np.random.default_rng(len(trace.matrix)), by_air.setdefault(trace.air, Tried())
        height = _rows_tried(trace)
        for start in range(0, height, STEP):
            tried.add(change_cells(run, trace, range(start, min(start + STEP, height)), rng))
    print()
    for air, tried in by_air.items():
        print(f"{name}, {air}: {tried}")
        assert tried.holes == []
        assert FEWEST * tried.cells <= tried.changes <= len(VALUES) * tried.cells
        assert tried.changes == tried.noticed.total() + tried.free.total()
    cells = sum(tried.cells for tried in by_air.values())
    assert cells == sum(_rows_tried(trace) * trace.matrix.shape[1] for s in run.segments for trace in s)


def _rows_tried(trace: Trace) -> int:
    return min(len(trace.matrix), 4 * STEP) if is_table(trace.air) else len(trace.matrix)
