"""What notices that a few cells of an instance are others: only the rows around them are evaluated.

What we fill is filled anew, as a dishonest prover would: columns with a `Computed` recipe follow the change,
and a lookup is noticed only if no table has its tuple, because tables count again. A changed column of
multiplicities is judged as it stands. Values of airs, publics and columns of stage 2 stay as they were, so
that a change which only they notice may be one that a prover could make with others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from zisk_py.pil.authoring.evaluation import leaves
from zisk_py.pil.authoring.mutation_buses import BusState
from zisk_py.pil.bus_balance import fingerprints
from zisk_py.pil.compiled import AuthoredAir, Computed, Multiplicity
from zisk_py.pil.system import Node, NodeKind
from zisk_py.pil.trace_evaluation import Instance
from zisk_py.stark import kernel_program
from zisk_py.stark.kernel_program import compile_program
from zisk_py.stark.kernels import run_program, run_program_base

U64 = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.intp]

_LATE = (NodeKind.CHALLENGE, NodeKind.STAGE2)
_COLUMNS = (NodeKind.WITNESS, NodeKind.FIXED, NodeKind.PROGRAM, NodeKind.FIRST, NodeKind.LAST)


@dataclass(frozen=True)
class Windows:
    """Copies of a few neighbouring rows, one per change: (changes, rows, columns), from `rows + first`."""

    rows: Numbers  # (changes,): the row that is changed
    first: int
    cells: U64


@dataclass(frozen=True)
class Verdict:
    """(changes,) each: what notices a change."""

    constraint: Mask
    bus: Mask
    stage2: Mask


class _Reader:
    """Evaluates nodes on rows of windows; what lies outside of a window is read from the instance."""

    def __init__(self, graph: Sequence[Node], roots: Sequence[int], instance: Instance) -> None:
        read = leaves(graph, roots)
        self._instance = instance
        self._cells = sorted(node for node in read if node[0] in _COLUMNS)
        self._late = sorted(node for node in read if node[0] == NodeKind.STAGE2)
        places: dict[Node, Node] = {
            node: (int(NodeKind.WITNESS), place, 0) for place, node in enumerate(self._cells)
        }
        places |= {node: (kernel_program.STAGE2, place, 0) for place, node in enumerate(self._late)}
        places |= {
            node: (kernel_program.CHALLENGE, node[1], 0) for node in read if node[0] == NodeKind.CHALLENGE
        }
        self._program = compile_program([places.get(node, node) for node in graph], roots)
        self._is_late = any(node[0] in _LATE for node in read)

    def run(self, windows: Windows, rows: Sequence[int]) -> U64:
        """(changes, rows, roots), in K (changes, rows, roots, 3); rows are relative to the changed one."""
        shape = len(windows.rows), len(rows)
        cells = np.empty((*shape, len(self._cells)), dtype=np.uint64)
        late = np.empty((*shape, len(self._late), 3), dtype=np.uint64)
        for position, row in enumerate(rows):
            for place, node in enumerate(self._cells):
                cells[:, position, place] = self._column(windows, node, row)
            for place, (kind, index, offset) in enumerate(self._late):
                late[:, position, place] = self._instance.cells(kind, index, windows.rows + row + offset)
        count = shape[0] * shape[1]
        nothing = np.zeros((count, 0), dtype=np.uint64)
        run = run_program if self._is_late else run_program_base
        found = run(
            self._program,
            cells.reshape(count, -1),
            nothing,
            nothing,
            late.reshape(count, -1),
            np.array(self._instance.air_values, dtype=np.uint64),
            np.array(self._instance.publics, dtype=np.uint64),
            np.array(self._instance.challenges, dtype=np.uint64).reshape(-1, 3),
            "natural",
        )
        return found.reshape(*shape, *found.shape[1:])

    def _column(self, windows: Windows, node: Node, row: int) -> U64:
        kind, index, offset = node
        # Rows are cyclic: a window that covers the whole instance has every row.
        place = (row + offset - windows.first) % self._instance.rows
        if kind == NodeKind.WITNESS and place < windows.cells.shape[1]:
            return windows.cells[:, place, index]
        return self._instance.cells(kind, index, windows.rows + row + offset)


class InstanceJudge:
    """Judges changes of cells of one instance of a trace that holds."""

    def __init__(self, instance: Instance, beside: AuthoredAir, buses: BusState) -> None:
        """Compile its constraints, its messages and the recipes of its columns."""
        air = instance.air
        self.instance, self._buses = instance, buses
        late = [
            bool({node[0] for node in leaves(air.nodes, [c.node])}.intersection(_LATE))
            for c in air.constraints
        ]
        early = [c.node for c, is_late in zip(air.constraints, late, strict=True) if not is_late]
        self._num_constraints = len(early)
        roots = [node for i in air.interactions for node in (i.multiplicity, *i.values)]
        self._base = _Reader(air.nodes, [*early, *roots], instance) if early or roots else None
        of_stage2 = [c.node for c, is_late in zip(air.constraints, late, strict=True) if is_late]
        self._stage2 = _Reader(air.nodes, of_stage2, instance) if of_stage2 else None
        computed = _in_order(beside)
        self._recipes = [
            (column, _Reader(beside.nodes, [node], instance)) for column, node in computed.items()
        ]
        self._counted = {
            column for column, recipe in beside.recipes.items() if isinstance(recipe, Multiplicity)
        }
        self.first, last = _reach(beside, computed)
        self.size = min(last - self.first + 1, instance.rows)
        self._judged = range(self.first - 1, last + 1)[: instance.rows]

    def judge(self, rows: Numbers, columns: Numbers, new: U64, swapped: Mask) -> Verdict:
        """Judge changes: a cell has a new value and, where it is swapped, the next row has its old one."""
        instance = self.instance
        around = (rows[:, np.newaxis] + np.arange(self.first, self.first + self.size)) % instance.rows
        cells = instance.matrix[around]
        every = np.arange(len(rows))
        here, behind = -self.first % instance.rows, (1 - self.first) % instance.rows
        old = cells[every, here, columns]
        cells[every, here, columns] = new
        cells[every[swapped], behind, columns[swapped]] = old[swapped]
        windows = Windows(rows, self.first, cells)
        within = range(self.first, self.first + self.size)
        for column, reader in self._recipes:
            follows = columns != column
            cells[follows, :, column] = reader.run(windows, within)[follows, :, 0]
        constraint: Mask = np.zeros(len(rows), dtype=bool)
        bus, stage2 = constraint, constraint
        if self._base is not None:
            values = self._base.run(windows, self._judged)
            constraint = _any(values[:, :, : self._num_constraints])
            bus = self._judge_messages(rows, columns, values[:, :, self._num_constraints :])
        if self._stage2 is not None:
            stage2 = _any(self._stage2.run(windows, self._judged))
        return Verdict(constraint, bus, stage2)

    def _judge_messages(self, rows: Numbers, columns: Numbers, values: U64) -> Mask:
        """(changes,): whether the messages of the judged rows, instead of the old ones, have no match."""
        assert self._base is not None
        places, place = np.unique(rows, return_inverse=True)
        nothing = np.zeros((len(places), 0, self.instance.matrix.shape[1]), dtype=np.uint64)
        before = self._base.run(Windows(places, 0, nothing), self._judged)[:, :, self._num_constraints :]
        is_counted = np.isin(columns, list(self._counted))
        changes = self._buses.changes(is_counted)
        position = 0
        for number, interaction in enumerate(self.instance.air.interactions):
            part = slice(position + 1, position + 1 + len(interaction.values))
            old = _messages(before, position, part)
            new = _messages(values, position, part)
            position = part.stop
            changes.add(
                self.instance.air.name,
                number,
                interaction,
                (old[0][place], old[1][place]),
                new,
            )
        return changes.unmatched()


def _any(values: U64) -> Mask:
    """(changes,): whether any value of a change is not zero."""
    found: Mask = np.logical_or.reduce(values.reshape(len(values), -1) != 0, axis=1)
    return found


def _messages(values: U64, position: int, part: slice) -> tuple[U64, U64]:
    """(changes, rows) of multiplicities and of fingerprints of tuples."""
    shape = values.shape[:2]
    columns = [
        np.ascontiguousarray(column) for column in values[:, :, part].reshape(-1, part.stop - part.start).T
    ]
    return values[:, :, position], fingerprints(columns).reshape(shape)


def _in_order(beside: AuthoredAir) -> dict[int, int]:
    """The columns with a Computed recipe and their nodes; each stands behind those that it reads."""
    nodes = {column: recipe.node for column, recipe in beside.recipes.items() if isinstance(recipe, Computed)}
    reads = {column: _read_columns(beside, node).keys() & nodes.keys() for column, node in nodes.items()}
    return {column: nodes[column] for column in TopologicalSorter(reads).static_order()}


def _read_columns(beside: AuthoredAir, node: int) -> Mapping[int, Iterable[int]]:
    """The row offsets at which a node reads each witness column."""
    found: dict[int, list[int]] = {}
    for kind, index, offset in leaves(beside.nodes, [node]):
        if kind == NodeKind.WITNESS:
            found.setdefault(index, []).append(offset)
    return found


def _reach(beside: AuthoredAir, computed: Mapping[int, int]) -> tuple[int, int]:
    """First and last row, relative to a changed one, that may get other cells: the next, what we fill."""
    ends: dict[int, tuple[int, int]] = {}
    for column, node in computed.items():
        first, last = 0, 1
        for read, offsets in _read_columns(beside, node).items():
            low, high = ends.get(read, (0, 1))
            first, last = min([first, *(low - o for o in offsets)]), max([last, *(high - o for o in offsets)])
        ends[column] = first, last
    return min([0, *(low for low, _ in ends.values())]), max([1, *(high for _, high in ends.values())])


__all__ = ["InstanceJudge", "Verdict"]
