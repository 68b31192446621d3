"""What the tests of this folder judge: honest proofs, and both verifiers as functions of bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bpf_programs import sbpf_file
from proven_runs import ACCEPT, EXAMPLES, ebpf_program, loop_program, prove
from second_verifier.independent.refusal import Refused
from second_verifier.independent.verifier import Key, read_key, verify
from zisk_py.field.goldilocks import P
from zisk_py.stark import errors
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.key import VerifyingKey
from zisk_py.stark.layout import Instance
from zisk_py.statemachines.constraint_system import verifying_key, write_shipped
from zisk_py.statemachines.shipped import PATH, read_shipped
from zisk_py.statemachines.verification import verify_run
from zisk_py.transpiler.bpf.environment import Clock, Environment
from zisk_py.transpiler.bpf.input_buffer import serialize
from zisk_py.transpiler.bpf.versions import SBPF_V0
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

ADDITION = "mov r0, 7\nadd r0, 35\nexit"

# Where the package has one error for one check, the independent verifier has one reason, which begins so.
REASONS: dict[type[VerifierError], str] = {
    errors.ConstraintMismatch: "the identity does not hold",
    errors.MerkleMismatch: "an opening does not lead to its cap",
    errors.FinalPolynomialMismatch: "a codeword is not of its final polynomial",
    errors.GrindingMismatch: "the nonce shows too little work",
    errors.BusUnbalanced: "the bus is not in balance",
    errors.InsufficientSecurity: "the proof has ",
}


@dataclass(frozen=True)
class Case:
    """An honest proof and the id that it is verified for."""

    program_id: str
    data: bytes


def system_file() -> bytes:
    """The shipped file, or one that is made now."""
    if read_shipped() is not None:
        return PATH.read_bytes()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "zkvm.system"
        write_shipped(path)
        return path.read_bytes()


@cache
def package_key() -> VerifyingKey:
    """The key of the package, which it looks for anew each time that it is asked."""
    return verifying_key()


@cache
def independent_key() -> Key:
    """The key as the independent verifier reads it."""
    return read_key(system_file())


def bundled(name: str) -> tuple[Program, bytes]:
    path = EXAMPLES / name
    return Program.load(path), path.with_name("input.bin").read_bytes()


def sbpf_run(source: str) -> tuple[Program, bytes]:
    """A program of sBPF v0, which has a gapped stack and read-only data, and starts behind an exit."""
    file = sbpf_file(f"exit\nentrypoint:\nlddw r9, 0x100000000\n{source}\nexit", SBPF_V0, rodata=b"read only")
    return Program(transpile(file)), serialize([], b"instruction", bytes(32))


RETURN_DATA = """
ldxb r3, [r1+9]
ldxb r3, [r9+300]
stb [r10-16], 7
mov r1, r10
add r1, -16
mov r2, 13
syscall sol_set_return_data
mov r0, 0
"""

CLOCK = """
mov r1, r10
add r1, -40
syscall sol_get_clock_sysvar
ldxdw r1, [r10-40]
mov r0, 0
"""

Maker = Callable[[], tuple[Program, bytes, dict[str, object]]]
MAKERS: dict[str, Maker] = {
    "three instructions": lambda: (ebpf_program(ADDITION), b"", {}),
    "packet filter": lambda: (*bundled("packet_filter/packet_filter.o"), {}),
    "packet filter, public input": lambda: (
        *bundled("packet_filter/packet_filter.o"),
        {"public_input": True},
    ),
    "vault": lambda: (*bundled("vault/vault.so"), {}),
    "three segments": lambda: (loop_program(12), b"", {"chunk_size": 64}),
    "fault": lambda: (ebpf_program("mov r1, 0\nldxdw r0, [r1+0]\nexit"), b"", {}),
    "budget exceeded": lambda: (ebpf_program(ADDITION), b"", {"budget": 2}),
    "return data": lambda: (*sbpf_run(RETURN_DATA), {"public_input": True}),
    "load in a gap": lambda: (*sbpf_run("ldxdw r3, [r10+8]"), {}),
    "store in a gap": lambda: (*sbpf_run("stxb [r10+8], r3"), {}),
    "store to read-only memory": lambda: (*sbpf_run("stxb [r9+0], r2"), {}),
    "division by zero": lambda: (*sbpf_run("mov r3, 0\ndiv r9, r3"), {}),
    "fast": lambda: (ebpf_program(ADDITION), b"", {"profile": "fast"}),
    "secure": lambda: (ebpf_program(ADDITION), b"", {"profile": "secure"}),
    "environment": lambda: (*sbpf_run(CLOCK), {"environment": Environment(clock=Clock(5)).to_bytes()}),
}


@cache
def honest(name: str) -> Case:
    program, data, options = MAKERS[name]()
    return Case(program.id, prove(program, data, **options).data)


def first(program_id: str, data: bytes, **options: object) -> VerifierError | None:
    """Why the package's verifier refuses, or None."""
    try:
        verify_run(package_key(), program_id, data, **{**ACCEPT, **options})
    except VerifierError as error:
        return error
    return None


def second(program_id: str, data: bytes, min_bits: float = 0, allow_test_profile: bool = True) -> str:
    """Why the independent verifier refuses, or nothing."""
    try:
        verify(independent_key(), program_id, data, min_bits, allow_test_profile)
    except Refused as refused:
        return str(refused)
    return ""


def disagreement(program_id: str, data: bytes, **options: object) -> str:
    """How the two differ, in what they say or in why they refuse; nothing where they agree."""
    error, reason = first(program_id, data, **options), second(program_id, data, **options)
    if (error is None) != (reason == ""):
        return f"the package says {error!r}, the independent verifier {reason!r}"
    expected = REASONS.get(type(error))
    alike = reason.startswith(expected or tuple(REASONS.values()))
    if error is not None and alike != (expected is not None):
        return f"the package refuses with {error!r}, the independent verifier because {reason!r}"
    return ""


def other_instances(instances: tuple[Instance, ...]) -> Iterator[tuple[Instance, ...]]:
    """The instances of a segment with one left out, twice, elsewhere, or with one number changed."""
    for place, one in enumerate(instances):
        before, after = instances[:place], instances[place + 1 :]
        yield (*before, *after)
        yield (*before, one, one, *after)
        yield (*after, one, *before)
        for log_height in (0, 4, one.log_height + 1, 25):
            yield (*before, replace(one, log_height=log_height), *after)
        for air in (one.air + 1, 65535):
            yield (*before, replace(one, air=air), *after)
        yield (*before, replace(one, air_values=(*one.air_values, 0)), *after)
        for number, value in enumerate(one.air_values):
            for other in ((value + 1) % P, P - 1, value ^ 8):
                values = (*one.air_values[:number], other, *one.air_values[number + 1 :])
                yield (*before, replace(one, air_values=values), *after)
