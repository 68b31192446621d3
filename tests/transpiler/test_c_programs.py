"""Programs in C do what native code and LiteSVM do, whatever the target and the level of optimization."""

from functools import cache
from pathlib import Path

import pytest
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from bpf_programs import difference, execute_file, run_both
from c_programs import (
    COMPUTING,
    INPUTS,
    LEVELS,
    NEEDS_CLANG,
    NEEDS_ZIG,
    SOLANA_TARGETS,
    SOURCES,
    build,
    native,
    sources_of,
    zig_as_compiler,
)
from litesvm_runs import BUDGET, LiteRun, run_in
from proven_runs import prove_and_verify
from zisk_py.emulator.records import Execution
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.input_buffer import InputAccount, serialize
from zisk_py.transpiler.c.program_source import TARGETS, build_program_file
from zisk_py.zkvm import Program

PROGRAM_ID = bytes(range(1, 33))
QUICK_LEVELS = ("-O0", "-O2")  # the others are for the slow suite
BY_LEVEL = pytest.mark.parametrize(
    "level", [pytest.param(x, marks=() if x in QUICK_LEVELS else pytest.mark.slow) for x in LEVELS]
)
BY_TARGET = pytest.mark.parametrize("target", TARGETS)
BY_SOLANA_TARGET = pytest.mark.parametrize("target", SOLANA_TARGETS)
pytestmark = NEEDS_CLANG


@cache
def expected(name: str, folder: Path) -> tuple[int, ...]:
    return tuple(map(native(name, folder), INPUTS))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("native")


def check_computing(name: str, target: str, level: str, folder: Path, compiler: str | None = None) -> None:
    """Compare a program with native code on all inputs, and with LiteSVM where that runs it."""
    program = build_program_file(sources_of(name, target), target, clang=compiler, cflags=(level,)).data
    for data, result in zip(INPUTS, expected(name, folder), strict=True):
        if target == "ebpf":
            assert execute_file(program, data).outcome == Exit(result)
            continue
        ours, theirs = run_both(program, data)
        assert difference(ours, theirs) == ""
        assert ours.outputs == result.to_bytes(8, "little")


@pytest.mark.parametrize("name", COMPUTING)
@BY_TARGET
@BY_LEVEL
def test_a_program_computes_what_native_code_does(name: str, target: str, level: str, folder: Path):
    check_computing(name, target, level, folder)


@NEEDS_ZIG
@pytest.mark.slow
@pytest.mark.parametrize("name", COMPUTING)
@BY_TARGET
@pytest.mark.parametrize("level", LEVELS)
def test_the_clang_of_ziglang_does_too(name: str, target: str, level: str, folder: Path, tmp_path: Path):
    check_computing(name, target, level, folder, zig_as_compiler(tmp_path))


def on_accounts(
    program: bytes, instruction: bytes, accounts: list[InputAccount]
) -> tuple[Execution, LiteRun]:
    """Run a Solana program on accounts, here and in LiteSVM."""
    svm = LiteSVM()
    svm.add_program(Pubkey(PROGRAM_ID), program)
    theirs = run_in(svm, Pubkey(PROGRAM_ID), instruction, accounts)
    data = serialize(accounts, instruction, PROGRAM_ID)
    return execute_file(program, data, budget=BUDGET), theirs


def account(data: bytes, owner: bytes = PROGRAM_ID, number: int = 7) -> InputAccount:
    return InputAccount(bytes([number]) * 32, owner, 10**9, data, is_writable=True)


COUNTED = (190).to_bytes(8, "little") + bytes(8)
COUNTER_CASES = {
    "changed": (b"\x05", [account(bytes(16))]),
    "two accounts": (b"\x05", [account(COUNTED), account(b"other", number=8)]),
    "too large": (b"\x0b", [account(COUNTED)]),
    "no number": (b"", [account(bytes(16))]),
    "no account": (b"\x05", []),
    "too many accounts": (b"\x05", [account(bytes(16), number=number) for number in range(1, 5)]),
    "foreign account": (b"\x05", [account(bytes(16), owner=bytes([9]) * 32)]),
    "small account": (b"\x05", [account(bytes(15))]),
    "panic": (b"\x63", [account(bytes(16))]),
}


@pytest.mark.parametrize("case", COUNTER_CASES)
@BY_SOLANA_TARGET
def test_a_counter_ends_as_in_litesvm(case: str, target: str):
    ours, theirs = on_accounts(build("counter", target=target), *COUNTER_CASES[case])
    assert difference(ours, theirs) == ""


@BY_SOLANA_TARGET
@BY_LEVEL
def test_a_digest_of_an_account_is_the_one_of_litesvm(target: str, level: str):
    program = build("digest", target=target, flags=(level,))
    for data in (bytes(32), bytes(range(200))):
        ours, theirs = on_accounts(program, b"instruction", [account(data)])
        assert theirs.failure == ""
        assert difference(ours, theirs) == ""


@pytest.mark.parametrize("name", ["addresses", "sysvars"])
@BY_SOLANA_TARGET
def test_addresses_and_sysvars_are_those_of_litesvm(name: str, target: str):
    ours, theirs = run_both(build(name, target=target), b"seed")
    assert theirs.failure == ""
    assert difference(ours, theirs) == ""


@BY_SOLANA_TARGET
def test_the_counter_is_proven(target: str):
    program = Program.load(SOURCES / "counter.c", target=target)
    verification = prove_and_verify(program, serialize([account(bytes(16))], b"\x05", PROGRAM_ID))
    assert verification.statement.outcome == Exit(0)


def test_an_ebpf_program_is_proven(folder: Path):
    program = Program.load(SOURCES / "tables.c", target="ebpf")
    verification = prove_and_verify(program, INPUTS[2])
    assert verification.statement.outcome == Exit(expected("tables", folder)[2])
