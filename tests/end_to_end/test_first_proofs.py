"""Programs are proven and verified, from their bytes to an accepted proof."""

import os
import subprocess
import sys

import pytest

from proven_runs import ACCEPT, EXAMPLES, ebpf_program, loop_program, prove, prove_and_verify
from zisk_py import Program
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.stark.errors import InsufficientSecurity, ProfileRefused
from zisk_py.statemachines.registry import MACHINES

ADDITION = "mov r0, 2\nadd r0, 3\nexit"


def test_three_instructions_are_proven_with_a_hundred_bits():
    program = ebpf_program(ADDITION)
    verification = program.prove(threads=1).verify(program.id)
    assert verification.statement.outcome == Exit(5)
    assert verification.statement.steps == 3
    assert verification.bits >= 100


def test_the_secure_profile_has_128_bits_and_a_fast_proof_is_refused_for_101():
    program = ebpf_program(ADDITION)
    assert program.prove(threads=1, profile="secure").verify(program, min_bits=128).bits >= 128
    with pytest.raises(InsufficientSecurity):
        program.prove(threads=1, profile="fast").verify(program.id, min_bits=101)


def test_a_proof_of_the_test_profile_is_refused_unless_it_is_allowed():
    program = ebpf_program(ADDITION)
    proof = prove(program)
    with pytest.raises(ProfileRefused):
        proof.verify(program.id, min_bits=0)
    assert proof.verify(program.id, **ACCEPT).statement.outcome == Exit(5)


@pytest.mark.parametrize("name", ["packet_filter/packet_filter.o", "vault/vault.so"])
def test_the_bundled_programs_are_proven_and_every_constraint_and_bus_holds(name):
    path = EXAMPLES / name
    program, data = Program.load(path), path.with_name("input.bin").read_bytes()
    report = program.check(data)
    assert report.ok, str(report)
    prove_and_verify(program, data)


@pytest.mark.parametrize("is_public", [True, False])
def test_the_input_is_public_only_if_asked(is_public):
    path = EXAMPLES / "packet_filter" / "packet_filter.o"
    program, data = Program.load(path), path.with_name("input.bin").read_bytes()
    claim = prove_and_verify(program, data, public_input=is_public).statement.claim
    assert claim.public_input == (data if is_public else None)
    assert claim.input_length == len(data)


def test_a_fault_is_proven_like_an_exit():
    program = ebpf_program("mov r1, 0\nldxdw r0, [r1+0]\nexit")
    assert prove_and_verify(program).statement.outcome == Fault(FaultKind.LOAD_VIOLATION, 1)


@pytest.mark.parametrize("steps", [1, 31, 32, 33, 64])
def test_runs_of_any_length_around_a_power_of_two_are_proven(steps):
    program = ebpf_program("mov r0, 1\n" * (steps - 1) + "exit")
    assert prove_and_verify(program).statement.steps == steps


def test_a_proof_has_the_same_bytes_on_one_and_two_threads():
    program = loop_program(300)
    assert prove(program, threads=1).data == prove(program, threads=2).data


@pytest.mark.parametrize("path", ["scalar", "avx2", "avx512"])
def test_a_proof_has_the_same_bytes_under_each_path_of_kernels(path, tmp_path):
    """The other process must refuse a path that this machine does not have."""
    program = loop_program(40)
    program.save(tmp_path / "loop.zrom")
    source = (
        "import sys; from zisk_py import Program;"
        "Program.load(sys.argv[1]).prove(profile='test', threads=1).save(sys.argv[2])"
    )
    command = [sys.executable, "-c", source, str(tmp_path / "loop.zrom"), str(tmp_path / "loop.proof")]
    done = subprocess.run(
        command, env=os.environ | {"ZISK_KERNELS": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        assert path in done.stderr
        assert path != "scalar"
    else:
        assert (tmp_path / "loop.proof").read_bytes() == prove(program, chunk_size=1 << 18).data


def test_the_readme_snippet_runs_and_gives_the_proof_of_the_command_line(tmp_path):
    from io import StringIO

    from zisk_py.cli.main import main

    path = EXAMPLES / "vault" / "vault.so"
    data = path.with_name("input.bin").read_bytes()
    program = Program.load(path)
    run = program.execute(data)
    assert run.outcome == Exit(0)
    assert run.steps > 0
    assert run.compute_units > 0
    assert run.outputs
    assert run.memory
    proof = program.prove(data, chunk_size=2**18)
    proof.verify(program.id)

    arguments = [
        "prove",
        str(path),
        "-i",
        str(path.with_name("input.bin")),
        "-o",
        str(tmp_path / "vault.proof"),
    ]
    assert main(arguments, StringIO(), StringIO()) == 0
    assert (tmp_path / "vault.proof").read_bytes() == proof.to_bytes()


def test_verification_needs_only_the_standard_library(tmp_path):
    program = ebpf_program(ADDITION)
    program.prove(threads=1).save(tmp_path / "addition.proof")
    source = f"""
import sys
for name in ("numpy", "lark", "elftools", "rich", "click", "capstone"):
    sys.modules[name] = None
from zisk_py.statemachines.shipped import read_shipped
from zisk_py.statemachines.verification import verify_run
data = open({str(tmp_path / "addition.proof")!r}, "rb").read()
print(verify_run(read_shipped().verifying_key, {program.id!r}, data).statement.outcome)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "Exit(5)\n"


def test_every_machine_is_in_some_proof_of_the_bundled_programs_or_of_a_fault():
    proofs = [prove(loop_program(3)), prove(ebpf_program("mov r1, 0\nstxdw [r1+0], r1\nexit"))]
    for name in ("packet_filter/packet_filter.o", "vault/vault.so"):
        path = EXAMPLES / name
        proofs.append(prove(Program.load(path), path.with_name("input.bin").read_bytes()))
    from zisk_py.stark import read_proof
    from zisk_py.statemachines.constraint_system import constraint_system

    airs = constraint_system().airs
    seen = {
        airs[instance.air].name
        for proof in proofs
        for instances in read_proof(proof.data).instances
        for instance in instances
    }
    # Carry needs a run of several segments: see test_segments.py.
    assert seen == {machine.template for machine in MACHINES} - {"Carry"}
