"""The ROM: a transpiled program. Rows, initial image, rules; saved and loaded as `.zrom`.

Format, little-endian: magic "ZROM", u32 version, then four sections, each a u64 length and its bytes:
rules (canonical JSON), rows (12 u64 each, in the order of ROM_COLUMNS), image (per segment u64 address,
u64 length, bytes padded with zeros to a multiple of 8), debug (JSON; not part of the program's id). No byte
may follow.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zisk_py.errors import InputError
from zisk_py.field.goldilocks import P
from zisk_py.isa.instruction import Flag, Instruction, Operand, Source, Store
from zisk_py.isa.operations import OPERATIONS
from zisk_py.isa.rules import Rules

MAGIC = b"ZROM"
VERSION = 1

# The fields of a row, in the order of the message on the ROM bus. Negative numbers are field negatives.
ROM_COLUMNS = (
    "pc",
    "op",
    "a_lo",  # low half of the immediate, or the key
    "a_hi",
    "b_lo",
    "b_hi",
    "store_key",
    "offset",
    "width",
    "j1",
    "j2",
    "flags",
)


@dataclass(frozen=True, slots=True)
class ImageSegment:
    """Initial bytes of an image region, from its first byte on; the rest of the region is zero."""

    address: int
    data: bytes


@dataclass(frozen=True)
class Rom:
    """A program in ROM form; `rows` is (rows, 12) uint64, ascending in pc, one row per pc."""

    rows: NDArray[np.uint64]
    image: tuple[ImageSegment, ...]
    rules: Rules
    debug: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def from_instructions(
        instructions: Sequence[Instruction],
        image: Sequence[ImageSegment],
        rules: Rules,
        debug: dict[str, Any] | None = None,
    ) -> "Rom":
        """Encode instructions. Raises InputError if two rows share a pc."""
        rows = np.array(
            [encode(i) for i in sorted(instructions, key=lambda i: i.pc)],
            dtype=np.uint64,
        )
        if len(rows) == 0 or (rows[1:, 0] == rows[:-1, 0]).any():
            raise InputError("the ROM is empty or has two rows with one pc")
        return Rom(rows, tuple(image), rules, debug or {})

    def instruction(self, row: int) -> Instruction:
        """Decode a row, for people and for the reference emulator."""
        return decode([int(value) for value in self.rows[row]])

    def to_bytes(self) -> bytes:
        """The `.zrom` file."""
        image = b"".join(
            struct.pack("<QQ", s.address, len(s.data)) + s.data + bytes(-len(s.data) % 8) for s in self.image
        )
        sections = (
            self.rules.to_json().encode(),
            self.rows.astype("<u8").tobytes(),
            image,
            _canonical(self.debug),
        )
        return (
            MAGIC
            + struct.pack("<I", VERSION)
            + b"".join(struct.pack("<Q", len(section)) + section for section in sections)
        )

    @staticmethod
    def from_bytes(data: bytes, name: str = "the file") -> "Rom":
        """Read a `.zrom`. Raises InputError on anything that `to_bytes` does not write."""
        if data[:4] != MAGIC:
            raise InputError(f"{name} is not a .zrom file")
        if len(data) < 8 or (version := struct.unpack_from("<I", data, 4)[0]) != VERSION:
            found = version if len(data) >= 8 else "none"
            raise InputError(
                f"{name} has .zrom version {found}, this zisk-py reads version {VERSION}; build it again"
            )
        sections, position = [], 8
        for _ in range(4):
            if len(data) - position < 8:
                raise InputError(f"{name} is truncated")
            (length,) = struct.unpack_from("<Q", data, position)
            position += 8
            if length > len(data) - position:
                raise InputError(f"{name} is truncated")
            sections.append(data[position : position + length])
            position += length
        if position != len(data):
            raise InputError(f"{name} has {len(data) - position} bytes after its end")
        rules_text, row_bytes, image_bytes, debug_text = sections
        if not row_bytes or len(row_bytes) % (8 * len(ROM_COLUMNS)):
            raise InputError(f"{name} has an incomplete table of rows")
        rows = np.frombuffer(row_bytes, dtype="<u8").astype(np.uint64).reshape(-1, len(ROM_COLUMNS))
        if (rows >= np.uint64(P)).any() or (rows[1:, 0] <= rows[:-1, 0]).any():
            raise InputError(f"{name} has rows that are not canonical or not in order")
        try:
            rules = Rules.from_json(rules_text.decode())
            debug = json.loads(debug_text)
            is_canonical = isinstance(debug, dict) and _canonical(debug) == debug_text
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name} has a section that is not text: {error}") from error
        if not is_canonical:
            raise InputError(f"{name} has a debug section that is not an object in canonical form")
        return Rom(rows, _read_image(image_bytes, name), rules, debug)

    def save(self, path: Path) -> None:
        """Write the `.zrom`; it appears complete or not at all."""
        from zisk_py.files import write_atomically

        write_atomically(path, self.to_bytes())

    @staticmethod
    def load(path: Path) -> "Rom":
        """Read a `.zrom` file."""
        return Rom.from_bytes(path.read_bytes(), str(path))


def _canonical(debug: dict[str, Any]) -> bytes:
    return json.dumps(debug, sort_keys=True, separators=(",", ":")).encode()


def _read_image(data: bytes, name: str) -> tuple[ImageSegment, ...]:
    segments, position = [], 0
    while position < len(data):
        if len(data) - position < 16:
            raise InputError(f"{name} has a truncated image")
        address, length = struct.unpack_from("<QQ", data, position)
        position += 16
        padded = length + -length % 8
        if padded > len(data) - position or any(data[position + length : position + padded]):
            raise InputError(f"{name} has a truncated or unpadded image")
        segments.append(ImageSegment(address, data[position : position + length]))
        position += padded
    return tuple(segments)


def encode(instruction: Instruction) -> tuple[int, ...]:
    """The row of an instruction: field elements in the order of ROM_COLUMNS."""
    i = instruction
    return (
        i.pc,
        i.op.code,
        *_halves(i.a),
        *_halves(i.b),
        i.store_key if i.store is Store.KEYED else 0,
        i.offset % P if i.is_indirect else 0,
        i.width if i.is_indirect else 0,
        i.j1 % P,
        i.j2 % P,
        int(i.flags),
    )


def decode(row: Sequence[int]) -> Instruction:
    """The instruction of a row; the inverse of `encode`."""
    pc, op, a_lo, a_hi, b_lo, b_hi, store_key, offset, width, j1, j2, word = row
    flags = Flag(word)
    store = Store.NONE
    if flags & Flag.STORE_KEYED:
        store = Store.KEYED
    elif flags & Flag.STORE_INDIRECT:
        store = Store.INDIRECT
    return Instruction(
        pc=pc,
        op=OPERATIONS.by_code(op),
        a=_operand(flags, a_lo, a_hi, Flag.A_IMMEDIATE, Flag.A_KEYED),
        b=_operand(flags, b_lo, b_hi, Flag.B_IMMEDIATE, Flag.B_KEYED),
        store=store,
        store_key=store_key,
        offset=signed(offset),
        width=width or 8,
        guest=bool(flags & Flag.GUEST) or not flags & (Flag.B_INDIRECT | Flag.STORE_INDIRECT),
        set_pc=bool(flags & Flag.SET_PC),
        cost=bool(flags & Flag.COST),
        charge=bool(flags & Flag.CHARGE),
        j1=signed(j1),
        j2=signed(j2),
    )


def signed(element: int) -> int:
    """The integer in (-p/2, p/2) that a field element stands for."""
    return element - P if element > P // 2 else element


def _halves(operand: Operand) -> tuple[int, int]:
    if operand.source is Source.KEYED:
        return operand.value, 0
    if operand.source is Source.IMMEDIATE:
        return operand.value & 0xFFFFFFFF, operand.value >> 32
    return 0, 0


def _operand(flags: Flag, lo: int, hi: int, is_immediate: Flag, is_keyed: Flag) -> Operand:
    if flags & is_immediate:
        return Operand(Source.IMMEDIATE, lo | hi << 32)
    if flags & is_keyed:
        return Operand(Source.KEYED, lo)
    if is_immediate is Flag.B_IMMEDIATE and flags & Flag.B_INDIRECT:
        return Operand(Source.INDIRECT)
    if is_immediate is Flag.B_IMMEDIATE and flags & Flag.B_UNITS:
        return Operand(Source.UNITS)
    return Operand(Source.LAST_C)
