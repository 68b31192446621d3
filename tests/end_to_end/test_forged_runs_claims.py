"""Forged runs: another environment than that of the claim, other counts than those of the run."""

from dataclasses import replace

import pytest

from forged_runs import (
    COUNTED,
    STANDARD_REGIONS,
    ForgedRun,
    Lies,
    Rows,
    assert_refused,
    forged_run,
    prove_forged,
    verify_forged,
)
from zisk_py.isa.faults import Exit
from zisk_py.isa.instruction import INDIRECT, hidden, immediate, register
from zisk_py.isa.memory_map import ENVIRONMENT_WORD, HIDDEN_KEY, MAX_ENVIRONMENT_BYTES
from zisk_py.isa.rules import ENVIRONMENT_RULE
from zisk_py.stark.errors import BusUnbalanced, MerkleMismatch
from zisk_py.statemachines.statement import MAX_CLK, StatementError

ENVIRONMENT = bytes(range(1, 25))
WORDS = [int.from_bytes(ENVIRONMENT[at : at + 8], "little") for at in range(0, 24, 8)]
KEY = HIDDEN_KEY + ENVIRONMENT_WORD


def environment_run(lies: Lies | None = None) -> ForgedRun:
    """Reads two of three words of the environment, one by key and one by number."""
    rows = Rows().move(1, hidden(ENVIRONMENT_WORD))
    rows.move(0, INDIRECT, a=immediate(ENVIRONMENT_WORD), guest=False, offset=1)
    rom = rows.exit((ENVIRONMENT_RULE, *STANDARD_REGIONS))
    return forged_run(rom, lies=lies, environment=ENVIRONMENT)


def state_environment(run: ForgedRun, environment: bytes) -> ForgedRun:
    run.state(claim=replace(run.statement.claim, environment=environment))
    return run


def test_the_run_reads_the_environment_of_the_claim():
    run = environment_run()
    assert run.statement.outcome == Exit(WORDS[1])
    assert run.refusals() == set()


@pytest.mark.parametrize("byte", [0, 7, 8, 15])
def test_a_word_that_is_read_starts_as_the_claim_says(byte: int):
    changed = bytearray(ENVIRONMENT)
    changed[byte] ^= 1
    assert_refused(state_environment(environment_run(), bytes(changed)), "INIT: Boundary")


def test_a_word_that_is_not_read_is_the_claims_all_the_same():
    """It is part of the statement, and the run would have been the same with another."""
    run = state_environment(environment_run(), ENVIRONMENT[:16] + bytes(8))
    assert run.refusals() == set()


@pytest.mark.parametrize("length", [8, 16, 32])
def test_an_environment_of_another_length_has_another_region(length: int):
    run = state_environment(environment_run(), (ENVIRONMENT + bytes(8))[:length])
    assert any(reason.startswith("REGION: Boundary") for reason in run.refusals())


def test_without_an_environment_no_word_of_it_has_a_region():
    found = state_environment(environment_run(), b"").refusals()
    assert any(reason.startswith("REGION: Boundary") for reason in found)
    assert any(reason.startswith("INIT: Boundary") for reason in found)


@pytest.mark.parametrize("length", [1, 12, MAX_ENVIRONMENT_BYTES + 8])
def test_an_environment_of_an_impossible_length_is_refused(length: int):
    run = state_environment(environment_run(), bytes(length))
    assert_refused(run, f"Statement: the environment has {length} bytes")


def test_a_claim_cannot_give_an_environment_to_a_program_that_reads_none():
    run = state_environment(forged_run(Rows().load(0, 4).exit()), ENVIRONMENT)
    assert_refused(run, "Statement: the program reads no environment")


def test_a_word_behind_the_environment_is_in_no_region():
    rows = Rows().move(0, INDIRECT, a=immediate(ENVIRONMENT_WORD), guest=False, offset=3)
    rom = rows.exit((ENVIRONMENT_RULE, *STANDARD_REGIONS))
    run = forged_run(rom, lies=Lies(words={KEY + 3: 77}), environment=ENVIRONMENT, has_twin=False)
    assert run.statement.outcome == Exit(77)
    assert_refused(run, "CHAIN: Main")


def test_a_word_of_the_environment_is_read_as_it_was_given():
    assert_refused(environment_run(Lies(reads={2: 5})), "INIT: Boundary")


