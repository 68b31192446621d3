"""Journals are part of what a proof states: they can be changed neither there nor while it is made."""

from dataclasses import replace

import pytest

from bpf_programs import ACCOUNT_DATA
from forged_runs import assert_refused, forged_run
from proven_runs import ACCEPT, prove
from runtime_runs import EVERYTHING, Case, account, expected_journal, run_in_litesvm, store
from zisk_py.isa.journal import Journal, Section
from zisk_py.isa.memory_map import HIDDEN_KEY, OUTPUT_WORD
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.proof import read_proof, write_proof
from zisk_py.statemachines.constraint_system import proving_key
from zisk_py.statemachines.statement import Statement
from zisk_py.statemachines.verification import verify_run
from zisk_py.zkvm import Program

CASE = Case(store(ACCOUNT_DATA, 9, 1), [account(1, 3)], b"\5")
SECTIONS = EVERYTHING - {Section.ACCOUNT_METAS}


@pytest.fixture(scope="module")
def program():
    return Program(CASE.rom(SECTIONS))


@pytest.fixture(scope="module")
def proof(program):
    return prove(program, CASE.input)


def test_a_proof_states_the_journal(program, proof):
    outputs = proof.verify(program.id, **ACCEPT).statement.outputs
    expected = expected_journal(CASE, SECTIONS, run_in_litesvm(CASE), CASE.run(SECTIONS))
    assert Journal.from_bytes(outputs) == expected
    assert expected.accounts_modified == 1


def lie(journal: Journal, section: Section) -> Journal:
    """The journal with another last byte in that section."""
    sections = [
        (tag, content[:-1] + bytes([content[-1] ^ 1]) if tag is section else content)
        for tag, content in journal.sections
    ]
    return replace(journal, sections=tuple(sections))


LIES = {
    "no_account_modified": lambda journal: replace(journal, accounts_modified=0),
    "two_accounts_modified": lambda journal: replace(journal, accounts_modified=2),
    "one_section_less": lambda journal: replace(journal, sections=journal.sections[:-1]),
} | {
    section.name: lambda journal, section=section: lie(journal, section)
    for section in (Section.PROGRAM_ID, Section.PRE_HASHES, Section.POST_ACCOUNTS, Section.POST_HASHES)
}


@pytest.mark.parametrize("name", LIES)
def test_another_journal_is_refused(program, proof, name):
    parts = read_proof(proof.data)
    statement = Statement.from_bytes(parts.header)
    outputs = LIES[name](Journal.from_bytes(statement.outputs)).to_bytes()
    assert outputs != statement.outputs
    changed = write_proof(replace(parts, header=replace(statement, outputs=outputs).to_bytes()))
    with pytest.raises(VerifierError):
        verify_run(proving_key().verifying_key, program.id, changed, **ACCEPT)


def test_a_number_of_accounts_that_the_rows_did_not_count_is_refused():
    """Statement and final word agree, but no row has written the word."""
    run = forged_run(CASE.rom(()), CASE.input, chunk_size=1 << 12)
    cells, row = run.boundary_row(HIDDEN_KEY + OUTPUT_WORD + 1)
    assert cells[row, "final0"] == 1
    cells.put(row, final0=2)
    run.state(outputs=Journal(2).to_bytes())
    assert_refused(run, "CHAIN")
