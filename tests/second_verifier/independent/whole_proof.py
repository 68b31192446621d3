"""A proof of a system that an author wrote (section 8.4): its header, and what holds once per proof."""

from collections.abc import Sequence

from .field import P
from .layout import layouts_of
from .messages import Message
from .proof_file import read_proof
from .refusal import require
from .stream import Cap
from .system import ADD, BINARY, MULTIPLY, NEGATE, PUBLIC, SUBTRACT, System
from .transcript import integers
from .verifier import Given, Key, check_argument

HEADER = b"zisk-py pil 1\n"
DIGEST = 32


def verify_system(
    key: Key,
    proof: bytes,
    stated: Sequence[int],
    program: tuple[Cap, tuple[tuple[str, int], ...]] = ((), ()),
    min_bits: float | None = 100,
    allow_test_profile: bool = False,
) -> float:
    """The bits of a proof for these public values of the author; Refused if it shows nothing of them."""
    parts = read_proof(proof)
    require(parts.profile.name != "test" or allow_test_profile, "the test profile has no security")
    publics = header_values(key, parts.header)
    own = len(publics) - key.system.proof_values
    require(publics[:own] == tuple(stated), "the proof is for other public values")
    layouts = layouts_of(key.shapes, dict(program[1]), parts.fronts)
    there = {instance.air for front in parts.fronts for instance in front.instances}
    require(required(key) <= there, "a required air has no instance")
    sent = whole_messages(key.system, publics)
    return check_argument(key, parts, Given(*program, publics), layouts, sent, min_bits)


def header_values(key: Key, header: bytes) -> tuple[int, ...]:
    """The public values of a header."""
    start = len(HEADER) + DIGEST
    require(header[:start] == HEADER + key.digest, "the header is not of this system")
    words = header[start:]
    values = tuple(int.from_bytes(words[at : at + 8], "little") for at in range(0, len(words), 8))
    require(len(values) == len(key.system.publics), "the header has too few or many public values")
    require(all(value < P for value in values), "a public value is not below p")
    require(integers(values) == words, "the header has something behind its values")
    return values


def required(key: Key) -> set[int]:
    """The airs that a proof needs an instance of."""
    of_whole = {row.bus for row in key.system.whole.interactions}
    found = set()
    for shape in key.shapes:
        elsewhere = [row for other in key.shapes if other is not shape for row in other.air.interactions]
        asked = {row.bus for row in elsewhere if row.sign == -1}
        answered = {row.bus for row in shape.air.interactions if row.sign == 1}
        called = asked & answered or of_whole & {row.bus for row in shape.air.interactions}
        if not called or any(kind == PUBLIC for kind, _, _ in shape.program.nodes):
            found.add(shape.number)
    return found


def whole_messages(system: System, publics: Sequence[int]) -> list[Message]:
    """The messages of the whole proof; its constraints are checked on the way."""
    values: list[int] = []
    for kind, a, b in system.whole.nodes:
        if kind in BINARY:
            left, right = values[a], values[b]
            found = {ADD: left + right, SUBTRACT: left - right, MULTIPLY: left * right}[kind]
        elif kind == NEGATE:
            found = -values[a]
        else:
            found = publics[a] if kind == PUBLIC else a
        values.append(found % P)
    holds = not any(values[node] for node in system.whole.constraints)
    require(holds, "a constraint of the whole proof does not hold")
    return [
        Message(row.bus, row.sign * values[row.multiplicity] % P, tuple(values[node] for node in row.values))
        for row in system.whole.interactions
    ]
