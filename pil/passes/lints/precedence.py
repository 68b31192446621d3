"""Lint: expressions that the reference compiler groups in another way.

There what follows `&`, `|`, `^` and `<<` is taken as if these were `&&`, and what follows `>>` as if it were
`||`; and `==` and `!=` bind as tightly as `<`.
"""

from collections.abc import Iterator

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lints.uses import inside

_LOOSE = {"||": 1, "&&": 2}
_BITWISE = {"&": 2, "|": 2, "^": 2, "<<": 2, ">>": 1}  # what they bind like there, once they were read
_ASSOCIATIVE = ("&", "|", "^")
_SAME = ("==", "!=")
_ORDER = ("<", ">", "<=", ">=")


def find(expander: Expander) -> Iterator[Diagnostic]:
    """Binary operators whose operand is grouped by precedence alone."""
    for program in expander.files.programs:
        for node in inside(program):
            if isinstance(node, ast.Binary):
                there = _elsewhere(node)
                if there is not None:
                    yield Diagnostic(
                        Code.PRECEDENCE,
                        f"`{node.span.one_line}`: the reference compiler reads this as `{there}`",
                        node.span,
                        suggestion="write parentheses",
                    )


def _elsewhere(node: ast.Binary) -> str | None:
    """How it is grouped there; None if in the same way, or in one that means the same."""
    left, right = node.left, node.right
    if isinstance(left, ast.Binary) and left.operator in _BITWISE and not _is_parenthesised(left):
        is_same = node.operator == left.operator and node.operator in _ASSOCIATIVE
        if not is_same and _LOOSE.get(node.operator, 3) > _BITWISE[left.operator]:
            inner = f"{left.right.span.one_line} {node.operator} {right.span.one_line}"
            return f"{left.left.span.one_line} {left.operator} ({inner})"
    if node.operator in _SAME and _is_order(right):
        assert isinstance(right, ast.Binary)
        inner = f"{left.span.one_line} {node.operator} {right.left.span.one_line}"
        return f"({inner}) {right.operator} {right.right.span.one_line}"
    return None


def _is_order(node: ast.Expression) -> bool:
    return isinstance(node, ast.Binary) and node.operator in _ORDER and not _is_parenthesised(node)


def _is_parenthesised(node: ast.Binary) -> bool:
    return node.span.start < node.left.span.start
