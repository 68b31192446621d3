"""`pil.fuzz` on our own machines: only cells that the tests of a machine list as free go unnoticed.

pytest tests/statemachines/test_pil_fuzz.py -s          (prints what was tried)
"""

from collections.abc import Callable
from functools import lru_cache

import pytest

from attack_free import is_explained, is_listed, is_live
from attack_runs import Run, is_table, run_of
from zisk_py.pil.authoring.mutation import Subject, fuzz_subject
from zisk_py.pil.authoring.mutation_report import FuzzReport, Hole
from zisk_py.pil.compiled import Compiled
from zisk_py.pil.compiler import compile_source
from zisk_py.statemachines.constants import pil_constants
from zisk_py.statemachines.constraint_system import root_source
from zisk_py.statemachines.machine import Trace
from zisk_py.statemachines.shipped import FOLDER
from zisk_py.statemachines.statement import counted_messages

SUBJECTS = ("packet filter", "store out of bounds", "random program")
EVERY_HOLE = 1 << 30


@lru_cache(maxsize=1)
def compiled() -> Compiled:
    return compile_source(root_source(), constants=pil_constants(), include=[FOLDER])


def subject_of(run: Run) -> Subject:
    """The traces of all segments of a run, with what the verifier says."""
    system = compiled().system
    return Subject(
        system,
        dict(zip((air.name for air in system.airs), compiled().airs, strict=True)),
        [trace for segment in run.segments for trace in segment],
        run.matrices,
        messages=[(int(m.bus), m.values, m.multiplicity) for m in run.witness.messages()],
        counted=[(int(bus), values) for bus, values in counted_messages(run.subject.rom.rules, run.claim)],
    )


@lru_cache(maxsize=len(SUBJECTS))
def fuzzed(name: str) -> FuzzReport:
    return fuzz_subject(subject_of(run_of(name)), rows=24, seed=1, limit=EVERY_HOLE)


def instance_of(run: Run, air: str, number: int) -> Trace:
    return [trace for segment in run.segments for trace in segment if trace.air == air][number]


def why_wrong(run: Run, air: str, column: str, hole: Hole) -> str:
    """What is wrong with a change that nothing noticed; "" if the cell is listed as free and explained."""
    trace = instance_of(run, air, hole.instance)
    index = run.system.air(air)
    rows = [hole.row, (hole.row + 1) % len(trace.matrix)]
    for row in rows if hole.kind.startswith("swapped") else rows[:1]:
        cell = reader(trace, index.column, row)
        if is_table(air) or not is_listed(air, column, row, cell):
            return f"{air} row {row}: {column} ({hole.kind}) is not noticed, nor listed as free"
        if not is_explained(air, column, is_live(air, cell)):
            return f"{air} row {row}: {column} is free and its README does not say why"
    return ""


def reader(trace: Trace, column_of: Callable[[str], int], row: int) -> Callable[[str], int]:
    return lambda name: int(trace.matrix[row, column_of(name)])


@pytest.mark.parametrize("name", SUBJECTS)
def test_only_cells_that_are_listed_as_free_go_unnoticed(name):
    run, report = run_of(name), fuzzed(name)
    print(f"\n{report}")
    wrong = [
        why_wrong(run, air.name, column.name, hole)
        for air, column in report.columns()
        for hole in column.holes
    ]
    assert [text for text in wrong if text] == []
    assert report.unnoticed == sum(len(column.holes) for _, column in report.columns())


def test_every_machine_and_every_column_is_changed():
    tried = {
        (air.name, column.name)
        for name in SUBJECTS
        for air, column in fuzzed(name).columns()
        if column.changes
    }
    every = {(air.name, column.name) for air in compiled().system.airs for column in air.columns}
    assert every - tried == set()


def test_the_compiled_system_is_the_one_that_is_proven():
    assert compiled().system == run_of(SUBJECTS[0]).system
