"""What LiteSVM does with an instruction, recorded as a fixture, is what comes out here."""

from pathlib import Path

import pytest
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from bpf_programs import sbpf_file
from deployed.programs import PROGRAMS
from deployed.tables import CASES
from litesvm_runs import LOADERS, is_same
from runtime_runs import ME, Case, account, store
from solana.vandals import random_case
from zisk_py.errors import InputError
from zisk_py.isa.journal import Section
from zisk_py.solana.execution import Instruction as Here
from zisk_py.solana.expectations import Unexpected, check_expectations
from zisk_py.solana.reading import load_fixture
from zisk_py.solana.recording import record
from zisk_py.solana.report import Report
from zisk_py.transpiler.bpf.input_buffer import InputAccount, Loader
from zisk_py.transpiler.bpf.versions import SBPF_V0

SMALL = ("p-token", "memo", "memo-v1")
NAMES = [name for name, case in CASES.items() if case.program in SMALL]


def recorded(svm: LiteSVM, program: Pubkey, case: Case, path: Path) -> Report:
    """Record the case there, read the file, and run it here."""
    named = [case.accounts[entry] if isinstance(entry, int) else entry for entry in case.accounts]
    for entry in named:
        given = Account(entry.lamports, entry.data, Pubkey(entry.owner), entry.is_executable)
        if not is_same(svm.get_account(Pubkey(entry.key)), given):
            svm.set_account(Pubkey(entry.key), given)
    metas = [AccountMeta(Pubkey(entry.key), entry.is_signer, entry.is_writable) for entry in named]
    fixture = record(
        svm, Instruction(program, case.instruction, metas), path, frozenset({Section.POST_HASHES})
    )
    assert load_fixture(path) == fixture
    return Here(load_fixture(path)).run()


