"""Edits of a proof field by field, so that a fuzzer gets behind the first check that everything else fails.

Most of a proof is hashes and numbers that no fuzzer guesses. An input is a list of edits of an honest proof,
each (kind, place, other, value); places count the fields that the verifier's own reader reads.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from unittest.mock import patch

from zisk_py.field.goldilocks import P
from zisk_py.stark.proof import Reader

EDIT = struct.Struct("<BHHQ")
KINDS = 8
MAX_EDITS = 64
MAX_GROWN = 1 << 20  # bytes of a piece that another may still be appended to
NUMBERS = (0, 1, P - 1, P, (1 << 64) - 1)  # what a field element may just be or not be


@dataclass(frozen=True)
class Pieces:
    """A proof cut where its fields begin and end. `lengths`: the piece with a length, and those it counts."""

    honest: tuple[bytes, ...]
    lengths: tuple[tuple[int, range], ...]

    def edited(self, edits: bytes, *, mend: bool) -> bytes:
        """The proof after all edits; `mend` makes the lengths right again, so that what follows is read."""
        pieces = list(self.honest)
        for number in range(min(len(edits) // EDIT.size, MAX_EDITS)):
            edit(pieces, *EDIT.unpack_from(edits, EDIT.size * number))
        for place, counted in self.lengths if mend else ():
            pieces[place] = sum(len(pieces[i]) for i in counted).to_bytes(4, "little")
        return b"".join(pieces)


def edit(pieces: list[bytes], kind: int, place: int, other: int, value: int) -> None:
    """Change one piece: a number, a bit, its length, or against another piece."""
    place, another = place % len(pieces), other % len(pieces)
    piece = pieces[place]
    word = 8 * (other % max(1, len(piece) // 8))  # where a number of the piece begins
    match kind % KINDS:
        case 0:
            pieces[place] = overwritten(piece, word, value)
        case 1:
            pieces[place] = overwritten(piece, word, NUMBERS[value % len(NUMBERS)])
        case 2 if piece:
            bit = value % (8 * len(piece))
            pieces[place] = (int.from_bytes(piece, "little") ^ 1 << bit).to_bytes(len(piece), "little")
        case 3:
            pieces[place] = piece[: value % (len(piece) + 1)]
        case 4:
            pieces[place] = piece + value.to_bytes(8, "little")[: 1 + other % 8]
        case 5:
            pieces[place] = pieces[another]
        case 6 if len(piece) < MAX_GROWN:
            pieces[place] = piece + pieces[another]
        case 7:
            pieces[place], pieces[another] = pieces[another], piece


def overwritten(piece: bytes, place: int, value: int) -> bytes:
    """The piece, of the same length, with a number in it."""
    number = value.to_bytes(8, "little")[: len(piece) - place]
    return piece[:place] + number + piece[place + len(number) :]


def cut(data: bytes, read: Callable[[bytes], object]) -> Pieces:
    """Cut a proof at all places where `read` begins or ends to read something."""
    marks, bodies, lengths = {0, len(data)}, [], []
    honest = Reader._advance

    def listen(self: Reader, size: int, what: str) -> int:
        begin = honest(self, size, what)
        base = data.index(self._data)  # a body is read by a reader of its own, and so are its openings
        marks.update((base + begin, base + begin + size))
        if what == "the length of a body":
            lengths.append(base + begin)
        elif what == "a body":
            bodies.append((base + begin, base + begin + size))
        return begin

    with patch.object(Reader, "_advance", listen):
        read(data)
    places = sorted(marks)
    number = {mark: i for i, mark in enumerate(places)}
    counted = [range(number[begin], number[end]) for begin, end in bodies]
    return Pieces(
        tuple(data[begin:end] for begin, end in pairwise(places)),
        tuple((number[place], pieces) for place, pieces in zip(lengths, counted, strict=True)),
    )


def seeds(choices: int) -> Iterator[bytes]:
    """Inputs to start from: the first byte chooses a proof, then an edit of each kind."""
    for choice in range(choices):
        for kind in range(KINDS):
            yield bytes([choice]) + EDIT.pack(kind, 17 * kind, 3, 1 << kind)
