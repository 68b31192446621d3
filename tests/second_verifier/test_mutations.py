"""Mutated proofs, by bytes and by structure: both verifiers refuse, for one reason where it has a name."""

import json
import random
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest

from second_verifier.proofs import MAKERS, Case, disagreement, honest, other_instances, package_key, second
from zisk_py.field.goldilocks import P
from zisk_py.stark import ProgramCommitment, Proof, read_proof
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.layout import lay_out
from zisk_py.stark.proof import Body, read_body, write_body, write_proof
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.statement import Statement

THOROUGH = ("three instructions", "three segments")  # of these many mutants, of the others some
BYTE_MUTANTS, SOME = (60, 8), (50, 8)


def refused_alike(case: Case, data: bytes) -> None:
    assert data != case.data
    assert disagreement(case.program_id, data) == ""
    assert second(case.program_id, data)


# ----- bytes


def byte_mutants(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """A changed byte or bit, a piece cut out, repeated, reversed or put in; the front is hit often."""
    rng = random.Random(seed)
    while count:
        place = rng.randrange(rng.choice((64, 400, 4000, len(data))))
        size = rng.choice((1, 8, 24, 32))
        piece = data[place : place + size]
        other = rng.choice(
            (
                bytes([piece[0] ^ 1 << rng.randrange(8)]) + piece[1:],
                bytes([rng.randrange(256)]) + piece[1:],
                rng.randbytes(len(piece)),
                b"\xff" * len(piece),
                bytes(len(piece)),
                b"",
                piece + piece,
                piece + rng.randbytes(size),
                piece[::-1],
            )
        )
        if other != piece:
            yield data[:place] + other + data[place + len(piece) :]
            count -= 1


@pytest.mark.parametrize("name", MAKERS)
def test_both_refuse_changed_bytes(name):
    case = honest(name)
    count = BYTE_MUTANTS[name not in THOROUGH]
    for data in byte_mutants(case.data, count, seed=list(MAKERS).index(name)):
        refused_alike(case, data)


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_both_refuse_many_changed_bytes(name):
    case = honest(name)
    for data in byte_mutants(case.data, 1000, seed=100 + list(MAKERS).index(name)):
        refused_alike(case, data)


def test_both_refuse_a_proof_that_is_cut_or_continued():
    case = honest("three instructions")
    rng = random.Random(5)
    for size in (0, 1, 13, 14, 16, 20, 21, 25, *rng.sample(range(len(case.data)), 20), len(case.data) - 1):
        refused_alike(case, case.data[:size])
    refused_alike(case, case.data + b"\0")


# ----- segments, instances, air values


def structural(proof: Proof) -> Iterator[Proof]:
    segments = proof.segments
    for i in range(len(segments)):
        yield replace(proof, segments=segments[:i] + segments[i + 1 :])
        yield replace(proof, segments=(*segments[:i], segments[i], *segments[i:]))
        yield replace(proof, segments=(*segments[:i], *segments[i + 1 :], segments[i]))
    for i, segment in enumerate(segments):
        for instances in other_instances(segment.instances):
            changed = replace(segment, instances=instances)
            yield replace(proof, segments=(*segments[:i], changed, *segments[i + 1 :]))


@pytest.mark.parametrize("name", MAKERS)
def test_both_refuse_other_segments_instances_and_air_values(name):
    case = honest(name)
    proof = read_proof(case.data)
    mutants = [other for other in structural(proof) if other != proof]
    for other in random.Random(name).sample(mutants, SOME[name not in THOROUGH]):
        refused_alike(case, write_proof(other))


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_both_refuse_all_other_segments_instances_and_air_values(name):
    case = honest(name)
    proof = read_proof(case.data)
    for other in structural(proof):
        if other != proof:
            refused_alike(case, write_proof(other))


@pytest.mark.parametrize("name", ["Boundary", "Rom", "Image", "Table16", "Powers", "Shapes", "Main"])
def test_both_refuse_a_proof_without_an_instance_that_must_be_there(name):
    case = honest("three instructions")
    proof = read_proof(case.data)
    (segment,) = proof.segments
    airs = constraint_system().airs
    kept = tuple(instance for instance in segment.instances if airs[instance.air].name != name)
    assert len(kept) == len(segment.instances) - 1
    data = write_proof(replace(proof, segments=(replace(segment, instances=kept),)))
    refused_alike(case, data)
    expected = "a segment has no Main" if name == "Main" else "a run-wide air stands where it must not"
    assert second(case.program_id, data) == expected


# ----- every field of a body


def body_mutants(body: Body, rng: random.Random) -> Iterator[Body]:
    for field in fields(Body):
        value = getattr(body, field.name)
        if isinstance(value, int):
            yield replace(body, nonce=value ^ 1)
        elif isinstance(value, bytes):
            for _ in range(12):
                place = rng.randrange(len(value))
                yield replace(body, openings=value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :])
            yield replace(body, openings=value[:-1])
            yield replace(body, openings=value + b"\0")
        elif value:
            place = rng.randrange(len(value))
            for other in changed(value[place], rng):
                yield replace(body, **{field.name: (*value[:place], other, *value[place + 1 :])})
            yield replace(body, **{field.name: value[:-1]})
            yield replace(body, **{field.name: (*value, value[-1])})