@pytest.mark.parametrize("name", NAMES[::15])
def test_an_instruction_of_a_deployed_program_comes_to_the_same(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    program = Pubkey.from_string(PROGRAMS[case.program].address)
    given = Case("", case.accounts, case.instruction)
    report = recorded(LiteSVM(), program, given, tmp_path / "fixture.json")
    check_expectations(report)
    assert report.violation is None


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_instruction_of_small_deployed_programs_comes_to_the_same(name: str, tmp_path: Path) -> None:
    test_an_instruction_of_a_deployed_program_comes_to_the_same(name, tmp_path)


@pytest.mark.parametrize("loader", Loader, ids=lambda loader: loader.value)
def test_random_programs_come_to_the_same(loader: Loader, tmp_path: Path) -> None:
    errors = set()
    for seed in range(12):
        case = random_case(seed, loader)
        svm = LiteSVM()
        svm.add_program_with_loader(Pubkey(ME), case.file, LOADERS[loader])
        report = recorded(svm, Pubkey(ME), case, tmp_path / f"{seed}.json")
        check_expectations(report)
        assert (report.violation is None) == report.succeeded
        errors.add(report.error)
    assert len(errors) > 3


@pytest.mark.parametrize("loader", Loader, ids=lambda loader: loader.value)
def test_a_program_starts_with_the_same_registers(loader: Loader, tmp_path: Path) -> None:
    svm = LiteSVM()
    file = sbpf_file("mov r3, r10\nsyscall sol_log_64_\nmov r0, 0\nexit", SBPF_V0)
    svm.add_program_with_loader(Pubkey(ME), file, LOADERS[loader])
    report = recorded(svm, Pubkey(ME), Case("", [account(1, 9), 0], b"data"), tmp_path / "f.json")
    check_expectations(report)
    assert report.run.logs[0].startswith("Program log: 0x400000000, 0x4")


def test_the_environment_is_that_of_the_chain(tmp_path: Path) -> None:
    svm = LiteSVM()
    clock = svm.get_clock()
    clock.slot, clock.unix_timestamp = 77, -5
    svm.set_clock(clock)
    source = "mov r1, r10\nadd r1, -40\nmov r2, 40\nsyscall sol_get_clock_sysvar\n"
    source += "mov r1, r10\nadd r1, -40\nsyscall sol_set_return_data\nmov r0, 0\nexit"
    svm.add_program(Pubkey(ME), sbpf_file(source, SBPF_V0))
    report = recorded(svm, Pubkey(ME), Case("", []), tmp_path / "clock.json")
    assert report.run.return_data[:8] == (77).to_bytes(8, "little")
    check_expectations(report)


def test_flags_are_those_of_the_whole_transaction(tmp_path: Path) -> None:
    svm = LiteSVM()
    svm.add_program(Pubkey(ME), sbpf_file("mov r0, 0\nexit", SBPF_V0))
    key = Pubkey(b"\x01" * 32)
    svm.set_account(key, Account(10**9, b"abc", Pubkey(ME)))
    flags = ((key, False, False), (key, True, True), (Pubkey(ME), False, True))
    metas = [AccountMeta(*flag) for flag in flags]
    first, second, program = record(svm, Instruction(Pubkey(ME), b"", metas), tmp_path / "f.json").accounts
    assert isinstance(first, InputAccount)
    assert (first.is_signer, first.is_writable, second) == (True, True, 0)
    assert isinstance(program, InputAccount)
    assert (program.is_writable, program.is_executable) == (False, True)


def test_a_program_that_calls_another_is_refused(tmp_path: Path) -> None:
    token = PROGRAMS["associated-token"].address
    names = [name for name, case in CASES.items() if case.program == "associated-token"]
    assert names
    svm = LiteSVM()
    payer = Pubkey(b"\x07" * 32)
    svm.airdrop(payer, 10**10)
    mint, wallet = Pubkey(b"\x22" * 32), Pubkey(b"\x11" * 32)
    token_program = Pubkey.from_string(PROGRAMS["p-token"].address)
    data = b"\0" * 4 + bytes(32) + bytes(8) + b"\x02\x01" + bytes(36)
    svm.set_account(mint, Account(10**9, data, token_program))
    address, _ = Pubkey.find_program_address(
        [bytes(wallet), bytes(token_program), bytes(mint)], Pubkey.from_string(token)
    )
    metas = [
        AccountMeta(payer, True, True),
        AccountMeta(address, False, True),
        AccountMeta(wallet, False, False),
        AccountMeta(mint, False, False),
        AccountMeta(Pubkey.default(), False, False),
        AccountMeta(token_program, False, False),
    ]
    with pytest.raises(InputError, match="calls another program"):
        record(svm, Instruction(Pubkey.from_string(token), b"\0", metas), tmp_path / "f.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", [bytes(32), b"\x05" * 32])
def test_what_is_no_program_is_refused(key: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no account|no program"):
        record(LiteSVM(), Instruction(Pubkey(key), b"", []), tmp_path / "f.json")


@pytest.mark.parametrize("field", ["units", "error", "logs", "return_data", "accounts"])
def test_what_is_not_as_expected_is_told(field: str, tmp_path: Path) -> None:
    svm = LiteSVM()
    svm.add_program(Pubkey(ME), sbpf_file(store(0x4_0000_0000 + 96, 5) + "mov r0, 0\nexit", SBPF_V0))
    report = recorded(svm, Pubkey(ME), Case("", [account(1, 8)]), tmp_path / "f.json")
    check_expectations(report)
    path = tmp_path / "f.json"
    wrong = {
        "units": ('"units": 5', '"units": 3'),
        "error": ('"error": ""', '"error": "another"'),
        "logs": ('"logs": []', '"logs": ["a line"]'),
        "return_data": ('"return_data": ""', '"return_data": "01"'),
        "accounts": ('"lamports": 1000000000,\n        "data"', '"lamports": 1000000001,\n        "data"'),
    }
    text = path.read_text()
    assert wrong[field][0] in text
    path.write_text(text.replace(*wrong[field]))
    with pytest.raises(Unexpected):
        check_expectations(Here(load_fixture(path)).run())
