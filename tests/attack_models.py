"""Machines with tiny limbs over a toy field: their compiled constraints, with other constants.

So small that all cells of a row can be tried: many rows at once, one numpy array per column.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from zisk_py.pil.system import Air, Interaction, NodeKind

Numbers = NDArray[np.int64]
Cells = Mapping[str, "Numbers | int"]


def every(**ranges: Sequence[int]) -> dict[str, Numbers]:
    """All combinations of some columns' values; `name_0` stands for `name[0]`."""
    names = [f"{name[:-2]}[{name[-1]}]" if name[-2:-1] == "_" else name for name in ranges]
    grid = np.array(list(product(*ranges.values())), dtype=np.int64)
    return dict(zip(names, grid.T, strict=True))


@dataclass(frozen=True)
class Model:
    """An air modulo `prime` (below 2^31), where `constants` stand for some of its constants."""

    air: Air
    constants: Mapping[int, int]
    prime: int

    def evaluate(self, cells: Cells, following: Cells | None = None) -> list[Numbers]:
        """Every node on rows that are neither first nor last. Cells and air values not given are 0."""
        values: list[Numbers] = []
        for kind, left, right in self.air.nodes:
            match kind:
                case NodeKind.CONSTANT:
                    value = np.int64(self.constants.get(left, left) % self.prime)
                case NodeKind.WITNESS:
                    row = (following or {}) if right else cells
                    value = np.asarray(row.get(self.air.columns[left].name, 0), dtype=np.int64)
                case NodeKind.FIRST | NodeKind.LAST:
                    value = np.int64(0)
                case NodeKind.AIR_VALUE:
                    value = np.asarray(cells.get(self.air.air_values[left], 0), dtype=np.int64)
                case NodeKind.ADD:
                    value = values[left] + values[right]
                case NodeKind.SUB:
                    value = values[left] - values[right]
                case NodeKind.MUL:
                    value = values[left] * values[right]
                case NodeKind.NEG:
                    value = -values[left]
                case _:
                    raise AssertionError(f"a node of kind {kind} is in air {self.air.name}")
            values.append(np.asarray(value % self.prime))
        return values

    def holds(self, cells: Cells, *about: str, following: Cells | None = None) -> NDArray[np.bool_]:
        """The rows on which every constraint holds; with `about`, those that read one of these columns."""
        values = self.evaluate(cells, following)
        nodes = [c.node for c in self.air.constraints if not about or self.columns(c.node) & set(about)]
        assert nodes
        return ~np.logical_or.reduce(np.broadcast_arrays(*(values[node] != 0 for node in nodes)))

    def ranged(self, cells: Cells, bus: int, limit: int, *about: str) -> NDArray[np.bool_]:
        """The rows whose lookups on a bus, of one number each, are below a limit; as for `holds`."""
        values = self.evaluate(cells)
        fine = [np.asarray(True)]
        for lookup in self.messages(bus):
            (node,) = lookup.values
            if not about or self.columns(node) & set(about):
                fine.append((values[lookup.multiplicity] == 0) | (values[node] < limit))
        return np.logical_and.reduce(np.broadcast_arrays(*fine))

    def allows(self, cells: Cells, bus: int, limit: int) -> NDArray[np.bool_]:
        """The rows on which all constraints and lookups (as for `ranged`) hold that read nothing else."""
        values, known = self.evaluate(cells), set(cells)
        fine = [np.asarray(True)]
        fine += [values[c.node] == 0 for c in self.air.constraints if self.columns(c.node) <= known]
        for lookup in self.messages(bus):
            (node,) = lookup.values
            if self.columns(node) | self.columns(lookup.multiplicity) <= known:
                fine.append((values[lookup.multiplicity] == 0) | (values[node] < limit))
        return np.logical_and.reduce(np.broadcast_arrays(*fine))

    def messages(self, bus: int) -> list[Interaction]:
        """The interactions on a bus."""
        return [interaction for interaction in self.air.interactions if interaction.bus == bus]

    def columns(self, node: int) -> set[str]:
        """The columns that a node reads, on its row or the next."""
        return set(self._columns(node))

    def _columns(self, node: int) -> Iterator[str]:
        kind, left, right = self.air.nodes[node]
        if kind == NodeKind.WITNESS:
            yield self.air.columns[left].name
        elif kind in (NodeKind.ADD, NodeKind.SUB, NodeKind.MUL):
            yield from self._columns(left)
            yield from self._columns(right)
        elif kind == NodeKind.NEG:
            yield from self._columns(left)
