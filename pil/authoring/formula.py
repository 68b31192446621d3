"""Expressions as they were written: added columns are what they stand for, and rows are the file's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from zisk_py.field import extension
from zisk_py.field.goldilocks import P
from zisk_py.pil.checker import leaf_name
from zisk_py.pil.compiled import AuthoredAir, Computed
from zisk_py.pil.report import Value, signed
from zisk_py.pil.system import Air, Node, NodeKind, System
from zisk_py.pil.trace_evaluation import OPERATIONS, Instance

ROWED = frozenset(
    (NodeKind.WITNESS, NodeKind.FIXED, NodeKind.PROGRAM, NodeKind.STAGE2, NodeKind.FIRST, NodeKind.LAST)
)
_MARKS = (NodeKind.FIRST, NodeKind.LAST)
_SYMBOLS = {NodeKind.ADD: "+", NodeKind.SUB: "-", NodeKind.MUL: "*"}


@dataclass(frozen=True, slots=True)
class Term:
    """A node of a formula: a leaf with its name, index and offset, or an operation on other terms."""

    kind: NodeKind
    left: int = -1
    right: int = -1
    name: str = ""
    index: int = 0
    offset: int = 0

    @property
    def is_leaf(self) -> bool:
        """Whether nothing is below it."""
        return self.left < 0

    @property
    def is_column(self) -> bool:
        """Whether it is a column of the file: not a constant, a value or a mark of a row."""
        return self.kind in ROWED and self.kind not in _MARKS


@dataclass(frozen=True, slots=True)
class Formula:
    """Terms in the order in which they can be evaluated; the last one is the whole."""

    terms: tuple[Term, ...]

    def values(self, instance: Instance, row: int) -> list[Value]:
        """The value of every term on a row of an instance."""
        found: list[Value] = []
        for term in self.terms:
            if term.is_leaf:
                found.append(leaf_value(term, instance, row))
            else:
                found.append(_apply(term.kind, found[term.left], found[term.right]))
        return found

    def texts(self, limit: int = 120) -> list[str]:
        """The text of every term; parts that are longer than `limit` are cut."""
        made: list[str] = []
        for term in self.terms:
            if term.is_leaf:
                text = with_offset(term.name, term.offset)
            elif term.kind == NodeKind.NEG:
                text = f"-{self._grouped(term.left, made)}"
            else:
                is_product = term.kind == NodeKind.MUL
                left = self._grouped(term.left, made) if is_product else made[term.left]
                right = made[term.right] if term.kind == NodeKind.ADD else self._grouped(term.right, made)
                text = f"{left} {_SYMBOLS[term.kind]} {right}"
            made.append(text if len(text) <= limit else text[: limit - 3] + "...")
        return made

    def _grouped(self, number: int, made: Sequence[str]) -> str:
        is_sum = self.terms[number].kind in (NodeKind.ADD, NodeKind.SUB)
        return f"({made[number]})" if is_sum else made[number]

    def leaves(self) -> Iterator[int]:
        """The leaves but for constants, each once, from left to right."""
        stack, seen = [len(self.terms) - 1], set()
        while stack:
            number = stack.pop()
            if number in seen:
                continue
            seen.add(number)
            term = self.terms[number]
            if not term.is_leaf:
                stack += [term.right, term.left] if term.kind != NodeKind.NEG else [term.left]
            elif term.kind != NodeKind.CONSTANT:
                yield number


def formula(
    system: System,
    air: Air,
    beside: AuthoredAir | None,
    node: int,
    moved: int = 0,
    marks: Mapping[NodeKind, str] = MappingProxyType({}),
) -> Formula:
    """The formula of a node of an air, where row r of the compiled form is row r + moved of the file.

    beside  what is known of added columns; None where they are to be seen, and for the globals.
    marks   how the author calls FIRST and LAST.
    """
    made: dict[tuple[bool, int, int], int] = {}
    terms: list[Term] = []
    places: dict[Term, int] = {}
    stack = [(False, node, -moved)]  # in the graph of recipes or not, node, rows later
    while stack:
        key = in_recipes, number, shift = stack[-1]
        if key in made:
            stack.pop()
            continue
        graph: Sequence[Node] = beside.nodes if in_recipes and beside else air.nodes
        kind, left, right = graph[number]
        below = _below(air, beside, in_recipes, graph[number], shift)
        missing = [child for child in below if child not in made]
        if missing:
            stack += missing
            continue
        stack.pop()
        if below and kind not in OPERATIONS and kind != NodeKind.NEG:  # an added column: what it stands for
            made[key] = made[below[0]]
            continue
        if below:
            term = Term(NodeKind(kind), made[below[0]], made[below[-1]])
        elif kind in _MARKS:
            term = _mark(kind, right + shift, marks)
        else:
            offset = right + shift if kind in ROWED else 0
            term = Term(NodeKind(kind), name=_name(system, air, kind, left), index=left, offset=offset)
        if below or term not in places:  # a column can be reached by its name and through an added one
            places[term] = len(terms)
            terms.append(term)
        made[key] = places[term]
    return Formula(tuple(terms[: made[False, node, -moved] + 1]))


def _mark(kind: int, offset: int, names: Mapping[NodeKind, str]) -> Term:
    """The mark of the first or last row, by the author's name if there is one; LAST is FIRST a row later."""
    later = offset + (kind == NodeKind.LAST)
    if NodeKind.LAST in names and (later == 1 or NodeKind.FIRST not in names):
        return Term(NodeKind.LAST, name=names[NodeKind.LAST], offset=later - 1)
    if NodeKind.FIRST in names:
        return Term(NodeKind.FIRST, name=names[NodeKind.FIRST], offset=later)
    if later == 1:
        return Term(NodeKind.LAST, name="last row")
    return Term(NodeKind.FIRST, name="first row", offset=later)


