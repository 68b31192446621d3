"""What a program does to accounts is allowed or refused as in LiteSVM; journals say what is left there."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from bpf_programs import SAVE_ALL
from runtime_runs import (
    CUSTOM,
    ERRORS,
    EVERYTHING,
    ME,
    OLD_LOADER,
    OTHER,
    RICH,
    Case,
    account,
    addresses,
    error_of,
    expected_journal,
    run_in_litesvm,
    store,
)
from zisk_py.emulator.execution import execute
from zisk_py.isa.faults import Fault, FaultKind
from zisk_py.isa.journal import Journal
from zisk_py.transpiler.bpf.input_buffer import GROWTH_BYTES, InputAccount, Loader
from zisk_py.transpiler.bpf.log_records import log_lines
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile

Change = Callable[[Case], str]


def put(position: int, name: str, value: int, offset: int = 0, width: int = 8) -> Change:
    """Store a number at a field of an account."""
    return lambda case: store(addresses(case)[position][name] + offset, value, width)


def both(*changes: Change) -> Change:
    return lambda case: "".join(change(case) for change in changes)


READ_ONLY = {"writable": False}
FOREIGN = {"owner": OTHER}
ZEROS = {"data": bytes(12)}

A_PROGRAM = account(2, owner=bytes(OLD_LOADER), **READ_ONLY, is_executable=True, data=Case("", []).file)

# What is done to the accounts, the accounts, and the error.
CASES: dict[str, tuple[Change, Sequence[InputAccount | int], str]] = {
    "nothing": (both(), [account(1, 12)], ""),
    "no_accounts": (both(), [], ""),
    "a_code": (lambda case: "mov r0, 7\nexit", [account(1, 12)], CUSTOM),
    "a_change_and_a_code": (
        both(put(0, "data", 9), lambda case: "mov r0, 7\nexit"),
        [account(1, 12)],
        CUSTOM,
    ),
    "own_data": (put(0, "data", 9), [account(1, 12)], ""),
    "the_last_byte": (put(0, "data", 9, 11, 1), [account(1, 12)], ""),
    "behind_the_data": (put(0, "data", 9, 12, 1), [account(1, 12), account(2)], ""),
    "far_behind_the_data": (put(0, "data", 9, 4000), [account(1, 12)], ""),
    "the_same_again": (put(0, "lamports", RICH), [account(1, 12, **READ_ONLY)], ""),
    "read_only_data": (put(0, "data", 9), [account(1, 12, **READ_ONLY)], "ReadonlyDataModified"),
    "foreign_data": (put(0, "data", 9), [account(1, 12, **FOREIGN)], "ExternalAccountDataModified"),
    "foreign_read_only_data": (
        put(0, "data", 9),
        [account(1, 12, **FOREIGN, **READ_ONLY)],
        "ReadonlyDataModified",
    ),
    "a_transfer": (
        both(put(0, "lamports", RICH - 5), put(1, "lamports", RICH + 5)),
        [account(1), account(2, **FOREIGN)],
        "",
    ),
    "a_foreign_debit": (
        both(put(0, "lamports", RICH - 5), put(1, "lamports", RICH + 5)),
        [account(1, **FOREIGN), account(2)],
        "ExternalAccountLamportSpend",
    ),
    "a_foreign_read_only_debit": (
        put(0, "lamports", RICH - 5),
        [account(1, **FOREIGN, **READ_ONLY)],
        "ExternalAccountLamportSpend",
    ),
    "a_read_only_debit": (put(0, "lamports", 5), [account(1, **READ_ONLY)], "ReadonlyLamportChange"),
    "a_read_only_credit": (
        put(0, "lamports", RICH + 5),
        [account(1, **FOREIGN, **READ_ONLY)],
        "ReadonlyLamportChange",
    ),
    "too_much": (put(0, "lamports", RICH + 5), [account(1)], "UnbalancedInstruction"),
    "too_little": (put(0, "lamports", RICH - 5), [account(1)], "UnbalancedInstruction"),
    "a_sum_that_is_right_modulo_2_64": (
        both(put(0, "lamports", RICH + (1 << 63)), put(1, "lamports", RICH + (1 << 63))),
        [account(1), account(2)],
        "UnbalancedInstruction",
    ),
    "growth": (put(0, "length", 12 + GROWTH_BYTES), [account(1, 12)], ""),
    "growth_with_data": (both(put(0, "length", 13), put(0, "data", 9, 5)), [account(1, 12)], ""),
    "too_much_growth": (put(0, "length", 13 + GROWTH_BYTES), [account(1, 12)], "InvalidRealloc"),
    "growth_without_end": (put(0, "length", -1), [account(1, 12)], "InvalidRealloc"),
    "too_much_foreign_growth": (put(0, "length", 1 << 40), [account(1, 12, **FOREIGN)], "InvalidRealloc"),
    "foreign_growth": (put(0, "length", 13), [account(1, 12, **FOREIGN)], "AccountDataSizeChanged"),
    "foreign_read_only_growth": (
        put(0, "length", 13),
        [account(1, 12, **FOREIGN, **READ_ONLY)],
        "AccountDataSizeChanged",
    ),
    "read_only_growth": (put(0, "length", 13), [account(1, 12, **READ_ONLY)], "ReadonlyDataModified"),
    "shrinkage": (put(0, "length", 3), [account(1, 12)], ""),
    "shrinkage_to_nothing": (put(0, "length", 0), [account(1, 12)], ""),
    "foreign_shrinkage": (put(0, "length", 3), [account(1, 12, **FOREIGN)], "AccountDataSizeChanged"),
    "a_gift": (put(0, "owner", 9), [account(1, **ZEROS)], ""),
    "a_gift_without_data": (put(0, "owner", 9, 24), [account(1)], ""),
    "a_gift_that_is_made_zero": (
        both(put(0, "owner", 9), put(0, "data", 0), put(0, "data", 0, 4)),
        [account(1, 12)],
        "",
    ),
    "a_gift_with_data": (put(0, "owner", 9), [account(1, 12)], "ModifiedProgramId"),
    "a_gift_with_a_last_byte": (
        put(0, "owner", 9),
        [account(1, data=bytes(11) + b"\1")],
        "ModifiedProgramId",
    ),
    "a_gift_of_what_was_cut_off": (
        both(put(0, "owner", 9), put(0, "length", 11)),
        [account(1, data=bytes(11) + b"\1")],
        "",
    ),
    "a_gift_with_grown_data": (
        both(put(0, "owner", 9), put(0, "length", 13), put(0, "data", 1, 12, 1)),
        [account(1, **ZEROS)],
        "ModifiedProgramId",
    ),
    "a_read_only_gift": (put(0, "owner", 9), [account(1, **ZEROS, **READ_ONLY)], "ModifiedProgramId"),
    "a_foreign_gift": (put(0, "owner", 9), [account(1, **ZEROS, **FOREIGN)], "ModifiedProgramId"),
    "the_last_owner_word": (put(0, "owner", 9, 24), [account(1, **ZEROS, **FOREIGN)], "ModifiedProgramId"),
    "another_key": (put(0, "start", 9, 16), [account(1, 12)], ""),
    "other_flags": (put(0, "start", 0x10101FF), [account(1, 12)], ""),
    "data_under_false_flags": (
        both(put(0, "start", 0x10101FF), put(0, "data", 9)),
        [account(1, 12, **READ_ONLY)],
        "ReadonlyDataModified",
    ),
    "the_second_is_wrong": (
        both(put(0, "data", 9), put(1, "data", 9)),
        [account(1, 12), account(2, 12, **FOREIGN)],
        "ExternalAccountDataModified",
    ),
    "the_first_error_counts": (
        both(put(0, "owner", 9), put(0, "data", 9), put(0, "lamports", 1)),
        [account(1, 12, **FOREIGN)],
        "ExternalAccountLamportSpend",
    ),
    "the_program_id_is_not_read_again": (
        lambda case: (
            store((4 << 32) + len(case.input) - 32, int.from_bytes(OTHER[:8])) + put(0, "data", 9)(case)
        ),
        [account(1, 12)],
        "",
    ),
    "repeated_accounts": (
        put(1, "data", 9),
        [account(1, 12), account(2, 5), 0, 1, account(3, **FOREIGN), 0],
        "",
    ),
    "signers_and_programs": (
        put(0, "data", 9),
        [account(1, 12, is_signer=True), A_PROGRAM],
        "",
    ),
}

# With the deprecated loader, where that is different.
PACKED_CASES: dict[str, tuple[Change, Sequence[InputAccount | int], str]] = {
    name: CASES[name]
    for name in CASES
    if not {"growth", "shrinkage", "gift", "owner"} & set(name.split("_"))
    and name not in ("another_key", "other_flags", "data_under_false_flags", "far_behind_the_data")
} | {
    "length_is_not_read_back": (put(0, "length", 3), [account(1, 12)], ""),
    "owner_is_not_read_back": (put(0, "owner", 9), [account(1, 12)], ""),
    "data_of_seven": (put(0, "data", 9, 6, 1), [account(1, 7), 0], ""),
}


def case_of(change: Change, accounts: Sequence[InputAccount | int], **more) -> Case:
    """The case whose program makes the change."""
    case = Case("", accounts, b"\1\2\3", **more)
    return replace(case, body=change(case))


def assert_as_in_litesvm(case: Case) -> str:
    """Error, units and journal are those of LiteSVM; returns the error."""
    run, end = case.run(), run_in_litesvm(case)
    assert error_of(run) == end.error
    journal = Journal.from_bytes(run.outputs)
    assert journal == expected_journal(case, EVERYTHING, end, run)
    assert journal.to_bytes() == run.outputs
    return end.error


@pytest.mark.parametrize("name", CASES)
def test_the_outcome_is_that_of_litesvm(name):
    change, accounts, error = CASES[name]
    assert assert_as_in_litesvm(case_of(change, accounts)) == error


@pytest.mark.parametrize("name", PACKED_CASES)
def test_the_outcome_is_that_of_litesvm_with_the_deprecated_loader(name):
    change, accounts, error = PACKED_CASES[name]
    assert assert_as_in_litesvm(case_of(change, accounts, loader=Loader.DEPRECATED)) == error


def test_every_error_of_the_runtime_is_met():
    assert {error for _, _, error in CASES.values()} == {"", CUSTOM, *ERRORS.values()}


def test_v3_is_checked_alike():
    change, accounts, error = CASES["foreign_data"]
    assert assert_as_in_litesvm(case_of(change, accounts, version=SBPF_V3)) == error


def test_a_fault_is_at_the_exit():
    case = case_of(put(0, "data", 9), [account(1, 12, **FOREIGN)])
    last = case.body.count("\n") + 1 + case.body.count("lddw")
    assert case.run().outcome == Fault(FaultKind.EXTERNAL_DATA_MODIFIED, last)


def test_an_exit_of_a_function_is_none_of_the_program():
    source = put(0, "data", 9)(Case("", [account(1, 12)]))
    case = Case(f"mov r0, 5\ncall inner\nja done\ninner:\n{source}exit\ndone:", [account(1, 12)])
    assert assert_as_in_litesvm(case) == ""


# ---- random


def random_case(seed: int, loader: Loader) -> Case:
    """Some accounts, and some changes of them, of which most are allowed."""
    rng = random.Random(f"{seed} {loader}")
    accounts: list[InputAccount | int] = []
    for number in range(rng.randrange(1, 6)):
        originals = [place for place, entry in enumerate(accounts) if isinstance(entry, InputAccount)]
        if originals and rng.random() < 0.2:
            accounts.append(rng.choice(originals))
            continue
        size = rng.choice((0, 1, 7, 8, 9, 63, 64, 65, 165, rng.randrange(700)))
        owner = ME if rng.random() < 0.7 else OTHER
        data = {"data": bytes(size)} if rng.random() < 0.3 else {}
        accounts.append(account(number + 1, size, owner=owner, writable=rng.random() < 0.8, **data))
    case = Case("", accounts, rng.randbytes(rng.randrange(20)), loader, rng.choice((SBPF_V0, SBPF_V3)))
    entries = [entry for entry in accounts if isinstance(entry, InputAccount)]
    body = ""
    for _ in range(rng.randrange(5)):
        place = rng.randrange(len(entries))
        entry, where = entries[place], addresses(case)[place]
        may = entry.is_writable and entry.owner == ME
        if not may and rng.random() < 0.8:
            continue
        match rng.randrange(5):
            case 0 if entry.data:
                at = rng.randrange(len(entry.data))
                body += store(where["data"] + at, rng.randrange(256), 1)
            case 1:
                growth = rng.choice((-len(entry.data), -1, 1, 5, 100, GROWTH_BYTES, GROWTH_BYTES + 1))
                body += store(where["length"], max(0, len(entry.data) + growth))
            case 2:
                body += store(where["owner"] + rng.randrange(32), rng.randrange(256), 1)
            case 3:
                other = rng.randrange(len(entries))
                amount = rng.randrange(1000)
                body += store(where["lamports"], RICH - amount)
                body += store(addresses(case)[other]["lamports"], RICH + amount)
            case 4:
                body += "".join(
                    store(where["data"] + at, 0, 1) for at in range(len(entry.data)) if len(entry.data) < 80
                )
    return replace(case, body=body)


@pytest.mark.parametrize("loader", Loader)
def test_random_changes_end_as_in_litesvm(loader):
    errors = {assert_as_in_litesvm(random_case(seed, loader)) for seed in range(15)}
    assert len(errors) > 3


@pytest.mark.slow
@pytest.mark.parametrize("loader", Loader)
def test_a_thousand_random_changes_end_as_in_litesvm(loader):
    errors = {assert_as_in_litesvm(random_case(seed, loader)) for seed in range(15, 1015)}
    assert len(errors) > 5


def test_a_program_finds_and_leaves_what_it_does_without_the_runtime():
    """It stores all its registers and changes its accounts."""
    change, accounts, _ = CASES["repeated_accounts"]
    case = case_of(change, accounts)
    case = replace(case, body=f"{SAVE_ALL}\n{case.body}")
    rom = transpile(case.file)
    plain = execute(rom, make_claim(rom.rules, case.input), case.input, chunk_size=1 << 20)
    run = case.run()
    assert (run.outcome, run.compute_units, run.memory) == (plain.outcome, plain.compute_units, plain.memory)


@pytest.mark.parametrize("loader", Loader)
def test_registers_are_at_the_start_what_they_are_in_litesvm(loader):
    body = "mov r5, r0\nadd r5, r6\nadd r5, r9\nadd r4, r8\nsyscall sol_log_64_"
    case = Case(body, [account(1, 5), account(2), 0], b"abc", loader)
    lines = log_lines(case.run().hidden)
    assert len(lines) == 1
    assert lines[0] in run_in_litesvm(case).logs
    assert assert_as_in_litesvm(case) == ""


@pytest.mark.parametrize("loader", Loader)
def test_return_data_are_published_and_have_the_id_that_the_program_had(loader):
    """The program overwrites its id, and hands out what it gets back by its account."""
    case = Case("", [account(1, 48)], b"\1\2\3", loader)
    (where,) = addresses(case)
    source = store((4 << 32) + len(case.input) - 32, 7)
    source += store(where["data"], 0x1122334455667788)
    source += f"lddw r1, {where['data']:#x}\nmov r2, 5\nsyscall sol_set_return_data\n"
    source += (
        f"lddw r1, {where['data'] + 8:#x}\nmov r2, 5\nmov r3, r1\nadd r3, 8\nsyscall sol_get_return_data"
    )
    case = replace(case, body=source)
    run, end = case.run(), run_in_litesvm(case)
    assert error_of(run) == end.error == ""
    expected = expected_journal(case, EVERYTHING, end, run, return_data=bytes.fromhex("8877665544"))
    assert Journal.from_bytes(run.outputs) == expected
    assert ME in end.accounts[0].data
