"""Text of a RISC-V program to instructions, as hardware fetches them: at any address that is even."""

from zisk_py.transpiler.riscv.compressed import expand
from zisk_py.transpiler.riscv.encodings import Instruction, decode

HALF_BYTES, WORD_BYTES = 2, 4
FULL_LENGTH = 3  # both low bits of an instruction of 32 bits


def decode_at(text: bytes, offset: int, address: int) -> Instruction | None:
    """The instruction `offset` bytes into the text; None where there is none, or only its beginning."""
    half = text[offset : offset + HALF_BYTES]
    if len(half) < HALF_BYTES:
        return None
    if half[0] & FULL_LENGTH != FULL_LENGTH:
        return expand(int.from_bytes(half, "little"), address)
    word = text[offset : offset + WORD_BYTES]
    return decode(int.from_bytes(word, "little"), address) if len(word) == WORD_BYTES else None


def decode_text(text: bytes, base: int) -> list[Instruction | None]:
    """The instruction at every half-word of a text that lies at `base`: each may be jumped to."""
    return [decode_at(text, offset, base + offset) for offset in range(0, len(text), HALF_BYTES)]
