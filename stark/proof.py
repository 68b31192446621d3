"""The proof file: fixed order, fixed sizes, canonical numbers, nothing after the end.

    magic, version | profile name | header | number of segments
    per segment: instances (air, log height, air values) | stage-1 cap
    per segment: length of its body | body

A body's sizes follow from the key and the instances (`zisk_py.stark.layout`); its length prefix only tells
where the next one begins. All integers are little-endian.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import pack, unpack_from

from zisk_py.field.extension import DEGREE, Element
from zisk_py.field.goldilocks import P
from zisk_py.stark.errors import (
    CountOutOfRange,
    NonCanonicalElement,
    NotAProof,
    TrailingBytes,
    TruncatedProof,
    UnsupportedVersion,
)
from zisk_py.stark.hashing import DIGEST_SIZE
from zisk_py.stark.key import Cap
from zisk_py.stark.layout import Instance, Layout, Round
from zisk_py.stark.options import LOG_CAP, LOG_FINAL, MAX_SEGMENTS

MAGIC = b"zisk-py proof\n"
VERSION = 1
MAX_NAME = 16
MAX_HEADER = 1 << 26
MAX_INSTANCES = 1 << 10
MAX_AIR_VALUES = 1 << 10


class Reader:
    """Reads numbers off bytes, each within its bounds. Every method may raise TruncatedProof."""

    __slots__ = ("_data", "_end", "_offset")

    def __init__(self, data: bytes) -> None:
        """Begin at the first byte."""
        self._data, self._offset, self._end = data, 0, len(data)

    def take(self, size: int, what: str) -> bytes:
        """The next `size` bytes."""
        begin = self._advance(size, what)
        return self._data[begin : begin + size]

    def integer(self, size: int, what: str) -> int:
        """An unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size, what), "little")

    def count(self, size: int, low: int, high: int, what: str) -> int:
        """An unsigned integer of `size` bytes between low and high. Raises CountOutOfRange."""
        value = self.integer(size, what)
        if not low <= value <= high:
            raise CountOutOfRange(f"the proof has a wrong number of {what}", f"{low} to {high}", value)
        return value

    def numbers(self, count: int, what: str) -> tuple[int, ...]:
        """Base field elements. Raises NonCanonicalElement."""
        begin = self._advance(8 * count, what)
        values: tuple[int, ...] = unpack_from(f"<{count}Q", self._data, begin)
        if count and max(values) >= P:
            raise NonCanonicalElement(f"{what} hold a number that is not below p", f"below {P}", max(values))
        return values

    def elements(self, count: int, what: str) -> tuple[Element, ...]:
        """Elements of K. Raises NonCanonicalElement."""
        flat = iter(self.numbers(DEGREE * count, what))
        return tuple(zip(flat, flat, flat, strict=True))

    def digest(self, what: str) -> bytes:
        """A digest."""
        return self.take(DIGEST_SIZE, what)

    def cap(self, what: str) -> Cap:
        """The cap of a tree."""
        data = self.take(DIGEST_SIZE << LOG_CAP, what)
        return tuple(data[i : i + DIGEST_SIZE] for i in range(0, len(data), DIGEST_SIZE))

    def rest(self) -> bytes:
        """All bytes that remain."""
        return self.take(self._end - self._offset, "the rest")

    def finish(self, what: str) -> None:
        """Raise TrailingBytes unless everything was read."""
        if self._offset != self._end:
            raise TrailingBytes(f"bytes follow the end of {what}", 0, self._end - self._offset)

    def _advance(self, size: int, what: str) -> int:
        begin = self._offset
        if size > self._end - begin:
            raise TruncatedProof(f"the proof ends inside {what}", f"{size} bytes", self._end - begin)
        self._offset = begin + size
        return begin


class Writer:
    """The counterpart of Reader."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        """Begin empty."""
        self._parts: list[bytes] = []

    def put(self, data: bytes) -> None:
        """Append bytes."""
        self._parts.append(data)

    def integer(self, value: int, size: int) -> None:
        """Append an unsigned integer of `size` bytes."""
        self._parts.append(value.to_bytes(size, "little"))

    def numbers(self, values: Sequence[int]) -> None:
        """Append base field elements."""
        self._parts.append(pack(f"<{len(values)}Q", *values))

    def elements(self, values: Iterable[Element]) -> None:
        """Append elements of K."""
        self.numbers([coordinate for element in values for coordinate in element])

    def getvalue(self) -> bytes:
        """All bytes so far."""
        return b"".join(self._parts)


@dataclass(frozen=True, slots=True)
class Segment:
    """What stands in front for a segment: its instances, its stage-1 cap, and its body as bytes."""

    instances: tuple[Instance, ...]
    stage1_cap: Cap
    body: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof file, taken apart as far as that needs no key. Nothing in it has been checked."""

    profile: str
    header: bytes
    segments: tuple[Segment, ...]

    @property
    def instances(self) -> tuple[tuple[Instance, ...], ...]:
        """The instances of every segment."""
        return tuple(segment.instances for segment in self.segments)


