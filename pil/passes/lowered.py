"""An air on its way down to the core: what was written, over leaves of the core and any row offsets."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from zisk_py.pil.compiled import Multiplicity
from zisk_py.pil.errors import Frame
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.graph import Graph, Leaf, Node
from zisk_py.pil.span import Span
from zisk_py.pil.system import Column, FixedColumn, NodeKind

LATE = frozenset((NodeKind.CHALLENGE, NodeKind.STAGE2))  # their values are elements of K
ROWED = frozenset(
    (NodeKind.WITNESS, NodeKind.FIXED, NodeKind.PROGRAM, NodeKind.FIRST, NodeKind.LAST, NodeKind.STAGE2)
)


@dataclass(frozen=True, slots=True)
class Reach:
    """The row offsets that an expression reads, and whether it reads where the first or last row is."""

    first: int
    last: int
    has_ends: bool = False

    def joined(self, other: "Reach") -> "Reach":
        """The rows of both."""
        return Reach(
            min(self.first, other.first), max(self.last, other.last), self.has_ends or other.has_ends
        )


NOWHERE = Reach(1 << 62, -(1 << 62))  # of what has no rows


@dataclass(frozen=True, slots=True)
class Rule:
    """A node that is zero on every row; on row r it is what was written, on row r + moved."""

    node: Node
    span: Span
    frame: Frame | None
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Sending:
    """A message per row, on a bus of the core; `moved` as in a rule."""

    bus: int
    sign: int
    multiplicity: Node
    values: tuple[Node, ...]
    names: tuple[str, ...]
    span: Span
    frame: Frame | None
    moved: int = 0

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The expressions that it is made of."""
        return (self.multiplicity, *self.values)


@dataclass(slots=True)
class LoweredAir:
    """The air so far. Lowerings rewrite its rules and sendings, and add columns behind the author's."""

    builder: AirBuilder
    fixed: list[FixedColumn]
    graph: Graph = field(default_factory=Graph)
    columns: list[Column] = field(default_factory=list)
    stage2: list[str] = field(default_factory=list)
    air_values: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    written: int = 0  # the first so many rules are the author's
    sendings: list[Sending] = field(default_factory=list)
    recipes: dict[int, Node | Multiplicity] = field(default_factory=dict)
    values: dict[int, Node] = field(default_factory=dict)
    late_recipes: dict[int, Node] = field(default_factory=dict)
    added: int = 0
    marks: dict[NodeKind, str] = field(default_factory=dict)  # how the author calls FIRST and LAST
    _names: set[str] = field(default_factory=set)
    _late: dict[int, bool] = field(default_factory=dict)
    _reach: dict[int, Reach] = field(default_factory=dict)

    @property
    def rows(self) -> int | None:
        """How many rows it has; None if that is chosen per run."""
        return None if self.builder.log_height is None else 1 << self.builder.log_height

    def add_column(self, value: Node, name: str, span: Span) -> Leaf:
        """A column that is the value on every row: of stage 2 if the value is an element of K."""
        self.added += 1
        name = self._free_name(name)
        if self.is_late(value):
            index = len(self.stage2)
            self.stage2.append(name)
            self.late_recipes[index] = value
            return self.leaf(NodeKind.STAGE2, index, 0, name)
        index = len(self.columns)
        self.columns.append(Column(name, 0, span.source()))
        self.recipes[index] = value
        return self.leaf(NodeKind.WITNESS, index, 0, name)

    def _free_name(self, name: str) -> str:
        taken = self._names
        if not taken:
            taken.update((column.name for column in self.columns), self.stage2)
        free, count = name, 1
        while free in taken:
            count += 1
            free = f"{name}#{count}"
        taken.add(free)
        return free

    def leaf(self, kind: NodeKind, index: int, offset: int, name: str) -> Leaf:
        """A leaf of the air's graph."""
        return self.graph.leaf(kind, index, offset, self.builder.serial, name)

    def is_late(self, node: Node) -> bool:
        """Whether its value is an element of K."""
        for inner in unknown(self._late, node):
            if isinstance(inner, Leaf):
                self._late[id(inner)] = inner.kind in LATE
            else:
                self._late[id(inner)] = self._late[id(inner.left)] or self._late[id(inner.right)]
        return self._late[id(node)]

    def reach(self, node: Node) -> Reach:
        """The rows that it reads."""
        for inner in unknown(self._reach, node):
            if not isinstance(inner, Leaf):
                left, right = self._reach[id(inner.left)], self._reach[id(inner.right)]
                self._reach[id(inner)] = left if left == right else left.joined(right)
            elif inner.kind in (NodeKind.FIRST, NodeKind.LAST):
                # The last row is the one before the first.
                row = inner.offset + (inner.kind == NodeKind.LAST)
                self._reach[id(inner)] = Reach(row, row, True)
            elif inner.kind in ROWED:
                self._reach[id(inner)] = Reach(inner.offset, inner.offset)
            else:
                self._reach[id(inner)] = NOWHERE
        return self._reach[id(node)]

    def first_row(self, node: Node) -> int:
        """How many rows later than possible it reads all that it reads; 0 if it reads where the air ends."""
        reach = self.reach(node)
        return 0 if reach.has_ends or reach == NOWHERE else reach.first


def unknown(known: Mapping[int, object], *roots: Node) -> Iterator[Node]:
    """The nodes below the roots that are no key (by id) of `known` yet, operands before what uses them.

    Whoever iterates makes each node known when it comes, so that all walks together are linear.
    """
    stack = list(reversed(roots))
    while stack:
        node = stack[-1]
        if id(node) in known:
            stack.pop()
            continue
        if not isinstance(node, Leaf):
            missing = [child for child in (node.right, node.left) if id(child) not in known]
            if missing:
                stack += missing
                continue
        yield node


class Rewriting:
    """The same expressions with every leaf replaced; what was rewritten once is kept."""

    def __init__(self, graph: Graph, leaf: Callable[[Leaf], Node]) -> None:
        self._graph = graph
        self._leaf = leaf
        self._made: dict[int, Node] = {}
        self._kept: list[Node] = []  # so that no id is given twice

    def __call__(self, node: Node) -> Node:
        """The expression, rewritten."""
        made = self._made
        for inner in unknown(made, node):
            self._kept.append(inner)
            if isinstance(inner, Leaf):
                made[id(inner)] = self._leaf(inner)
            else:
                made[id(inner)] = combine(
                    self._graph, inner.kind, made[id(inner.left)], made[id(inner.right)]
                )
        return made[id(node)]


def combine(graph: Graph, kind: NodeKind, left: Node, right: Node) -> Node:
    """The operation on two nodes; NEG takes the left one."""
    if kind == NodeKind.NEG:
        return graph.node(graph.neg(left))
    operation = {NodeKind.ADD: graph.add, NodeKind.SUB: graph.sub, NodeKind.MUL: graph.mul}[kind]
    return graph.node(operation(left, right))
