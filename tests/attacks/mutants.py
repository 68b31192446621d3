"""Changed proofs of whole runs: what is changed, and the one way in which a verifier may answer."""

import inspect
import json
import random
import resource
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from functools import cache, cached_property, partial
from itertools import pairwise
from unittest.mock import patch

from attacks.work import metered_refusal_of, refusal_of
from proven_runs import EXAMPLES, ebpf_program, loop_program
from zisk_py.field.extension import DEGREE
from zisk_py.stark import ProgramCommitment, Proof, errors, read_proof
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.key import VerifyingKey
from zisk_py.stark.layout import lay_out
from zisk_py.stark.proof import Body, Reader, read_body, write_body, write_proof
from zisk_py.stark.verifier import verify
from zisk_py.statemachines.constraint_system import verifying_key
from zisk_py.statemachines.statement import Statement, StatementError
from zisk_py.statemachines.verification import ProgramMismatch, statement_messages, verify_run
from zisk_py.zkvm import Program

Mutant = bytes | Proof
MAX_GROWTH = 64 << 10  # KiB that all refusals together may add to the highest use of memory
BYTES_PER_LINE = 8  # of a changed proof, for each line of work beyond that for the honest one
UNBOUNDED = 1 << 32  # lines

key: Callable[[], VerifyingKey] = cache(verifying_key)


def reasons() -> set[type[VerifierError]]:
    """All classes of refusals that stand for a reason and not for a group."""
    found = {
        item for _, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, VerifierError)
    }
    return {item for item in found if not item.__subclasses__()} | {StatementError, ProgramMismatch}


