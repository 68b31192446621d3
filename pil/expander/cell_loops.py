"""Loops that fill fixed columns, translated to Python: statement by statement a table takes seconds.

A loop is translated if its body has only ints, cells of fixed columns, `if` and further such loops; it then
does exactly what the statements do. Every other loop is left to `statements`.
"""

from typing import Any

from zisk_py.pil import ast
from zisk_py.pil.expander.expressions import integers
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.expander.paths import find
from zisk_py.pil.expander.values import Variable

MAX_ITERATIONS = 1 << 24
_SAME = frozenset(("+", "-", "&", "|", "^"))
_ORDER = frozenset(("==", "!=", "<", ">", "<=", ">="))
_CHECKED = frozenset(("/", "%", "\\\\", "*", "**", "<<", ">>"))
MAX_LOOPS = 12  # nested; Python has a limit of 20 blocks
MAX_DEPTH = 60  # of an expression; Python has a limit of 200 parentheses


class _Untranslatable(Exception):
    """The loop has something that this module does not know."""


class _Translator:
    """Python source of a loop. Names: v<k> for ints, c<k> for what it calls and for spans."""

    def __init__(self, expander: Expander) -> None:
        self.expander = expander
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {"checked": self.checked, "endless": self.endless}
        self.scopes: list[dict[str, str]] = [{}]
        self.outer: dict[str, tuple[str, Variable]] = {}  # names from outside
        self.counter = 0
        self.depth = 0

    def checked(self, operator: str, left: int, right: int, span: Any) -> int:
        """An operator that can fail or make a huge int, or that Python defines in another way."""
        return integers(self.expander, operator, left, right, span)

    def endless(self, span: Any) -> None:
        """The loop does not end."""
        raise self.expander.error(f"the loop runs more than {MAX_ITERATIONS} times", span)

    def new(self, prefix: str) -> str:
        self.counter += 1
        return f"{prefix}{self.counter}"

    def constant(self, value: Any) -> str:
        name = self.new("c")
        self.constants[name] = value
        return name

    # ---- names

    def local(self, path: ast.Path) -> str:
        """The Python name of an int variable, which may stand outside of the loop."""
        name = path.parts[0]
        if len(path.parts) != 1 or not isinstance(name, str):
            raise _Untranslatable
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        if name not in self.outer:
            found = find(self.expander, path)
            if found is None or found.type != "int" or not isinstance(found.value, int):
                raise _Untranslatable
            self.outer[name] = (self.new("v"), found)
        return self.outer[name][0]

    def table(self, node: ast.Reference) -> tuple[FixedTable, str]:
        """The fixed column of `F[row]`, and the text of the row."""
        name = node.path.parts[0]
        if len(node.path.parts) != 1 or not isinstance(name, str) or any(name in s for s in self.scopes):
            raise _Untranslatable
        found = find(self.expander, node.path)
        if found is None or not isinstance(found.value, FixedTable) or len(node.indexes) != 1:
            raise _Untranslatable
        (row,) = node.indexes
        if row.start is None or row.is_slice or node.offset is not None:
            raise _Untranslatable
        return found.value, self.expression(row.start)

    # ---- expressions

    def expression(self, node: ast.Expression) -> str:
        """Python text of an int expression."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _Untranslatable
        text = self.inner_expression(node)
        self.depth -= 1
        return text

    def inner_expression(self, node: ast.Expression) -> str:
        if isinstance(node, ast.Number):
            return str(node.value)
        if isinstance(node, ast.Reference):
            if not node.indexes and node.offset is None:
                return self.local(node.path)
            table, row = self.table(node)
            return f"{self.constant(table.read)}({row}, {self.constant(node.indexes[0].span)})"
        if isinstance(node, ast.Prefix):
            operand = self.expression(node.operand)
            return f"int(not {operand})" if node.operator == "!" else f"({node.operator}{operand})"
        if isinstance(node, ast.Ternary):
            yes, no = self.expression(node.yes), self.expression(node.no)
            return f"({yes} if {self.expression(node.condition)} else {no})"
        if isinstance(node, ast.Binary):
            return self.binary(node)
        raise _Untranslatable

    def binary(self, node: ast.Binary) -> str:
        left, right = self.expression(node.left), self.expression(node.right)
        if node.operator in _SAME:
            return f"({left} {node.operator} {right})"
        if node.operator in _ORDER:
            return f"int({left} {node.operator} {right})"
        if node.operator in ("&&", "||"):
            return f"int(bool({left} {'and' if node.operator == '&&' else 'or'} {right}))"
        assert node.operator in _CHECKED
        return f"checked({node.operator!r}, {left}, {right}, {self.constant(node.span)})"

    # ---- statements

    def emit(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def statement(self, node: ast.Statement, depth: int) -> None:
        """Python lines of a statement, as deep as `depth`."""
        if isinstance(node, ast.Assignment) and not isinstance(node.value, ast.Sequence):
            self.assignment(node, depth)
        elif isinstance(node, ast.Variables):
            self.declaration(node, depth)
        elif isinstance(node, ast.For) and depth < MAX_LOOPS:
            self.loop(node, depth)
        elif isinstance(node, ast.If) and depth < MAX_LOOPS:
            self.emit(depth, f"if {self.expression(node.condition)}:")
            self.body(node.yes, depth + 1)
            if node.no is not None:
                self.emit(depth, "else:")
                self.body(node.no, depth + 1)
        elif isinstance(node, ast.Block):
            self.body(node, depth)
        else:
            raise _Untranslatable

    def body(self, node: ast.Statement, depth: int) -> None:
        self.scopes.append({})
        self.emit(depth, "pass")
        for statement in node.body if isinstance(node, ast.Block) else (node,):
            self.statement(statement, depth)
        self.scopes.pop()

    def assignment(self, node: ast.Assignment, depth: int) -> None:
        assert not isinstance(node.value, ast.Sequence)
        value = self.expression(node.value)
        if not node.target.indexes:
            if node.target.offset is not None:
                raise _Untranslatable
            name, span = self.local(node.target.path), self.constant(node.span)
            old, operator = ("0", "+") if node.operator == "=" else (name, node.operator[0])
            self.emit(depth, f"{name} = checked({operator!r}, {old}, {value}, {span})")
            return
        table, row = self.table(node.target)
        if node.operator != "=":
            raise _Untranslatable
        self.emit(depth, f"{self.constant(table.write)}({row}, {value}, {self.constant(node.target.span)})")

    def declaration(self, node: ast.Variables, depth: int) -> None:
        names = [item.path.parts[0] for item in node.items]
        is_plain = all(len(item.path.parts) == 1 and not item.dimensions for item in node.items)
        if node.type != "int" or not is_plain or (node.value is not None and len(names) > 1):
            raise _Untranslatable
        value = "0" if node.value is None else self.expression(node.value)
        for name in names:
            if not isinstance(name, str) or name in self.scopes[-1]:
                raise _Untranslatable
            self.scopes[-1][name] = self.new("v")
            self.emit(depth, f"{self.scopes[-1][name]} = {value}")

    def loop(self, node: ast.For, depth: int) -> None:
        self.scopes.append({})
        self.statement(node.start, depth)
        self.emit(depth, f"for {self.new('v')} in range({MAX_ITERATIONS}):")
        self.emit(depth + 1, f"if not {self.expression(node.condition)}: break")
        self.body(node.body, depth + 1)
        for update in node.updates:
            self.statement(update, depth + 1)
        self.emit(depth, f"else: endless({self.constant(node.condition.span)})")
        self.scopes.pop()


def run(expander: Expander, node: ast.For) -> bool:
    """Run the loop if it can be translated; else do nothing and return False."""
    translator = _Translator(expander)
    try:
        translator.loop(node, 1)
    except _Untranslatable:
        return False
    outer = translator.outer.values()
    names = ", ".join(name for name, _ in outer)
    lines = [f"def loop({names}):", *translator.lines, f"    return ({names}{',' if names else ''})"]
    # The text is made of numbers, operators and the names above only.
    exec("\n".join(lines), translator.constants)
    results = translator.constants["loop"](*(variable.value for _, variable in outer))
    for (_, variable), value in zip(outer, results, strict=True):
        variable.value = value
    return True