def read_proof(data: bytes) -> Proof:
    """Take a proof file apart. Raises a subclass of MalformedProof."""
    reader = Reader(bytes(data))
    if data[: len(MAGIC)] != MAGIC:
        raise NotAProof("the file is not a proof of zisk-py")
    reader.take(len(MAGIC), "the magic")
    if (version := reader.integer(2, "the version")) != VERSION:
        raise UnsupportedVersion("the proof is of another version", VERSION, version)
    name = reader.take(reader.count(1, 1, MAX_NAME, "letters of the profile"), "the profile")
    profile = name.decode("ascii", "backslashreplace")
    header = reader.take(reader.count(4, 0, MAX_HEADER, "header bytes"), "the header")
    count = reader.count(4, 1, MAX_SEGMENTS, "segments")
    heads = [(_read_instances(reader), reader.cap("a stage-1 cap")) for _ in range(count)]
    bodies = [reader.take(reader.integer(4, "the length of a body"), "a body") for _ in range(count)]
    reader.finish("the proof")
    segments = (Segment(*head, body) for head, body in zip(heads, bodies, strict=True))
    return Proof(profile, header, tuple(segments))


def write_proof(proof: Proof) -> bytes:
    """The bytes of a proof; `read_proof` gives it back."""
    writer = Writer()
    writer.put(MAGIC)
    writer.integer(VERSION, 2)
    name = proof.profile.encode("ascii")
    writer.integer(len(name), 1)
    writer.put(name)
    writer.integer(len(proof.header), 4)
    writer.put(proof.header)
    writer.integer(len(proof.segments), 4)
    for segment in proof.segments:
        writer.integer(len(segment.instances), 2)
        for instance in segment.instances:
            writer.integer(instance.air, 2)
            writer.integer(instance.log_height, 1)
            writer.integer(len(instance.air_values), 2)
            writer.numbers(instance.air_values)
        writer.put(b"".join(segment.stage1_cap))
    for segment in proof.segments:
        writer.integer(len(segment.body), 4)
        writer.put(segment.body)
    return writer.getvalue()


def _read_instances(reader: Reader) -> tuple[Instance, ...]:
    instances = []
    for _ in range(reader.count(2, 1, MAX_INSTANCES, "instances of a segment")):
        air = reader.integer(2, "an instance")
        log_height = reader.integer(1, "an instance")
        values = reader.numbers(reader.count(2, 0, MAX_AIR_VALUES, "air values"), "air values")
        instances.append(Instance(air, log_height, values))
    return tuple(instances)


@dataclass(frozen=True, slots=True)
class Body:
    """A segment's proof. `openings` is read by the verifier along its queries."""

    bindings: tuple[tuple[Element, ...], ...]  # per instance: its stage-1 columns at omega
    stage2_cap: Cap
    terminals: tuple[Element, ...]  # one per instance with interactions
    quotient_cap: Cap
    evaluations: tuple[
        tuple[Element, ...], ...
    ]  # per instance: all its columns at zeta, then at the next point
    fri_caps: tuple[Cap, ...]
    final_polynomials: tuple[tuple[Element, ...], ...]  # per height class
    nonce: int
    openings: bytes


def read_body(data: bytes, layout: Layout) -> Body:
    """Take a segment's body apart by its layout. Raises a subclass of MalformedProof."""
    reader = Reader(data)
    return Body(
        bindings=tuple(reader.elements(len(opened.bound), "bindings") for opened in layout.opened),
        stage2_cap=reader.cap("the stage-2 cap") if Round.STAGE2 in layout.trees else (),
        terminals=reader.elements(layout.totals, "terminals"),
        quotient_cap=reader.cap("the quotient cap"),
        evaluations=tuple(
            reader.elements(opened.width + len(opened.next), "evaluations") for opened in layout.opened
        ),
        fri_caps=tuple(reader.cap("a FRI cap") for _ in layout.folds),
        final_polynomials=tuple(
            reader.elements(1 << LOG_FINAL, "a final polynomial") for _ in layout.classes
        ),
        nonce=reader.integer(8, "the nonce"),
        openings=reader.rest(),
    )


def write_body(body: Body) -> bytes:
    """The bytes of a segment's body; `read_body` gives it back."""
    writer = Writer()
    for values in body.bindings:
        writer.elements(values)
    writer.put(b"".join(body.stage2_cap))
    writer.elements(body.terminals)
    writer.put(b"".join(body.quotient_cap))
    for values in body.evaluations:
        writer.elements(values)
    writer.put(b"".join(node for cap in body.fri_caps for node in cap))
    for polynomial in body.final_polynomials:
        writer.elements(polynomial)
    writer.integer(body.nonce, 8)
    writer.put(body.openings)
    return writer.getvalue()
