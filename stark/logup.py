"""LogUp: how the interactions of an air become columns and constraints, for prover and verifier.

A message with multiplicity m adds m / d to a sum over the whole run, where d is the message's fingerprint

    d = alpha + (bus + 1)*beta^W - value_0 - beta*value_1 - beta^2*value_2 - ...

and W is the width of the widest message of the system. The bus has a power of beta for itself, so two
different (bus, values) have different fingerprints as polynomials in alpha and beta, and by partial fractions
the sum over all messages is zero for random (alpha, beta) only if the multiplicities of each tuple cancel
(Haboeck, "Multivariate lookups based on logarithmic derivatives", eprint 2022/1530).

The interactions of an air are put into groups so that no constraint exceeds degree 3. Every group but the
last has a column f of elements of K with f * prod d_i = sum m_i * prod_(j != i) d_j. The last column is the
running sum acc; it takes the last group itself. With T the total of the instance and N its height,

    (acc' - acc - sum f + T/N) * prod d_i = sum m_i * prod_(j != i) d_j          on every row, cyclically.

Added over all rows acc' - acc cancels, which leaves T equal to the sum of all fractions. Where acc starts
does not matter, as only differences occur, so no constraint pins its first row. If a fingerprint is zero on
some row, its fraction is free; the probability of that is part of the LogUp error of
`zisk_py.stark.security`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from zisk_py.field.extension import ZERO, Element, add, batch_inverse, powers, scale, sub, total
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import Air, Interaction, NodeKind, System
from zisk_py.stark.challenges import Challenges, late_nodes
from zisk_py.stark.errors import MessageRefused, SystemRefused
from zisk_py.stark.options import MAX_DEGREE
from zisk_py.stark.program import CHALLENGE, STAGE2, Builder, Program, degrees

TERMINAL_SHARE = 0  # of an instance's challenges; then beta^1 .. beta^(W-1), an offset per bus, the author's


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the verifier itself: `multiplicity` (may be negative) times `values` on `bus`."""

    bus: int
    values: tuple[int, ...]
    multiplicity: int


@dataclass(frozen=True, slots=True)
class Buses:
    """The buses of a system with the number of values of their messages, ascending in bus."""

    widths: tuple[tuple[int, int], ...]

    @property
    def width(self) -> int:
        """W: the width of the widest message of all."""
        return max((width for _, width in self.widths), default=1)

    def offset_index(self, bus: int) -> int:
        """Which challenge of an instance is alpha + (bus + 1)*beta^W."""
        return self.width + [number for number, _ in self.widths].index(bus)

    @property
    def first_own(self) -> int:
        """Which challenge of an instance is the first of the author's."""
        return self.width + len(self.widths)


def buses_of(system: System) -> Buses:
    """The buses of a system. Raises SystemRefused if a bus has messages of different widths."""
    widths: dict[int, int] = {}
    senders = [(f"air {air.name}", air.interactions) for air in system.airs]
    for sender, interactions in (*senders, ("the proof as a whole", system.globals.interactions)):
        for interaction in interactions:
            bus, width = interaction.bus, len(interaction.values)
            if not 0 <= bus < P - 1 or width == 0 or widths.setdefault(bus, width) != width:
                raise SystemRefused(
                    f"{sender} sends {width} values on bus {bus}, which carries "
                    f"{widths.get(bus, 'no')} values; give all messages of a bus the same number of values"
                )
    return Buses(tuple(sorted(widths.items())))


@dataclass(frozen=True, slots=True)
class Reduction:
    """An air with its interactions reduced.

    constraints: outputs are the air's constraints, then one per group; all are zero on every row.
    denominators: one output per group. Its inverses stand in for stage 2 when `fractions` is run:
    fractions: one output per group but the last, its column f; then the sum of the row's fractions.
    columns: how many columns of elements of K the buses add to stage 2, which is the number of groups. They
    stand behind the author's.
    """

    constraints: Program
    denominators: Program
    fractions: Program
    columns: int


def reduce_interactions(air: Air, buses: Buses) -> Reduction:
    """Build the programs of an air. Raises SystemRefused where a degree is above 3."""
    nodes = late_nodes(air, buses.first_own)
    degree = degrees(nodes)
    for constraint in air.constraints:
        if degree[constraint.node] > MAX_DEGREE:
            raise SystemRefused(
                f"{constraint.source.file}:{constraint.source.line}: a constraint of air {air.name} "
                f"has degree {degree[constraint.node]}, above {MAX_DEGREE}; add a column for a part"
            )
    builder = Builder(nodes)
    groups = _groups(air, degree)
    fractions = [_fraction(builder, [air.interactions[i] for i in group], buses) for group in groups]
    outputs = [constraint.node for constraint in air.constraints]
    own, last = len(air.stage2), len(groups) - 1
    share: int | None = None
    for index, (numerator, denominator) in enumerate(fractions):
        value = builder.node(STAGE2, own + index)
        if index == last:
            # acc' - acc - sum f + T/N
            value = builder.sub(builder.node(STAGE2, own + index, 1), value)
            value = builder.sub(value, share) if share is not None else value
            value = builder.add(value, builder.node(CHALLENGE, TERMINAL_SHARE))
        else:
            share = value if share is None else builder.add(share, value)
        outputs.append(builder.sub(builder.mul(value, denominator), numerator))
    return Reduction(
        builder.build(outputs),
        builder.build([denominator for _, denominator in fractions]),
        builder.build(_quotients(builder, [numerator for numerator, _ in fractions])),
        len(groups),
    )


