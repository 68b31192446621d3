"""Constraints as a program: what the kernels run on rows and the verifier runs once, at the out-of-domain
point.

A program is a list of nodes in topological order and the list of those that are its outputs. Its nodes are
those of `zisk_py.pil.system`, and two more that exist only once a proof is under way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import pack

from zisk_py.field.extension import Element, add, embed, mul, neg, sub
from zisk_py.pil.system import Node, NodeKind

CHALLENGE = 12  # index into the challenges of the instance, elements of K
STAGE2 = 13  # index of the column of elements of K, row offset (0 or 1)

COLUMN_KINDS = (NodeKind.WITNESS, NodeKind.FIXED, NodeKind.PROGRAM, STAGE2)
_BINARY = (NodeKind.ADD, NodeKind.SUB, NodeKind.MUL)


@dataclass(frozen=True, slots=True)
class Program:
    """Nodes (kind, operand, operand) and the numbers of the nodes that are outputs."""

    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]

    def columns_read(self, kind: int, offset: int) -> tuple[int, ...]:
        """The columns of that kind that some node reads at that row offset, ascending."""
        return tuple(sorted({a for k, a, b in self.nodes if k == kind and b == offset}))

    def encode(self) -> bytes:
        """A byte string that determines the program, to be hashed."""
        flat = [number for node in self.nodes for number in node]
        counts = (len(self.nodes), len(self.outputs))
        return pack(f"<{2 + len(flat) + len(self.outputs)}Q", *counts, *flat, *self.outputs)


class Builder:
    """Nodes under construction; equal nodes are shared."""

    def __init__(self, nodes: Sequence[Node] = ()) -> None:
        """Begin with `nodes`, whose numbers stay valid."""
        self.nodes = list(nodes)
        self._numbers = {node: number for number, node in enumerate(self.nodes)}

    def node(self, kind: int, first: int, second: int = 0) -> int:
        """The number of that node, added if it is not there yet."""
        node = (int(kind), first, second)
        if node not in self._numbers:
            self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
        return self._numbers[node]

    def add(self, a: int, b: int) -> int:
        """The node a + b."""
        return self.node(NodeKind.ADD, a, b)

    def sub(self, a: int, b: int) -> int:
        """The node a - b."""
        return self.node(NodeKind.SUB, a, b)

    def mul(self, a: int, b: int) -> int:
        """The node a * b."""
        return self.node(NodeKind.MUL, a, b)

    def build(self, outputs: Sequence[int]) -> Program:
        """The program with these outputs; nodes that no output needs are left out."""
        needed = set(outputs)
        for number in range(len(self.nodes) - 1, -1, -1):
            if number in needed:
                needed.update(operands(self.nodes[number]))
        place: dict[int, int] = {}
        nodes: list[Node] = []
        for number in sorted(needed):
            kind, a, b = self.nodes[number]
            inner = operands((kind, a, b))
            place[number] = len(nodes)
            nodes.append((kind, place[a] if inner else a, place[b] if len(inner) == 2 else b))
        return Program(tuple(nodes), tuple(place[output] for output in outputs))


def operands(node: Node) -> tuple[int, ...]:
    """The numbers of the nodes that a node is made of."""
    kind, a, b = node
    if kind in _BINARY:
        return (a, b)
    return (a,) if kind == NodeKind.NEG else ()


def degrees(nodes: Sequence[Node]) -> list[int]:
    """The degree of each node, a column or a selector counting 1."""
    result: list[int] = []
    for node in nodes:
        kind, a, b = node
        if kind == NodeKind.MUL:
            result.append(result[a] + result[b])
        elif inner := operands(node):
            result.append(max(result[number] for number in inner))
        else:
            result.append(int(kind in COLUMN_KINDS or kind in (NodeKind.FIRST, NodeKind.LAST)))
    return result


@dataclass(frozen=True, slots=True)
class Point:
    """All that a program reads, at one point. `columns` is keyed by (kind, column, row offset)."""

    columns: Mapping[Node, Element]
    first: Element
    last: Element
    air_values: Sequence[int]
    publics: Sequence[int]
    challenges: Sequence[Element]


def evaluate(program: Program, point: Point) -> list[Element]:
    """The outputs of the program over K."""
    values: list[Element] = []
    for node in program.nodes:
        kind, a, b = node
        if kind == NodeKind.MUL:
            values.append(mul(values[a], values[b]))
        elif kind == NodeKind.ADD:
            values.append(add(values[a], values[b]))
        elif kind == NodeKind.SUB:
            values.append(sub(values[a], values[b]))
        elif kind == NodeKind.NEG:
            values.append(neg(values[a]))
        elif kind in COLUMN_KINDS:
            values.append(point.columns[node])
        elif kind == NodeKind.CONSTANT:
            values.append(embed(a))
        elif kind == CHALLENGE:
            values.append(point.challenges[a])
        elif kind == NodeKind.AIR_VALUE:
            values.append(embed(point.air_values[a]))
        elif kind == NodeKind.PUBLIC:
            values.append(embed(point.publics[a]))
        elif kind == NodeKind.FIRST:
            values.append(point.first)
        elif kind == NodeKind.LAST:
            values.append(point.last)
        else:
            raise ValueError(f"no node has kind {kind}")
    return [values[output] for output in program.outputs]
