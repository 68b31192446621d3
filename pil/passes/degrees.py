"""Lowering: no rule and no message exceeds the prover's degree.

Where a product does, a factor of it becomes a column: few of them, and one that is made serves every rule,
also on other rows. Which ones is chosen from below: for each expression and each degree allowed, the fewest
columns that bring it there, where a column that exists costs nothing.
"""

from dataclasses import replace

from zisk_py.pil.errors import Code, Diagnostic, Frame
from zisk_py.pil.expander.graph import Leaf, Node, text
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lowered import LoweredAir, Rule, combine
from zisk_py.pil.span import Span
from zisk_py.pil.system import NodeKind

MAX_DEGREE = 3  # of a constraint, and of a multiplicity; blowup 2
MAX_VALUE_DEGREE = 2  # of a value of a message: the prover multiplies the tuple by a column
MAX_NAME = 60  # characters of an expression in the name of its column
_NEVER = 1 << 60  # the cost of what is not possible
_MANY = 1 << 50  # the highest cost of what is: a factor in several places counts in each of them
_COLUMN = (_NEVER, 0, 0, 0)


def lower(expander: Expander, air: LoweredAir) -> None:
    """Add columns until all degrees are within the limits, with a warning for each term that needs them."""
    _Reducer(expander, air).run()


class _Reducer:
    def __init__(self, expander: Expander, air: LoweredAir) -> None:
        self.expander = expander
        self.air = air
        self.costs: dict[int, tuple[int, ...]] = {}  # by node of degree 2 or more: columns, by degree allowed
        self.columns: dict[int, Leaf] = {}  # by node, moved to its first row
        self.reduced: dict[tuple[int, int], Node] = {}  # by node and degree allowed
        self.definitions: list[Rule] = []
        self.span: Span
        self.frame: Frame | None

    def run(self) -> None:
        """Rewrite what is of too high a degree."""
        air = self.air
        for number, rule in enumerate(air.rules):
            if rule.node.degree > MAX_DEGREE:
                node = self.reduce("this constraint", rule.node, MAX_DEGREE, rule.span, rule.frame)
                air.rules[number] = Rule(node, rule.span, rule.frame)
        for number, sending in enumerate(air.sendings):
            if sending.multiplicity.degree > MAX_DEGREE or any(
                value.degree > MAX_VALUE_DEGREE for value in sending.values
            ):
                where = (sending.span, sending.frame)
                times = self.reduce("this multiplicity", sending.multiplicity, MAX_DEGREE, *where)
                values = [self.reduce("this value", v, MAX_VALUE_DEGREE, *where) for v in sending.values]
                air.sendings[number] = replace(sending, multiplicity=times, values=tuple(values))
        air.rules += self.definitions

    def reduce(self, what: str, root: Node, limit: int, span: Span, frame: Frame | None) -> Node:
        """The expression within a degree, by columns for factors of it."""
        if root.degree <= limit:
            return root
        self.span, self.frame = span, frame
        before = self.air.added
        self.count(root)
        node = self.within(root, limit)
        if self.air.added > before:
            self.warn(what, root, limit, self.air.added - before)
        return node

    def warn(self, what: str, root: Node, limit: int, added: int) -> None:
        """Tell the term that causes it."""
        term = root
        while not isinstance(term, Leaf) and term.kind != NodeKind.MUL:
            term = term.left if term.left.degree == root.degree else term.right
        columns = "a column is" if added == 1 else f"{added} columns are"
        found = Diagnostic(
            Code.HIGH_DEGREE,
            f"{what} has degree {root.degree} in `{text(term, 200)}`, the prover takes at most {limit}: "
            f"{columns} added for factors of it",
            self.span,
            self.frame,
            "put a factor into a column of your own with `<==`, or write the term with a lower degree",
        )
        if not any(other.code == found.code and other.span == found.span for other in self.expander.warnings):
            self.expander.warnings.append(found)

    # ---- how many columns

    def cost(self, node: Node) -> tuple[int, ...]:
        """How many columns bring it to degree 0, 1, 2, 3."""
        if node.degree < 2:
            return (0, 0, 0, 0) if node.degree == 0 else _COLUMN
        return self.costs[id(node)]

    def count(self, root: Node) -> None:
        """Know the costs of the node and of all below it."""
        stack = [root]
        while stack:
            node = stack[-1]
            if node.degree < 2 or id(node) in self.costs:
                stack.pop()
                continue
            assert not isinstance(node, Leaf)
            missing = [c for c in (node.left, node.right) if c.degree > 1 and id(c) not in self.costs]
            if missing:
                stack += missing
                continue
            left, right = self.cost(node.left), self.cost(node.right)
            if node.kind == NodeKind.NEG:
                own = list(left)
            elif node.kind == NodeKind.MUL:
                own = [min(left[i] + right[k - i] for i in range(k + 1)) for k in range(MAX_DEGREE + 1)]
            else:
                own = [a + b for a, b in zip(left, right, strict=True)]
            whole = min(1 + own[MAX_DEGREE], _MANY)
            self.costs[id(node)] = (_NEVER, *(min(c, whole) for c in own[1:]))

    # ---- columns

    def within(self, root: Node, limit: int) -> Node:
        """The node at that degree. The parts that this takes are made first, without recursion."""
        made = self.reduced
        stack = [(root, limit)]
        while stack:
            node, limit = stack[-1]
            key = (id(node), limit)
            if key in made or node.degree <= limit:
                made.setdefault(key, node)
                stack.pop()
                continue
            assert not isinstance(node, Leaf)
            if id(node) in self.columns:
                made[key] = self.columns[id(node)]
                continue
            left, right = self.split(node, limit)
            parts = [(node, MAX_DEGREE)] if left < 0 else [(node.left, left), (node.right, right)]
            missing = [(part, k) for part, k in parts if (id(part), k) not in made]
            if missing:
                stack += missing
            elif left < 0:
                made[key] = self.column(node, made[id(node), MAX_DEGREE])
            else:
                halves = (made[id(node.left), left], made[id(node.right), right])
                made[key] = combine(self.air.graph, node.kind, *halves)
        return made[id(root), limit]

    def split(self, node: Node, limit: int) -> tuple[int, int]:
        """The degrees to which its operands are brought; (-1, -1) if it becomes a column itself."""
        assert not isinstance(node, Leaf)
        left, right = self.cost(node.left), self.cost(node.right)
        if node.kind == NodeKind.NEG:
            best, split = left[limit], (limit, limit)
        elif node.kind == NodeKind.MUL:
            # Of those that cost the same, the one with the smaller factors: others may have them too.
            best, second = min((left[limit - i] + right[i], i) for i in range(limit + 1))
            split = (limit - second, second)
        else:
            best, split = left[limit] + right[limit], (limit, limit)
        is_cheaper = limit < MAX_DEGREE and 1 + self.cost(node)[MAX_DEGREE] < best
        return (-1, -1) if is_cheaper else split

    def column(self, node: Node, reduced: Node) -> Leaf:
        """The column that is the node. On another row than its first one, the same column serves."""
        air = self.air
        first = air.first_row(node)
        base, value = air.graph.shift(node, -first), air.graph.shift(reduced, -first)
        if id(base) not in self.columns:
            own = air.add_column(base, text(base, MAX_NAME), self.span)
            self.columns[id(base)] = own
            rule = air.graph.node(air.graph.sub(own, value))
            self.definitions.append(Rule(rule, self.span, self.frame))
        own = self.columns[id(base)]
        self.columns[id(node)] = air.leaf(own.kind, own.index, own.offset + first, own.name)
        self.costs[id(node)] = _COLUMN
        return self.columns[id(node)]
