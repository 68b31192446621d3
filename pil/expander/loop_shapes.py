"""What the text of a loop says: the names that it changes and reads, and how it counts."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from zisk_py.pil import ast


def inside(node: Any) -> Iterator[ast.Node]:
    """The node and all below it."""
    stack = [node]
    while stack:
        inner = stack.pop()
        if isinstance(inner, tuple):
            stack += inner
        elif isinstance(inner, ast.Node):
            yield inner
            stack += [getattr(inner, field.name) for field in fields(inner) if field.name != "span"]


def assigned(node: ast.Node) -> set[str]:
    """The names that are assigned to below a node."""
    names = set()
    for inner in inside(node):
        if isinstance(inner, ast.Assignment):
            names.add(inner.target.path.span.text)
        elif isinstance(inner, ast.MultipleAssignment):
            names |= {target.path.span.text for target in inner.targets}
    return names


def references(node: ast.Node) -> set[str]:
    """The names that are read below a node."""
    return {inner.path.span.text for inner in inside(node) if isinstance(inner, ast.Reference)}


def has_cells(node: ast.Node) -> bool:
    """Whether elements of arrays or columns are read below a node."""
    return any(isinstance(inner, ast.Index) for inner in inside(node))


def counter(node: ast.For) -> tuple[str, ast.Expression, ast.Expression, int, bool] | None:
    """Name, start, end, step, and whether the end is included, of a loop that counts upwards."""
    start, condition = node.start, node.condition
    if not isinstance(start, ast.Variables) or start.type != "int" or len(start.items) != 1:
        return None
    name = start.items[0].path.parts[0]
    if start.value is None or start.is_multiple or start.items[0].dimensions or not isinstance(name, str):
        return None
    is_order = isinstance(condition, ast.Binary) and condition.operator in ("<", "<=")
    if not is_order or len(node.updates) != 1 or condition.left.span.text != name:  # type: ignore[attr-defined]
        return None
    (update,) = node.updates
    if not isinstance(update, ast.Assignment) or update.operator != "+=" or update.target.span.text != name:
        return None
    if not isinstance(update.value, ast.Number) or update.value.value <= 0:
        return None
    assert isinstance(condition, ast.Binary)
    return name, start.value, condition.right, update.value.value, condition.operator == "<="
