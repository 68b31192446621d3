"""Guests in C compute what qemu, and what plain Python, make of them; and what cannot be built is said."""

import itertools
import sys
from pathlib import Path

import pytest

from proven_runs import prove_and_verify
from riscv_guests import (
    CASES,
    LEVELS,
    MACHINES,
    NEEDS_GCC,
    NEEDS_QEMU,
    QEMU,
    QUICK_CASES,
    SOURCES,
    Case,
    Ending,
    build,
    run_here,
    run_in_qemu,
)
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.transpiler.c.compiler import CompileError, NoCompiler
from zisk_py.transpiler.c.program_source import NoTarget, WrongFlag, build_program_file
from zisk_py.transpiler.c.riscv_compiler import GCC_VARIABLE
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program, Run

pytestmark = NEEDS_GCC
FLAGS = tuple(itertools.product(MACHINES, LEVELS))
WITH_FLOATS = "-march=rv64gc"
PROVEN = "fibonacci"  # by default


def named(cases: list[Case]) -> list[str]:
    return [f"{case.name}-{len(case.data)}" for case in cases]


def check(case: Case, flags: tuple[str, ...], folder: Path) -> None:
    program = build(case.name, *flags)
    assert run_in_qemu(program, case.data, folder) == case.ending
    assert run_here(program, case.data) == case.ending


def execute(name: str, data: bytes = b"") -> Run:
    return Program(transpile(build(name))).execute(data)


@NEEDS_QEMU
@pytest.mark.parametrize("number", range(len(QUICK_CASES)), ids=named(QUICK_CASES))
def test_a_guest_computes_what_it_does_elsewhere(number: int, tmp_path: Path):
    check(QUICK_CASES[number], FLAGS[number % len(FLAGS)], tmp_path)


@NEEDS_QEMU
@pytest.mark.slow
@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
@pytest.mark.parametrize("case", CASES, ids=named(CASES))
def test_it_does_so_with_every_level_with_and_without_compressed_instructions(
    case: Case, flags: tuple[str, ...], tmp_path: Path
):
    check(case, flags, tmp_path)


@NEEDS_QEMU
def test_instructions_for_floating_point_give_what_routines_give(tmp_path: Path):
    (case,) = (case for case in QUICK_CASES if case.name == "matmul")
    check(case, (WITH_FLOATS, "-ffp-contract=off"), tmp_path)
    fused = build(case.name, WITH_FLOATS)
    assert run_here(fused, case.data) == run_in_qemu(fused, case.data, tmp_path) != case.ending


@pytest.mark.parametrize(
    "case",
    [pytest.param(x, marks=() if x.name == PROVEN else pytest.mark.slow) for x in QUICK_CASES],
    ids=named(QUICK_CASES),
)
def test_a_run_is_proven(case: Case):
    stated = prove_and_verify(Program(transpile(build(case.name))), case.data).statement
    assert (stated.outputs, stated.outcome) == (case.ending.outputs, Exit(case.ending.code))


@NEEDS_QEMU
@pytest.mark.parametrize("machine", MACHINES)
def test_the_library_keeps_its_promises(machine: str, tmp_path: Path):
    data = b"ab 12345\nthe rest"
    run = Program(transpile(build("library", machine))).execute(data)
    lines = ["8 0 1 1", "first ab, then 12345 and 9 more", "-1 0", "at exit", "after main", ""]
    assert run.outputs.decode().split("\n") == lines
    assert run.outcome == Exit((1 << 64) - 2)
    assert run.logs == ("Mathematics argument out of domain of function, 0.1", "no end of line")
    in_qemu = run_in_qemu(build("library", machine), data, tmp_path)
    assert in_qemu == Ending(run.outputs, 0xFE)


def test_less_stack_than_a_program_needs_is_a_stack_overflow():
    run = execute("endless")
    assert isinstance(run.outcome, Fault)
    assert "stack overflow" in run.fault_text
    assert "call" in run.fault_text


