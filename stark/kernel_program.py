"""From a graph of expressions to the bytecode that the kernels run over blocks of rows.

A block's workspace is a row of slots, each one value per row of the block: first what is the same on all
rows, then columns (in tiles of eight neighbours, as they lie in the matrices), then registers. Every
instruction reads and writes slots, so the interpreter has no addressing modes. A value of K takes three
consecutive slots.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import Node, NodeKind

CHALLENGE = 12  # node kind: index of the challenge, 0; a value of K
STAGE2 = 13  # node kind: index of the column of K, row offset
TILE = 8  # columns that are brought into a block together

I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
T = TypeVar("T", I32, U64)


class Opcode(IntEnum):
    """First word of an instruction (opcode, target, left, right); B is a base operand, K one of K."""

    ADD = 0
    SUB = 1
    MUL = 2
    NEG = 3
    ADD_KK = 4
    ADD_KB = 5
    SUB_KK = 6
    SUB_KB = 7
    SUB_BK = 8
    MUL_KK = 9
    MUL_KB = 10
    NEG_K = 11
    OUT = 12  # target: number of the output; left: its slot
    OUT_K = 13


class Scalar(IntEnum):
    """First word of a scalar (source, index, slot): where a value that is the same on all rows comes from."""

    CONSTANT = 0  # index into `constants`
    AIR_VALUE = 1
    PUBLIC = 2
    CHALLENGE = 3


MATRICES = {NodeKind.WITNESS: 0, NodeKind.FIXED: 1, NodeKind.PROGRAM: 2, STAGE2: 3}
SCALARS = {NodeKind.AIR_VALUE: Scalar.AIR_VALUE, NodeKind.PUBLIC: Scalar.PUBLIC, CHALLENGE: Scalar.CHALLENGE}
BINARY = (NodeKind.ADD, NodeKind.SUB, NodeKind.MUL)


@dataclass(frozen=True, slots=True)
class Program:
    """Compiled expressions; make it with `compile_program`."""

    code: I32  # (instructions, 4)
    scalars: I32  # (scalars, 3): source, index, slot
    constants: U64
    tiles: I32  # (tiles, 4): matrix, row offset, first column, first slot
    first_slot: int  # slot of the selector of the first row, or -1
    last_slot: int
    num_slots: int
    in_extension: tuple[bool, ...]  # per output: is it a value of K
    widths: tuple[int, int, int, int]  # columns that each matrix must have: witness, fixed, program, stage 2
    num_scalars: tuple[int, int, int]  # air values, publics, challenges that are read

    @property
    def num_outputs(self) -> int:
        """How many values the program computes per row."""
        return len(self.in_extension)


def compile_program(nodes: Sequence[Node], outputs: Sequence[int]) -> Program:
    """Compile the nodes that the outputs depend on.

    nodes    topologically ordered; kinds of `NodeKind`, and CHALLENGE and STAGE2.
    outputs  numbers of nodes, in the order in which the kernels return or combine them.
    Raises   ValueError for an unknown kind, a negative index, an operand that is not an earlier node, or an
             output that is not a node.
    """
    return _Compiler(nodes, outputs).program()


class _Compiler:
    def __init__(self, nodes: Sequence[Node], outputs: Sequence[int]) -> None:
        self.nodes = nodes
        self.outputs = outputs
        self.order = _evaluation_order(nodes, outputs)
        self.extension = self._dimensions()
        self.uses = self._count_uses()
        self.slot_of: dict[int, int] = {}
        self.num_slots = 0
        self.free: dict[bool, list[int]] = {False: [], True: []}
        self.code: list[tuple[int, int, int, int]] = []

    def program(self) -> Program:
        constants, scalars, counts = self._place_scalars()
        selectors = [self._place_all(kind) for kind in (NodeKind.FIRST, NodeKind.LAST)]
        tiles, widths = self._place_columns()
        self._emit()
        return Program(
            code=_table(self.code, 4),
            scalars=_table(scalars, 3),
            constants=_read_only(np.array(constants, dtype=np.uint64)),
            tiles=_table(tiles, 4),
            first_slot=selectors[0],
            last_slot=selectors[1],
            num_slots=self.num_slots,
            in_extension=tuple(self.extension[node] for node in self.outputs),
            widths=widths,
            num_scalars=counts,
        )

    def _dimensions(self) -> dict[int, bool]:
        """Which nodes are values of K: challenges, stage 2, and whatever depends on them."""
        extension: dict[int, bool] = {}
        for number in self.order:
            kind, left, right = self.nodes[number]
            if kind in BINARY:
                extension[number] = extension[left] or extension[right]
            elif kind == NodeKind.NEG:
                extension[number] = extension[left]
            else:
                extension[number] = kind in (CHALLENGE, STAGE2)
        return extension

    def _count_uses(self) -> dict[int, int]:
        uses = dict.fromkeys(self.order, 0)
        for number in self.order:
            for operand in _operands(self.nodes[number]):
                uses[operand] += 1
        for number in self.outputs:
            uses[number] += 1
        return uses

    def _reserve(self, slots: int) -> int:
        first = self.num_slots
        self.num_slots += slots
        return first

    def _place_all(self, kind: int) -> int:
        """One slot for all nodes of a selector; -1 if there are none."""
        found = [number for number in self.order if self.nodes[number][0] == kind]
        if not found:
            return -1
        slot = self._reserve(1)
        self.slot_of.update(dict.fromkeys(found, slot))
        return slot

    def _place_scalars(self) -> tuple[list[int], list[tuple[int, int, int]], tuple[int, int, int]]:
        constants: list[int] = []
        scalars: list[tuple[int, int, int]] = []
        counts = [0, 0, 0]
        placed: dict[tuple[int, int], int] = {}
        for number in self.order:
            kind, value, _ = self.nodes[number]
            if kind == NodeKind.CONSTANT:
                source, index = Scalar.CONSTANT, value % P
            elif kind in SCALARS:
                source, index = SCALARS[kind], value
                counts[source - 1] = max(counts[source - 1], index + 1)
            else:
                continue
            if (source, index) not in placed:
                slot = self._reserve(3 if source == Scalar.CHALLENGE else 1)
                placed[source, index] = slot
                if source == Scalar.CONSTANT:
                    constants.append(index)
                    scalars.append((source, len(constants) - 1, slot))
                else:
                    scalars.append((source, index, slot))
            self.slot_of[number] = placed[source, index]
        return constants, scalars, (counts[0], counts[1], counts[2])

    def _place_columns(self) -> tuple[list[tuple[int, int, int, int]], tuple[int, int, int, int]]:
        """Give slots to the tiles that hold a column in use; neighbouring tiles get neighbouring slots."""
        reads: dict[int, tuple[int, int, int]] = {}
        needed: set[tuple[int, int, int]] = set()
        widths = [0, 0, 0, 0]
        for number in self.order:
            kind, column, offset = self.nodes[number]
            if kind not in MATRICES:
                continue
            if offset not in (0, 1):
                raise ValueError(f"node {number} has row offset {offset}: only 0 and 1 are supported")
            matrix, size = MATRICES[kind], 3 if kind == STAGE2 else 1
            first, last = column * size, column * size + size - 1
            reads[number] = (matrix, offset, first)
            needed.update((matrix, offset, tile) for tile in (first // TILE, last // TILE))
            widths[matrix] = max(widths[matrix], last + 1)
        slots = {tile: self._reserve(TILE) for tile in sorted(needed)}
        for number, (matrix, offset, first) in reads.items():
            self.slot_of[number] = slots[matrix, offset, first // TILE] + first % TILE
        tiles = [(matrix, offset, tile * TILE, slot) for (matrix, offset, tile), slot in slots.items()]
        return tiles, (widths[0], widths[1], widths[2], widths[3])

    def _emit(self) -> None:
        """Instructions in evaluation order; each output leaves as soon as it is known."""
        numbers: dict[int, list[int]] = {}
        for position, number in enumerate(self.outputs):
            numbers.setdefault(number, []).append(position)
        for number in self.order:
            kind, left, right = self.nodes[number]
            if kind in BINARY:
                self._emit_binary(number, kind, left, right)
            elif kind == NodeKind.NEG:
                source = self.slot_of[left]
                self._release(left)
                opcode = Opcode.NEG_K if self.extension[number] else Opcode.NEG
                self.code.append((opcode, self._register(number), source, 0))
            for position in numbers.get(number, ()):
                opcode = Opcode.OUT_K if self.extension[number] else Opcode.OUT
                self.code.append((opcode, position, self.slot_of[number], 0))
                self._release(number)

    def _emit_binary(self, number: int, kind: int, left: int, right: int) -> None:
        if kind != NodeKind.SUB and self.extension[right] and not self.extension[left]:
            left, right = right, left  # sums and products commute: the operand of K comes first
        opcode = _OPCODES[NodeKind(kind), self.extension[left], self.extension[right]]
        sources = self.slot_of[left], self.slot_of[right]
        self._release(left)
        self._release(right)
        self.code.append((opcode, self._register(number), *sources))

    def _register(self, number: int) -> int:
        free = self.free[self.extension[number]]
        self.slot_of[number] = free.pop() if free else self._reserve(3 if self.extension[number] else 1)
        return self.slot_of[number]

    def _release(self, number: int) -> None:
        """One use less; a register without further uses is free for the next target."""
        self.uses[number] -= 1
        if self.uses[number] == 0 and self.nodes[number][0] in (*BINARY, NodeKind.NEG):
            self.free[self.extension[number]].append(self.slot_of[number])


_OPCODES = {
    (NodeKind.ADD, False, False): Opcode.ADD,
    (NodeKind.ADD, True, False): Opcode.ADD_KB,
    (NodeKind.ADD, True, True): Opcode.ADD_KK,
    (NodeKind.SUB, False, False): Opcode.SUB,
    (NodeKind.SUB, True, False): Opcode.SUB_KB,
    (NodeKind.SUB, False, True): Opcode.SUB_BK,
    (NodeKind.SUB, True, True): Opcode.SUB_KK,
    (NodeKind.MUL, False, False): Opcode.MUL,
    (NodeKind.MUL, True, False): Opcode.MUL_KB,
    (NodeKind.MUL, True, True): Opcode.MUL_KK,
}


def _operands(node: Node) -> tuple[int, ...]:
    kind, left, right = node
    if kind in BINARY:
        return left, right
    return (left,) if kind == NodeKind.NEG else ()


def _evaluation_order(nodes: Sequence[Node], outputs: Sequence[int]) -> list[int]:
    """The nodes that are needed, depth first from each output: values die soon, so few registers are live."""
    order: list[int] = []
    done: set[int] = set()
    for output in outputs:
        if not 0 <= output < len(nodes):
            raise ValueError(f"output {output} is not a node: there are {len(nodes)}")
        stack = [output]
        while stack:
            number = stack[-1]
            if number in done:
                stack.pop()
                continue
            _check(nodes, number)
            waiting = [operand for operand in _operands(nodes[number]) if operand not in done]
            if waiting:
                stack.extend(reversed(waiting))
            else:
                done.add(stack.pop())
                order.append(number)
    return order


def _check(nodes: Sequence[Node], number: int) -> None:
    kind, index, _ = nodes[number]
    if not 0 <= kind <= STAGE2:
        raise ValueError(f"node {number} has kind {kind}, which is unknown")
    if index < 0 and (kind in MATRICES or kind in SCALARS):
        raise ValueError(f"node {number} has index {index}: indices start at 0")
    if any(not 0 <= operand < number for operand in _operands(nodes[number])):
        raise ValueError(f"node {number} reads a node that does not come before it")


def _table(rows: Sequence[tuple[int, ...]], width: int) -> I32:
    return _read_only(np.array(rows, dtype=np.int32).reshape(len(rows), width))


def _read_only(array: T) -> T:
    array.setflags(write=False)
    return array
