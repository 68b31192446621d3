"""What a trace says of each instruction is what happened: compared with a twin and with LiteSVM."""

import gc
import threading
import time
import tracemalloc
from collections.abc import Iterable

import pytest

from bpf_programs import random_program, sbpf_file
from deployed.comparison import input_of, run_there
from deployed.programs import program
from deployed.tables import CASES
from ebpf_cases import RUNS
from litesvm_runs import BUDGET, run
from traced_runs import EBPF_SOURCES, bundled, ebpf, tour, twin
from zisk_py import Program, Trace
from zisk_py.errors import InputError, LimitError
from zisk_py.isa.faults import Exit, Fault
from zisk_py.limits import Limits
from zisk_py.trace import OpcodeWitness, Validation
from zisk_py.trace import run as run_module
from zisk_py.trace.statics import EFFECTS
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.encodings import Form
from zisk_py.transpiler.bpf.input_buffer import serialize
from zisk_py.transpiler.bpf.platform import MemoryRegion, Platform
from zisk_py.transpiler.bpf.versions import SBPF_VERSIONS, Version
from zisk_py.transpiler.front_end import transpile

TRACES = {
    "tour": tour(),
    **bundled(),
    **{name: Trace(ebpf(source)) for name, source in EBPF_SOURCES.items()},
    "out_of_budget": Trace(ebpf(EBPF_SOURCES["loop"]), budget=20),
    "no_budget": Trace(ebpf(EBPF_SOURCES["loop"]), budget=0),
    "out_of_budget_in_a_syscall": Trace(tour().program, b"some input", budget=20),
    **{
        f"random_{version.target}": Trace(Program(transpile(sbpf_file(random_program(1, version), version))))
        for version in SBPF_VERSIONS
    },
}


def validate(trace: Trace, witnesses: Iterable[OpcodeWitness]) -> None:
    validation = Validation(trace.version, trace.regions, trace.initial_state)
    for witness in witnesses:
        validation.add(witness)
    ending = trace.finished()
    result = validation.finish(
        ending.final_state, ending.outcome, ending.total_compute_units, ending.total_instructions
    )
    assert validation.failures == {}
    assert result.is_valid
    assert result.state_reconstruction


@pytest.mark.parametrize("name", TRACES)
def test_witnesses_are_those_of_the_reference_emulator(name: str) -> None:
    trace = TRACES[name]
    *expected, end = twin(trace)
    witnesses = list(trace)
    assert [
        {
            "slot": w.program_counter,
            "registers": w.pre_state.registers,
            "units": w.pre_state.compute_units,
            "accesses": [tuple(operation) for operation in w.memory_operations],
        }
        for w in witnesses
    ] == expected
    final = trace.finished().final_state
    assert (final.registers, final.compute_units) == (end["registers"], end["units"])


@pytest.mark.parametrize("name", TRACES)
def test_a_trace_validates_itself_and_ends_as_its_execution(name: str) -> None:
    trace = TRACES[name]
    validate(trace, trace)
    ending = trace.finished()
    executed = trace.program.execute(trace.data, budget=trace.budget)
    assert (ending.outcome, ending.total_compute_units, ending.total_steps) == (
        executed.outcome,
        executed.compute_units,
        executed.steps,
    )


def test_a_fault_ends_a_trace_where_it_happened() -> None:
    trace = TRACES["store_outside"]
    *_, last = trace
    ending = trace.finished()
    assert isinstance(ending.outcome, Fault)
    assert ending.outcome.kind.name == "STORE_VIOLATION"
    assert last.next_program_counter == last.program_counter == ending.outcome.pc == ending.final_state.pc
    assert [tuple(operation) for operation in last.memory_operations] == [(8, b"", "write", 8, False)]


def test_a_syscall_is_one_instruction_with_its_accesses() -> None:
    calls = [w for w in tour() if w.opcode_name == "call" and w.memory_operations]
    assert len(calls) == 1
    (call,) = calls
    assert call.next_program_counter == call.program_counter + 1
    assert call.compute_units_consumed == 11
    written = b"".join(o.data for o in call.memory_operations if o.op_type == "write")
    assert len(written) == 13
    assert b"".join(data for _, data in call.post_state.memory_data) == written


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_random_programs_cost_what_litesvm_counts(seed: int, version: Version) -> None:
    file = sbpf_file(random_program(seed, version), version)
    theirs = run(file)
    trace = Trace(Program(transpile(file)), serialize([], b"", theirs.program_id), budget=BUDGET)
    consumed = sum(witness.compute_units_consumed for witness in trace)
    ending = trace.finished()
    assert consumed == ending.total_compute_units == theirs.units
    assert (ending.outcome == Exit(0)) == (theirs.failure == "")


