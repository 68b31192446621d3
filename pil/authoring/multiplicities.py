"""How often the tuples of tables are missing on their buses: what the columns of multiplicities are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil import vectors
from zisk_py.pil.authoring.evaluation import BLOCK, Evaluator
from zisk_py.pil.authoring.global_messages import Message
from zisk_py.pil.authoring.instances import GivenInstance
from zisk_py.pil.system import Interaction
from zisk_py.stark.tuple_table import TupleTable

U64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Sender:
    """An interaction of one instance."""

    instance: GivenInstance
    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Table:
    """An interaction whose multiplicity is a column that we count."""

    instance: GivenInstance
    interaction: Interaction
    column: int


def fill_multiplicities(
    evaluator: Evaluator, tables: Sequence[Table], senders: Sequence[Sender], messages: Sequence[Message]
) -> None:
    """Write into every table's column how often its tuples are missing on the bus.

    All tables, senders and messages are of one bus. A tuple that several rows or several tables have is
    counted at the first of them; one that no table has is left out: the check names it.
    """
    indices = [_Index(evaluator, table) for table in tables]
    for sender in senders:
        graph = evaluator.system.airs[sender.instance.air].nodes
        nodes = [sender.interaction.multiplicity, *sender.interaction.values]
        rows = len(sender.instance.matrix)
        for start in range(0, rows, BLOCK):
            cells = evaluator.base(sender.instance, graph, nodes, start, min(start + BLOCK, rows))
            sent = np.flatnonzero(cells[:, 0])
            if len(sent) < len(cells):
                cells = cells[sent]
            _count(indices, np.ascontiguousarray(cells[:, 1:]), cells[:, 0], sender.interaction.sign)
    if messages:
        tuples = np.array([values for _, values, _ in messages], dtype=np.uint64)
        counts = np.array([count % P for _, _, count in messages], dtype=np.uint64)
        _count(indices, tuples, counts, 1)
    for index in indices:
        index.write()


def _count(indices: Sequence["_Index"], tuples: U64, counts: U64, sign: int) -> None:
    """Give each tuple to the first table that has it."""
    for index in indices:
        if not len(tuples):
            return
        missing = index.count(tuples, counts, sign)
        tuples, counts = tuples[missing], counts[missing]


class _Index:
    """The distinct tuples of a table with what was sent of them."""

    def __init__(self, evaluator: Evaluator, table: Table) -> None:
        self._table = table
        instance, interaction = table.instance, table.interaction
        graph = evaluator.system.airs[instance.air].nodes
        height = len(instance.matrix)
        blocks = [
            evaluator.base(instance, graph, interaction.values, start, min(start + BLOCK, height))
            for start in range(0, height, BLOCK)
        ]
        tuples = np.concatenate(blocks)
        self._offset = graph[interaction.multiplicity][2]
        self._rows: NDArray[np.intp] | None = None  # of the distinct tuples; None: all rows
        try:
            self._places = TupleTable(tuples)
        except ValueError:  # a tuple stands twice
            self._rows = _first_rows(tuples)
            tuples = np.ascontiguousarray(tuples[self._rows])
            self._places = TupleTable(tuples)
        self._proven = np.zeros(len(tuples), dtype=np.uint64)
        self._assumed = np.zeros(len(tuples), dtype=np.uint64)

    def count(self, tuples: U64, counts: U64, sign: int) -> NDArray[np.intp]:
        """Add what was sent; returns the positions of the tuples that are not here."""
        found = self._places.find(tuples)
        missing = np.flatnonzero(found < 0)
        weights = counts.copy()
        weights[missing] = 0
        self._places.count(tuples, weights, self._proven if sign > 0 else self._assumed)
        return missing

    def write(self) -> None:
        """Fill the column: with the others' messages each tuple's multiplicities add up to zero."""
        owed = vectors.sub(self._assumed, self._proven)
        if self._table.interaction.sign < 0:
            owed = vectors.neg(owed)
        matrix = self._table.instance.matrix
        rows = np.arange(len(matrix)) if self._rows is None else self._rows
        matrix[(rows + self._offset) % len(matrix), self._table.column] = owed


def _first_rows(tuples: U64) -> NDArray[np.intp]:
    """The first row of each distinct tuple, ascending."""
    order = np.lexsort(tuples.T)  # stable: of equal tuples the first one comes first
    in_order = tuples[order]
    is_new = np.concatenate([[True], (in_order[1:] != in_order[:-1]).any(axis=1)])
    return np.sort(order[is_new])
