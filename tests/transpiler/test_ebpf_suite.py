"""Every case of tests/data/ebpf: interpreter, reference, compiled emulator and constraints agree on it."""

import pytest

from ebpf_batch import can_be_called, join
from ebpf_cases import CASES, ERRORS, RUNS, Case, read_case
from ebpf_interpreter import Trap, interpret
from proven_runs import prove_and_verify
from zisk_py import emulator
from zisk_py.emulator import reference
from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit, Fault
from zisk_py.transpiler.bpf.calls import UnknownHelper
from zisk_py.transpiler.bpf.decoder import (
    SLOT_BYTES,
    EmptyProgram,
    IncompleteLddw,
    LddwCannotBeLast,
    UnknownOpcode,
    decode,
)
from zisk_py.transpiler.bpf.encodings import ENCODINGS
from zisk_py.transpiler.bpf.static_checks import SbpfRuleError, StaticCheckError
from zisk_py.transpiler.bpf.versions import EBPF
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

CHUNK = 1 << 10
CALLED = [case for case in RUNS if can_be_called(case)]
ALONE = [case for case in RUNS if not can_be_called(case)]
EVERY = 8  # each so many-th case that no batch has is checked on its own by default


def name_of(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", RUNS, ids=name_of)
def test_a_program_ends_as_its_case_says(case: Case):
    try:
        expected = f"Exit({interpret(case.text, case.mem)})"
    except Trap as trap:
        expected = str(trap)
    stated = case.outcome
    assert expected == (
        f"{stated.kind.name} at slot {stated.pc}" if isinstance(stated, Fault) else str(stated)
    )
    rom = transpile(case.text, "ebpf")
    claim = make_claim(rom.rules, case.mem)
    fast = emulator.execute(rom, claim, case.mem, chunk_size=CHUNK, keep_chunks=False)
    slow = reference.execute(rom, claim, case.mem, chunk_size=CHUNK, keep_chunks=False)
    assert fast.outcome == stated
    assert fast == slow


@pytest.mark.parametrize("case", ERRORS, ids=name_of)
def test_a_program_is_refused_with_the_message_of_its_case(case: Case):
    with pytest.raises(InputError) as caught:
        transpile(case.text, "ebpf")
    assert str(caught.value) == case.error


def program_of(text: bytes) -> Program:
    return Program(transpile(text, "ebpf"))


def test_all_cases_that_can_be_functions_are_right_in_one_proven_run():
    text, data = join(CALLED)
    assert interpret(text, data) == 0
    assert prove_and_verify(program_of(text), data).statement.outcome == Exit(0)


def test_a_batch_names_the_case_that_goes_wrong():
    wrong = read_case("three\n-- asm\nmov r0, 3\nexit\n-- result\n4\n", "wrong")
    text, data = join([*CALLED[:2], wrong, CALLED[2]])
    assert program_of(text).execute(data).outcome == Exit(3)


@pytest.mark.parametrize("case", ALONE[::EVERY], ids=name_of)
def test_the_constraints_hold_for_a_fault_or_a_call(case: Case):
    report = program_of(case.text).check(case.mem, chunk_size=CHUNK)
    assert report.ok, report


@pytest.mark.slow
@pytest.mark.parametrize("case", RUNS, ids=name_of)
def test_the_constraints_hold_for_every_case_on_its_own(case: Case):
    report = program_of(case.text).check(case.mem, chunk_size=CHUNK)
    assert report.ok, report


@pytest.mark.parametrize("case", ALONE[EVERY // 2 :: 4 * EVERY], ids=name_of)
def test_a_fault_or_a_call_is_proven(case: Case):
    assert prove_and_verify(program_of(case.text), case.mem).statement.outcome == case.outcome


def test_every_encoding_of_ebpf_runs_in_a_case():
    seen = set()
    for case in RUNS:
        visited: set[int] = set()
        try:
            interpret(case.text, case.mem, visited=visited)
        except Trap:
            visited.discard(len(case.text) // SLOT_BYTES)
        seen |= {i.encoding for i in decode(case.text, EBPF) if i.slot in visited}
    assert seen == {row for row in ENCODINGS if row.is_in(EBPF)}


def test_every_refusal_of_ebpf_has_a_case():
    met = set()
    for case in ERRORS:
        with pytest.raises(InputError) as caught:
            transpile(case.text, "ebpf")
        met.add(caught.type)
    rules = set(StaticCheckError.__subclasses__()) - {SbpfRuleError}
    assert met == rules | {UnknownHelper, UnknownOpcode, EmptyProgram, LddwCannotBeLast, IncompleteLddw}


def test_there_are_hundreds_of_cases_with_names_of_their_own():
    assert len({case.name for case in CASES}) == len(CASES)
    assert len(CASES) > 700
    assert len(CALLED) > 400