def _below(
    air: Air, beside: AuthoredAir | None, in_recipes: bool, node: Node, shift: int
) -> tuple[tuple[bool, int, int], ...]:
    kind, left, right = node
    if kind in OPERATIONS:
        return (in_recipes, left, shift), (in_recipes, right, shift)
    if kind == NodeKind.NEG:
        return ((in_recipes, left, shift),)
    if beside is not None and kind == NodeKind.WITNESS and left >= beside.given:
        recipe = beside.recipes.get(left)
        if isinstance(recipe, Computed):
            return ((True, recipe.node, shift + right),)
    written = beside.cost.columns.get(2, 0) if beside else 0
    if beside is not None and kind == NodeKind.STAGE2 and left >= written and left in beside.stage2:
        return ((True, beside.stage2[left], shift + right),)
    return ()


def _name(system: System, air: Air, kind: int, index: int) -> str:
    if kind == NodeKind.CONSTANT:
        return str(signed(index))
    if kind == NodeKind.PUBLIC:
        return system.publics[index]
    if kind == NodeKind.CHALLENGE:
        return system.challenges[index]
    return leaf_name(air, kind, index, 0)


def leaf_value(term: Term, instance: Instance, row: int) -> Value:
    """The value of a leaf on a row."""
    if term.kind == NodeKind.CONSTANT:
        return term.index
    if term.kind == NodeKind.PUBLIC:
        return instance.publics[term.index]
    if term.kind == NodeKind.AIR_VALUE:
        return instance.air_values[term.index]
    if term.kind == NodeKind.CHALLENGE:
        return instance.challenges[term.index]
    at = (row + term.offset) % instance.rows
    if term.kind == NodeKind.STAGE2:
        a, b, c = (int(v) for v in instance.stage2[at, 3 * term.index : 3 * term.index + 3])
        return a, b, c
    if term.kind == NodeKind.FIRST:
        return int(at == 0)
    if term.kind == NodeKind.LAST:
        return int(at == instance.rows - 1)
    matrices = {
        NodeKind.WITNESS: instance.matrix,
        NodeKind.FIXED: instance.fixed,
        NodeKind.PROGRAM: instance.program,
    }
    return int(matrices[term.kind][at, term.index])


def _apply(kind: NodeKind, left: Value, right: Value) -> Value:
    if isinstance(left, int) and isinstance(right, int):
        if kind == NodeKind.NEG:
            return -left % P
        if kind == NodeKind.MUL:
            return left * right % P
        return (left + right if kind == NodeKind.ADD else left - right) % P
    one = extension.embed(left) if isinstance(left, int) else left
    other = extension.embed(right) if isinstance(right, int) else right
    if kind == NodeKind.NEG:
        return extension.neg(one)
    operations = {NodeKind.ADD: extension.add, NodeKind.SUB: extension.sub, NodeKind.MUL: extension.mul}
    return operations[kind](one, other)


def with_offset(name: str, offset: int) -> str:
    """The name of a column with its row offset, as the language has it: `a'`, `a'2`, `'a`, `2'a`."""
    count = str(abs(offset)) if abs(offset) > 1 else ""
    if offset < 0:
        return f"{count}'{name}"
    return f"{name}'{count}" if offset else name


__all__ = ["Formula", "Term", "formula", "leaf_value", "with_offset"]
