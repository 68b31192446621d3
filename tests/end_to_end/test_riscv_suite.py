"""A program for each RISC-V instruction, each of which checks itself, on the whole way to one proof of all.

The expectations come from plain integers (`riscv_suite/integers.py`). unicorn judges them, and qemu
with what GNU as makes of the same lines; spoiled ones show that a program notices. That the phases of the
emulator agree on them is tested in `tests/emulator/test_riscv_suite.py`.
"""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from proven_runs import prove_and_verify
from riscv_files import riscv_program
from riscv_suite.gnu import NEEDS_GNU, build, run_in_qemu
from riscv_suite.program import SuiteProgram, failed_check, join, spoil
from riscv_suite.table import PROGRAMS
from riscv_unicorn import run_in_unicorn
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.compressed import COMPRESSED
from zisk_py.transpiler.riscv.encodings import BY_NAME
from zisk_py.transpiler.riscv.lowering import LOWERINGS
from zisk_py.zkvm import Program

FLOATS = ("F", "D")
ENDS = ("ecall", "ebreak")  # every program has the one, and the other is a fault
NOT_IN_UNICORN = ("Zba", "Zbb", "Zbs")
WRONG_RULES = {  # instruction -> one that differs from it on some operands alone
    "sub": "subw",
    "srl": "sra",
    "sltu": "slt",
    "bltu": "blt",
    "mulhsu": "mulhu",
    "remw": "rem",
    "min": "minu",
}
SEGMENT = 1 << 16
SAMPLE = 9  # of so many programs one is used by default


def program(*members: SuiteProgram) -> Program:
    return riscv_program(*join(members))


@cache
def whole_suite() -> Program:
    return program(*PROGRAMS.values())


def test_each_instruction_has_a_program():
    lowered = {name for name in LOWERINGS if BY_NAME[name].extension not in FLOATS}
    compressed = {row.name for row in COMPRESSED if row.base.extension not in FLOATS}
    assert set(PROGRAMS) == (lowered | compressed | {"registers"}) - {*ENDS, *(f"c.{name}" for name in ENDS)}
    counts = Counter(member.extension for member in PROGRAMS.values())
    assert sum(counts[extension] for extension in "IMAC") >= 90
    assert sum(member.num_checks for member in PROGRAMS.values()) > 15_000


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_passes(name):
    assert program(PROGRAMS[name]).execute().outcome == Exit(0)


def test_unicorn_agrees_with_every_expectation():
    members = [member for member in PROGRAMS.values() if member.extension not in NOT_IN_UNICORN]
    source, data = join(members)
    _, registers = run_in_unicorn(source, data, len(data))
    assert registers[10] == 0, failed_check(registers[10])


@NEEDS_GNU
def test_qemu_and_gnu_as_agree_with_every_expectation(tmp_path: Path):
    """The bytes that GNU as makes are run by qemu and here."""
    made = build(*join([*PROGRAMS.values()]), tmp_path)
    assert run_in_qemu(made, tmp_path) == 0
    assert Program(transpile(made)).execute().outcome == Exit(0)
    spoiled = build(*join([spoil(PROGRAMS["sh2add"], 0, 0)]), tmp_path)
    assert run_in_qemu(spoiled, tmp_path) != 0


def check_that_it_notices(members: list[SuiteProgram]) -> None:
    for member in members:
        table = len(member.tables) - 1
        check = len(member.tables[table].checks) - 1
        code = program(spoil(member, table, check)).execute().outcome
        assert isinstance(code, Exit)
        assert failed_check(code.code) == (1, member.num_checks), member.name


def test_a_wrong_expectation_is_noticed():
    check_that_it_notices([*PROGRAMS.values()][::SAMPLE])


@pytest.mark.slow
def test_a_wrong_expectation_is_noticed_by_every_program():
    check_that_it_notices([*PROGRAMS.values()])


def test_a_wrong_expectation_is_found_among_others():
    members = [*PROGRAMS.values()][::SAMPLE]
    spoiled = members[11]
    members[11] = spoil(spoiled, 0, 0)
    outcome = program(*members).execute().outcome
    assert isinstance(outcome, Exit)
    pairs, checks = len(spoiled.tables[0].pairs), len(spoiled.tables[0].checks)
    assert failed_check(outcome.code) == (12, (pairs - 1) * checks + 1)


@pytest.mark.parametrize("rule", WRONG_RULES)
def test_a_wrong_rule_is_noticed(rule, monkeypatch):
    monkeypatch.setitem(LOWERINGS, rule, LOWERINGS[WRONG_RULES[rule]])
    outcome = program(PROGRAMS[rule]).execute().outcome
    assert isinstance(outcome, Exit)
    assert failed_check(outcome.code)[0] == 1


def test_all_programs_are_proven_in_one_batch():
    """In several segments."""
    statement = prove_and_verify(whole_suite(), chunk_size=SEGMENT).statement
    assert statement.outcome == Exit(0)
    assert statement.steps > 3 * SEGMENT
