"""Text to syntax tree."""

from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from zisk_py.pil import ast
from zisk_py.pil.errors import PilError
from zisk_py.pil.span import SourceFile, Span
from zisk_py.pil.statement_builder import StatementBuilder

_SHOWN = {
    "_SEMICOLON": "';'",
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a string",
    "TEMPLATE": "a template string",
    "EQUALS": "'==='",
    "ASSIGN": "'='",
    "$END": "the end of the file",
}


@cache
def _lark() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        start=["program", "expression"],
        propagate_positions=True,
        maybe_placeholders=True,
    )


def parse(file: SourceFile) -> ast.Program:
    """Parse a file. Raises PilError at the first token that cannot stand where it stands."""
    program: ast.Program = _parse(file, 0, len(file.text), "program")
    return program


def parse_expression(file: SourceFile, start: int, end: int) -> ast.Expression:
    """Parse the expression that stands at offsets `start` to `end`. Raises PilError."""
    expression: ast.Expression = _parse(file, start, end, "expression")
    return expression


def _parse(file: SourceFile, start: int, end: int, rule: str) -> Any:
    try:
        tree = _lark().parse(file.text[start:end], start=rule)
        return StatementBuilder(file, start, parse_expression).transform(tree)
    except UnexpectedInput as error:
        raise _syntax_error(file, start, end, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, PilError):
            raise error.orig_exc from None
        raise


def _syntax_error(file: SourceFile, start: int, end: int, error: UnexpectedInput) -> PilError:
    """One sentence with what stands there and, where it helps, what was expected."""
    if isinstance(error, UnexpectedCharacters):
        at = start + (error.pos_in_stream or 0)
        return PilError(f"no token begins with {file.text[at]!r}", Span(file, at, at + 1))
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        token: Token = error.token
        at = start + (token.start_pos or 0)
        span = Span(file, at, at + len(token))
        found = f"{str(token)!r} cannot stand here"
    else:
        span = Span(file, max(start, end - 1), end)
        found = "the text ends too early"
    expected = set() if isinstance(error, UnexpectedEOF) else set(getattr(error, "accepts", None) or ())
    words = _in_words(expected or set(getattr(error, "expected", ())))
    return PilError(found + (f"; expected {words}" if words else ""), span)


def _in_words(tokens: set[str]) -> str:
    """A token set as words: groups first, then tokens one by one, at most six."""
    words = []
    if {"NUMBER", "NAME", "STRING"} <= tokens:
        words.append("a statement" if "FOR" in tokens else "an expression")
        tokens = tokens & {"RBRACE", "RPAR", "RSQB"}
    elif {"SUM", "PRODUCT"} <= tokens:
        words.append("an operator")
        tokens = tokens & {"_SEMICOLON", "RPAR", "RSQB", "COMMA", "RBRACE", "EQUALS"}
    terminals = {terminal.name: terminal for terminal in _lark().terminals}
    for name in sorted(tokens):
        shown = _SHOWN.get(name)
        if shown is None and name in terminals:
            pattern = terminals[name].pattern
            shown = f"'{pattern.value}'" if pattern.type == "str" else name.lower()
        words.append(shown or name)
    return " or ".join([", ".join(words[:-1]), words[-1]]) if 1 < len(words) <= 6 else ", ".join(words[:6])
