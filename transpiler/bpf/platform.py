"""What an eBPF program finds around it: helpers, further memory, and how it learns of its input.

RFC 9669 leaves all three to the platform. Here they are part of the program, so its id fixes them: helpers
are code that is proven with it, regions and modes stand in its rules and its image.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from zisk_py.errors import InputError

MAX_CONTENT = 1 << 26  # bytes of a region that does not start as zeros
_REGION = re.compile(r"(0[xX][0-9a-fA-F]+|\d+):(0[xX][0-9a-fA-F]+|\d+):(rw?)(?::(.+))?")


class RegionError(InputError):
    """A region of memory that cannot be."""


class Mode(Enum):
    """What r1 and r2 are at the start. The input itself is at 0x1000_0000 and writable in all modes."""

    MEMORY = "memory"  # r1: address of the input, 0 if it is empty; r2: its length in bytes
    XDP = "xdp"  # r1: address of a struct xdp_md
    SOCKET_FILTER = "socket-filter"  # r1: address of a struct __sk_buff


@dataclass(frozen=True, slots=True)
class PacketContext:
    """A structure that r1 points to: its size, and where numbers of 32 bits say where the packet is."""

    size: int
    starts: tuple[int, ...]  # offsets of the packet's address
    ends: tuple[int, ...]  # of the address behind it
    lengths: tuple[int, ...]  # of its length in bytes


# Linux, uapi/linux/bpf.h. All other fields are 0.
PACKET_CONTEXTS = {
    Mode.XDP: PacketContext(size=24, starts=(0, 8), ends=(4,), lengths=()),
    Mode.SOCKET_FILTER: PacketContext(size=192, starts=(76, 140), ends=(80,), lengths=(0, 160)),
}


@dataclass(frozen=True, slots=True)
class MemoryRegion:
    """`size` bytes at guest address `address`, a multiple of 8: first `data`, then zeros.

    An access outside all regions, or a store to one that is not writable, is a fault that is proven.
    """

    address: int
    size: int
    writable: bool = False
    data: bytes = b""

    def __post_init__(self) -> None:
        """Raise RegionError where the sizes do not fit."""
        where = f"the region at {self.address:#x}"
        if self.size < 1:
            raise RegionError(f"{where} has {self.size} bytes; give it one or more")
        if len(self.data) > self.size:
            raise RegionError(f"{where} has {self.size} bytes, its content has more")
        if self.data and self.size > MAX_CONTENT:
            raise RegionError(f"{where} has {self.size} bytes; with content it may have {MAX_CONTENT}")

    @staticmethod
    def parse(text: str) -> "MemoryRegion":
        """Read `ADDR:SIZE:r` or `:rw`, with `:FILE` for the content. Raises InputError."""
        match = _REGION.fullmatch(text)
        if match is None:
            raise RegionError(f"the region {text!r} is not of the form ADDR:SIZE:r|rw[:FILE]")
        address, size, data = int(match[1], 0), int(match[2], 0), b""
        if match[4] is not None:
            try:
                with Path(match[4]).open("rb") as file:
                    data = file.read(min(size, MAX_CONTENT) + 1)  # one too many, to see that there are more
            except OSError as error:
                raise RegionError(f"cannot read {match[4]}: {error.strerror}") from error
        return MemoryRegion(address, size, match[3] == "rw", data)


@dataclass(frozen=True)
class Platform:
    """Helpers by their number, as eBPF assembly; further regions; and the mode."""

    helpers: Mapping[int, str] = field(default_factory=dict)
    regions: tuple[MemoryRegion, ...] = ()
    mode: Mode = Mode.MEMORY

    @property
    def context(self) -> PacketContext | None:
        """The structure that r1 points to, if the mode has one."""
        return PACKET_CONTEXTS.get(self.mode)


PLAIN = Platform()
