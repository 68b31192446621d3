"""RISC-V runs as proofs: several segments, input that is public or not, output bytes; and lies about them."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from forged_runs import ForgedRun, Lies, assert_refused, forged_run, prove_forged, verify_forged
from proven_runs import prove, prove_and_verify
from riscv_files import DATA, EXIT, riscv_file, riscv_program
from riscv_random import DATA_BYTES, RandomProgram
from zisk_py.emulator import reference
from zisk_py.isa.faults import Exit
from zisk_py.isa.operations import ADD_W, EQ, SRL, Operation
from zisk_py.isa.rom import Rom
from zisk_py.stark.errors import BusUnbalanced, VerifierError
from zisk_py.statemachines.statement import StatementError
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile

SEGMENT = 1 << 6
SECRET = b"a secret of 24 bytes...."
# Writes the bytes of the input, each with its low bit changed; the code is how many there are.
ECHO = f"""
    li s1, {DATA}
    li a0, 0
    mv a1, s1
    li a2, 64
    li a7, 63
    ecall
    mv s0, a0
    add s2, s1, a0
    again:
    bgeu s1, s2, done
    lbu a0, 0(s1)
    xori a0, a0, 1
    sb a0, 0(s1)
    addi s1, s1, 1
    j again
    done:
    li a0, 1
    li a1, {DATA}
    mv a2, s0
    li a7, 64
    ecall
    mv a0, s0
    {EXIT}
"""
CONDITIONAL = f"""
    li s0, {DATA}
    li a1, 77
    lr.d a0, (s0)
    addi s1, s0, 8
    sc.d a0, a1, (s1)
    {EXIT}
