"""The tokens of a file with all that stands between them: comments and blank lines."""

from dataclasses import dataclass
from functools import cache

from lark import Lark

from zisk_py.pil.grammar import GRAMMAR
from zisk_py.pil.span import SourceFile


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it was written.

    column       its first character's, from 0.
    is_trailing  it follows something else on its line, but no comment of several lines.
    is_spaced    a blank line stands before it.
    """

    text: str
    column: int
    is_trailing: bool
    is_spaced: bool

    @property
    def is_inline(self) -> bool:
        """Whether code can follow on the same line."""
        return self.text.startswith("/*") and "\n" not in self.text


@dataclass(frozen=True, slots=True)
class Token:
    """A token with what stands before it. The one at the end of the file has no text."""

    kind: str
    text: str
    start: int
    comments: tuple[Comment, ...]
    is_spaced: bool  # a blank line stands just before it


END = "$END"


@cache
def lexer() -> Lark:
    """The terminals of the grammar, without its rules."""
    return Lark(GRAMMAR.read_text(encoding="utf-8"), parser=None, lexer="basic", start="program")


def tokenize(file: SourceFile) -> list[Token]:
    """All tokens of a file that can be parsed, an END behind them.

    Raises lark's UnexpectedCharacters where no token begins.
    """
    tokens: list[Token] = []
    comments: list[Comment] = []
    newlines = 1  # since the last token or comment; a file begins on a line of its own
    for part in lexer().lex(file.text, dont_ignore=True):
        text, start = str(part), part.start_pos or 0
        if text.isspace():
            newlines += text.count("\n")
        elif text.startswith(("//", "/*")):
            column = file.position(start)[1] - 1
            is_trailing = newlines == 0 and not (comments and "\n" in comments[-1].text)
            comments.append(Comment(_clean(text), column, is_trailing, newlines > 1))
            newlines = 0
        else:
            tokens.append(Token(part.type, text.rstrip(), start, tuple(comments), newlines > 1))
            comments, newlines = [], 0
    return [*tokens, Token(END, "", len(file.text), tuple(comments), newlines > 1)]


def _clean(comment: str) -> str:
    return "\n".join(line.rstrip() for line in comment.expandtabs(4).split("\n"))


@cache
def keywords() -> tuple[str, ...]:
    """The words that the grammar knows, in order."""
    patterns = (terminal.pattern for terminal in lexer().terminals)
    return tuple(sorted(p.value for p in patterns if p.type == "str" and p.value.isidentifier()))
