"""The identity at zeta (section 9.3), and the denominators of the bus (section 5)."""

from collections.abc import Sequence
from itertools import accumulate, islice, pairwise
from typing import NamedTuple

from . import field, system
from .field import K
from .layout import Member
from .messages import Message
from .refusal import Refused, require


class Bus(NamedTuple):
    """What alpha and beta make: 1, beta, .. beta^(W-1), and alpha + (b + 1) beta^W for each bus.

    With it stand the author's challenges and the public values, which are the same for all instances too.
    """

    powers: tuple[K, ...]
    offsets: dict[int, K]
    own: tuple[K, ...]
    publics: tuple[int, ...]


def bus_of(
    buses: Sequence[int], width: int, alpha: K, beta: K, own: Sequence[K], publics: Sequence[int]
) -> Bus:
    """The bus of two challenges and those of the author; W is the width."""
    powers = tuple(islice(field.powers(beta), width + 1))
    offsets = {bus: field.add(alpha, field.scale(powers[width], bus + 1)) for bus in buses}
    return Bus(powers[:width], offsets, tuple(own), tuple(publics))


def share(bus: Bus, message: Message) -> K:
    """The fraction of a message of the verifier."""
    denominator = bus.offsets[message.bus]
    for weight, value in zip(bus.powers, message.values, strict=False):
        denominator = field.subtract(denominator, field.scale(weight, value))
    require(denominator != field.ZERO, "a denominator of the bus is zero")
    return field.scale(field.invert(denominator), message.multiplicity)


def check_identity(
    member: Member, here: Sequence[K], there: Sequence[K], total: K | None, bus: Bus, zeta: K, weight: K
) -> None:
    """The identity of one instance; weight is lambda."""
    n = member.instance.log_height
    raised = field.power(zeta, 1 << n)
    vanishing = field.subtract(raised, field.ONE)
    mean = field.scale(total or field.ZERO, pow(1 << n, -1, field.P))
    challenges = [mean, *bus.powers[1:], *bus.offsets.values(), *bus.own]
    outputs = evaluated(member, [here, there], challenges, bus.publics, selectors(zeta, vanishing, n))
    left = field.horner(outputs, weight)
    quotient = here[-6:]
    right = field.add(field.join(quotient[:3]), field.multiply(raised, field.join(quotient[3:])))
    require(left == field.multiply(vanishing, right), "the identity does not hold at zeta")


def selectors(zeta: K, vanishing: K, log_height: int) -> tuple[K, K]:
    """The polynomials that are 1 on the first or on the last row and 0 on others, at zeta."""
    scaled = field.scale(vanishing, pow(1 << log_height, -1, field.P))
    last = pow(field.root(log_height), -1, field.P)
    first_at = field.invert(field.subtract(zeta, field.ONE))
    last_at = field.invert(field.subtract(zeta, field.embed(last)))
    return field.multiply(scaled, first_at), field.multiply(field.scale(scaled, last), last_at)


def evaluated(
    member: Member,
    claims: Sequence[Sequence[K]],
    challenges: Sequence[K],
    publics: Sequence[int],
    ends: tuple[K, K],
) -> list[K]:
    """The outputs of an instance's program, by what is claimed at zeta and at the next point."""
    shape = member.shape
    starts = [0, *accumulate(shape.widths)]
    parts = [claims[0][low:high] for low, high in pairwise(starts)]
    following = dict(zip(shape.next_columns, claims[1], strict=True))
    rounds = {system.FIXED: 0, system.PROGRAM: 1, system.WITNESS: 2}
    values: list[K] = []
    for kind, a, b in shape.program.nodes:
        if kind == system.MULTIPLY:
            value = field.multiply(values[a], values[b])
        elif kind == system.ADD:
            value = field.add(values[a], values[b])
        elif kind == system.SUBTRACT:
            value = field.subtract(values[a], values[b])
        elif kind == system.NEGATE:
            value = field.negate(values[a])
        elif kind in rounds:
            which = rounds[kind]
            value = following[starts[which] + a] if b else parts[which][a]
        elif kind == system.STAGE2:
            first = starts[3] + 3 * a
            value = field.join([following[first + i] if b else claims[0][first + i] for i in range(3)])
        elif kind == system.CHALLENGE:
            value = challenges[a]
        elif kind == system.CONSTANT:
            value = (a, 0, 0)
        elif kind == system.AIR_VALUE:
            value = (member.instance.air_values[a], 0, 0)
        elif kind == system.PUBLIC:
            value = (publics[a], 0, 0)
        elif kind in (system.FIRST, system.LAST):
            value = ends[kind - system.FIRST]
        else:
            raise Refused("a program has a node of unknown kind")
        values.append(value)
    return [values[output] for output in shape.program.outputs]