@dataclass(frozen=True)
class Case:
    """An honest proof of a run, and the verifier's side of it."""

    program_id: str
    data: bytes
    min_bits: float = 0
    seen: Counter[str] = field(default_factory=Counter)  # names of the errors so far

    @cached_property
    def proof(self) -> Proof:
        return read_proof(self.data)

    @cached_property
    def statement(self) -> Statement:
        return Statement.from_bytes(self.proof.header)

    @cached_property
    def commitment(self) -> ProgramCommitment:
        program = self.statement.program
        return ProgramCommitment(program.cap, dict(program.log_heights))

    def verify(self, data: bytes) -> None:
        verify_run(key(), self.program_id, data, min_bits=self.min_bits, allow_test_profile=True)

    def verify_stark(self, data: bytes) -> None:
        """The proof system alone: what the statement's checks would refuse first must be refused too."""
        verify(
            key(),
            self.commitment,
            data,
            statement_messages(self.statement),
            min_bits=self.min_bits,
            allow_test_profile=True,
        )

    def body(self, number: int) -> Body:
        segment = self.proof.segments[number]
        return read_body(segment.body, lay_out(key(), self.commitment, segment.instances))

    @cached_property
    def work(self) -> int:
        """Lines that the honest proof costs, tables that are made only once left out."""
        for _ in range(2):
            refusal, work = metered_refusal_of(lambda: self.verify(self.data), UNBOUNDED)
            assert refusal is None
        return work

    def refuses(self, mutants: Iterable[Mutant], *, alone: bool = False, one_in: int = 5) -> Counter[str]:
        """Assert that every mutant is refused by name, within bounds of work and memory; count the names.

        The work is counted for one in so many mutants: that takes three times as long.
        """
        names: Counter[str] = Counter()
        verify, most = self.verify_stark if alone else self.verify, self.work
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number, mutant in enumerate(mutants):
            data = mutant if isinstance(mutant, bytes) else write_proof(mutant)
            assert data != self.data
            task = partial(verify, data)
            if number % one_in:
                refusal = refusal_of(task)
            else:
                refusal, _ = metered_refusal_of(task, most + len(data) // BYTES_PER_LINE)
            assert type(refusal) in reasons(), difference(self.data, data)
            names[type(refusal).__name__] += 1
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MAX_GROWTH
        assert names
        self.seen.update(names)
        return names


def difference(honest: bytes, data: bytes) -> str:
    """Where two proofs differ first."""
    place = next((i for i, (a, b) in enumerate(zip(honest, data, strict=False)) if a != b), len(honest))
    return f"{len(data)} bytes for {len(honest)}, from {place} on {data[place : place + 20].hex()}"


@cache
def case(name: str) -> Case:
    """The honest proofs: three of the profile for tests, and a real program with a real profile."""
    quick = {"profile": "test", "threads": 1}
    if name == "one segment":
        program = ebpf_program("mov r0, 2\nadd r0, 3\nexit")
        return Case(program.id, program.prove(**quick).data)
    if name == "three segments":
        program = loop_program(14)
        return Case(program.id, program.prove(chunk_size=64, **quick).data)
    folder = EXAMPLES / "packet_filter"
    program, given = Program.load(folder / "packet_filter.o"), (folder / "input.bin").read_bytes()
    if name == "public input":
        return Case(program.id, program.prove(given, public_input=True, **quick).data)
    assert name == "fast"
    return Case(program.id, program.prove(given, profile="fast", threads=1).data, min_bits=100)


# ----- bytes


def changed_bytes(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """One byte becomes another, anywhere; one in eight lies in the first part, which holds the counts."""
    rng = random.Random(seed)
    for number in range(count):
        place = rng.randrange(len(data) if number % 8 else min(len(data), 1 << 12))
        yield data[:place] + bytes([data[place] ^ rng.randrange(1, 256)]) + data[place + 1 :]


# ----- numbers of the format


@dataclass(frozen=True)
class Number:
    """An integer of the format that is no field element: a count, a length, a version."""

    what: str
    offset: int
    size: int


def numbers(data: bytes) -> list[Number]:
    """All integers that `read_proof` reads off the front of a proof: the reader itself tells where."""
    found: list[Number] = []
    honest = Reader.integer

    def listen(self: Reader, size: int, what: str) -> int:
        found.append(Number(what, self._offset, size))
        return honest(self, size, what)

    with patch.object(Reader, "integer", listen):
        read_proof(data)
    return found


def with_number(data: bytes, number: Number, value: int) -> bytes:
    end = number.offset + number.size
    return data[: number.offset] + value.to_bytes(number.size, "little") + data[end:]


def other_values(data: bytes, number: Number) -> list[int]:
    """Neighbours, zero, and the largest that the bytes hold."""
    value = int.from_bytes(data[number.offset : number.offset + number.size], "little")
    limit = 1 << 8 * number.size
    wanted = {0, 1, value - 1, value + 1, 2 * value, limit // 2, limit - 2, limit - 1}
    return sorted(other for other in wanted if 0 <= other < limit and other != value)


# ----- lists and fields


def variants(value: object, rng: random.Random, most: int) -> Iterator[object]:
    """The value with one leaf changed or one list of another length or order, at every level.

    Of a list only `most` items are entered, the first and the last among them.
    """
    if value is None or isinstance(value, bool | Enum):
        return
    if isinstance(value, int):
        yield from {other for other in (value ^ 1, value + 1, 0) if other != value}
    elif isinstance(value, bytes):
        yield from resized(value, rng)
        for _ in range(3 if value else 0):
            place = rng.randrange(len(value))
            yield value[:place] + bytes([value[place] ^ 1 << rng.randrange(8)]) + value[place + 1 :]
    elif isinstance(value, str):
        yield from (part.decode() for part in resized(value.encode(), rng))
    elif isinstance(value, dict):
        for key in value:
            yield {other: value[other] for other in value if other != key}
            for other in variants(value[key], rng, most):
                yield {**value, key: other}
    elif isinstance(value, tuple):
        if len(value) != DEGREE or not all(isinstance(item, int) for item in value):  # no element of K
            yield from resized(value, rng)
        places = range(len(value))
        for place in places if len(value) <= most else {0, len(value) - 1, *rng.sample(places, most - 2)}:
            for other in variants(value[place], rng, most):
                yield (*value[:place], other, *value[place + 1 :])
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            for other in variants(getattr(value, one.name), rng, most):
                yield replace(value, **{one.name: other})


def header_variants(header: bytes, rng: random.Random, most: int) -> Iterator[bytes]:
    """Every field and list of a statement and of the rules in it, in the same form; not all can be read."""
    fields = json.loads(header, object_pairs_hook=_frozen)
    rules = json.loads(fields["rules"], object_pairs_hook=_frozen)
    yield _canonical({**fields, "public_input": ""})
    for other in variants(fields, rng, most):
        yield _canonical(other)
    for other in variants(rules, rng, most):
        yield _canonical({**fields, "rules": _canonical(other).decode()})


def _frozen(pairs: list[tuple[str, object]]) -> dict[str, object]:
    frozen = lambda value: tuple(map(frozen, value)) if isinstance(value, list) else value  # noqa: E731
    return {name: frozen(value) for name, value in pairs}


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def resized(value: tuple | bytes, rng: random.Random) -> Iterator[object]:
    """Without the first, the last or any item; with one twice; empty; two neighbours swapped."""
    if not value:
        return
    place = rng.randrange(len(value))
    for other in (
        value[1:],
        value[:-1],
        value[:place] + value[place + 1 :],
        value + value[-1:],
        value[:place] + value[place : place + 1] + value[place:],
        value[:0],
        value[:place] + value[place : place + 2][::-1] + value[place + 2 :],
    ):
        if other != value:
            yield other


def changed_bodies(case: Case, rng: random.Random, most: int) -> Iterator[Proof]:
    """Every field and list of the body of a segment, for every segment."""
    for number, segment in enumerate(case.proof.segments):
        for body in variants(case.body(number), rng, most):
            try:
                changed = write_body(body)
            except (OverflowError, ValueError):  # a number that no 8 bytes hold
                continue
            if changed != segment.body:
                yield with_segment(case.proof, number, replace(segment, body=changed))


def opened_pieces(case: Case, number: int) -> list[tuple[int, int]]:
    """(begin, end) of every row and every node in the openings of a segment: the verifier tells where."""
    openings, found = case.body(number).openings, []
    honest = Reader._advance

    def listen(self: Reader, size: int, what: str) -> int:
        begin = honest(self, size, what)
        if size and self._data == openings:
            found.append((begin, begin + size))
        return begin

    with patch.object(Reader, "_advance", listen):
        case.verify(case.data)
    return found


def changed_openings(case: Case, rng: random.Random, most: int) -> Iterator[Proof]:
    """Rows and nodes left out, repeated, of zeros, or swapped with the next one that is as long."""
    for number, segment in enumerate(case.proof.segments):
        body, pieces = case.body(number), opened_pieces(case, number)
        data = body.openings
        assert [0, *(end for _, end in pieces)] == [*(begin for begin, _ in pieces), len(data)]
        following = dict(pairwise(pieces))
        for begin, end in rng.sample(pieces, min(most, len(pieces))):
            piece, after = data[begin:end], following.get((begin, end), (end, end))
            others = [(b"", end), (piece + piece, end), (bytes(len(piece)), end)]
            if after[1] - after[0] == len(piece):
                others.append((data[slice(*after)] + piece, after[1]))
            for other, rest in others:
                changed = data[:begin] + other + data[rest:]
                if changed != data:
                    forged = replace(body, openings=changed)
                    yield with_segment(case.proof, number, replace(segment, body=write_body(forged)))


def with_segment(proof: Proof, number: int, segment: object) -> Proof:
    return replace(proof, segments=(*proof.segments[:number], segment, *proof.segments[number + 1 :]))