def test_a_deployed_program_costs_what_litesvm_counts() -> None:
    case = CASES["p-token/transfer"]
    theirs = run_there(case)
    trace = Trace(program(case.program), input_of(case), budget=BUDGET)
    assert sum(witness.compute_units_consumed for witness in trace) == theirs.units
    assert (trace.finished().outcome == Exit(0)) == (theirs.failure == "")


def test_chunks_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tour", "loop"):
        trace = TRACES[name].again(constraints=True)
        monkeypatch.setattr(run_module, "CHUNK_SIZE", 1 << 15)
        whole = list(trace)
        monkeypatch.setattr(run_module, "CHUNK_SIZE", 32)
        assert list(trace) == whole


def test_memory_does_not_grow_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "CHUNK_SIZE", 1 << 7)
    list(Trace(ebpf(EBPF_SOURCES["loop"])))  # loads what is loaded once
    peaks = []
    for trips in (300, 3_000):
        trace = Trace(ebpf(EBPF_SOURCES["loop"].replace("40", str(trips))))
        gc.collect()
        tracemalloc.start()
        assert sum(1 for _ in trace) == 4 * trips + 3
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_accesses_cross_from_an_image_into_zeros() -> None:
    place = 0x2000_0000
    regions = (
        MemoryRegion(place, 16, writable=True, data=b"abcd"),
        MemoryRegion(place + 16, 8, writable=True),
    )
    source = f"lddw r1, {place + 12:#x}\nstdw [r1], -2\nldxdw r0, [r1]\nexit"
    rom = transpile(assemble(source).text, target="ebpf", platform=Platform(regions=regions))
    trace = Trace(Program(rom))
    witnesses = list(trace)
    validate(trace, witnesses)
    assert trace.program.execute().outcome == Exit((1 << 64) - 2)


def test_an_abandoned_trace_ends_its_run() -> None:
    endless = Trace(ebpf("loop: add r1, 1\nja loop\nexit"))
    witnesses = iter(endless)
    assert next(witnesses).step_number == 0
    witnesses.close()  # type: ignore[attr-defined]
    while [thread for thread in threading.enumerate() if thread.name == "zisk-py-execute"]:
        time.sleep(0.01)  # the timeout of the test is its limit
    with pytest.raises(Exception, match="the run is not over"):
        endless.finished()


def test_limits_of_a_run_are_those_of_its_trace() -> None:
    endless = ebpf("loop: add r1, 1\nja loop\nexit")
    with pytest.raises(LimitError, match="--max-steps"):
        list(Trace(endless, limits=Limits(steps=1000)))
    with pytest.raises(LimitError, match="--max-input"):
        Trace(endless, b"input", limits=Limits(input_bytes=4))
    with pytest.raises(LimitError, match="--max-memory"):
        list(Trace(endless, limits=Limits(memory=1)))


def test_a_program_without_its_text_is_refused() -> None:
    rom = ebpf("exit").rom
    bare = type(rom)(rom.rows, rom.image, rom.rules)
    with pytest.raises(InputError, match="build it again"):
        Trace(Program(bare))


def test_every_form_of_instruction_has_its_effect() -> None:
    assert EFFECTS.keys() == set(Form)


@pytest.mark.slow
def test_the_traces_of_all_cases_of_ebpf_are_those_of_the_reference_emulator() -> None:
    for case in RUNS:
        trace = Trace(Program(transpile(case.text, "ebpf")), case.mem)
        *expected, _ = twin(trace)
        witnesses = list(trace)
        assert [w.pre_state.registers for w in witnesses] == [state["registers"] for state in expected], (
            case.name
        )
        assert trace.finished().outcome == case.outcome, case.name
        validate(trace, witnesses)


@pytest.mark.slow
@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_the_traces_of_many_random_programs_validate_themselves(version: Version) -> None:
    for seed in range(4, 54):
        trace = Trace(Program(transpile(sbpf_file(random_program(seed, version), version))))
        validate(trace, trace)
