"""Traces of programs with rows before the first instruction, and behind the last: they belong to none."""

import pytest

from bpf_programs import ACCOUNT_DATA
from runtime_runs import OTHER, Case, account, store
from zisk_py import Program
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.trace import Trace
from zisk_py.trace.validation import Validation
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.platform import Mode, Platform
from zisk_py.transpiler.front_end import transpile

FILTER = "ldxw r2, [r1+0]\nldxw r3, [r1+4]\nldxb r0, [r2+1]\nexit"
CALLS = "call inner\nja done\ninner:\nmov r3, 4\nexit\ndone:"


def traced(case: Case) -> Trace:
    return Trace(Program(case.rom()), case.input)


def packet_filter() -> Trace:
    rom = transpile(assemble(FILTER).text, "ebpf", platform=Platform(mode=Mode.XDP))
    return Trace(Program(rom), b"packet")


RUNS = {
    "packet": (packet_filter, Exit(ord("a")), 4),
    "runtime": (lambda: traced(Case(CALLS, [account(1, 9), account(2)])), Exit(0), 6),
    "fault_at_the_exit": (
        lambda: traced(Case(store(ACCOUNT_DATA, 1), [account(1, 9, owner=OTHER)])),
        Fault(FaultKind.EXTERNAL_DATA_MODIFIED, 6),
        5,
    ),
    "many_rows": (lambda: traced(Case("", [account(n, 5) for n in range(1, 30)])), Exit(0), 2),
    "no_instruction": (
        lambda: Trace(Program(Case("", []).rom()), b"no accounts"),
        Fault(FaultKind.MALFORMED_INPUT, 0),
        0,
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_trace_starts_at_the_first_instruction_and_is_valid(name):
    make, outcome, instructions = RUNS[name]
    trace = make()
    validation = Validation(trace.version, trace.regions, trace.initial_state)
    witnesses = list(trace)
    for witness in witnesses:
        validation.add(witness)
    end = trace.finished()
    result = validation.finish(end.final_state, end.outcome, end.total_compute_units, end.total_instructions)
    assert validation.failures == {}
    assert result.is_valid
    assert (end.outcome, len(witnesses)) == (outcome, instructions)


def test_an_exit_reads_nothing_of_its_own():
    *_, last = traced(Case("", [account(1, 9)]))
    assert (last.opcode_name, last.memory_operations) == ("exit", ())
