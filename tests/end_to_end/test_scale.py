"""A large program with a large input spends all compute units that a transaction has, and that is proven."""

import pytest
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from bpf_programs import execute_rom
from large_program import DATA_BYTES, Work, exit_slot, large_file, work_of
from litesvm_runs import LiteRun, own_account, run_in
from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome
from zisk_py.transpiler.claims import DEFAULT_BUDGET
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

PROGRAM_ID = b"\x09" * 32
LARGE = 48 << 10  # bytes, at least, of the file and of its input
OUT_OF_UNITS = Fault(FaultKind.BUDGET_EXCEEDED, exit_slot())
ENDS = {DEFAULT_BUDGET: Exit(0), DEFAULT_BUDGET + 1: OUT_OF_UNITS}


def run_there(work: Work) -> LiteRun:
    """The program in LiteSVM, in a transaction that may use all units."""
    svm, program = LiteSVM(), Pubkey(PROGRAM_ID)
    svm.add_program(program, large_file())
    accounts = [own_account(PROGRAM_ID, DATA_BYTES)]
    return run_in(svm, program, work.instruction, accounts, DEFAULT_BUDGET)


@pytest.mark.parametrize(("units", "outcome"), ENDS.items())
def test_the_budget_ends_at_the_same_instruction_as_in_litesvm(units: int, outcome: Outcome):
    work = work_of(units, PROGRAM_ID)
    data = work.input(PROGRAM_ID)
    assert len(large_file()) >= LARGE
    assert len(data) >= LARGE
    ours, theirs = execute_rom(transpile(large_file()), data), run_there(work)
    assert ours.outcome == outcome
    assert ours.compute_units == theirs.units == DEFAULT_BUDGET
    # Afterwards LiteSVM has no units left for the instruction that sets the budget, so no account is changed.
    assert theirs.failure == ours.fault_text


@pytest.mark.slow
def test_all_compute_units_of_a_transaction_are_proven():
    program, data = (
        Program(transpile(large_file())),
        work_of(DEFAULT_BUDGET + 1, PROGRAM_ID).input(PROGRAM_ID),
    )
    verification = program.prove(data).verify(program.id)
    assert verification.statement.outcome == OUT_OF_UNITS
    assert verification.statement.compute_units == DEFAULT_BUDGET
    assert verification.bits >= 100
