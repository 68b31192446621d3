"""The checks on the host agree with LiteSVM and with the proven micro-code, whatever a program does."""

from collections import Counter

import pytest

from runtime_runs import ERRORS, error_of, run_in_litesvm
from solana.vandals import fixture_of, random_case
from zisk_py.isa.faults import Exit
from zisk_py.solana.accounts import states_after, states_before
from zisk_py.solana.post_conditions import violation
from zisk_py.solana.report import POST_CONDITIONS
from zisk_py.transpiler.bpf.input_buffer import Loader
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program


def judge(seed: int, loader: Loader) -> str:
    """What all three find wrong with the accounts; "" for nothing."""
    case = random_case(seed, loader)
    fixture = fixture_of(case)
    plain = Program(transpile(case.file)).execute(case.input)
    assert plain.outcome == Exit(0)
    before, after = states_before(fixture), states_after(fixture, plain.memory[INPUT_ADDRESS])
    found = violation(fixture, before, after)
    ours = ERRORS[found[0]] if found is not None else ""
    theirs = run_in_litesvm(case)
    assert ours == theirs.error, f"seed {seed}"
    assert ours == error_of(case.run(())), f"seed {seed}"
    if ours == "":
        left = [(account.owner, account.lamports, account.data) for account in theirs.accounts]
        assert [(state.owner, state.lamports, state.data) for state in after.values()] == left
    return ours


@pytest.mark.parametrize("loader", Loader, ids=lambda loader: loader.value)
def test_random_programs_are_judged_as_in_litesvm_and_in_the_proof(loader: Loader) -> None:
    found = Counter(judge(seed, loader) for seed in range(40))
    assert len(found) >= 5
    assert found[""] >= 5


@pytest.mark.slow
@pytest.mark.parametrize("loader", Loader, ids=lambda loader: loader.value)
def test_many_random_programs_are_judged_alike(loader: Loader) -> None:
    found = Counter(judge(seed, loader) for seed in range(40, 1040))
    of_aligned = {"ModifiedProgramId", "InvalidRealloc", "AccountDataSizeChanged"}
    expected = {"", *ERRORS.values()} - (set() if loader is Loader.ALIGNED else of_aligned)
    assert set(found) == expected


def test_the_kinds_are_those_for_which_litesvm_has_an_error() -> None:
    assert set(ERRORS) == POST_CONDITIONS
