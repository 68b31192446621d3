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
TOTALS = 2**63 + 2**62  # the bus on which the whole proof takes totals back


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
    require(all(wanted & there for wanted in required(key)), "a required air has no instance")
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


def required(key: Key) -> set[frozenset[int]]:
    """Sets of airs: of each one a proof needs an instance of one air."""
    size = len(key.shapes)
    of_whole = {row.bus for row in key.system.whole.interactions if row.bus != TOTALS}
    buses = [[(row.bus, row.sign) for row in shape.air.interactions] for shape in key.shapes]
    # reaches[a][b]: a calls b, directly or through others; the row at the end is the whole proof.
    reaches = [
        [a != b and any((bus, -1) in buses[a] for bus, sign in buses[b] if sign == 1) for b in range(size)]
        for a in range(size)
    ]
    reaches.append([any(bus in of_whole for bus, _ in own) for own in buses])
    for through in range(size):
        for row in reaches:
            if row[through]:
                row[:] = [old or new for old, new in zip(row, reaches[through], strict=True)]
    found = set()
    for number, shape in enumerate(key.shapes):
        callers = {a for a in range(size + 1) if reaches[a][number]}
        if any(kind == PUBLIC for kind, _, _ in shape.program.nodes):
            found.add(frozenset({number}))
        elif size not in callers and all(reaches[number][a] for a in callers):
            found.add(frozenset({number} | callers))
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
