"""What the tests of this folder judge: honest proofs, and both verifiers as functions of bytes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from proven_runs import ACCEPT, EXAMPLES, ebpf_program, loop_program, prove
from second_verifier.judgement import judge
from second_verifier.system import read_key
from zisk_py.field.goldilocks import P
from zisk_py.stark import errors
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.layout import Instance
from zisk_py.statemachines.constraint_system import verifying_key, write_shipped
from zisk_py.statemachines.shipped import PATH, read_shipped
from zisk_py.statemachines.verification import ProgramMismatch, verify_run
from zisk_py.zkvm import Program

ADDITION = "mov r0, 7\nadd r0, 35\nexit"

# Where the package has one error for one check, the second verifier's reason begins alike.
REASONS: dict[type[VerifierError], str] = {
    errors.ConstraintMismatch: "the identity of",
    errors.MerkleMismatch: "rows are not under the cap",
    errors.FinalPolynomialMismatch: "off the final polynomial",
    errors.GrindingMismatch: "too little work",
    errors.BusUnbalanced: "the buses do not balance",
    errors.InsufficientSecurity: "too few bits",
    errors.ProfileRefused: "the profile is not accepted",
    ProgramMismatch: "another program",
}


@dataclass(frozen=True)
class Case:
    """An honest proof and the id that it is verified for."""

    program_id: str
    data: bytes


@cache
def second_key():
    """The key as the second verifier reads it off the shipped file, or off one that is made now."""
    if read_shipped() is not None:
        return read_key(PATH.read_bytes())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "zkvm.system"
        write_shipped(path)
        return read_key(path.read_bytes())


def bundled(name: str) -> tuple[Program, bytes]:
    path = EXAMPLES / name
    return Program.load(path), path.with_name("input.bin").read_bytes()


MAKERS = {
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
}


@cache
def honest(name: str) -> Case:
    program, data, options = MAKERS[name]()
    return Case(program.id, prove(program, data, **options).data)


def first(program_id: str, data: bytes, **options: object) -> VerifierError | None:
    """Why the package's verifier refuses, or None."""
    try:
        verify_run(verifying_key(), program_id, data, **{**ACCEPT, **options})
    except VerifierError as error:
        return error
    return None


def second(program_id: str, data: bytes, min_bits: float = 0, allow_test_profile: bool = True) -> str:
    """Why the second verifier refuses, or nothing."""
    return judge(second_key(), program_id, data, min_bits, allow_test_profile)


def disagreement(program_id: str, data: bytes, **options: object) -> str:
    """How the two differ, in what they say or in why they refuse; nothing where they agree."""
    error, reason = first(program_id, data, **options), second(program_id, data, **options)
    if (error is None) != (reason == ""):
        return f"the package says {error!r}, the second verifier {reason!r}"
    expected = REASONS.get(type(error)) if error else None
    if expected is not None and not reason.startswith(expected):
        return f"the package refuses with {error!r}, the second verifier because {reason!r}"
    if expected is None and reason.startswith(tuple(REASONS.values())):
        return f"the package refuses with {error!r}, the second verifier because {reason!r}"
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
