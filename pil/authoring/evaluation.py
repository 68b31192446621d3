"""Values of an air's expressions on the rows of its instances, by the prover's kernels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import DEGREE
from zisk_py.pil.authoring.instances import GivenInstance
from zisk_py.pil.system import Air, Node, NodeKind, System
from zisk_py.stark import kernel_program
from zisk_py.stark.kernel_program import Program, compile_program
from zisk_py.stark.kernels import run_program, run_program_base

U64 = NDArray[np.uint64]

BLOCK = 1 << 14  # rows that are evaluated at a time
_CELLS = (NodeKind.WITNESS, NodeKind.FIXED, NodeKind.PROGRAM, NodeKind.FIRST, NodeKind.LAST)
_BINARY = (NodeKind.ADD, NodeKind.SUB, NodeKind.MUL)


class _Compiled(NamedTuple):
    """A program whose columns are what it reads, at the rows where it reads them."""

    program: Program
    cells: tuple[Node, ...]
    stage2: tuple[Node, ...]


@dataclass(eq=False)
class Evaluator:
    """Evaluates nodes of a system's airs, at any row offset; compiled expressions are kept.

    program     the columns committed with the program, by air.
    publics     all publics of the system, 0 where one is not known yet; may be written to.
    challenges  (n, 3), for what is of stage 2.
    """

    system: System
    program: Mapping[str, U64]
    publics: U64
    challenges: U64 = field(default_factory=lambda: np.zeros((0, DEGREE), dtype=np.uint64))
    _kept: dict[tuple[int, tuple[int, ...]], _Compiled] = field(default_factory=dict)

    def base(
        self, instance: GivenInstance, graph: Sequence[Node], roots: Sequence[int], start: int, stop: int
    ) -> U64:
        """(stop - start, roots): values in F of nodes of a graph; unknown air values count as 0."""
        return self._run(instance, graph, roots, start, stop, None)

    def extension(
        self,
        instance: GivenInstance,
        graph: Sequence[Node],
        roots: Sequence[int],
        stage2: U64,
        start: int,
        stop: int,
    ) -> U64:
        """(stop - start, roots, 3): values in K; stage2 (rows, columns, 3)."""
        return self._run(instance, graph, roots, start, stop, stage2)

    def _run(
        self,
        instance: GivenInstance,
        graph: Sequence[Node],
        roots: Sequence[int],
        start: int,
        stop: int,
        stage2: U64 | None,  # None: all values are in F
    ) -> U64:
        made = self._compiled(graph, roots)
        height = len(instance.matrix)
        cells = np.empty((stop - start, len(made.cells)), dtype=np.uint64)
        for position, (kind, index, offset) in enumerate(made.cells):
            column = self._column(instance, NodeKind(kind), index)
            cells[:, position] = _rows(column, start + offset, stop + offset, height)
        late = np.empty((stop - start, len(made.stage2), DEGREE), dtype=np.uint64)
        for position, (_, index, offset) in enumerate(made.stage2):
            assert stage2 is not None
            late[:, position] = _rows(stage2[:, index], start + offset, stop + offset, height)
        nothing = np.zeros((stop - start, 0), dtype=np.uint64)
        run = run_program_base if stage2 is None else run_program
        return run(
            made.program,
            cells,
            nothing,
            nothing,
            late.reshape(stop - start, -1),
            np.array([value or 0 for value in instance.air_values], dtype=np.uint64),
            self.publics,
            self.challenges,
            "natural",
        )

    def _compiled(self, graph: Sequence[Node], roots: Sequence[int]) -> _Compiled:
        key = id(graph), tuple(roots)
        if key not in self._kept:
            read = leaves(graph, roots)
            cells = sorted(node for node in read if node[0] in _CELLS)
            stage2 = sorted(node for node in read if node[0] == NodeKind.STAGE2)
            places: dict[Node, Node] = {
                node: (int(NodeKind.WITNESS), place, 0) for place, node in enumerate(cells)
            }
            places |= {node: (kernel_program.STAGE2, place, 0) for place, node in enumerate(stage2)}
            places |= {
                node: (kernel_program.CHALLENGE, node[1], 0) for node in read if node[0] == NodeKind.CHALLENGE
            }
            moved = [places.get(node, node) for node in graph]
            self._kept[key] = _Compiled(compile_program(moved, key[1]), tuple(cells), tuple(stage2))
        return self._kept[key]

    def _column(self, instance: GivenInstance, kind: NodeKind, index: int) -> U64:
        """A column of an instance on all rows."""
        air: Air = self.system.airs[instance.air]
        if kind == NodeKind.WITNESS:
            return instance.matrix[:, index]
        if kind == NodeKind.FIXED:
            return np.frombuffer(memoryview(air.fixed[index].values), dtype=np.uint64)
        if kind == NodeKind.PROGRAM:
            return self.program[air.name][:, index]
        marks = np.zeros(len(instance.matrix), dtype=np.uint64)
        marks[0 if kind == NodeKind.FIRST else -1] = 1
        return marks


def leaves(graph: Sequence[Node], roots: Iterable[int]) -> set[Node]:
    """The columns and values below some nodes; constants are none."""
    found: set[Node] = set()
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        number = stack.pop()
        if number in seen:
            continue
        seen.add(number)
        kind, left, right = graph[number]
        if kind in _BINARY:
            stack += [left, right]
        elif kind == NodeKind.NEG:
            stack.append(left)
        elif kind != NodeKind.CONSTANT:
            found.add(graph[number])
    return found


def _rows(column: U64, start: int, stop: int, height: int) -> U64:
    """Rows start to stop of a column, cyclically."""
    if start >= 0 and stop <= height:
        return column[start:stop]
    return column[np.arange(start, stop) % height]
