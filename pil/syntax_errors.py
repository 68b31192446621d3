"""What cannot be parsed, in words."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from lark import Token, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.lexer import TerminalDef

from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.span import SourceFile, Span
from zisk_py.pil.statement_extents import Extent

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
_MEANT = {
    "elseif": "else if",
    "elif": "else if",
    "def": "function",
    "template": "airtemplate",
    "witness": "col witness",
    "fixed": "col fixed",
}
_QUOTES = {'"': "a string", "`": "a template string"}
MAX_WORDS = 6  # of what was expected


def place(text: str, error: UnexpectedInput) -> int:
    """The offset of what cannot stand where it stands; the length of the text if it ends too early."""
    is_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    return len(text) if is_end or error.pos_in_stream is None else error.pos_in_stream


def is_missing_semicolon(text: str, error: UnexpectedInput, around: Extent) -> bool:
    """Whether the statement could have ended before the token, and this begins a line."""
    at = place(text, error)
    return at < len(text) and "\n" in text[around.previous : at] and "_SEMICOLON" in _expected(error)


def syntax_error(
    file: SourceFile,
    base: int,
    text: str,
    error: UnexpectedInput,
    around: Extent,
    terminals: Collection[TerminalDef],
) -> PilError:
    """One sentence with what stands there and, where it helps, what was expected and what to do.

    `text` stands in the file from offset `base` on; `around` is the statement of the error.
    """

    def told(message: str, start: int, end: int, code: Code, suggestion: str | None = None) -> PilError:
        return PilError(message, Span(file, base + start, base + end), code=code, suggestion=suggestion)

    at, expected = place(text, error), _expected(error)
    words = _in_words(expected, terminals)
    if at == len(text):
        if around.brace >= 0:
            return told("this `{` is never closed", around.brace, around.brace + 1, Code.UNFINISHED)
        message = "the text ends too early" + (f"; expected {words}" if words else "")
        return told(message, max(0, at - 1), at, Code.UNFINISHED)
    if isinstance(error, UnexpectedCharacters) and text[at] in _QUOTES:
        return told(f"{_QUOTES[text[at]]} is not closed", at, at + 1, Code.UNFINISHED)
    if not isinstance(error, UnexpectedToken):
        return told(f"no token begins with {text[at]!r}", at, at + 1, Code.SYNTAX)
    if text.startswith("/*", at):
        return told("a comment is not closed", at, at + 2, Code.UNFINISHED)
    if is_missing_semicolon(text, error, around):
        return told("';' is missing here", around.previous, around.previous + 1, Code.SYNTAX)
    message = f"{str(error.token)!r} cannot stand here" + (f"; expected {words}" if words else "")
    suggestion = _suggestion(text, error.token, expected, around, terminals)
    return told(message, at, at + len(error.token), Code.SYNTAX, suggestion)


def _expected(error: UnexpectedInput) -> set[str]:
    expected = set() if isinstance(error, UnexpectedEOF) else set(getattr(error, "accepts", None) or ())
    return expected or set(getattr(error, "expected", ()))


def _suggestion(
    text: str, token: Token, expected: set[str], around: Extent, terminals: Collection[TerminalDef]
) -> str | None:
    if token in (";", "{", "}") and around.opened >= 0:
        line = text.count("\n", 0, around.opened) + 1
        return f"close the `{text[around.opened]}` of line {line}"
    words = {t.pattern.value for t in terminals if t.pattern.type == "str" and t.pattern.value.isidentifier()}
    for word in (around.word, str(token)):
        if word in _MEANT:
            return f"write `{_MEANT[word]}`"
        if word.isidentifier() and word not in words:
            close = get_close_matches(word, sorted(words), n=1, cutoff=0.75)
            if close:
                return f"did you mean `{close[0]}`?"
    if "NAME" in expected and str(token) in words:
        return f"`{token}` is a word of the language; take another name"
    return None


def _in_words(expected: Iterable[str], terminals: Collection[TerminalDef]) -> str:
    """A token set as words: groups first, then tokens one by one, at most six."""
    tokens, words = set(expected), []
    if {"NUMBER", "NAME", "STRING"} <= tokens:
        words.append("a statement" if "FOR" in tokens else "an expression")
        tokens &= {"RBRACE", "RPAR", "RSQB"}
    elif {"SUM", "PRODUCT"} <= tokens:
        words.append("an operator")
        tokens &= {"_SEMICOLON", "RPAR", "RSQB", "COMMA", "RBRACE", "EQUALS"}
    patterns = {terminal.name: terminal.pattern for terminal in terminals}
    for name in sorted(tokens):
        shown = _SHOWN.get(name)
        if shown is None and name in patterns:
            pattern = patterns[name]
            shown = f"'{pattern.value}'" if pattern.type == "str" else name.lower()
        words.append(shown or name)
    shown_words = words[:MAX_WORDS]
    if 1 < len(words) <= MAX_WORDS:
        return " or ".join([", ".join(words[:-1]), words[-1]])
    return ", ".join(shown_words)