"""
COMPUTED = f"la a1, there\njr a1\nli a0, 5\n{EXIT}\nthere: li a0, 6\n{EXIT}"
WORDS = f"li a1, 0x7fffffff\naddiw a0, a1, 1\n{EXIT}"


def changed(data: bytes) -> bytes:
    return bytes(byte ^ 1 for byte in data)


# ---- segments


def test_a_run_of_many_segments_states_the_same_as_one():
    program = riscv_program(ECHO, bytes(64))
    statements = []
    for chunk_size in (SEGMENT, 1 << 16):
        verification = prove_and_verify(program, SECRET, chunk_size=chunk_size)
        statements.append(verification.statement)
        assert verification.segments == -(-verification.statement.steps // chunk_size)
    assert replace(statements[0], multiplicities=()) == replace(statements[1], multiplicities=())
    assert statements[0].steps > 3 * SEGMENT
    assert (statements[0].outcome, statements[0].outputs) == (Exit(24), changed(SECRET))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_random_programs_are_proven_in_segments(seed):
    rng = random.Random(seed)
    program = riscv_program(RandomProgram(rng).source(), rng.randbytes(DATA_BYTES))
    verification = prove_and_verify(program, chunk_size=SEGMENT)
    assert verification.segments == -(-verification.statement.steps // SEGMENT)


# ---- input and output


@pytest.mark.parametrize("is_public", [True, False])
def test_the_input_is_in_the_proof_only_if_it_is_public(is_public):
    program = riscv_program(ECHO.replace("mv a2, s0", "li a2, 3"), bytes(64))
    proof = prove(program, SECRET, public_input=is_public)
    statement = proof.verify(program.id, min_bits=0, allow_test_profile=True).statement
    assert statement.claim.public_input == (SECRET if is_public else None)
    assert statement.outputs == changed(SECRET[:3])
    assert (SECRET[8:].hex().encode() in proof.data) == is_public


@pytest.mark.parametrize("length", [0, 7, 9, 64])
def test_an_output_of_any_length_is_stated(length):
    data = random.Random(length).randbytes(length)
    assert prove_and_verify(riscv_program(ECHO, bytes(64)), data).statement.outputs == changed(data)


# ---- lies


def rom_of(source: str) -> Rom:
    return transpile(riscv_file(source, bytes(64)))


def steps_of(rom: Rom, operation: Operation, data: bytes = b"") -> list[int]:
    """When a run computes with an operation."""
    claim, found = make_claim(rom.rules, data), set()

    class Watched(reference.Processor):
        def next_instruction(self):
            row, instruction = super().next_instruction()
            if instruction.op is operation:
                found.add(self.clk)
            return row, instruction

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "Processor", Watched)
        reference.execute(rom, claim, data, chunk_size=1 << 16)
    return sorted(found)


def echo_that_states(**fields: object) -> ForgedRun:
    run = forged_run(rom_of(ECHO), SECRET[:5], public=True)
    run.state(**fields)
    return run


def echo_of_other_input() -> ForgedRun:
    run = forged_run(rom_of(ECHO), SECRET[:5], public=True)
    run.state(claim=replace(run.statement.claim, public_input=b"other"))
    return run


def conditional_that_succeeds() -> ForgedRun:
    """The reservation is said to be the right one."""
    rom = rom_of(CONDITIONAL)
    compared = steps_of(rom, EQ)[2]  # behind both checks of alignment
    run = forged_run(rom, lies=Lies(results={compared: (1, 1)}))
    assert run.statement.outcome == Exit(0)
    return run


def jump_elsewhere() -> ForgedRun:
    """A computed jump goes to the instruction behind it."""
    rom = rom_of(COMPUTED)
    (step,) = steps_of(rom, SRL)
    # li a0, 5 is behind auipc, addi and jalr
    run = forged_run(rom, lies=Lies(results={step: (6, 0)}))
    assert run.statement.outcome == Exit(5)
    return run


def word_without_sign() -> ForgedRun:
    """A sum of 32 bits that does not wrap."""
    rom = rom_of(WORDS)
    step = steps_of(rom, ADD_W)[-1]
    run = forged_run(rom, lies=Lies(results={step: (1 << 31, 0)}))
    assert run.statement.outcome == Exit(1 << 31)
    return run


FORGERIES: dict[str, tuple[Callable[[], ForgedRun], tuple[str, ...], type[VerifierError]]] = {
    "other output": (lambda: echo_that_states(outputs=b"hello"), ("OUT: ",), BusUnbalanced),
    "shorter output": (lambda: echo_that_states(outputs=changed(SECRET[:4])), ("OUT: ",), BusUnbalanced),
    "no output": (lambda: echo_that_states(outputs=b""), ("OUT: ",), BusUnbalanced),
    "longer output": (
        lambda: echo_that_states(outputs=changed(SECRET[:5]) + b"!"),
        ("OUT: ",),
        BusUnbalanced,
    ),
    "other input": (echo_of_other_input, ("INIT: ",), BusUnbalanced),
    "other code": (
        lambda: echo_that_states(outcome=Exit(4)),
        ("Statement: the run ended with",),
        StatementError,
    ),
    "conditional store": (conditional_that_succeeds, ("OPERATION: ",), BusUnbalanced),
    "computed jump": (jump_elsewhere, ("OPERATION: ",), BusUnbalanced),
    "sum of 32 bits": (word_without_sign, ("OPERATION: ",), BusUnbalanced),
}


PROVEN = ("other output", "other code")  # by default


@pytest.mark.parametrize("name", FORGERIES)
def test_a_lie_is_refused(name):
    forge, rules, _ = FORGERIES[name]
    assert_refused(forge(), *rules)


def check_refusal(name: str) -> None:
    forge, _, error = FORGERIES[name]
    with pytest.raises(error):
        verify_forged(*prove_forged(forge()))


@pytest.mark.parametrize("name", PROVEN)
def test_the_proof_of_a_lie_is_refused(name):
    check_refusal(name)


@pytest.mark.slow
def test_the_proof_of_every_lie_is_refused():
    for name in FORGERIES:
        check_refusal(name)
