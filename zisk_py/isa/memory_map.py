"""The map of memory: spaces, keys, regions, and program counters.

Every 8-byte word and every register has one key, a field element below 2^61 (arrangement notes 3 and
12.1): guest words, registers and hidden words have disjoint ranges of keys, chosen such that no guest
address can reach a register or a hidden word, not even modulo p.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

GUEST_KEY = 1 << 29  # key of the guest word at address 0; the word at address A has A / 8 more
REGISTER_KEY = 1 << 59  # key of register 0
HIDDEN_KEY = 1 << 60  # key of hidden word 0
NUM_REGISTERS = 64
NUM_INITIAL_REGISTERS = 16  # registers 0..15 start at values that the claim gives, others at 0
NUM_HIDDEN_WORDS = 1 << 16  # call frames and scratch, zero at the start
OUTPUT_WORD = 1 << 20  # number of the first hidden word of the output region: its length in bytes
MAX_OUTPUT_BYTES = 1 << 22
ENVIRONMENT_WORD = 1 << 21  # number of the first hidden word of the environment region
MAX_ENVIRONMENT_BYTES = 1 << 16
GUEST_ADDRESS_LIMIT = (1 << 48) - (
    1 << 32
)  # regions end below it; Main ranges 1 + (address >> 32) to 16 bits
MAX_REGIONS = 16

# Program counters. An instruction in slot s starts at 8*s and owns 8*s .. 8*s+7; rows that do not
# fit, shared routines and the two ends lie above, and never at a multiple of 8, so that a computed
# jump (8 * c) cannot name them.
EXIT_PC = (1 << 31) + 1
FAULT_PC = (1 << 31) + 2
ROUTINES_PC = (1 << 31) + 9

BUDGET_REGISTER = 11  # holds the claim's budget
DEPTH_REGISTER = 16  # first register that micro-code may use; see the front ends


class RegionKind(IntEnum):
    """How the words of a region start."""

    IMAGE = 0  # from the program's committed image
    ZERO = 1
    INPUT = 2  # from the input, public or private
    OUTPUT = 3  # zero; its final words are the public outputs
    REGISTERS = 4  # from the claim
    ENVIRONMENT = 5  # hidden words: the public environment of the claim


@dataclass(frozen=True, slots=True)
class Region:
    """A range of words with one rule for how they start and who may write them."""

    kind: RegionKind
    start: int  # key of the first word
    size: int  # bytes; the last word may be partial
    writable: bool
    gapped: bool = False  # sBPF v0 stack: every second 4096 bytes are a gap

    @property
    def num_words(self) -> int:
        """Words, the partial last one and those in gaps included."""
        return (self.size + 7) // 8

    @property
    def whole_attribute(self) -> int:
        """CHAIN attribute of a whole word: 0 read-only, 1 writable, 2 writable in a gapped region."""
        return 2 if self.gapped else int(self.writable)

    @property
    def last_attribute(self) -> int:
        """CHAIN attribute of the last word: that of a whole one, or 8 + 8*whole + valid bytes."""
        partial = self.size % 8
        return 8 + 8 * self.whole_attribute + partial if partial else self.whole_attribute

    @property
    def is_guest(self) -> bool:
        """Whether guest addresses reach the region."""
        return self.start < REGISTER_KEY

    @property
    def address(self) -> int:
        """Guest address of the first byte."""
        return 8 * (self.start - GUEST_KEY)


def is_continued(low: Region, high: Region) -> bool:
    """Whether accesses may cross from a region into the next one.

    They may between an image and zeros that touch, where both may be written: all their words are alike but
    for how they start.
    """
    return (
        low.start + low.num_words == high.start
        and {low.kind, high.kind} == {RegionKind.IMAGE, RegionKind.ZERO}
        and all(region.is_guest and region.writable and not region.gapped for region in (low, high))
        and low.size % 8 == 0
    )


def join_regions(regions: Iterable[Region]) -> tuple[Region, ...]:
    """The guest regions as accesses see them, ascending: those that continue each other are one image."""
    joined: list[Region] = []
    before: Region | None = None
    for region in regions:
        if not region.is_guest:
            continue
        if before is not None and is_continued(before, region):
            joined[-1] = replace(joined[-1], kind=RegionKind.IMAGE, size=joined[-1].size + region.size)
        else:
            joined.append(region)
        before = region
    return tuple(joined)


def guest_key(address: int) -> int:
    """Key of the word that holds the guest byte at `address`."""
    return GUEST_KEY + address // 8
