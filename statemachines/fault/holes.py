"""The holes between the regions: where a guest access must trap. The verifier sends them (standard library).

HOLE is (kind, is_gap, low0, low1, top0, top1), 32-bit halves, the low one first. An access of n bytes at A
lies in a hole between two regions if A + n > low and A <= top: it ends behind the region below, and begins
before the one above. Regions that may not be stored to are holes for stores. The gaps of a gapped region are
one more hole: A lies in it if low <= A <= top and bit 12 of A - low is 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.memory_map import Region, join_regions

TOP = (1 << 64) - 1
GAP_BIT = 1 << 12  # of the distance from the region's start


@dataclass(frozen=True, slots=True)
class Hole:
    """Where accesses of one kind trap."""

    kind: FaultKind
    is_gap: bool
    low: int
    top: int

    def contains(self, address: int, width: int) -> bool:
        """Whether an access of `width` bytes at `address` lies in the hole."""
        if self.is_gap:
            return self.low <= address <= self.top and bool((address - self.low) & GAP_BIT)
        return address + width > self.low and address <= self.top

    @property
    def message(self) -> tuple[int, ...]:
        """The tuple on the bus HOLE."""
        return (
            int(self.kind),
            int(self.is_gap),
            self.low & 0xFFFFFFFF,
            self.low >> 32,
            self.top & 0xFFFFFFFF,
            self.top >> 32,
        )


def holes(regions: Sequence[Region]) -> list[Hole]:
    """All holes of a run, for loads and then for stores; `regions` in ascending order of keys."""
    found = []
    for kind in (FaultKind.LOAD_VIOLATION, FaultKind.STORE_VIOLATION):
        legal = [r for r in join_regions(regions) if r.writable or kind is FaultKind.LOAD_VIOLATION]
        low = 0
        for region in legal:
            if region.address:
                found.append(Hole(kind, False, low, region.address - 1))
            low = region.address + region.size
        found.append(Hole(kind, False, low, TOP))
        found += [Hole(kind, True, r.address, r.address + r.size - 1) for r in legal if r.gapped]
    return found


def hole_messages(regions: Sequence[Region]) -> list[tuple[int, ...]]:
    """The tuples on the bus HOLE, in order; each may be used any number of times."""
    return [hole.message for hole in holes(regions)]