def challenge_vector(buses: Buses, challenges: Challenges, share: Element = ZERO) -> list[Element]:
    """The challenges that the programs of an instance read; `share` is T/N."""
    power = powers(challenges.beta, buses.width + 1)
    offsets = [_offset(challenges.alpha, power, bus) for bus, _ in buses.widths]
    return [share, *power[1 : buses.width], *offsets, *challenges.own]


def check_messages(buses: Buses, messages: Iterable[Message]) -> None:
    """Raise MessageRefused for a message on no bus, of another width, or with values outside F."""
    widths = dict(buses.widths)
    for message in messages:
        if len(message.values) != widths.get(message.bus):
            raise MessageRefused(
                f"a message of the verifier on bus {message.bus} has a wrong number of values",
                widths.get(message.bus, "no message"),
                len(message.values),
            )
        if not all(0 <= value < P for value in message.values) or abs(message.multiplicity) >= P:
            raise MessageRefused(
                f"a message of the verifier on bus {message.bus} has numbers that are not below p"
            )


def message_sum(buses: Buses, messages: Sequence[Message], challenges: Challenges) -> Element:
    """The sum of multiplicity / fingerprint. Raises ZeroDivisionError if a fingerprint is 0."""
    alpha, beta, _ = challenges
    power = powers(beta, buses.width + 1)
    fingerprints = []
    for message in messages:
        packed = total(scale(power[k], value) for k, value in enumerate(message.values))
        fingerprints.append(sub(_offset(alpha, power, message.bus), packed))
    terms = zip(messages, batch_inverse(fingerprints), strict=True)
    return total(scale(inverse, message.multiplicity % P) for message, inverse in terms)


def _offset(alpha: Element, power: Sequence[Element], bus: int) -> Element:
    return add(alpha, scale(power[-1], bus + 1))


def _groups(air: Air, degree: Sequence[int]) -> list[list[int]]:
    """Interactions by group: each goes into the first group where the constraint stays within the degree."""
    groups: list[list[int]] = []
    for index, interaction in enumerate(air.interactions):
        for group in groups:
            if _group_degree(air, [*group, index], degree) <= MAX_DEGREE:
                group.append(index)
                break
        else:
            if _group_degree(air, [index], degree) > MAX_DEGREE:
                raise SystemRefused(
                    f"{interaction.source.file}:{interaction.source.line}: a message of air {air.name} needs "
                    f"a constraint of degree above {MAX_DEGREE}; introduce a column for a value or its "
                    "multiplicity"
                )
            groups.append([index])
    return groups


def _group_degree(air: Air, group: Sequence[int], degree: Sequence[int]) -> int:
    """The degree of (1 column) * prod d_i = sum m_i * prod_(j != i) d_j."""
    values = [max(degree[node] for node in air.interactions[i].values) for i in group]
    pairs = zip(group, values, strict=True)
    others = (degree[air.interactions[i].multiplicity] + sum(values) - own for i, own in pairs)
    return max(1 + sum(values), *others)


def _fraction(builder: Builder, group: Sequence[Interaction], buses: Buses) -> tuple[int, int]:
    """The nodes of numerator and denominator of the sum of a group's fractions."""
    numerator, denominator = _single(builder, group[0], buses)
    for interaction in group[1:]:
        m, d = _single(builder, interaction, buses)
        # n/e + m/d = (n*d + m*e) / (e*d)
        numerator = builder.add(builder.mul(numerator, d), builder.mul(m, denominator))
        denominator = builder.mul(denominator, d)
    return numerator, denominator


def _quotients(builder: Builder, numerators: Sequence[int]) -> list[int]:
    """Each numerator times the inverse in its column of stage 2; the last output is the sum of all."""
    terms = [builder.mul(builder.node(STAGE2, index), node) for index, node in enumerate(numerators)]
    return [*terms[:-1], reduce(builder.add, terms)] if terms else []


def _single(builder: Builder, interaction: Interaction, buses: Buses) -> tuple[int, int]:
    """The nodes of the signed multiplicity and of the fingerprint."""
    fingerprint = builder.node(CHALLENGE, buses.offset_index(interaction.bus))
    for k, value in enumerate(interaction.values):
        term = builder.mul(builder.node(CHALLENGE, k), value) if k else value
        fingerprint = builder.sub(fingerprint, term)
    multiplicity = interaction.multiplicity
    if interaction.sign < 0:
        multiplicity = builder.node(NodeKind.NEG, multiplicity)
    return multiplicity, fingerprint
