"""Where the lines of a statement that is too long end: at its loosest operators, and within its brackets."""

from collections.abc import Sequence
from dataclasses import dataclass

from zisk_py.pil.tools.layout import SOFT, SPACE, Concat, Fill, Group, Indent, Layout, Line, Remark
from zisk_py.pil.tools.spacing import ASSIGNMENTS, CLOSING, OPENING, SEPARATORS, Piece
from zisk_py.pil.tools.tokens import Comment


@dataclass(frozen=True, slots=True)
class _Bracket:
    """A bracket, and the items in it with the separators behind them."""

    opening: Piece
    items: "tuple[_Item, ...]"
    closing: Piece


@dataclass(frozen=True, slots=True)
class _Item:
    """What stands between two separators, and the one behind it."""

    nodes: "tuple[_Node, ...]"
    separator: Piece | None


_Node = Piece | _Bracket


def statement_layout(parts: Sequence[Piece]) -> Layout:
    """The layout of a statement, or of its head."""
    items, _ = _items(parts, 0)
    nodes = items[0].nodes
    at = next(
        (i for i, node in enumerate(nodes) if isinstance(node, Piece) and node.text in ASSIGNMENTS), None
    )
    if len(items) == 1 and at is not None:
        head = _flow(nodes[: at + 1])
        value = nodes[at + 1 :]
        return Concat((head, _gap(value[0]), _indented(_value(value))))
    if len(items) == 1:
        return _indented(_value(nodes))
    return Indent(Fill(_separated(items)))


def _items(parts: Sequence[Piece], at: int) -> tuple[tuple[_Item, ...], int]:
    """The items from there up to the end of their bracket, and where that is."""
    made: list[_Item] = []
    nodes: list[_Node] = []
    while at < len(parts) and parts[at].text not in CLOSING:
        part = parts[at]
        if part.text in OPENING:
            inner, end = _items(parts, at + 1)
            nodes.append(_Bracket(part, inner, parts[end]))
            at = end + 1
        elif part.text in SEPARATORS:
            made.append(_Item(tuple(nodes), part))
            nodes = []
            at += 1
        else:
            nodes.append(part)
            at += 1
    if nodes:
        made.append(_Item(tuple(nodes), None))
    return tuple(made), at


def _value(nodes: Sequence[_Node]) -> Layout:
    """An expression: lines end before its loosest operators."""
    levels = [node.level for node in nodes if isinstance(node, Piece) and node.level >= 0]
    if not levels:
        return _flow(nodes)
    loosest = min(levels)
    parts: list[Layout] = []
    start = 0
    for i, node in enumerate(nodes):
        if isinstance(node, Piece) and node.level == loosest and i > start:
            parts += [_operand(nodes[start:i]), Line(node.gap)]
            start = i
    return Fill((*parts, _operand(nodes[start:])))


def _indented(value: Layout) -> Layout:
    """Where an expression ends lines at operators, they are further in; brackets are so by themselves."""
    return Indent(value) if isinstance(value, Fill) else value


def _operand(nodes: Sequence[_Node]) -> Layout:
    """An operator and what follows it, or the first operand."""
    first = nodes[0]
    if isinstance(first, Piece) and first.level >= 0:
        rest = _value(nodes[1:])
        gap = _gap(nodes[1])
        return Concat((*_piece(first), gap, _indented(rest)))
    return _value(nodes)


def _flow(nodes: Sequence[_Node]) -> Layout:
    """Nodes that stay together."""
    parts: list[Layout] = []
    for i, node in enumerate(nodes):
        if i:
            parts.append(_gap(node))
        parts += [_bracket(node)] if isinstance(node, _Bracket) else _piece(node)
    return Concat(tuple(parts))


def _gap(node: _Node) -> str:
    return (node.opening if isinstance(node, _Bracket) else node).gap


def _bracket(bracket: _Bracket) -> Layout:
    """A bracket: all in a line, or its items between its lines."""
    opening, closing = Concat(tuple(_piece(bracket.opening))), Concat(tuple(_piece(bracket.closing)))
    items = bracket.items
    if not items:
        return Concat((opening, closing))
    only = items[0].nodes
    if len(items) == 1 and len(only) == 1 and isinstance(only[0], _Bracket):
        return Concat((opening, _bracket(only[0]), closing))
    edge = Line(closing_gap) if (closing_gap := bracket.closing.gap) else SOFT
    separated = _separated(items)
    content = Fill(separated) if bracket.opening.text == "[" else Group(Concat(separated))
    return Group(Concat((opening, Indent(Concat((edge, content))), edge, closing)))


def _separated(items: Sequence[_Item]) -> tuple[Layout, ...]:
    """Items with places for the ends of lines between them."""
    parts: list[Layout] = []
    for item in items:
        parts += [_item(item), SPACE]
    return tuple(parts[:-1])


def _item(item: _Item) -> Layout:
    value = _value(item.nodes) if item.nodes else ""
    return Concat((value, *(_piece(item.separator) if item.separator else ())))


def _piece(piece: Piece) -> list[Layout]:
    """The comments before a piece, its text, and the comments behind it."""
    made: list[Layout] = [*map(_remark, piece.comments), piece.text]
    for comment in piece.behind:
        if not comment.is_inline:
            made.append(_remark(comment))
        else:
            made += [_remark(comment), " "] if piece.text in OPENING else [" ", _remark(comment)]
    return made


def _remark(comment: Comment) -> Remark:
    return Remark(comment.text, comment.column, comment.is_trailing, comment.is_inline)
