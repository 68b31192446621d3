"""Damaged program files: fields of the format changed, bits flipped, pieces cut, repeated and exchanged.

A damaged file is a good one and a list of edits, which are plain numbers: so hypothesis can shrink them.
"""

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

Field = tuple[int, int]  # offset and number of bytes
_IDENTIFICATION = tuple((offset, 1) for offset in range(4, 16))
_HEADER = (
    (16, 2),
    (18, 2),
    (20, 4),
    (24, 8),
    (32, 8),
    (40, 8),
    (48, 4),
    *((at, 2) for at in range(52, 64, 2)),
)
_SEGMENT = ((0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 8), (48, 8))
_SECTION = ((0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 4), (44, 4), (48, 8), (56, 8))
_SYMBOL = ((0, 4), (4, 1), (5, 1), (6, 2), (8, 8), (16, 8))
_RELOCATION = ((0, 8), (8, 4), (12, 4))
_DYNAMIC = ((0, 8), (8, 8))
_INSTRUCTION = ((0, 1), (1, 1), (2, 2), (4, 4))
_TABLES = {2: _SYMBOL, 6: _DYNAMIC, 9: _RELOCATION, 11: _SYMBOL}  # by the type of a section
_EXECUTABLE = {"segment": 1, "section": 4}
_MAX_ENTRIES = 200  # of a table whose fields are changed


class Kind(IntEnum):
    """What an edit does."""

    FIELD = 0  # set a field to a value that is likely to matter
    NEIGHBOUR = 1  # add a small number to a field
    EXCHANGE = 2  # give a field the value of another one
    FLIP = 3  # change a bit
    CUT = 4  # end the file there
    REMOVE = 5
    REPEAT = 6
    SPLICE = 7  # bytes of another file over those of this one


@dataclass(frozen=True)
class Edit:
    """`place` and `value` choose by their remainders, so every number is good."""

    kind: Kind
    place: int
    value: int


@dataclass(frozen=True)
class Seed:
    """A good file."""

    name: str
    data: bytes

    @property
    def is_linked(self) -> bool:
        """Whether it is a whole program, as LiteSVM takes it."""
        return self.data[16:18] != b"\x01\0"

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every field of its headers, tables and instructions."""
        return tuple(field for field in self._fields() if sum(field) <= len(self.data))

    def _fields(self) -> Iterator[Field]:
        yield from _IDENTIFICATION
        yield from _HEADER
        segments, sections = struct.unpack_from("<QQ", self.data, 32)
        num_segments, num_sections = struct.unpack_from("<H2xH", self.data, 56)
        yield from _table(segments, num_segments, _SEGMENT)
        yield from _table(sections, num_sections, _SECTION)
        for number in range(num_sections):
            kind, flags, start, size = struct.unpack_from("<IQ8xQQ", self.data, sections + 64 * number + 4)
            layout = _INSTRUCTION if flags & _EXECUTABLE["section"] else _TABLES.get(kind, ())
            yield from _table(start, size // _size(layout), layout)
        for number in range(0 if num_sections else num_segments):
            flags, start, size = struct.unpack_from("<IQ16xQ", self.data, segments + 56 * number + 4)
            if flags & _EXECUTABLE["segment"]:
                yield from _table(start, size // _size(_INSTRUCTION), _INSTRUCTION)


def _size(layout: Sequence[Field]) -> int:
    return max((sum(field) for field in layout), default=1)


def _table(start: int, count: int, layout: Sequence[Field]) -> Iterator[Field]:
    for number in range(min(count, _MAX_ENTRIES)):
        for offset, size in layout:
            yield start + _size(layout) * number + offset, size


def damage(seed: Seed, edits: Sequence[Edit], others: Sequence[Seed]) -> bytes:
    """The file after the edits; pieces of the others may come into it."""
    data = bytearray(seed.data)
    for edit in edits:
        if not data:
            break
        _apply(data, edit, seed, others[edit.value % len(others)].data)
    return bytes(data)


def _apply(data: bytearray, edit: Edit, seed: Seed, other: bytes) -> None:
    place = edit.place % len(data)
    if edit.kind in (Kind.FIELD, Kind.NEIGHBOUR, Kind.EXCHANGE):
        offset, size = seed.fields[edit.place % len(seed.fields)]
        old = int.from_bytes(data[offset : offset + size], "little")
        if edit.kind is Kind.FIELD:
            values = _values(size, len(data))
            new = values[edit.value % len(values)]
        elif edit.kind is Kind.NEIGHBOUR:
            new = old + (-8, -1, 1, 8, 4, 64, 1 << 12, -(1 << 12))[edit.value % 8]
        else:
            start, length = seed.fields[edit.value % len(seed.fields)]
            new = int.from_bytes(data[start : start + length], "little")
        if offset + size <= len(data):
            data[offset : offset + size] = (new % (1 << 8 * size)).to_bytes(size, "little")
    elif edit.kind is Kind.FLIP:
        data[place] ^= 1 << edit.value % 8
    elif edit.kind is Kind.CUT:
        del data[place:]
    elif edit.kind is Kind.REMOVE:
        del data[place : place + 1 + edit.value % 64]
    elif edit.kind is Kind.REPEAT:
        data[place:place] = data[place : place + 1 + edit.value % 64]
    else:
        piece = other[place : place + 1 + edit.value % 128]
        data[place : place + len(piece)] = piece


def _values(size: int, length: int) -> tuple[int, ...]:
    """Values that bounds are compared with, for a field of `size` bytes in a file of `length`."""
    most = (1 << 8 * size) - 1
    ends = (length, length - 1, length - 8, length + 1, length // 8, length & ~7)
    sizes = (1 << 15, 1 << 16, 1 << 31, 1 << 32, 1 << 62, 1 << 63, most, most - 7, most >> 1)
    return (0, 1, 2, 3, 4, 5, 7, 8, 16, 24, 56, 64, 0x85, 0x18, 0x95, *ends, *sizes)


def random_edits(rng: random.Random) -> list[Edit]:
    """A few edits, most of them of fields."""
    kinds = rng.choices(tuple(Kind), weights=(8, 5, 3, 5, 1, 1, 1, 2), k=rng.choice((1, 1, 1, 2, 3, 6)))
    return [Edit(kind, rng.getrandbits(32), rng.getrandbits(32)) for kind in kinds]
