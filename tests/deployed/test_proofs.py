"""Instructions of deployed programs, proven and verified."""

import pytest

from deployed.cases import Case
from deployed.comparison import disagreement, input_of, is_end, run_here, run_there
from deployed.programs import program
from deployed.tables import CALLS, CASES, PROVEN
from litesvm_runs import BUDGET
from proven_runs import ACCEPT, QUICK
from zisk_py.isa.faults import Exit
from zisk_py.statemachines.statement import Statement

BY_DEFAULT = PROVEN[:3]


def check(case: Case, stated: Statement) -> None:
    """What was proven is what LiteSVM did."""
    ours, theirs = run_here(case), run_there(case)
    assert disagreement(case, ours, theirs) == ""
    assert is_end(case, stated.outcome)
    assert stated.compute_units == theirs.units
    assert (stated.steps, stated.outputs) == (ours.steps, ours.outputs)
    if stated.outcome == Exit(0):
        assert stated.outputs == theirs.return_data


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in BY_DEFAULT else pytest.mark.slow) for name in PROVEN]
)
def test_an_instruction_is_proven_with_100_bits(name: str):
    case = CASES[name]
    loaded = program(case.program)
    verification = loaded.prove(input_of(case), budget=BUDGET).verify(loaded.id)
    assert verification.bits >= 100
    check(case, verification.statement)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CASES if name not in PROVEN])
def test_every_other_instruction_is_proven_with_the_quick_profile(name: str):
    case = CASES[name]
    loaded = program(case.program)
    check(case, loaded.prove(input_of(case), budget=BUDGET, **QUICK).verify(loaded.id, **ACCEPT).statement)


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_another_program_is_proven_to_be_a_fault(name: str):
    case = CALLS[name]
    loaded = program(case.program)
    stated = loaded.prove(input_of(case), budget=BUDGET, **QUICK).verify(loaded.id, **ACCEPT).statement
    assert is_end(case, stated.outcome)
