"""The identity of an instance at zeta, read from its evaluations: constraints against quotient."""

from collections.abc import Sequence

from zisk_py.field.extension import DEGREE, Element, mul, power, powers, total
from zisk_py.pil.system import Node
from zisk_py.stark.domain import selectors, vanishing
from zisk_py.stark.key import AirKey
from zisk_py.stark.layout import COLUMNS, Instance, Opened, Round
from zisk_py.stark.options import QUOTIENT_CHUNKS
from zisk_py.stark.program import STAGE2, Point, evaluate

BASIS: tuple[Element, ...] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))  # of K over F


def holds(
    key: AirKey,
    instance: Instance,
    opened: Opened,
    evaluations: Sequence[Element],
    publics: Sequence[int],
    challenges: Sequence[Element],
    combiner: Sequence[Element],
    zeta: Element,
) -> bool:
    """Whether the combined constraints are the quotient times zeta^N - 1."""
    left = combined_constraints(key, instance, opened, evaluations, publics, challenges, combiner, zeta)
    right = quotient_at(instance, opened, evaluations, zeta)
    return left == mul(right, vanishing(zeta, instance.log_height))


def combined_constraints(
    key: AirKey,
    instance: Instance,
    opened: Opened,
    evaluations: Sequence[Element],
    publics: Sequence[int],
    challenges: Sequence[Element],
    combiner: Sequence[Element],
    zeta: Element,
) -> Element:
    """sum lambda^i * C_i(zeta); `combiner` holds the powers of lambda, at least one for each constraint."""
    first, last = selectors(zeta, instance.log_height)
    columns = _columns(opened, evaluations)
    point = Point(columns, first, last, instance.air_values, publics, challenges)
    constraints = evaluate(key.reduction.constraints, point)
    return total(mul(combiner[i], value) for i, value in enumerate(constraints))


def quotient_at(instance: Instance, opened: Opened, evaluations: Sequence[Element], zeta: Element) -> Element:
    """Q_0(zeta) + zeta^N * Q_1(zeta)."""
    start, step = opened.start(Round.QUOTIENT), power(zeta, 1 << instance.log_height)
    chunks = [
        join(evaluations[start + DEGREE * i : start + DEGREE * (i + 1)]) for i in range(QUOTIENT_CHUNKS)
    ]
    return total(mul(factor, chunk) for factor, chunk in zip(powers(step, len(chunks)), chunks, strict=True))


def join(coordinates: Sequence[Element]) -> Element:
    """A column of K at zeta from the values of its three base columns there, which lie in K themselves."""
    return total(mul(basis, value) for basis, value in zip(BASIS, coordinates, strict=True))


def _columns(opened: Opened, evaluations: Sequence[Element]) -> dict[Node, Element]:
    """The evaluations by the node that reads them."""
    rows = [dict(enumerate(evaluations[: opened.width])), {}]
    rows[1] = dict(zip(opened.next, evaluations[opened.width :], strict=True))
    columns: dict[Node, Element] = {}
    for part in opened.parts:
        if part.round not in COLUMNS:
            continue
        kind, start = COLUMNS[part.round], opened.start(part.round)
        step = DEGREE if kind == STAGE2 else 1
        for offset, row in enumerate(rows):
            for number in range(part.width // step):
                place = range(start + number * step, start + (number + 1) * step)
                if place[0] in row:
                    values = [row[i] for i in place]
                    columns[kind, number, offset] = join(values) if kind == STAGE2 else values[0]
    return columns
