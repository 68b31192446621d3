"""Python text of int and string expressions in loops that are translated.

A term knows whether it can be negative and how many bits it can have: most need no check then. What has no
translation raises Untranslatable, and the loop is run statement by statement.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.expander.expressions import MAX_BITS, integers
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.expander.paths import find
from zisk_py.pil.expander.values import Array, Variable
from zisk_py.pil.span import Span

MAX_DEPTH = 40  # of an expression; Python has a limit of 200 parentheses
_WIDE = 1 << 16  # bits: above them an operator is left to the checked one
_ORDER = frozenset(("==", "!=", "<", ">", "<=", ">="))
_WORD = 64


class UntranslatableError(Exception):
    """The loop has something that has no translation."""


@dataclass(frozen=True, slots=True)
class Term:
    """Python text of a value. `bits` bounds its size; `value` is there if it is known now."""

    text: str
    bits: int = MAX_BITS
    is_natural: bool = False
    is_text: bool = False
    value: int | str | None = None

    @property
    def is_simple(self) -> bool:
        """Whether it can be written twice."""
        return self.value is not None or self.text.isidentifier()


@dataclass(frozen=True, slots=True)
class Local:
    """A variable of the translated loop: its name in Python, and what it can hold."""

    term: Term
    dimensions: int = 0


def known(value: int | str) -> Term:
    """A value that is known now."""
    if isinstance(value, str):
        return Term(repr(value), is_text=True, value=value)
    text = repr(value) if value >= 0 else f"({value!r})"
    return Term(text, value.bit_length(), value >= 0, value=value)


class Terms:
    """Expressions of one loop. `assigned` are the names that it assigns to; others are what they are now."""

    def __init__(self, expander: Expander, assigned: frozenset[str]) -> None:
        self.expander = expander
        self.assigned = assigned
        self.constants: dict[str, Any] = {}
        self.names: dict[str, str] = {}  # of constants, by the identity of what they are
        self.scopes: list[dict[str, Local]] = [{}]
        self.outer: dict[str, tuple[Term, Variable]] = {}  # variables from outside that are assigned to
        self.ranges: dict[str, int] = {}  # by Python name: it is from 0 up to, not including, that
        self.counter = 0
        self.depth = 0
        self.tables: dict[int, FixedTable] = {}  # those that are written to

    # ---- what the text calls if something is wrong

    def checked(self, operator: str, left: int, right: int, span: Span) -> int:
        """An operator, with all its errors."""
        return integers(self.expander, operator, left, right, span)

    def fail(self, text: str, span: Span, code: Code) -> Any:
        """An error at that place."""
        raise self.expander.error(text, span, code=code)

    def outside(self, row: int, length: int, span: Span) -> Any:
        """An index that an array does not have."""
        self.fail(f"index {row} is outside of an array of {length}", span, Code.INDEX)

    # ---- names

    def new(self, prefix: str) -> str:
        """A name that is not taken."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    def constant(self, value: Any) -> str:
        """The name of an object in the text."""
        key = f"{id(value)}"
        if key not in self.names:
            self.names[key] = self.new("c")
            self.constants[self.names[key]] = value
        return self.names[key]

    def bound(self, value: Callable[..., Any]) -> str:
        """The name of a method in the text: methods are made anew each time they are read."""
        name = f"f_{value.__name__}"
        self.constants[name] = value
        return name

    def local(self, path: ast.Path) -> Local | None:
        """A variable that the loop declares."""
        name = path.parts[0]
        if len(path.parts) != 1 or not isinstance(name, str):
            return None
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def variable(self, path: ast.Path) -> Variable:
        """A variable from outside."""
        found = find(self.expander, path)
        if found is None:
            raise UntranslatableError
        return found

    def name(self, path: ast.Path) -> Term:
        """The value of a name without indexes."""
        local = self.local(path)
        if local is not None:
            if local.dimensions:
                raise UntranslatableError
            return local.term
        found = self.variable(path)
        if path.span.text in self.assigned:
            if found.type not in ("int", "string") or (found.is_const and found.is_set):
                raise UntranslatableError
            if path.span.text not in self.outer:
                is_text = found.type == "string"
                self.outer[path.span.text] = (Term(self.new("v"), is_text=is_text), found)
            return self.outer[path.span.text][0]
        if type(found.value) not in (int, str):
            raise UntranslatableError
        assert isinstance(found.value, int | str)
        return known(found.value)

    # ---- cells and elements

    def holder(self, node: ast.Reference) -> tuple[FixedTable | Array | Local, tuple[ast.Index, ...]]:
        """The array or fixed column of `x[i][j]`, and the indexes that are left."""
        if node.offset is not None or any(step.is_slice or step.start is None for step in node.indexes):
            raise UntranslatableError
        local = self.local(node.path)
        if local is not None:
            return local, node.indexes
        value = self.variable(node.path).value
        indexes = node.indexes
        while isinstance(value, Array) and indexes:
            if value.items and all(isinstance(item, int | str) for item in value.items):
                break
            at = self.expression(indexes[0].start)  # type: ignore[arg-type]
            if not isinstance(at.value, int) or not 0 <= at.value < len(value.items):
                raise UntranslatableError
            value, indexes = value.items[at.value], indexes[1:]
        if not isinstance(value, FixedTable | Array) or not indexes:
            raise UntranslatableError
        return value, indexes

    def index(self, step: ast.Index, length: str, limit: int | None) -> tuple[str, str]:
        """Text of an index, and the condition that it is one; "" if it surely is."""
        assert step.start is not None
        at = self.expression(step.start)
        if at.is_text:
            raise UntranslatableError
        if isinstance(at.value, int) and limit is not None and 0 <= at.value < limit:
            return at.text, ""
        if limit is not None and self.ranges.get(at.text, limit + 1) <= limit:
            return at.text, ""
        if at.is_simple:
            return at.text, f"0 <= {at.text} < {length}"
        name = self.new("t")
        return name, f"0 <= ({name} := {at.text}) < {length}"

    def element(self, node: ast.Reference) -> Term:
        """The value of `x[i]`."""
        holder, indexes = self.holder(node)
        if isinstance(holder, FixedTable):
            return self.cell(holder, indexes)
        if isinstance(holder, Local):
            if len(indexes) != holder.dimensions:
                raise UntranslatableError
            term, text = holder.term, holder.term.text
            for step in indexes:
                at, condition = self.index(step, f"len({text})", None)
                failing = f"{self.bound(self.outside)}({at}, len({text}), {self.constant(step.span)})"
                text = f"({text}[{at}] if {condition} else {failing})" if condition else f"{text}[{at}]"
            return Term(text, is_text=term.is_text)
        if len(indexes) != 1:
            raise UntranslatableError
        (step,) = indexes
        is_text = isinstance(holder.items[0], str) if holder.items else False
        if any(isinstance(item, str) != is_text for item in holder.items):
            raise UntranslatableError
        length = len(holder.items)
        at, condition = self.index(step, str(length), length)
        is_kept = node.path.span.text not in self.assigned
        if not condition and is_kept:
            item = holder.items[int(at)] if at.isdecimal() else None
            if isinstance(item, int | str):
                return known(item)
        array_name = self.constant(holder.items)
        failing = f"{self.bound(self.outside)}({at}, {length}, {self.constant(step.span)})"
        text = f"({array_name}[{at}] if {condition} else {failing})" if condition else f"{array_name}[{at}]"
        return Term(text, is_text=is_text)

    def cell(self, table: FixedTable, indexes: tuple[ast.Index, ...]) -> Term:
        """The value of a fixed column in a row."""
        if len(indexes) != 1 or table.rows is None:
            raise UntranslatableError
        (step,) = indexes
        if table.written is None and table.stored is None and table.cells is None:
            self.writable(table, step.span)  # the loop may write it before it reads it
        values = table.values
        assert isinstance(values, array)
        at, condition = self.index(step, str(table.rows), table.rows)
        if table.written is not None:
            written = f"{self.constant(table.written)}[{at}]"
            condition = f"{condition} and {written}" if condition else written
        text = f"{self.constant(values)}[{at}]"
        if condition:
            # The index may be named only where the condition is tried, so it is first there.
            text = (
                f"({text} if {condition} else {self.constant(table)}.read({at}, {self.constant(step.span)}))"
            )
        return Term(text, _WORD, True)

    def writable(self, table: FixedTable, span: Span) -> tuple[str, str]:
        """The names of a column's values and of its marks of written rows."""
        if table.rows is None or table.cells is not None or table.external:
            raise UntranslatableError
        if table.written is None and table.stored is not None:
            raise UntranslatableError
        stored, written = table.writable(span)
        self.tables[id(table)] = table
        return self.constant(stored), self.constant(written)

    # ---- expressions

    def expression(self, node: ast.Expression) -> Term:
        """The value of an expression."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UntranslatableError
        term = self.inner(node)
        self.depth -= 1
        return term

    def condition(self, node: ast.Expression) -> str:
        """Text that Python takes as true or false."""
        if isinstance(node, ast.Prefix) and node.operator == "!":
            return f"(not {self.condition(node.operand)})"
        if isinstance(node, ast.Binary) and node.operator in ("&&", "||"):
            left, right = self.condition(node.left), self.condition(node.right)
            return f"({left} {'and' if node.operator == '&&' else 'or'} {right})"
        if isinstance(node, ast.Binary) and node.operator in _ORDER:
            left_term, right_term = self.expression(node.left), self.expression(node.right)
            is_equality = node.operator in ("==", "!=")
            if left_term.is_text != right_term.is_text or (left_term.is_text and not is_equality):
                raise UntranslatableError
            return f"({left_term.text} {node.operator} {right_term.text})"
        return self.expression(node).text

    def inner(self, node: ast.Expression) -> Term:
        """One step of `expression`."""
        if isinstance(node, ast.Number):
            return known(node.value)
        if isinstance(node, ast.Reference):
            if node.indexes:
                return self.element(node)
            if node.offset is not None:
                raise UntranslatableError
            return self.name(node.path)
        if isinstance(node, ast.Prefix):
            return self.prefix(node)
        if isinstance(node, ast.Ternary):
            yes, no = self.expression(node.yes), self.expression(node.no)
            if yes.is_text != no.is_text:
                raise UntranslatableError
            text = f"({yes.text} if {self.condition(node.condition)} else {no.text})"
            return Term(text, max(yes.bits, no.bits), yes.is_natural and no.is_natural, yes.is_text)
        if isinstance(node, ast.Binary):
            if node.operator in _ORDER or node.operator in ("&&", "||"):
                return Term(f"(1 if {self.condition(node)} else 0)", 1, True)
            return self.binary(node)
        if isinstance(node, ast.Text):
            parts = [known(p) if isinstance(p, str) else self.expression(p) for p in node.parts]
            texts = [part.text if part.is_text else f"str({part.text})" for part in parts]
            return Term(f"({' + '.join(texts)})", is_text=True) if texts else known("")
        if isinstance(node, ast.Cast) and node.type.kind == "int" and not node.type.dimensions:
            return self.number(node.value)
        if isinstance(node, ast.InList) and isinstance(node.collection, ast.ListLiteral):
            item = self.number(node.item)
            among = [self.number(one.value).text for one in node.collection.items if not one.is_spread]
            if len(among) != len(node.collection.items):
                raise UntranslatableError
            return Term(f"(1 if {item.text} in ({', '.join(among)},) else 0)", 1, True)
        raise UntranslatableError

    def number(self, node: ast.Expression) -> Term:
        """The value of an expression that is an int."""
        term = self.expression(node)
        if term.is_text:
            raise UntranslatableError
        return term

    def prefix(self, node: ast.Prefix) -> Term:
        """`-x`, `+x`, `!x`."""
        if node.operator == "!":
            return Term(f"(0 if {self.condition(node.operand)} else 1)", 1, True)
        operand = self.number(node.operand)
        if node.operator == "+":
            return operand
        if isinstance(operand.value, int):
            return known(-operand.value)
        return Term(f"(-{operand.text})", operand.bits)

    def binary(self, node: ast.Binary) -> Term:
        """An operator that gives an int or, for `+`, a string."""
        left, right, operator = self.expression(node.left), self.expression(node.right), node.operator
        if left.is_text or right.is_text:
            if operator != "+":
                raise UntranslatableError
            texts = [side.text if side.is_text else f"str({side.text})" for side in (left, right)]
            return Term(f"({texts[0]} + {texts[1]})", is_text=True)
        if isinstance(left.value, int) and isinstance(right.value, int):
            return self.folded(operator, left.value, right.value, node.span)
        natural, bits = left.is_natural and right.is_natural, max(left.bits, right.bits)
        plain = f"({left.text} {operator} {right.text})"
        if operator in ("+", "-") and bits < _WIDE:
            is_enough = isinstance(left.value, int) and left.value + 1 >= 1 << right.bits
            return Term(plain, bits + 1, natural and (operator == "+" or is_enough))
        if operator == "*" and left.bits + right.bits < _WIDE:
            return Term(plain, left.bits + right.bits, natural)
        if operator in ("|", "^"):
            return Term(plain, bits, natural)
        if operator == "&":
            least = min((t.bits for t in (left, right) if t.is_natural), default=bits)
            return Term(plain, least, left.is_natural or right.is_natural)
        if operator in ("/", "\\\\", "%") and isinstance(right.value, int) and right.value > 0:
            return self.divided(node, left, right.value)
        if operator == ">>" and isinstance(right.value, int) and 0 <= right.value < _WIDE:
            return Term(plain, left.bits, left.is_natural)
        known_shift = right.value if isinstance(right.value, int) else -1
        if operator == "<<" and 0 <= known_shift < MAX_BITS and left.bits + known_shift < _WIDE:
            return Term(plain, left.bits + known_shift, left.is_natural)
        return self.guarded(node, left, right)

    def divided(self, node: ast.Binary, left: Term, divisor: int) -> Term:
        """Division by a positive number, which Python does alike for what is not negative."""
        is_rest = node.operator == "%"
        sign, bits = ("%", (divisor - 1).bit_length()) if is_rest else ("//", left.bits)
        if left.is_natural:
            return Term(f"({left.text} {sign} {divisor})", bits, True)
        name = left.text if left.is_simple else self.new("t")
        tried = name if left.is_simple else f"({name} := {left.text})"
        failing = (
            f"{self.bound(self.checked)}({node.operator!r}, {name}, {divisor}, {self.constant(node.span)})"
        )
        return Term(f"({name} {sign} {divisor} if {tried} >= 0 else {failing})", bits)

    def folded(self, operator: str, left: int, right: int, span: Span) -> Term:
        """An operator on what is known; an error is left to the statement, which may never run."""
        try:
            return known(integers(self.expander, operator, left, right, span))
        except PilError:
            raise UntranslatableError from None

    def guarded(self, node: ast.Binary, left: Term, right: Term) -> Term:
        """An operator that can fail: Python's own where it cannot, else the checked one."""
        operator, span = node.operator, self.constant(node.span)
        fast = {"<<": f"0 <= {{}} <= {MAX_BITS}", ">>": f"0 <= {{}} <= {_WIDE}", "/": "{} > 0", "%": "{} > 0"}
        is_fast = operator in fast and left.is_simple and (operator in ("<<", ">>") or left.is_natural)
        if not is_fast or left.bits + MAX_BITS >= _WIDE:
            text = f"{self.bound(self.checked)}({operator!r}, {left.text}, {right.text}, {span})"
            is_natural = left.is_natural and operator != "-" and (right.is_natural or operator not in "+*")
            return Term(text, MAX_BITS, is_natural)
        name = right.text if right.is_simple else self.new("t")
        tried = fast[operator].format(name if right.is_simple else f"({name} := {right.text})")
        plain = f"{left.text} {'//' if operator == '/' else operator} {name}"
        failing = f"{self.bound(self.checked)}({operator!r}, {left.text}, {name}, {span})"
        bits = left.bits + MAX_BITS if operator == "<<" else left.bits
        return Term(f"({plain} if {tried} else {failing})", bits, left.is_natural)
