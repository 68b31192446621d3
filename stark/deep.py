"""DEEP: all openings of a height class combined into one codeword, the same way for prover and verifier.

    R(x) = sum over points z of (sum over columns k opened at z of delta^k * (f_k(x) - f_k(z))) / (x - z)

The powers of delta run on through the points zeta, its next point, and omega; within a point through the
instances of the class and their columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul as times

from zisk_py.field.extension import DEGREE, Element, mul, powers, sub, total
from zisk_py.field.goldilocks import P
from zisk_py.stark.domain import next_point
from zisk_py.stark.layout import Layout
from zisk_py.stark.options import LOG_BLOWUP


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of a height class opened at one point: coefficients by coordinate, and the combined claim."""

    point: Element
    columns: tuple[int, ...]
    coefficients: tuple[tuple[int, ...], ...]
    constant: Element

    def numerator(self, row: Sequence[int]) -> Element:
        """sum delta^k * (f_k(x) - f_k(z)) at the x where the columns have the values of `row`."""
        values = [row[column] for column in self.columns]
        coordinates = [sum(map(times, own, values)) for own in self.coefficients] or [0] * DEGREE
        return sub((coordinates[0] % P, coordinates[1] % P, coordinates[2] % P), self.constant)


@dataclass(frozen=True)
class Openings:
    """The claims of a segment: every column's values at the points where it is opened, and the combiner."""

    layout: Layout
    bindings: Sequence[Sequence[Element]]  # per instance: stage 1 at omega
    evaluations: Sequence[Sequence[Element]]  # per instance: all columns at zeta, then some at its next point
    zeta: Element
    omega: Element
    delta: Element

    @cached_property
    def groups(self) -> tuple[tuple[Group, ...], ...]:
        """By height class: the columns that are opened at zeta, at its next point, and at omega."""
        return tuple(self._class_groups(number) for number in range(len(self.layout.classes)))

    def _class_groups(self, height_class: int) -> tuple[Group, ...]:
        members = self.layout.members(height_class)
        log_height = self.layout.classes[height_class] - LOG_BLOWUP
        following = next_point(self.zeta, log_height)
        numbers: dict[Element, list[int]] = {self.zeta: [], following: [], self.omega: []}
        claims: dict[Element, list[Element]] = {self.zeta: [], following: [], self.omega: []}
        start = 0
        for member in members:
            opened, values = self.layout.opened[member], self.evaluations[member]
            entries: tuple[tuple[Element, Sequence[int], Sequence[Element]], ...] = (
                (self.zeta, range(opened.width), values[: opened.width]),
                (following, opened.next, values[opened.width :]),
                (self.omega, opened.bound, self.bindings[member]),
            )
            for point, own, claimed in entries:
                numbers[point] += [start + column for column in own]
                claims[point] += claimed
            start += opened.width
        coefficients = iter(powers(self.delta, sum(map(len, numbers.values()))))
        groups = []
        for point, columns in numbers.items():
            chosen = [next(coefficients) for _ in columns]
            constant = total(mul(c, claim) for c, claim in zip(chosen, claims[point], strict=True))
            groups.append(Group(point, tuple(columns), tuple(zip(*chosen, strict=True)), constant))
        return tuple(groups)
