"""A recorder that any machine can feed, and the proof that what it recorded is what the program does."""

import pytest

from traced_runs import EBPF_SOURCES, ebpf, tour
from zisk_py import Trace, TraceRecorder
from zisk_py.isa.faults import Fault
from zisk_py.limits import Limits
from zisk_py.trace import OpcodeWitness, RecordingMismatch

CHUNK_SIZE = 1 << 10


COUNTDOWN = "mov r1, 2\nloop: stxdw [r10-8], r1\nsub r1, 1\njne r1, 0, loop\nexit"


def record_countdown(recorder: TraceRecorder, wrong_step: int = -1) -> None:
    """Run COUNTDOWN by hand; at `wrong_step` the machine subtracts two."""
    stack = 0x2_0000_1000
    registers = list(recorder.initial_state.registers)
    assert registers[10] == stack
    slot, units = 0, 0
    while True:
        recorder.record_instruction_start(slot, registers, units)
        following = slot + 1
        if slot == 0:
            registers[1] = 2
        elif slot == 1:
            recorder.record_memory_operation(stack - 8, registers[1].to_bytes(8, "little"), "write")
        elif slot == 2:
            registers[1] = (registers[1] - (2 if units == wrong_step else 1)) % (1 << 64)
        elif slot == 3:
            following = 1 if registers[1] else 4
        else:
            following = slot
        units += 1
        recorder.record_instruction_completion(registers, following, units)
        if slot == 4 or units > 100:
            return
        slot = following


def test_another_machine_records_a_run_and_it_is_proven() -> None:
    recorder = TraceRecorder(ebpf(COUNTDOWN))
    record_countdown(recorder)
    made = recorder.generate_mathematical_proof(chunk_size=CHUNK_SIZE)
    assert made.mathematical_proof_valid
    assert made.state_reconstruction_valid
    assert made.verification.bits >= 100
    assert made.verification.program_id == ebpf(COUNTDOWN).id
    assert made.proof.statement.compute_units == len(made.witnesses) == 8
    assert list(made.witnesses) == list(Trace(ebpf(COUNTDOWN)))
    steps = made.ending.total_steps
    assert made.total_constraints > steps


def test_a_machine_that_computes_something_else_gets_no_proof() -> None:
    recorder = TraceRecorder(ebpf(COUNTDOWN))
    record_countdown(recorder, wrong_step=2)
    with pytest.raises(RecordingMismatch, match=r"step 2 is not that of the run.*registers\[1\]"):
        recorder.generate_mathematical_proof()


def test_an_incomplete_recording_gets_no_proof() -> None:
    recorder = TraceRecorder(ebpf(COUNTDOWN))
    with pytest.raises(RecordingMismatch, match="step 0 of the run was not recorded"):
        recorder.generate_mathematical_proof()
    recorder.record_instruction_start(0, recorder.initial_state.registers, 0)
    with pytest.raises(RecordingMismatch, match="not complete yet"):
        recorder.generate_mathematical_proof()


def test_a_recording_of_more_than_the_run_gets_no_proof() -> None:
    recorder = TraceRecorder(ebpf(EBPF_SOURCES["exit"]))
    recorder.record_run()
    last = recorder.witnesses[-1].post_state
    recorder.record_instruction_start(last.pc, last.registers, last.compute_units)
    recorder.record_instruction_completion(last.registers, last.pc, last.compute_units + 1)
    with pytest.raises(RecordingMismatch, match="step 2 was recorded, the run ends before it"):
        recorder.generate_mathematical_proof()


def test_a_recorded_fault_is_proven() -> None:
    recorder = TraceRecorder(ebpf(EBPF_SOURCES["load_outside"]))
    recorder.record_run()
    made = recorder.generate_mathematical_proof(chunk_size=CHUNK_SIZE)
    assert isinstance(made.proof.statement.outcome, Fault)
    assert made.mathematical_proof_valid
    assert not made.witnesses[-1].memory_operations[0].bounds_valid


def test_recording_our_own_run_gives_its_trace() -> None:
    recorder = TraceRecorder(tour().program, tour().data)
    recorder.record_run()
    assert recorder.witnesses == list(tour())
    assert recorder.validation.failures == {}


def test_calls_out_of_order_are_refused() -> None:
    recorder = TraceRecorder(ebpf(COUNTDOWN))
    registers = recorder.initial_state.registers
    with pytest.raises(RecordingMismatch, match="call record_instruction_start first"):
        recorder.record_memory_operation(0x2_0000_0000, b"1", "read")
    with pytest.raises(RecordingMismatch, match="call record_instruction_start first"):
        recorder.record_instruction_completion(registers, 1, 1)
    with pytest.raises(RecordingMismatch, match="r0 to r10"):
        recorder.record_instruction_start(0, registers[:10], 0)
    recorder.record_instruction_start(0, registers, 0)
    with pytest.raises(RecordingMismatch, match="not complete yet"):
        recorder.record_instruction_start(0, registers, 0)
    with pytest.raises(RecordingMismatch, match='"read" or "write"'):
        recorder.record_memory_operation(0x2_0000_0000, b"1", "look")
    with pytest.raises(RecordingMismatch, match="1, 2, 4 or 8"):
        recorder.record_memory_operation(0x2_0000_0000, b"123", "read")
    with pytest.raises(RecordingMismatch, match="r0 to r10"):
        recorder.record_instruction_completion(registers[:3], 1, 1)


def test_the_recorder_finds_bounds_and_what_was_there_before() -> None:
    recorder = TraceRecorder(ebpf(COUNTDOWN), limits=Limits())
    recorder.record_instruction_start(0, recorder.initial_state.registers, 0)
    recorder.record_memory_operation(0x2_0000_0FF8, b"12345678", "write")
    recorder.record_memory_operation(0x2_0000_0FFC, b"abcd", "write")
    recorder.record_memory_operation(0x9_0000_0000, b"", "read", 4)
    witness: OpcodeWitness = recorder.record_instruction_completion(recorder.initial_state.registers, 1, 1)
    assert [operation.bounds_valid for operation in witness.memory_operations] == [True, True, False]
    assert [data for _, data in witness.pre_state.memory_data] == [bytes(8), b"5678"]
    assert [data for _, data in witness.post_state.memory_data] == [b"12345678", b"abcd"]
    assert "memory_operations" in recorder.validation.failures  # the mov at slot 0 names no memory
