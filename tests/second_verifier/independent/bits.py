"""Soundness (section 10): the bits of a proof by its shapes and its profile."""

from collections.abc import Iterable, Sequence
from math import inf, log2, sqrt
from typing import NamedTuple

from .field import P
from .layout import Layout
from .proof_file import Profile

RHO = 0.5
FIELD_BITS = 3 * log2(P)
HASH_BITS = 128.0
LARGEST_ARITY = 8


class Regime(NamedTuple):
    """A regime: radius, list size, and the error of correlated agreement as slope * n + offset."""

    theta: float
    list_size: float
    slope: float
    offset: float


class SegmentSize(NamedTuple):
    """What the bits of a segment depend on; classes are pairs of a domain's size and its openings."""

    largest: int
    outputs: int
    degrees: int
    classes: tuple[tuple[int, int], ...]


def unique_regime() -> Regime:
    """Unique decoding."""
    theta = (1 - RHO) / 2
    return Regime(theta, 1.0, theta, 1.0)


def johnson_regime(m: int) -> Regime:
    """The Johnson regime with a parameter m."""
    theta = 1 - sqrt(RHO) * (1 + 1 / (2 * m))
    half = m + 0.5
    slope = (2 * half**5 + 3 * half * theta * RHO) / (3 * RHO**1.5)
    return Regime(theta, half / sqrt(RHO), slope, half / sqrt(RHO))


def size_of(layout: Layout) -> SegmentSize:
    """The size of a segment."""
    heights = [1 << log_height for log_height in layout.log_heights]
    openings = dict.fromkeys(layout.classes, 0)
    for member in layout.members:
        openings[member.log_size] += member.openings
    return SegmentSize(
        largest=max(heights),
        outputs=sum(len(member.shape.program.outputs) for member in layout.members),
        degrees=sum(3 * (height + 1) + height - 1 for height in heights),
        classes=tuple((1 << log_size, count) for log_size, count in openings.items()),
    )


def terms_of(layouts: Iterable[Layout], messages: int) -> int:
    """The number of fractions that the bus adds up."""
    rows = (
        len(member.shape.air.interactions) << member.instance.log_height
        for layout in layouts
        for member in layout.members
    )
    return messages + sum(rows)


def segment_bits(regime: Regime, size: SegmentSize) -> dict[str, float]:
    """The bits of the rounds of a segment, all but the queries."""
    batching = sum((regime.slope * n + regime.offset) * (openings - 1) for n, openings in size.classes)
    folding = sum((regime.slope * n + regime.offset) * LARGEST_ARITY for n, _ in size.classes)
    errors = {
        "binding": regime.list_size**2 / 2 * size.largest,
        "constraints": regime.list_size * size.outputs,
        "out of domain": regime.list_size * size.degrees,
        "batching": batching,
        "folding": folding,
    }
    return {name: FIELD_BITS - log2(error) if error else inf for name, error in errors.items()}


def query_bits(regime: Regime, profile: Profile) -> float:
    """The bits of the queries."""
    return -profile.queries * log2(1 - regime.theta) + profile.work


def bus_bits(terms: int, width: int) -> float:
    """The bits of the bus."""
    return FIELD_BITS - log2(terms * (width + 3))


def proof_bits(profile: Profile, layouts: Sequence[Layout], messages: int, width: int) -> float:
    """The bits of a proof: those of its weakest round, in its better regime."""
    sizes = set(map(size_of, layouts))
    shared = min(HASH_BITS, bus_bits(terms_of(layouts, messages), width))
    regimes = [unique_regime(), *map(johnson_regime, range(3, 400))]
    return max(min(shared, query_bits(regime, profile), _weakest(regime, sizes)) for regime in regimes)


def _weakest(regime: Regime, sizes: Iterable[SegmentSize]) -> float:
    """The bits of the weakest round of all segments, queries aside."""
    return min(bits for size in sizes for bits in segment_bits(regime, size).values())
