"""Parse tree to syntax tree, for expressions, lists and sequences."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lark import Token, Transformer_NonRecursive
from lark.tree import Meta

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.span import SourceFile, Span

MAX_DIGITS = 1000  # of a number: Python refuses to read a few thousand


class ExpressionBuilder(Transformer_NonRecursive[Token, Any]):
    """The method `_rule` builds the node of that rule of the grammar, from the nodes of the rule's parts.

    `parse_expression(file, start, end)` reads the expressions that stand inside template strings. `base` is
    where the parsed text begins in the file.
    """

    def __init__(
        self, file: SourceFile, base: int, parse_expression: Callable[[SourceFile, int, int], ast.Expression]
    ) -> None:
        super().__init__()
        self.file = file
        self.base = base
        self.parse_expression = parse_expression

    def _call_userfunc(self, tree: Any, new_children: list[Any] | None = None) -> Any:
        return getattr(self, f"_{tree.data}")(self.span(tree.meta), new_children)

    def span(self, meta: Meta | Token) -> Span:
        """The span of a rule or token."""
        start = getattr(meta, "start_pos", None) or 0
        return Span(self.file, self.base + start, self.base + (getattr(meta, "end_pos", None) or start))

    def _parenthesised(self, span: Span, parts: list[Any]) -> ast.Expression:
        """The expression itself; its place has the parentheses, so that texts cut from the file are whole."""
        inner: ast.Expression = parts[0]
        return replace(inner, span=span)

    # ---- leaves

    def _number(self, span: Span, parts: list[Any]) -> ast.Number:
        return ast.Number(span, self._integer(span, parts[0], 0 if parts[0][:2] == "0x" else 10))

    def _integer(self, span: Span, text: str, base: int = 10) -> int:
        digits = text.replace("_", "")
        if len(digits) > MAX_DIGITS:
            text = f"a number of {len(digits)} digits; at most {MAX_DIGITS} are read"
            raise PilError(text, span, code=Code.LIMIT)
        return int(digits, base)

    def _string(self, span: Span, parts: list[Any]) -> ast.Text:
        return self._text(parts[0])

    def _text(self, token: Token) -> ast.Text:
        """A string, or a template string with the expressions inside `${...}`."""
        span = self.span(token)
        body = str(token)[1:-1]
        if token.type == "STRING":
            return ast.Text(span, (body,))
        parts: list[str | ast.Expression] = []
        at = 0
        while (opened := body.find("${", at)) >= 0:
            closed = _closing_brace(body, opened + 2)
            if closed < 0:
                text = "a template string has `${` without `}`"
                raise PilError(text, span, code=Code.UNFINISHED)
            parts.append(body[at:opened])
            begin = span.start + 1
            parts.append(self.parse_expression(self.file, begin + opened + 2, begin + closed))
            at = closed + 1
        parts.append(body[at:])
        return ast.Text(span, tuple(part for part in parts if part != ""))

    def _positional(self, span: Span, parts: list[Any]) -> ast.Positional:
        return ast.Positional(span, self._integer(span, parts[0][1:]))

    def _path(self, span: Span, parts: list[Any]) -> ast.Path:
        return ast.Path(span, tuple(self._text(p) if p.type == "TEMPLATE" else str(p) for p in parts))

    # ---- references and calls

    def _index(self, span: Span, parts: list[Any]) -> ast.Index:
        return ast.Index(span, parts[0], None, False)

    def _slice_from(self, span: Span, parts: list[Any]) -> ast.Index:
        return ast.Index(span, parts[0], parts[2] if len(parts) > 2 else None, True)

    def _slice_to(self, span: Span, parts: list[Any]) -> ast.Index:
        return ast.Index(span, None, parts[1], True)

    def _later(self, span: Span, parts: list[Any]) -> ast.Offset:
        return self._offset(span, parts, True)

    def _earlier(self, span: Span, parts: list[Any]) -> ast.Offset:
        return self._offset(span, parts, False)

    def _offset(self, span: Span, parts: list[Any], is_later: bool) -> ast.Offset:
        """The parts of an offset are the quote and, perhaps, the number of rows."""
        rows = next((p for p in parts if getattr(p, "type", "") != "QUOTE"), None)
        if isinstance(rows, Token):
            rows = self._number(span, [rows]) if rows.type == "NUMBER" else self._positional(span, [rows])
        return ast.Offset(span, rows, is_later)

    def _reference(self, span: Span, parts: list[Any]) -> ast.Reference:
        path = next(p for p in parts if isinstance(p, ast.Path))
        indexes = tuple(p for p in parts if isinstance(p, ast.Index))
        return ast.Reference(span, path, indexes, next((p for p in parts if isinstance(p, ast.Offset)), None))

    def _arguments(self, span: Span, parts: list[Any]) -> list[ast.Argument]:
        return parts

    def _positional_argument(self, span: Span, parts: list[Any]) -> ast.Argument:
        return ast.Argument(span, None, parts[0])

    def _short_argument(self, span: Span, parts: list[Any]) -> ast.Argument:
        name = self._path(self.span(parts[0]), [parts[0]])
        return ast.Argument(span, str(parts[0]), ast.Reference(name.span, name, (), None))

    def _named_argument(self, span: Span, parts: list[Any]) -> ast.Argument:
        return ast.Argument(span, str(parts[0]), parts[1])

    def _argument_value(self, span: Span, parts: list[Any]) -> ast.Expression:
        return parts[0]  # type: ignore[no-any-return]

    def _call(self, span: Span, parts: list[Any]) -> ast.Call:
        arguments = parts[-1] if isinstance(parts[-1], list) else []
        return ast.Call(span, parts[0], tuple(p for p in parts if isinstance(p, ast.Index)), tuple(arguments))

    # ---- operators

    def _chain(self, span: Span, parts: list[Any]) -> ast.Expression:
        """Operators of one level, which group to the left."""
        left: ast.Expression = parts[0]
        for operator, right in zip(parts[1::2], parts[2::2], strict=True):
            left = ast.Binary(Span(self.file, left.span.start, right.span.end), str(operator), left, right)
        return left

    _or_chain = _and_chain = _bit_or = _bit_xor = _bit_and = _chain
    _equality = _order = _shift = _sum = _product = _binary_power = _chain

    def _prefix(self, span: Span, parts: list[Any]) -> ast.Prefix:
        return ast.Prefix(span, str(parts[0]), parts[1])

    def _ternary(self, span: Span, parts: list[Any]) -> ast.Ternary:
        return ast.Ternary(span, parts[0], parts[1], parts[2])

    def _in_list(self, span: Span, parts: list[Any]) -> ast.InList:
        return ast.InList(span, parts[0], parts[1])

    def _is_type(self, span: Span, parts: list[Any]) -> ast.IsType:
        kind = parts[1]
        if isinstance(kind, Token):
            kind = ast.Type(self.span(kind), str(kind), None, 0)
        return ast.IsType(span, parts[0], self._with_dimensions(kind, parts[2:]))

    def _cast(self, span: Span, parts: list[Any]) -> ast.Cast:
        basic = parts[0]
        kind = basic if isinstance(basic, ast.Type) else ast.Type(self.span(basic), str(basic), None, 0)
        return ast.Cast(span, self._with_dimensions(kind, parts[1:-1]), parts[-1])

    def _type_name(self, span: Span, parts: list[Any]) -> ast.Type:
        parts = [p for p in parts if not (isinstance(p, Token) and p.type == "CONST")]
        if isinstance(parts[0], ast.Type):
            return ast.Type(span, parts[0].kind, None, 0)
        return ast.Type(span, str(parts[0]), str(parts[1]) if len(parts) > 1 else None, 0)

    def _basic_type(self, span: Span, parts: list[Any]) -> ast.Type:
        return ast.Type(span, str(parts[0]), None, 0)

    def _empty_dims(self, span: Span, parts: list[Any]) -> int:
        return span.text.count("[")

    def _with_dimensions(self, kind: ast.Type, dimensions: list[int]) -> ast.Type:
        """The type with the dimensions that stand behind it, if any."""
        return ast.Type(kind.span, kind.kind, kind.column_kind, sum(dimensions)) if dimensions else kind

    # ---- lists and sequences

    def _list_literal(self, span: Span, parts: list[Any]) -> ast.ListLiteral:
        return ast.ListLiteral(span, tuple(p for p in parts if p is not None))

    def _list_item(self, span: Span, parts: list[Any]) -> ast.ListItem:
        return ast.ListItem(span, parts[-1], len(parts) > 1)

    def _repeated(self, span: Span, parts: list[Any]) -> ast.Repeated:
        first = parts[0]
        if not isinstance(first, ast.Repeated):
            first = ast.Repeated(span, first, ())
        return ast.Repeated(span, first.value, (*first.times, *parts[1:]))

    def _nested(self, span: Span, parts: list[Any]) -> tuple[ast.Element, ...]:
        return tuple(parts)

    def _element(self, span: Span, parts: list[Any]) -> ast.Element:
        return ast.Element(span, parts[0], None, None, parts[1] is not None)

    def _range_element(self, span: Span, parts: list[Any]) -> ast.Element:
        return ast.Element(span, parts[0], str(parts[1]), parts[2], parts[3] is not None)

    _series_element = _range_element

    def _sequence(self, span: Span, parts: list[Any]) -> ast.Sequence:
        return ast.Sequence(span, tuple(parts[:-2]), parts[-2], parts[-1] is not None)


def _closing_brace(text: str, at: int) -> int:
    """Offset of the brace that closes the one before `at`; -1 if there is none."""
    depth = 1
    for offset in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[offset], 0)
        if depth == 0:
            return offset
    return -1
