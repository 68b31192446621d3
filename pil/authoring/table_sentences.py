"""Why a tuple has no match, as a plain sentence: `x = 300 is not in 0..255`, `no row of Bytes has it`."""

from collections.abc import Sequence

import numpy as np

from zisk_py.pil.authoring.kernel_blocks import kernel_blocks
from zisk_py.pil.bus_balance import is_table
from zisk_py.pil.report import Unmatched, signed
from zisk_py.pil.system import System
from zisk_py.pil.trace_evaluation import BLOCK, Instance
from zisk_py.pil.vectors import Vector


def explain(found: Unmatched, made: Sequence[Instance], system: System) -> str:
    """The sentence for a tuple that is in no table, or that nobody assumes or proves at all."""
    if found.proven:
        return "" if found.assumed else f"nobody assumes it{_absent(found.bus, -1, made, system)}"
    rows = _Rows(found.values)
    tables: dict[str, None] = {}
    for one in made:
        roots = [
            (interaction, [interaction.multiplicity, *interaction.values])
            for interaction in one.air.interactions
            if interaction.bus == found.bus and is_table(one.air, interaction)
        ]
        if roots:
            tables[one.air.name] = None
        for interaction, nodes in roots:
            for start, stop, values in kernel_blocks(one, nodes):
                rows.add([np.broadcast_to(values[node], stop - start) for node in interaction.values])
    if tables:
        return rows.sentence(found.names) or f"no row of {' or '.join(tables)} has it"
    return f"nobody proves it{_absent(found.bus, 1, made, system)}"


def _absent(bus: int, sign: int, made: Sequence[Instance], system: System) -> str:
    """`; Memory, which could, has no instance`, of airs that send on a bus and are not there."""
    there = {one.air.name for one in made}
    names = [
        air.name
        for air in system.airs
        if air.name not in there and any(one.bus == bus and one.sign == sign for one in air.interactions)
    ]
    return f"; {' or '.join(names)}, which could, has no instance" if names else ""


class _Rows:
    """Of rows that agree with a tuple in all values but one: the others that this one has there."""

    def __init__(self, values: tuple[int, ...]) -> None:
        self._values = values
        self._others: list[list[Vector]] = [[] for _ in values]

    def add(self, columns: Sequence[Vector]) -> None:
        """Add rows of a table."""
        same = [column == np.uint64(value) for column, value in zip(columns, self._values, strict=True)]
        agreeing = np.add.reduce(same, dtype=np.int64)
        for position, column in enumerate(columns):
            is_other = (agreeing == len(columns) - 1) & ~same[position]
            if is_other.any():
                self._others[position].append(np.unique(column[is_other]))
                if len(self._others[position]) * BLOCK > 1 << 20:
                    self._others[position] = [np.unique(np.concatenate(self._others[position]))]

    def sentence(self, names: Sequence[str]) -> str:
        """`x = 300 is not in 0..255`; "" if the table has no such range."""
        for name, value, parts in zip(names, self._values, self._others, strict=True):
            if not parts:
                continue
            others = sorted(signed(int(other)) for other in np.unique(np.concatenate(parts)))
            if len(others) > 1 and others[-1] - others[0] == len(others) - 1:
                return f"{name} = {signed(value)} is not in {others[0]}..{others[-1]}"
        return ""