FAILURES = {
    "0": (FaultKind.BREAKPOINT, "abort"),
    "1": (FaultKind.BREAKPOINT, "abort"),
    "2": (FaultKind.BREAKPOINT, "write_output"),
    "3": (FaultKind.JUMP_OUTSIDE_TEXT, "main"),
    "4": (FaultKind.STORE_VIOLATION, "main"),
    "5": (FaultKind.STORE_VIOLATION, "main"),
}


@pytest.mark.parametrize("how", FAILURES)
def test_a_failure_is_a_fault_that_says_where(how: str):
    kind, place = FAILURES[how]
    run = execute("failed", how.encode())
    assert isinstance(run.outcome, Fault)
    assert run.outcome.kind is kind
    assert f"({place} +" in run.fault_text


def test_a_failed_assertion_says_which():
    assert execute("failed", b"1").logs == (
        'assertion "byte == \'0\'" failed: file "failed.c", line 14, function: main',
    )


def test_the_same_source_gives_the_same_bytes_wherever_it_lies(tmp_path: Path):
    other = tmp_path / "library.c"
    other.write_bytes((SOURCES / "library.c").read_bytes())
    assert build_program_file([other], "riscv").data == build("library")


def test_objects_and_archives_are_linked_with_sources(tmp_path: Path):
    (tmp_path / "half.c").write_text("unsigned long long half(unsigned long long n) { return n / 2; }")
    (tmp_path / "main.c").write_text(
        "unsigned long long half(unsigned long long); int main(void) { return half(86); }"
    )
    paths = [tmp_path / "main.c", tmp_path / "half.c"]
    assert run_here(build_program_file(paths, "riscv").data, b"").code == 43


# The source, flags or options, and what the refusal says.
REFUSED = {
    "no main": ("int begin(void) { return 0; }", {}, CompileError, "a guest starts at main"),
    "a file": (
        '#include <stdio.h>\nint main(void) { return fopen("x", "r") != 0; }',
        {},
        CompileError,
        "a guest has no files",
    ),
    "a clock": ("#include <time.h>\nint main(void) { return time(0); }", {}, CompileError, "no clock"),
    "another ABI": ("int main(void) {}", {"cflags": ["-mabi=lp64d"]}, CompileError, "with -mabi=lp64"),
    "another width": ("int main(void) {}", {"cflags": ["-march=rv32im"]}, CompileError, "made for RV64"),
    "an unknown flag": ("int main(void) {}", {"cflags": ["-fnone-such"]}, CompileError, "is unknown to it"),
    "an error": ("int main(void) { return nothing; }", {}, CompileError, "its messages say why"),
    "no compiler": ("int main(void) {}", {"gcc": "none-such"}, NoCompiler, "name another with --gcc"),
    "a compiler for BPF": ("int main(void) {}", {"clang": "clang"}, WrongFlag, "with --gcc"),
    "an entry": ("int main(void) {}", {"entry": "begin"}, WrongFlag, "leave out --entry begin"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_built_is_said_in_one_sentence(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(GCC_VARIABLE, raising=False)
    text, options, error, message = REFUSED[case]
    source = tmp_path / "guest.c"
    source.write_text(text)
    with pytest.raises(error, match=message) as refused:
        build_program_file([source], "riscv", messages=sys.stdout, **options)
    assert "\n" not in str(refused.value)


def test_the_environment_can_name_the_compiler(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(GCC_VARIABLE, "none-such")
    with pytest.raises(NoCompiler, match=f"none-such is not there.*{GCC_VARIABLE}"):
        build_program_file([SOURCES / "crc32.c"], "riscv")


def test_c_without_a_target_is_told_of_this_one():
    with pytest.raises(NoTarget, match="riscv"):
        build_program_file([SOURCES / "crc32.c"], "auto")


def test_a_compiler_for_riscv_compiles_nothing_else():
    with pytest.raises(WrongFlag, match="with --clang"):
        build_program_file([SOURCES / "crc32.c"], "ebpf", gcc=QEMU)
