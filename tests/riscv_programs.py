"""RISC-V instructions for tests: random ones of a row, and words that another assembler made.

Programs are written in assembly: `zisk_py.transpiler.riscv.assembler`.
"""

import random
from pathlib import Path

from zisk_py.transpiler.riscv.compressed import CompressedEncoding, find_row
from zisk_py.transpiler.riscv.encodings import RESERVED_ROUNDING_MODES, Encoding

WORDS_FILE = Path(__file__).parent / "data" / "riscv" / "words.txt"


def sample_word(row: Encoding, rng: random.Random) -> int:
    """A word of that row whose fields are random."""
    fields = row.form.layout.fields
    word = row.match | rng.getrandbits(32) & ~row.mask
    while "rm" in fields and fields["rm"].extract(word) in RESERVED_ROUNDING_MODES:
        word = row.match | rng.getrandbits(32) & ~row.mask
    return word


def sample_half(row: CompressedEncoding, rng: random.Random) -> int:
    """A half-word of that row whose fields are random."""
    half = None
    while half is None or find_row(half) is not row:
        half = row.layout.match | rng.getrandbits(16) & ~row.layout.mask
    return half


def known_words() -> list[tuple[bytes, str]]:
    """Bytes that GNU as made, and their assembly."""
    lines = [line.split(" ", 1) for line in WORDS_FILE.read_text().splitlines() if not line.startswith("#")]
    return [(bytes.fromhex(digits)[::-1], text) for digits, text in lines]
