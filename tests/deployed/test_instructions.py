"""Deployed programs, unmodified: their instructions end as in LiteSVM wherever no other program is called.

Compared are the outcome with its text, compute units, logs, return data, and of every account its lamports,
owner and data.
"""

from collections import Counter

import pytest
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from deployed.comparison import disagreement, is_end, run_here, run_there
from deployed.programs import PROGRAMS, program
from deployed.tables import CALLS, CASES

LARGE = ("token-2022", "stake")  # a slice of them is in the default suite
SLICE = ("token-2022/transfer_checked", "token-2022/transfer_with_fee", "stake/move_stake")
LOADERS = (
    "BPFLoader1111111111111111111111111111111111",
    "BPFLoader2111111111111111111111111111111111",
    "BPFLoaderUpgradeab1e11111111111111111111111",
)
EXPECTED_CASES = {
    "p-token": 66,
    "token-2022": 83,
    "associated-token": 7,
    "memo": 9,
    "memo-v1": 9,
    "stake": 25,
    "lookup-table": 16,
}
NAMES = [
    pytest.param(name, marks=pytest.mark.slow if case.program in LARGE and name not in SLICE else ())
    for name, case in CASES.items()
]


@pytest.mark.parametrize("name", NAMES)
def test_an_instruction_ends_as_in_litesvm(name: str):
    case = CASES[name]
    ours, theirs = run_here(case), run_there(case)
    assert disagreement(case, ours, theirs) == ""
    assert is_end(case, ours.outcome), ours.outcome


@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_another_program_is_a_fault(name: str):
    assert is_end(CALLS[name], run_here(CALLS[name]).outcome)


def test_every_program_has_its_number_of_instructions():
    assert Counter(case.program for case in CASES.values()) == EXPECTED_CASES


def test_these_are_all_programs_that_come_with_litesvm():
    accounts = [
        (str(key), account)
        for loader in LOADERS
        for key, account in LiteSVM().get_program_accounts(Pubkey.from_string(loader))
    ]
    assert {key for key, account in accounts if account.executable} == {p.address for p in PROGRAMS.values()}


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in LARGE])
def test_a_program_has_its_number_of_instructions(name: str):
    rules = program(name).rom.rules
    assert (rules.target, rules.num_slots) == ("sbpf-v0", PROGRAMS[name].num_slots)


def test_the_rom_of_the_token_program_fits_a_height_of_2_to_the_14():
    rom = program("p-token").rom
    assert rom.rules.num_slots < len(rom.rows) <= 1 << 14


def test_a_transfer_takes_76_units():
    run = run_here(CASES["p-token/transfer"])
    assert (run.compute_units, run.steps) == (76, 77)
