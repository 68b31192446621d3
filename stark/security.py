"""How many bits of security a proof has, proven, computed from its actual shape.

Round by round: for every message of the verifier, the probability that a false statement becomes a true one
there. A Fiat-Shamir proof is as strong as its weakest round, since each attempt at a round costs the attacker
a hash; the rounds of different segments are different rounds. Only what (alpha, beta) decides is one event
for all segments together.

Two regimes. "unique": up to half the minimum distance; every word is near one codeword at most. "johnson": up
to the Johnson radius, with lists of L codewords. Both rest on Ben-Sasson, Carmon, Haboeck, Kopparty and
Saraf, "On proximity gaps for Reed-Solomon codes", eprint 2025/2055 (theorems 1.3 and 4.2). No conjecture is
used.

Height classes are folded separately at shared positions. A class of lower height is the polynomial f(X^k) on
the largest domain, so all columns of a segment together are one interleaved word there and its list is L as
well. Commit errors are added up over the classes.

The bus is the one place where a list would multiply over segments: with L candidates for each segment, L^S
sums could come out as zero. So each stage 1 is bound to one candidate before alpha and beta are drawn: its
columns are opened at a random point omega, which no two of L candidates pass together, except with
probability L^2/2 * N/|K| (as in the out-of-domain samples of STIR, eprint 2024/390).
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, log2, sqrt

from zisk_py.field.extension import DEGREE
from zisk_py.field.goldilocks import P
from zisk_py.stark.options import LOG_ARITY, LOG_BLOWUP, MAX_DEGREE, Options

FIELD = P**DEGREE
HASH_BITS = 128.0  # collisions of a 256-bit digest
POINTS = 2  # rows that a constraint reads: the current and the next
MULTIPLICITIES = range(3, 400)  # m of the Johnson regime; the best one is taken


@dataclass(frozen=True, slots=True)
class ClassShape:
    """A height class: its log height, the pairs (column, point) opened in it, and the heights' blowup."""

    log_height: int
    openings: int


@dataclass(frozen=True, slots=True)
class SegmentShape:
    """What the bits of a segment depend on."""

    classes: tuple[ClassShape, ...]
    constraints: int  # of all instances
    log_heights: tuple[int, ...]  # of all instances


@dataclass(frozen=True, slots=True)
class BusShape:
    """What the shared challenge is exposed to: terms of all segments, and the widest message."""

    terms: int
    width: int  # the number of the bus included


@dataclass(frozen=True, slots=True)
class Regime:
    """How far words are decoded, how long the lists are, and the error of correlated agreement."""

    name: str
    theta: float
    lists: float
    slope: float  # of the error, per point of the domain
    constant: float

    def agreement_error(self, size: float) -> float:
        """|K| times the probability that a combination of words is near the code though they are not."""
        return self.slope * size + self.constant


@dataclass(frozen=True, slots=True)
class Bits:
    """Bits per round in one regime; `rounds` maps the round's name to its bits."""

    regime: str
    rounds: Mapping[str, float]

    @property
    def total(self) -> float:
        """The bits of the weakest round."""
        return min(self.rounds.values())

    @property
    def weakest(self) -> str:
        """The name of the weakest round."""
        return min(self.rounds, key=lambda name: self.rounds[name])


@dataclass(frozen=True, slots=True)
class SecurityReport:
    """The bits of a proof in each regime."""

    johnson: Bits
    unique: Bits

    @property
    def total(self) -> float:
        """The bits that are proven: both regimes are, so the better one counts."""
        return max(self.johnson.total, self.unique.total)


def unique_decoding(rho: float) -> Regime:
    """Half the minimum distance: theta = (1 - rho)/2, error (theta*n + 1)/|K|."""
    theta = (1 - rho) / 2
    return Regime("unique", theta, lists=1, slope=theta, constant=1)


def johnson(rho: float, m: int) -> Regime:
    """The Johnson regime with multiplicity m: theta = 1 - sqrt(rho)*(1 + 1/(2m)), L = (m + 1/2)/sqrt(rho)."""
    root, half = sqrt(rho), m + 0.5
    theta = 1 - root - root / (2 * m)
    # [(2*(m+1/2)^5 + 3*(m+1/2)*theta*rho) / (3*rho^1.5)] * n + (m+1/2)/sqrt(rho)
    slope = (2 * half**5 + 3 * half * theta * rho) / (3 * rho * root)
    return Regime("johnson", theta, lists=half / root, slope=slope, constant=half / root)


def estimate(
    segments: Iterable[SegmentShape], bus: BusShape, options: Options, log_blowup: int = LOG_BLOWUP
) -> SecurityReport:
    """The security of a proof of these segments."""
    shapes = list(dict.fromkeys(segments))  # segments of equal shape have equal bits
    rho = 0.5**log_blowup

    def at(m: int) -> Bits:
        return _rounds(johnson(rho, m), shapes, bus, options, log_blowup)

    # As m grows the queries gain bits and all other rounds lose some, so the best m is where they meet.
    meeting = bisect_left(MULTIPLICITIES, True, key=lambda m: at(m).weakest != "queries")
    near = MULTIPLICITIES[max(0, meeting - 1) : meeting + 1]
    best = max((at(m) for m in near), key=lambda bits: bits.total)
    return SecurityReport(best, _rounds(unique_decoding(rho), shapes, bus, options, log_blowup))


def _rounds(
    regime: Regime, shapes: Sequence[SegmentShape], bus: BusShape, options: Options, log_blowup: int
) -> Bits:
    """The minimum of each round over the segments."""
    rounds = {
        "hash": HASH_BITS,
        "bus": _bits(bus.terms * (bus.width + 2)),
        # Draws of a segment's queries: (1 - theta)^q, after work
        "queries": -options.queries * log2(1 - regime.theta) + options.grinding_bits,
    }
    for shape in shapes:
        for name, error in _segment(regime, shape, log_blowup).items():
            rounds[name] = min(rounds.get(name, inf), _bits(error))
    return Bits(regime.name, rounds)


def _segment(regime: Regime, shape: SegmentShape, log_blowup: int) -> Mapping[str, float]:
    """The error of each round of a segment, times |K|."""
    size = {c: float(1 << (c.log_height + log_blowup)) for c in shape.classes}
    heights = [1 << log_height for log_height in shape.log_heights]
    return {
        "binding": regime.lists**2 / 2 * max(heights),
        "constraints": regime.lists * shape.constraints,
        # a false identity of degree D*(N + w - 1) + N - 1 at a random point; |K| - N - n is |K| at this
        # precision
        "out of domain": regime.lists * sum(MAX_DEGREE * (n + POINTS - 1) + n - 1 for n in heights),
        "batching": sum(regime.agreement_error(size[c]) * (c.openings - 1) for c in shape.classes),
        # bounded by the first fold: later ones are of smaller domains
        "folding": sum(regime.agreement_error(size[c]) * (1 << LOG_ARITY) for c in shape.classes),
    }


def _bits(error: float) -> float:
    """-log2(error / |K|); no bound where there is no error."""
    return log2(FIELD) - log2(error) if error > 0 else inf
