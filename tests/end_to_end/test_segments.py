"""Runs in several segments: one statement for every chunk size; no segment may be missing or foreign."""

import subprocess
import sys
from dataclasses import replace

import pytest

from proven_runs import ACCEPT, ebpf_program, loop_program, prove, prove_and_verify
from zisk_py.isa.faults import Fault, FaultKind
from zisk_py.stark import read_proof
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.proof import write_proof
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.verification import verify_run
from zisk_py.zkvm import Proof, proving_key

CHUNK = 1 << 6
PROGRAM = loop_program(30)  # 334 steps: six chunks of 64


@pytest.fixture(scope="module")
def proof():
    return read_proof(prove(PROGRAM, chunk_size=CHUNK).data)


def verify(proof):
    key = proving_key().verifying_key
    return verify_run(key, PROGRAM.id, write_proof(proof), **ACCEPT)


@pytest.mark.parametrize("log_size", [5, 6, 7, 8, 9])
def test_the_statement_does_not_depend_on_the_chunk_size(log_size):
    verification = prove_and_verify(PROGRAM, chunk_size=1 << log_size)
    steps = verification.statement.steps
    assert verification.segments == -(-steps // (1 << log_size))
    report = PROGRAM.check(chunk_size=1 << log_size)
    assert report.ok, str(report)


@pytest.mark.parametrize("steps", [63, 64, 65, 127, 128, 129])
def test_a_last_segment_may_be_full_or_hold_one_step(steps):
    program = ebpf_program("mov r0, 1\n" * (steps - 1) + "exit")
    assert prove_and_verify(program, chunk_size=CHUNK).segments == -(-steps // CHUNK)


def test_words_are_carried_over_segments_that_do_not_touch_them():
    program = ebpf_program(
        "lddw r6, 0x1122334455667788\nstxdw [r10-8], r6\n" + "mov r0, 1\n" * 300 + "ldxdw r0, [r10-8]\nexit"
    )
    verification = prove_and_verify(program, chunk_size=32)
    assert verification.statement.outcome.code == 0x1122334455667788
    airs = constraint_system().airs
    data = prove(program, chunk_size=32).data
    has_carry = [
        "Carry" in {airs[instance.air].name for instance in instances}
        for instances in read_proof(data).instances
    ]
    assert has_carry[-1]
    assert not has_carry[0]


def test_a_fault_in_a_later_segment_is_proven():
    program = ebpf_program("mov r0, 1\n" * 100 + "ldxdw r0, [r0+0]\nexit")
    verification = prove_and_verify(program, chunk_size=32)
    assert verification.statement.outcome == Fault(FaultKind.LOAD_VIOLATION, 100)


def test_the_honest_proof_is_accepted(proof):
    assert len(proof.segments) == 6
    assert verify(proof).segments == 6


@pytest.mark.parametrize("index", range(6))
def test_a_dropped_segment_is_refused(proof, index):
    segments = proof.segments[:index] + proof.segments[index + 1 :]
    with pytest.raises(VerifierError):
        verify(replace(proof, segments=segments))


@pytest.mark.parametrize("index", range(6))
def test_a_repeated_segment_is_refused(proof, index):
    segments = (*proof.segments[: index + 1], *proof.segments[index:])
    with pytest.raises(VerifierError):
        verify(replace(proof, segments=segments))


@pytest.mark.parametrize("index", range(5))
def test_swapped_segments_are_refused(proof, index):
    segments = list(proof.segments)
    segments[index], segments[index + 1] = segments[index + 1], segments[index]
    with pytest.raises(VerifierError):
        verify(replace(proof, segments=tuple(segments)))


@pytest.mark.parametrize("index", range(6))
def test_a_segment_of_another_run_is_refused(proof, index):
    other = read_proof(prove(loop_program(31), chunk_size=CHUNK).data)
    segments = list(proof.segments)
    segments[index] = other.segments[index]
    with pytest.raises(VerifierError):
        verify(replace(proof, segments=tuple(segments)))


@pytest.mark.parametrize("index", range(6))
def test_a_body_of_another_segment_is_refused(proof, index):
    segments = list(proof.segments)
    segments[index] = replace(segments[index], body=segments[index - 1].body)
    with pytest.raises(VerifierError):
        verify(replace(proof, segments=tuple(segments)))


@pytest.mark.parametrize("index", range(6))
def test_every_changed_air_value_is_refused(proof, index):
    segment = proof.segments[index]
    for position, instance in enumerate(segment.instances):
        for number, value in enumerate(instance.air_values):
            values = (*instance.air_values[:number], value + 1, *instance.air_values[number + 1 :])
            instances = list(segment.instances)
            instances[position] = replace(instance, air_values=values)
            segments = list(proof.segments)
            segments[index] = replace(segment, instances=tuple(instances))
            with pytest.raises(VerifierError):
                verify(replace(proof, segments=tuple(segments)))


@pytest.mark.slow
def test_a_loop_of_over_2_18_steps_is_proven_in_five_segments_of_2_16():
    program = loop_program(24_000)
    verification = prove_and_verify(program, chunk_size=1 << 16, profile="fast", threads=2)
    assert verification.statement.steps > 1 << 18
    assert verification.segments >= 5
    assert verification.bits >= 100


@pytest.mark.slow
def test_three_chunk_sizes_state_the_same():
    program = loop_program(24_000)
    stated = [
        Proof(prove(program, chunk_size=1 << log_size, threads=2).data).verify(program.id, **ACCEPT).statement
        for log_size in (14, 16, 18)
    ]
    assert len({(s.outcome, s.steps, s.compute_units, s.outputs) for s in stated}) == 1


PEAK = """
import sys
sys.path.insert(0, sys.argv[1])
from proven_runs import loop_program, prove
from zisk_py.process import peak_memory
prove(loop_program(int(sys.argv[2])), chunk_size=1 << 16, threads=2)
print(peak_memory())
"""


@pytest.mark.slow
def test_peak_memory_depends_on_the_chunk_size_and_not_on_the_length_of_the_run():
    """2^21 steps need at most 1.3 times the memory of 2^18 steps, both in chunks of 2^16."""
    peaks = []
    for steps in (1 << 18, 1 << 21):
        command = [sys.executable, "-c", PEAK, __file__.rsplit("/", 2)[0], str(steps // 11)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] <= 1.3 * peaks[0], peaks
