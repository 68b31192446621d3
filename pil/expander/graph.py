"""The graph of expressions: nodes are shared, simplified when they are made, and know their degree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import NodeKind

COLUMN_KINDS = frozenset(
    (NodeKind.WITNESS, NodeKind.FIXED, NodeKind.PROGRAM, NodeKind.FIRST, NodeKind.LAST, NodeKind.STAGE2)
)
_SYMBOLS = {NodeKind.ADD: "+", NodeKind.SUB: "-", NodeKind.MUL: "*"}


@dataclass(eq=False, slots=True)
class Leaf:
    """A constant, or the cell of a column at a row offset, or a value of the air.

    `index` is the value of a constant, else the number of the column or value. `air` is the serial number of
    the air that it belongs to, -1 if none.
    """

    kind: NodeKind
    index: int
    offset: int
    air: int
    name: str
    degree: int


@dataclass(eq=False, slots=True)
class Operation:
    """ADD, SUB or MUL of two nodes, or NEG of one (both operands are then the same)."""

    kind: NodeKind
    left: "Leaf | Operation"
    right: "Leaf | Operation"
    degree: int


Node = Leaf | Operation
Operand = Node | int  # integers are unbounded until they meet a node


class Graph:
    """Makes nodes. Two nodes of one graph are equal exactly if they are the same object."""

    def __init__(self) -> None:
        self._leaves: dict[tuple[NodeKind, int, int, int], Leaf] = {}
        self._operations: dict[tuple[NodeKind, int, int], Operation] = {}
        self._shifted: dict[int, dict[int, Node]] = {}  # by rows, by id: nodes live as long as the graph

    def leaf(self, kind: NodeKind, index: int, offset: int, air: int, name: str) -> Leaf:
        """The leaf of that identity; the name is for people."""
        key = (kind, index, offset, air)
        found = self._leaves.get(key)
        if found is None:
            found = self._leaves[key] = Leaf(kind, index, offset, air, name, int(kind in COLUMN_KINDS))
        return found

    def constant(self, value: int) -> Leaf:
        """A number modulo p."""
        return self.leaf(NodeKind.CONSTANT, value % P, 0, -1, str(value))

    def node(self, value: Operand) -> Node:
        """An operand as a node."""
        return self.constant(value) if isinstance(value, int) else value

    def add(self, left: Operand, right: Operand) -> Operand:
        """left + right."""
        if isinstance(left, int) and isinstance(right, int):
            return left + right
        if _is_zero(left):
            return right
        if _is_zero(right):
            return left
        if isinstance(right, int) and right < 0:
            return self._operation(NodeKind.SUB, left, -right)
        return self._operation(NodeKind.ADD, left, right)

    def sub(self, left: Operand, right: Operand) -> Operand:
        """left - right."""
        if isinstance(left, int) and isinstance(right, int):
            return left - right
        if _is_zero(right):
            return left
        if _is_zero(left):
            return self.neg(right)
        if isinstance(right, int) and right < 0:
            return self._operation(NodeKind.ADD, left, -right)
        return self._operation(NodeKind.SUB, left, right)

    def mul(self, left: Operand, right: Operand) -> Operand:
        """left * right."""
        if isinstance(left, int) and isinstance(right, int):
            return left * right
        if _is_zero(left) or _is_zero(right):
            return 0
        for one, other in ((left, right), (right, left)):
            if isinstance(one, int) and one % P in (1, P - 1):
                return other if one % P == 1 else self.neg(other)
        return self._operation(NodeKind.MUL, left, right)

    def neg(self, value: Operand) -> Operand:
        """-value."""
        if isinstance(value, int):
            return -value
        if value.kind == NodeKind.NEG:
            assert isinstance(value, Operation)
            return value.left
        return self._operation(NodeKind.NEG, value, value)

    def _operation(self, kind: NodeKind, left: Operand, right: Operand) -> Operation:
        left, right = self.node(left), self.node(right)
        key = (kind, id(left), id(right))
        found = self._operations.get(key)
        if found is None:
            product = kind == NodeKind.MUL
            degree = left.degree + right.degree if product else max(left.degree, right.degree)
            found = self._operations[key] = Operation(kind, left, right, degree)
        return found

    def rebuild(self, node: Node, leaf: Callable[[Leaf], Node]) -> Node:
        """The same expression with every leaf replaced."""
        made: dict[int, Node] = {}
        for inner in post_order(node):
            if isinstance(inner, Leaf):
                made[id(inner)] = leaf(inner)
            else:
                made[id(inner)] = self._operation(inner.kind, made[id(inner.left)], made[id(inner.right)])
        return made[id(node)]

    def shift(self, node: Node, rows: int) -> Node:
        """The expression, `rows` rows later; only columns have rows."""
        if not rows:
            return node
        made = self._shifted.setdefault(rows, {})
        stack = [node]
        while stack:
            inner = stack[-1]
            if id(inner) in made:
                stack.pop()
            elif isinstance(inner, Leaf):
                moved: Node = inner
                if inner.kind in COLUMN_KINDS:
                    moved = self.leaf(inner.kind, inner.index, inner.offset + rows, inner.air, inner.name)
                made[id(stack.pop())] = moved
            else:
                left, right = made.get(id(inner.left)), made.get(id(inner.right))
                if left is None or right is None:
                    stack += [part for part in (inner.right, inner.left) if id(part) not in made]
                else:
                    is_same = left is inner.left and right is inner.right
                    made[id(stack.pop())] = inner if is_same else self._operation(inner.kind, left, right)
        return made[id(node)]


def _is_zero(value: Operand) -> bool:
    return isinstance(value, int) and value % P == 0


def post_order(*roots: Node) -> Iterator[Node]:
    """Every node below the roots once, operands before what uses them, without recursion."""
    seen: set[int] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, is_ready = stack.pop()
        if id(node) in seen:
            continue
        if is_ready or isinstance(node, Leaf):
            seen.add(id(node))
            yield node
        else:
            stack.append((node, True))
            stack.append((node.right, False))
            stack.append((node.left, False))


def text(node: Operand, limit: int = 400) -> str:
    """The expression as source text; at most `limit` characters of each part."""
    if isinstance(node, int):
        return str(node)
    made: dict[int, str] = {}
    for inner in post_order(node):
        if isinstance(inner, Leaf):
            result = on_row(inner.name, inner.offset)
        elif inner.kind == NodeKind.NEG:
            result = f"-{_grouped(inner.left, made)}"
        else:
            left, right = made[id(inner.left)], _grouped(inner.right, made)
            if inner.kind == NodeKind.MUL:
                left = _grouped(inner.left, made)
            elif inner.kind == NodeKind.ADD:
                right = made[id(inner.right)]
            result = f"{left} {_SYMBOLS[inner.kind]} {right}"
        made[id(inner)] = result if len(result) <= limit else result[: limit - 3] + "..."
    return made[id(node)]


def _grouped(node: Node, made: dict[int, str]) -> str:
    is_sum = node.kind in (NodeKind.ADD, NodeKind.SUB)
    return f"({made[id(node)]})" if is_sum else made[id(node)]


def on_row(name: str, row: int) -> str:
    """The text of a column on another row: a', a'2, 'a, 2'a."""
    if row == 0:
        return name
    count = "" if abs(row) == 1 else str(abs(row))
    return f"{name}'{count}" if row > 0 else f"{count}'{name}"
