"""Fuzz targets: proofs as they are, edited, in their parts, and behind the checks that stop every forgery."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import cache
from unittest.mock import patch

from fuzz.edits import Pieces, cut, seeds
from fuzz.programs import SOURCE, small_rom
from fuzz.registry import TESTS, target
from zisk_py.errors import InputError
from zisk_py.isa.rules import Claim, Rules
from zisk_py.stark import queries, verifier
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.layout import Layout, lay_out
from zisk_py.stark.options import PROFILES
from zisk_py.stark.proof import read_body, read_proof, write_body, write_proof
from zisk_py.stark.transcript import Transcript
from zisk_py.statemachines.constraint_system import verifying_key
from zisk_py.statemachines.statement import Statement, check_claim
from zisk_py.statemachines.verification import read_statement, statement_messages, verify_run
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

sys.path.insert(0, str(TESTS / "stark"))
from small_proofs import Case, fibonacci_case, lookup_case


@dataclass(frozen=True)
class Honest:
    """An honest proof, cut into fields, and who judges it."""

    data: bytes
    pieces: Pieces
    verify: Callable[[bytes], object]


@cache
def run_proofs() -> tuple[Honest, ...]:
    """One segment, a public input; then several segments. Verifying one takes tens of milliseconds."""
    program = Program(small_rom())
    several = Program(transpile(assemble(SOURCE.replace("3", "20", 1)).text, target="ebpf"))
    quick = {"profile": "test", "threads": 1}
    return (
        honest_run(program.id, program.prove(b"12345678", public_input=True, **quick).data),
        honest_run(several.id, several.prove(chunk_size=32, **quick).data),
    )


def honest_run(program_id: str, data: bytes) -> Honest:
    key = verifying_key()

    def verify(proof: bytes) -> object:
        return verify_run(key, program_id, proof, min_bits=0, allow_test_profile=True)

    return Honest(data, cut(data, read_proof), verify)


@cache
def small_cases() -> tuple[Case, ...]:
    """A system of one air; then one with buses, tables, a program and two segments: a few milliseconds."""
    return fibonacci_case(), lookup_case()


@cache
def small_proofs() -> tuple[Honest, ...]:
    return tuple(Honest(case.data, cut(case.data, case.verify), case.verify) for case in small_cases())


def refuses(proofs: tuple[Honest, ...], data: bytes) -> None:
    """Judge an edit of one of these proofs. The lowest bit of the first byte chooses it, the next mends."""
    choice, edits = data[0] if data else 0, data[1:]
    honest = proofs[choice % len(proofs)]
    found = honest.pieces.edited(edits, mend=not choice & 2)
    with suppress(VerifierError):
        honest.verify(found)
        assert found == honest.data, "an edited proof was accepted"


# ----- whole proofs


def short_proofs() -> Iterator[bytes]:
    """Proofs without bodies, and a whole one of a small system."""
    for honest in (*run_proofs(), *small_proofs()):
        whole = read_proof(honest.data)
        yield write_proof(replace(whole, segments=tuple(replace(s, body=b"") for s in whole.segments)))
    yield small_proofs()[0].data


@target(short_proofs)
def proof(data: bytes) -> None:
    """Proof files as they are; what is read is what would be written."""
    with suppress(VerifierError):
        found = read_proof(data)
        if found.profile in PROFILES:
            assert write_proof(found) == data
        read_statement(data)
    for honest in run_proofs():
        with suppress(VerifierError):
            honest.verify(data)
            assert data == honest.data


@target(lambda: seeds(2))
def edited_run(data: bytes) -> None:
    """Proofs of runs with other fields in front of the bodies, or other bodies."""
    refuses(run_proofs(), data)


@target(lambda: seeds(4))
def edited_proof(data: bytes) -> None:
    """Proofs of small systems with any other fields, the openings' included."""
    refuses(small_proofs(), data)


@target(lambda: seeds(4))
def unchecked_proof(data: bytes) -> None:
    """The same where hashes, constraints and work are computed but always pass: all of the verifier runs."""
    choice, edits = data[0] if data else 0, data[1:]
    honest = small_proofs()[choice % 2]
    climb, holds, spend = queries.climb, verifier.holds, Transcript.spend
    with ExitStack() as stack, suppress(VerifierError):
        stack.enter_context(patch.object(queries, "climb", lambda *given: climb(*given) and {}))
        stack.enter_context(patch.object(verifier, "holds", lambda *given: holds(*given) is not None))
        stack.enter_context(patch.object(Transcript, "spend", lambda *given: spend(*given) is not None))
        honest.verify(honest.pieces.edited(edits, mend=not choice & 2))


# ----- their parts


@cache
def bodies() -> tuple[tuple[Layout, bytes], ...]:
    """The layouts of all segments of the small systems, and their bodies."""
    return tuple(
        (lay_out(case.key.verifying_key, case.program.commitment, segment.instances), segment.body)
        for case in small_cases()
        for segment in case.proof.segments
    )


def short_bodies() -> Iterator[bytes]:
    for number, (layout, data) in enumerate(bodies()):
        yield bytes([number]) + write_body(replace(read_body(data, layout), openings=b"the openings"))


@target(short_bodies)
def body(data: bytes) -> None:
    """Bodies of segments by a layout, chosen by the first byte; what is read is what would be written."""
    layout, _ = bodies()[data[0] % len(bodies()) if data else 0]
    with suppress(VerifierError):
        assert write_body(read_body(data[1:], layout)) == data[1:]


@cache
def answers() -> tuple[tuple[tuple, bytes], ...]:
    """What `check_queries` was given for every segment of the small proofs, and the honest openings."""
    calls: list[tuple] = []
    with patch.object(verifier, "check_queries", lambda *given: calls.append(given)):
        for case in small_cases():
            case.verify(case.data)
    return tuple((call, call[1].openings) for call in calls)


@cache
def opened_pieces(number: int) -> Pieces:
    given, honest = answers()[number]
    return cut(honest, lambda _: queries.check_queries(*given))


@target(lambda: seeds(3))
def openings(data: bytes) -> None:
    """Answers to queries with other fields, against honest commitments: only the honest ones are accepted."""
    number = data[0] % len(answers()) if data else 0
    (claims, given, *rest), honest = answers()[number]
    found = opened_pieces(number).edited(data[1:], mend=True)
    with suppress(VerifierError):
        queries.check_queries(claims, replace(given, openings=found), *rest)
        assert found == honest, "edited openings were accepted"


# ----- the header


@target(lambda: [read_proof(honest.data).header for honest in run_proofs()])
def statement(data: bytes) -> None:
    """Headers of proofs; the claim of one that can be read is judged under the rules of a real program."""
    with suppress(VerifierError):
        found = Statement.from_bytes(data)
        assert found.to_bytes() == data
        found = replace(found, program=replace(found.program, rules=small_rom().rules))
        check_claim(found)
        statement_messages(found)


@target(lambda: [small_rom().rules.to_json().encode()])
def rules(data: bytes) -> None:
    """The rules of a program, and the regions that follow."""
    with suppress(InputError):
        text = data.decode("utf-8", "replace")
        found = Rules.from_json(text)
        assert found.to_json() == text
        found.start_registers(Claim(8))
        found.start_regions(Claim(8))
