"""What airs are made of and what they read, as lints ask for it."""

from collections.abc import Iterable, Iterator
from dataclasses import fields

from zisk_py.pil import ast
from zisk_py.pil.expander.air import AirBuilder, Claim, Message
from zisk_py.pil.expander.graph import Leaf, Node, post_order
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.span import Span
from zisk_py.pil.system import NodeKind, Source

LeafKey = tuple[NodeKind, int]


def authored(expander: Expander) -> Iterator[AirBuilder]:
    """The airs that are proven and that the library did not make."""
    return (air for air in expander.airs if not air.is_virtual and not air.is_library)


def leaves(nodes: Iterable[Node]) -> Iterator[Leaf]:
    """All leaves below these nodes, once."""
    return (node for node in post_order(*nodes) if isinstance(node, Leaf))


def roots(parts: Iterable[Claim | Message]) -> Iterator[Node]:
    """The nodes of constraints and messages."""
    for part in parts:
        yield from part.nodes


def used(air: AirBuilder) -> set[LeafKey]:
    """What the constraints and messages of an air read."""
    return {(leaf.kind, leaf.index) for leaf in leaves(roots([*air.claims, *air.messages]))}


def place(expander: Expander, source: Source) -> Span | None:
    """Where that was written; None if no file of the program has it."""
    for program in expander.files.programs:
        file = program.span.file
        if file.name == source.file and source.line <= len(file.line_starts):
            start = file.line_starts[source.line - 1] + source.column - 1
            return Span(file, start, start + len(source.text))
    return None


def inside(root: ast.Node) -> Iterator[ast.Node]:
    """All nodes of a syntax tree."""
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Node):
            yield node
            stack.extend(getattr(node, name) for name in _fields(node.__class__))
        elif isinstance(node, tuple | list):
            stack.extend(node)


_FIELDS: dict[type[ast.Node], tuple[str, ...]] = {}


def _fields(kind: type[ast.Node]) -> tuple[str, ...]:
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in fields(kind) if field.name != "span")
    return _FIELDS[kind]


def read_names(program: ast.Program) -> set[str]:
    """The names that a file reads, calls or instantiates; what it only assigns to is not among them."""
    assigned = set[int]()
    names = set[str]()
    for node in inside(program):
        if isinstance(node, ast.Assignment):
            assigned.add(id(node.target))
        elif isinstance(node, ast.Reference | ast.Call | ast.Use | ast.Deferred) and id(node) not in assigned:
            names.update(part for part in node.path.parts if isinstance(part, str))
    return names
