"""What a proof of a PIL file's system states, and the checks that tie it to what the STARK proves.

"There are instances of these airs, the required ones among them (`required_airs`), so that all
constraints hold on all rows, the messages on all buses cancel, and the constraints of the whole proof hold;
with these public values." The header of the proof carries the key's digest and all that `System.publics`
names. Standard library only.
"""

from collections.abc import Iterable, Sequence
from struct import pack

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import TOTAL_BUS, Air, NodeKind, System
from zisk_py.stark.errors import (
    GlobalConstraintMismatch,
    HeaderMalformed,
    MissingAir,
    PublicValueMismatch,
    SystemMismatch,
)
from zisk_py.stark.hashing import DIGEST_SIZE
from zisk_py.stark.key import VerifyingKey
from zisk_py.stark.logup import Message
from zisk_py.stark.program import operands
from zisk_py.stark.public_values import author_publics

MAGIC = b"zisk-py pil 1\n"
WORD = 8
WHOLE = -1  # the whole proof, where airs are numbered: it calls airs by messages of its own


def write_header(key: VerifyingKey, publics: Sequence[int]) -> bytes:
    """The header of a proof: magic, digest of the key, every public value as 8 bytes."""
    return MAGIC + key.digest + pack(f"<{len(publics)}Q", *publics)


def read_header(key: VerifyingKey, header: bytes) -> tuple[int, ...]:
    """All public values that a header states. Raises HeaderMalformed, SystemMismatch."""
    if header[: len(MAGIC)] != MAGIC:
        raise HeaderMalformed("the proof is none of a PIL file's system; is it one of a program's run?")
    digest, words = header[len(MAGIC) :][:DIGEST_SIZE], header[len(MAGIC) + DIGEST_SIZE :]
    if digest != key.digest:
        raise SystemMismatch("the proof is of another system", key.digest.hex(), digest.hex())
    names = key.system.publics
    if len(words) != WORD * len(names):
        raise HeaderMalformed("bytes of public values in the header", WORD * len(names), len(words))
    values = tuple(int.from_bytes(words[at : at + WORD], "little") for at in range(0, len(words), WORD))
    for name, value in zip(names, values, strict=True):
        if value >= P:
            raise HeaderMalformed(f"the value of {name} in the header", f"below {P}", value)
    return values


def check_publics(system: System, stated: Sequence[int], expected: Sequence[int]) -> None:
    """Raise PublicValueMismatch unless the author's part of the stated values is what the caller expects."""
    for name, got, wanted in zip(author_publics(system), stated, expected, strict=False):
        if got != wanted:
            raise PublicValueMismatch(f"the public value {name} of the proof", wanted, got)


def required_airs(system: System) -> tuple[frozenset[int], ...]:
    """Sets of airs, in the order of their first ones: of each set a proof must have an instance of some air.

    An air that reads public values is such a set. So is a largest set of airs that all call each other,
    directly or through others, and that nobody outside of it calls: an air that nobody calls, alone, or a
    circle. An air calls those that prove on a bus on which it assumes; the whole proof calls those that share
    a bus with its messages, save the one of totals, which takes back what there is. Whether a called air is
    needed is decided by what the others send. Any other one would not be missed.
    """
    callers = _callers(system)
    above = [_ancestors(callers, number) for number in range(len(callers))]
    circles = {
        number: frozenset({number, *found})
        for number, found in enumerate(above)
        if all(other != WHOLE and number in above[other] for other in found)
    }
    wanted = dict.fromkeys(
        frozenset({number}) if _reads_publics(air) else circles.get(number, frozenset())
        for number, air in enumerate(system.airs)
    )
    return tuple(one for one in wanted if one)


def _callers(system: System) -> list[set[int]]:
    """Of each air the other ones that call it, or the whole proof."""
    asked = {message.bus for message in system.globals.interactions} - {TOTAL_BUS}
    assumed: dict[int, set[int]] = {}  # by bus: the airs that assume there
    for number, air in enumerate(system.airs):
        for message in air.interactions:
            if message.sign < 0:
                assumed.setdefault(message.bus, set()).add(number)
    callers: list[set[int]] = []
    for number, air in enumerate(system.airs):
        found = {WHOLE} if any(message.bus in asked for message in air.interactions) else set()
        for message in air.interactions:
            if message.sign > 0:
                found |= assumed.get(message.bus, set()) - {number}
        callers.append(found)
    return callers


def _ancestors(callers: Sequence[set[int]], number: int) -> set[int]:
    """Who calls an air, directly or through others."""
    found: set[int] = set()
    waiting = [number]
    while waiting:
        one = waiting.pop()
        new = callers[one] - found if one != WHOLE else set()
        found |= new
        waiting += new
    return found


def check_airs(key: VerifyingKey, occurring: Iterable[int]) -> None:
    """Raise MissingAir unless an air of each required set is among those that have an instance."""
    there = set(occurring)
    for wanted in required_airs(key.system):
        if not wanted & there:
            names = " or ".join(key.system.airs[number].name for number in sorted(wanted))
            raise MissingAir(f"the proof has no instance of air {names}; it needs one")


def check_globals(system: System, publics: Sequence[int]) -> None:
    """Raise GlobalConstraintMismatch unless the constraints of the whole proof hold."""
    values = evaluate_globals(system, publics)
    for constraint in system.globals.constraints:
        if values[constraint.node]:
            source = constraint.source
            raise GlobalConstraintMismatch(
                f"{source.file}:{source.line}: `{source.text}` must be zero for the public values",
                0,
                values[constraint.node],
            )


def global_messages(system: System, publics: Sequence[int]) -> list[Message]:
    """The messages that the verifier sends, in the order of the system."""
    values = evaluate_globals(system, publics)
    return [
        Message(
            message.bus,
            tuple(values[node] for node in message.values),
            message.sign * values[message.multiplicity],
        )
        for message in system.globals.interactions
    ]


def evaluate_globals(system: System, publics: Sequence[int]) -> list[int]:
    """The value of every node of the expressions over public values, below p."""
    values: list[int] = []
    for kind, a, b in system.globals.nodes:
        match kind:
            case NodeKind.CONSTANT:
                value = a
            case NodeKind.PUBLIC:
                value = publics[a]
            case NodeKind.ADD:
                value = values[a] + values[b]
            case NodeKind.SUB:
                value = values[a] - values[b]
            case NodeKind.MUL:
                value = values[a] * values[b]
            case _:  # NEG: the key has no other
                value = -values[a]
        values.append(value % P)
    return values


def _reads_publics(air: Air) -> bool:
    """Whether a public value is in a constraint or a message of an air."""
    needed = {constraint.node for constraint in air.constraints}
    needed |= {node for message in air.interactions for node in (message.multiplicity, *message.values)}
    for number in range(len(air.nodes) - 1, -1, -1):
        if number in needed:
            needed.update(operands(air.nodes[number]))
    return any(air.nodes[number][0] == NodeKind.PUBLIC for number in needed)
