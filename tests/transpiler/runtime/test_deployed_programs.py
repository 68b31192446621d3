"""Deployed programs with the runtime around them: their journals say what LiteSVM makes of the accounts."""

from functools import cache

import pytest

from bpf_programs import execute_rom
from deployed.cases import Case
from deployed.comparison import input_of, is_end, run_there, states_there
from deployed.programs import PROGRAMS, loader_of, program_file
from deployed.tables import CASES, PROVEN
from litesvm_runs import BUDGET
from proven_runs import prove_and_verify
from zisk_py.isa.faults import Exit
from zisk_py.isa.journal import Journal, JournalAccount, Section
from zisk_py.transpiler.bpf.input_buffer import InputAccount
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

PUBLISHED = frozenset({Section.PROGRAM_ID, Section.INSTRUCTION, Section.PRE_ACCOUNTS, Section.POST_ACCOUNTS})
BY_DEFAULT = ("p-token", "memo", "memo-v1")
NAMES = [
    pytest.param(name, marks=() if case.program in BY_DEFAULT else pytest.mark.slow)
    for name, case in CASES.items()
]


@cache
def rom_of(program: str, publish: frozenset[Section] = PUBLISHED):
    """The program with the runtime around it."""
    return transpile(program_file(program), runtime=SolanaRuntime(publish, loader_of(program)))


def accounts_before(case: Case) -> list[JournalAccount]:
    return [
        JournalAccount(a.key, a.owner, a.lamports, a.data)
        for a in case.accounts
        if isinstance(a, InputAccount)
    ]


def accounts_there(case: Case, theirs) -> list[JournalAccount]:
    """What LiteSVM has left; an account without lamports is gone, and has kept its key."""
    found = []
    for before, state in zip(accounts_before(case), states_there(case, theirs), strict=True):
        lamports, owner, data = state or (0, b"", b"")
        found.append(JournalAccount(before.key, owner, lamports, data))
    return found


def is_same(one: JournalAccount, other: JournalAccount) -> bool:
    """Accounts that are gone are the same whatever is left of them."""
    return one == other or (one.key == other.key and one.lamports == other.lamports == 0)


@pytest.mark.parametrize("name", NAMES)
def test_an_instruction_leaves_accounts_as_in_litesvm(name):
    case = CASES[name]
    data = input_of(case)
    ours, theirs = execute_rom(rom_of(case.program), data, BUDGET), run_there(case)
    journal = Journal.from_bytes(ours.outputs)
    assert is_end(case, ours.outcome)
    assert ours.compute_units == theirs.units
    assert journal[Section.PROGRAM_ID] == (PROGRAMS[case.program].key,)
    assert journal[Section.INSTRUCTION] == (case.instruction,)
    before = journal.accounts(Section.PRE_ACCOUNTS)
    assert list(before) == accounts_before(case)
    if ours.outcome != Exit(0):
        assert (journal.accounts_modified, journal[Section.POST_ACCOUNTS]) == (0, ())
        return
    after = journal.accounts(Section.POST_ACCOUNTS)
    assert all(map(is_same, after, accounts_there(case, theirs)))
    assert journal.accounts_modified == sum(map(lambda a, b: a != b, before, after))


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n == PROVEN[0] else pytest.mark.slow) for n in PROVEN]
)
def test_an_instruction_is_proven_with_everything_published(name):
    case = CASES[name]
    everything = Program(rom_of(case.program, frozenset(Section)))
    outputs = prove_and_verify(everything, input_of(case), budget=BUDGET).statement.outputs
    journal = Journal.from_bytes(outputs)
    assert list(journal.accounts(Section.PRE_ACCOUNTS)) == accounts_before(case)
    assert len(journal[Section.PRE_HASHES]) == len(accounts_before(case))