# ---- counts


def counted_run() -> ForgedRun:
    """Rows with and without a start of an instruction; loads and stores; a loop."""
    rows = Rows().store(4, 8, immediate(1)).load(1, 4, 8, 4, cost=False).load(2, 4, 8, cost=False)
    return forged_run(rows.move(3, register(2)).move(0, register(3), cost=False).exit())


def test_the_counts_are_those_of_the_rows():
    run = counted_run()
    assert run.refusals() == set()
    assert (run.statement.steps, run.statement.instructions, run.statement.memory_operations) == (6, 3, 3)


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("change", [-3, -1, 1, 1 << 32])
def test_another_count_is_refused(name: str, change: int):
    run = counted_run()
    run.states_counts = False
    run.state(**{name: getattr(run.statement, name) + change})
    assert_refused(run, f"COUNT(COUNT_{name.upper()}): Rom")


@pytest.mark.parametrize("name", COUNTED)
def test_a_count_that_is_larger_by_p_is_no_number_of_a_statement(name: str):
    run = counted_run()
    run.states_counts = False
    run.state(**{name: MAX_CLK})
    assert_refused(run, f"Statement: the statement has {MAX_CLK} {name}, not below 2^36")


@pytest.mark.parametrize("name", COUNTED)
def test_a_count_is_not_lowered_by_the_multiplicity_of_a_row(name: str):
    run = counted_run()
    column = run.matrices["Rom"][:, run.part("Rom").air.program.index(COUNTED[name])]

    def forge(run: ForgedRun) -> None:
        cells, row = run.part("Rom"), column.tolist().index(1)
        cells[row, "multiplicity"] = cells[row, "multiplicity"] - 1

    run.after_recount = forge
    assert_refused(run, "ROM: ")


def test_the_multiplicity_of_a_row_may_be_spread_over_those_that_repeat_it():
    """The padding repeats the last row, in all columns: the sums are the same."""
    run = counted_run()
    honest = run.statement

    def spread(run: ForgedRun) -> None:
        cells = run.part("Rom")
        last = len(run.rom.rows) - 1
        cells[last, "multiplicity"] = -4
        cells[last + 1, "multiplicity"] = 5

    run.after_recount = spread
    assert run.refusals() == set()
    assert run.statement.counts == honest.counts


# ---- through the proof system


def other_environment() -> ForgedRun:
    return state_environment(environment_run(), bytes(8) + ENVIRONMENT[8:])


def other_count(name: str) -> ForgedRun:
    run = counted_run()
    run.states_counts = False
    run.state(**{name: getattr(run.statement, name) - 1})
    return run


PROVEN = {
    "environment": other_environment,
    **{name: lambda name=name: other_count(name) for name in COUNTED},
}


@pytest.mark.parametrize("name", PROVEN)
def test_a_proof_with_another_claim_or_count_is_refused(name: str):
    program_id, proof = prove_forged(PROVEN[name]())
    with pytest.raises(BusUnbalanced):
        verify_forged(program_id, proof)


@pytest.mark.parametrize("name", COUNTED)
def test_a_proof_in_which_a_row_is_not_counted_is_refused(name: str):
    """The prover takes the mark from a row of the program: nothing but the commitment differs."""
    run = counted_run()
    run.matrices = {**run.matrices, "Rom": run.matrices["Rom"].copy()}
    matrix, column = run.matrices["Rom"], run.part("Rom").air.program.index(COUNTED[name])
    matrix[matrix[:, column].tolist().index(1), column] = 0
    assert run.refusals() == set()
    program_id, proof = prove_forged(run, dishonest=False)
    with pytest.raises(MerkleMismatch, match="PROGRAM"):
        verify_forged(program_id, proof)


def test_an_honest_proof_states_environment_and_counts():
    run = environment_run()
    statement = verify_forged(*prove_forged(run, dishonest=False))
    assert statement.claim.environment == ENVIRONMENT
    assert statement.counts == run.statement.counts
    assert (statement.instructions, statement.memory_operations) == (3, 0)


def test_a_statement_with_a_malformed_environment_is_refused():
    run = environment_run()
    program_id, proof = prove_forged(run, dishonest=False)
    with pytest.raises(StatementError):
        verify_forged(program_id, proof.replace(ENVIRONMENT.hex().encode(), b"A" * 48))