def changed(item, rng):
    """A digest, an element of K, or a tuple of either, with one part of it changed."""
    if isinstance(item, bytes):
        yield bytes([item[0] ^ 1]) + item[1:]
    elif isinstance(item[0], int):
        for coordinate in range(3):
            yield tuple((v + (i == coordinate)) % P for i, v in enumerate(item))
    else:
        for place in {0, len(item) - 1, rng.randrange(len(item))}:
            for other in changed(item[place], rng):
                yield (*item[:place], other, *item[place + 1 :])


def proofs_with_other_bodies(name: str) -> Iterator[bytes]:
    """The proof with each field of the body of one segment changed."""
    rng = random.Random(3)
    proof = read_proof(honest(name).data)
    program = Statement.from_bytes(proof.header).program
    commitment = ProgramCommitment(program.cap, dict(program.log_heights))
    number = rng.randrange(len(proof.segments))
    segment = proof.segments[number]
    body = read_body(segment.body, lay_out(package_key(), commitment, segment.instances))
    for other in body_mutants(body, rng):
        mutant = replace(segment, body=write_body(other))
        segments = (*proof.segments[:number], mutant, *proof.segments[number + 1 :])
        yield write_proof(replace(proof, segments=segments))


@pytest.mark.parametrize("name", THOROUGH)
def test_both_refuse_a_change_of_any_field_of_a_body(name):
    for data in proofs_with_other_bodies(name):
        refused_alike(honest(name), data)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MAKERS if name not in THOROUGH])
def test_both_refuse_a_change_of_any_field_of_a_body_of_other_runs(name):
    for data in proofs_with_other_bodies(name):
        refused_alike(honest(name), data)


# ----- the statement


def dump(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def statement_mutants(header: bytes) -> Iterator[bytes]:
    """The statement with a field removed, added, of another type or value; and in another form."""
    text = json.loads(header)
    for name, value in text.items():
        yield dump({key: other for key, other in text.items() if key != name})
        for other in (None, True, -1, 1.0, 2**32, 2**64, 10**30, "x", [], [1], {}):
            if other != value or type(other) is not type(value):
                yield dump({**text, name: other})
        if isinstance(value, int):
            yield dump({**text, name: value + 1})
        if isinstance(value, list) and value:
            yield dump({**text, name: value[:-1]})
            yield dump({**text, name: [*value, value[-1]]})
            yield dump({**text, name: value[::-1]})
    yield dump({**text, "more": 1})
    yield json.dumps(text, sort_keys=True).encode()
    yield json.dumps(text, separators=(",", ":")).encode() + b" "
    yield header.decode().encode("utf-16")
    yield header[:-1] + b',"steps":3}'
    yield b"[" * 100_000
    yield b"NaN"
    rules = json.loads(text["rules"])
    for name, value in rules.items():
        for other in (None, 2**64, "x", [], [[1]], [[5, 0, 0, 0, 0]], [[1, 1, 1, 1, 1]], [[16, 0, 0, 0]]):
            yield dump({**text, "rules": dump({**rules, name: other}).decode()})
        if isinstance(value, int):
            yield dump({**text, "rules": dump({**rules, name: value + 1}).decode()})


def refused_with_other_statements(name: str) -> None:
    """For the id of the run, and where the mutant is another program, for the id of that."""
    case = honest(name)
    proof = read_proof(case.data)
    for header in statement_mutants(proof.header):
        if header != proof.header:
            data = write_proof(replace(proof, header=header))
            refused_alike(case, data)
            try:
                program_id = Statement.from_bytes(header).program.id(package_key().digest)
            except VerifierError:
                continue
            if program_id != case.program_id:
                refused_alike(replace(case, program_id=program_id), data)


def test_both_refuse_another_statement():
    refused_with_other_statements("return data")


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_both_refuse_another_statement_of_any_run(name):
    refused_with_other_statements(name)
