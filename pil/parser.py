"""Text to syntax tree."""

from typing import Any

from lark import UnexpectedInput

from zisk_py.pil import ast
from zisk_py.pil.errors import Diagnostic, PilError, PilErrors
from zisk_py.pil.grammar import parser
from zisk_py.pil.span import SourceFile
from zisk_py.pil.statement_builder import StatementBuilder
from zisk_py.pil.statement_extents import extent
from zisk_py.pil.syntax_errors import is_missing_semicolon, place, syntax_error

MAX_ERRORS = 20


def parse(file: SourceFile) -> ast.Program:
    """Parse a file. Raises PilErrors: behind a statement that cannot be read the others are."""
    text, found = file.text, list[Diagnostic]()
    while len(found) < MAX_ERRORS:
        try:
            program: ast.Program = _parse(file, text, 0, "program")
        except _NotParsed as failed:
            found += failed.error.diagnostics
            start, end = failed.start, failed.end
            if not text[start:end].strip():
                break
            text = text[:start] + _blank(text[start:end]) + text[end:]
        else:
            if found:
                break
            return program
    raise PilErrors(found)


def parse_expression(file: SourceFile, start: int, end: int) -> ast.Expression:
    """Parse the expression that stands at offsets `start` to `end`. Raises PilError."""
    try:
        expression: ast.Expression = _parse(file, file.text[start:end], start, "expression")
    except _NotParsed as failed:
        raise failed.error from None
    return expression


class _NotParsed(Exception):
    """An error, and from where to where the text cannot be read because of it."""

    def __init__(self, error: PilError, start: int, end: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.start = start
        self.end = end


def _parse(file: SourceFile, text: str, base: int, rule: str) -> Any:
    """Parse the text that stands in the file from offset `base` on. Raises _NotParsed."""
    try:
        tree = parser().parse(text, start=rule)
        return StatementBuilder(file, base, parse_expression).transform(tree)
    except UnexpectedInput as error:
        at = place(text, error)
        around = extent(text, at)
        end = around.previous if is_missing_semicolon(text, error, around) else max(around.end, at + 1)
        told = syntax_error(file, base, text, error, around, parser().terminals)
        raise _NotParsed(told, around.start, end) from None
    except PilError as error:
        around = extent(text, error.span.start - base)
        raise _NotParsed(error, around.start, around.end) from None


def _blank(text: str) -> str:
    return "".join(character if character.isspace() else " " for character in text)
