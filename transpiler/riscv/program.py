"""A loaded RISC-V program: what the loader gives to layout and lowering."""

from dataclasses import dataclass, field
from enum import Enum

from zisk_py.isa.rom import ImageSegment
from zisk_py.transpiler.riscv.decoder import HALF_BYTES


class Convention(Enum):
    """What a program expects around it; the value is the target that its rules name."""

    LINUX = "riscv"  # system calls, a stack and a heap of its own
    ZISK = "riscv-zisk"  # fixed places of RAM, input and output


@dataclass(frozen=True)
class Piece:
    """Bytes at an address, zeros behind them up to `size`, and what may be done with them."""

    address: int
    data: bytes
    size: int
    writable: bool
    executable: bool = False

    @property
    def end(self) -> int:
        """First address behind it."""
        return self.address + self.size

    @property
    def image(self) -> ImageSegment:
        """Its bytes as the ROM holds them."""
        return ImageSegment(self.address, self.data)


@dataclass(frozen=True)
class RiscvProgram:
    """Text and memory. `text` begins at `text_base` and has zeros where nothing is executable."""

    name: str
    convention: Convention
    text: bytes
    text_base: int  # even
    entry: int  # address
    pieces: tuple[Piece, ...]  # ascending, no two in one word; those that are not writable are whole
    symbols: dict[int, str] = field(default_factory=dict)  # address -> name of a function

    @property
    def num_slots(self) -> int:
        """Half-words of the text, each of which can be jumped to."""
        return len(self.text) // HALF_BYTES

    @property
    def writable_end(self) -> int:
        """First address behind what the program may write."""
        return max((piece.end for piece in self.pieces if piece.writable), default=0)

    def slot(self, address: int) -> int:
        """The slot of an address of the text."""
        return (address - self.text_base) // HALF_BYTES

    def address(self, slot: int) -> int:
        """The address of a slot."""
        return self.text_base + HALF_BYTES * slot
