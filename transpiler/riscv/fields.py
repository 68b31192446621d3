"""Where the fields of an instruction stand in its bits, written as the manual draws them.

A pattern has a character per bit, the highest first: 0 and 1 are fixed, `.` is fixed by the row that has the
pattern, a letter belongs to a field. The bits of an immediate are listed in the same order: 12|10:5|4:1|11.
"""

from dataclasses import dataclass
from itertools import groupby

FIELDS_OF_LETTER = {
    "d": ("rd",),
    "s": ("rs1",),
    "b": ("rd", "rs1"),  # both are the same register
    "t": ("rs2",),
    "u": ("rs3",),
    "i": ("imm",),
    "c": ("csr",),
    "r": ("rm",),
    "a": ("aq",),
    "l": ("rl",),
}
SHORT_REGISTER_BITS = 3
FIRST_SHORT_REGISTER = 8  # 3 bits name x8 to x15


@dataclass(frozen=True, slots=True)
class BitField:
    """A number that is scattered over a word: pieces of (shift in the word, mask, shift in the number)."""

    pieces: tuple[tuple[int, int, int], ...]
    sign: int = 0  # weight of the sign bit; 0 where the number is unsigned
    bias: int = 0

    def extract(self, word: int) -> int:
        """The number in a word."""
        value = 0
        for shift, mask, target in self.pieces:
            value |= (word >> shift & mask) << target
        return (value ^ self.sign) - self.sign + self.bias

    def insert(self, value: int) -> int:
        """The word that has the number and else zeros. Raises ValueError for one that it cannot hold."""
        word = 0
        for shift, mask, target in self.pieces:
            word |= (value - self.bias >> target & mask) << shift
        if self.extract(word) != value:
            raise ValueError(f"{value} does not fit its field")
        return word


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a pattern, and its fixed bits."""

    fields: dict[str, BitField]
    mask: int  # bits that no field has
    match: int  # what the pattern itself says of them

    def extract(self, word: int) -> dict[str, int]:
        """Field -> number in a word."""
        return {name: field.extract(word) for name, field in self.fields.items()}


def parse_layout(pattern: str, imm: str = "", is_signed: bool = False) -> Layout:
    """The layout of a pattern of 16 or 32 characters (spaces do not count) and of its immediate's bits."""
    bits = pattern.replace(" ", "")
    fields, mask, match = {}, 0, 0
    for letter in sorted(set(bits)):
        places = [len(bits) - 1 - i for i, character in enumerate(bits) if character == letter]
        if letter in "01.":
            mask |= sum(1 << place for place in places)
            match |= sum(1 << place for place in places if letter == "1")
            continue
        numbers = _list_bits(imm) if letter == "i" else list(range(len(places)))[::-1]
        is_register = letter in "dsbt"
        field = BitField(
            _join(places, numbers),
            1 << max(numbers) if letter == "i" and is_signed else 0,
            FIRST_SHORT_REGISTER if is_register and len(places) == SHORT_REGISTER_BITS else 0,
        )
        for name in FIELDS_OF_LETTER[letter]:
            fields[name] = field
    return Layout(fields, mask, match)


def _list_bits(text: str) -> list[int]:
    """12|10:5 -> 12, 10, 9, 8, 7, 6, 5."""
    bits: list[int] = []
    for part in text.split("|"):
        first, last = (part.split(":") * 2)[:2]
        bits += range(int(first), int(last) - 1, -1)
    return bits


def _join(places: list[int], numbers: list[int]) -> tuple[tuple[int, int, int], ...]:
    """Pieces of neighbouring bits, from pairs of a bit of the word and a bit of the number."""
    pairs = sorted(zip(places, numbers, strict=True))
    pieces = []
    for _, group in groupby(enumerate(pairs), key=lambda item: (item[1][0] - item[0], item[1][1] - item[0])):
        run = [pair for _, pair in group]
        pieces.append((run[0][0], (1 << len(run)) - 1, run[0][1]))
    return tuple(pieces)
