"""Which tokens of a statement stand close together, and where a line may end between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from zisk_py.pil.tools.tokens import Comment, Token

OPENING, CLOSING, SEPARATORS = frozenset("([{"), frozenset(")]}"), frozenset(",;")
# Operators between two values, from loose to tight: where a line ends rather.
LEVELS = (
    ("===", "<=="),
    ("?", ":"),
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("in", "is"),
    ("==", "!="),
    ("<", ">", "<=", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%", "\\\\"),
)
_LEVEL = {operator: level for level, operators in enumerate(LEVELS) for operator in operators}
ASSIGNMENTS = frozenset({"=", "+=", "-=", "*="})
_TIGHT = frozenset({".", "**", "..", "..+..", "..*.."})
_SIGNS = frozenset({"+", "-"})  # between two values, or before one
_AROUND = frozenset({"...", "++", "--"})  # behind a value, or before one
_LEADING = frozenset(
    {"return", "case", "else", "do", "if", "for", "while", "switch", "const"}
)  # a value follows
_TYPES = frozenset({"int", "fe", "expr", "string", "col"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A token in its statement.

    gap       what stands before it on the same line.
    level     index into LEVELS if it is an operator between two values, else -1.
    comments  those before it.
    behind    those behind it on its line.
    """

    text: str
    gap: str
    level: int
    comments: tuple[Comment, ...]
    behind: tuple[Comment, ...]


def pieces(tokens: Sequence[Token]) -> list[Piece]:
    """The tokens of a statement, or of its head, with the white space between them."""
    state = _State()
    made = []
    for i, token in enumerate(tokens):
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        gap, level = state.step(token, following)
        comments = tuple(comment for comment in token.comments if i == 0 or not comment.is_trailing)
        behind = tuple(c for c in following.comments if c.is_trailing) if following else ()
        made.append(Piece(token.text, gap, level, comments, behind))
    return made


class _State:
    """What is known at a token of all those before it."""

    def __init__(self) -> None:
        self.brackets = [""]  # those that are open
        self.choices = [0]  # in each of them, how many `?` wait for their `:`
        self.before = ""
        self.kind = ""
        self.is_value = False  # the token before ends a value
        self.is_joined = True  # nothing stands between the token before and this one

    def step(self, token: Token, following: Token | None) -> tuple[str, int]:
        """The gap before the token, and its level."""
        text, is_value = token.text, self.is_value
        gap, level = " ", -1
        ends_value = joins = False
        if text in OPENING:
            gap = "" if self._is_close(text, following) else " "
            joins = text != "{"
            self.brackets.append(text)
            self.choices.append(0)
        elif text in CLOSING:
            gap = " " if text == "}" and self.before != "{" else ""
            ends_value = True
            if len(self.brackets) > 1:
                self.brackets.pop()
                self.choices.pop()
        elif text in SEPARATORS:
            gap = ""
        elif text == ":":
            gap, level, joins = self._colon()
        elif text == "'":  # a later row behind a name, an earlier one before it
            is_offset = following is not None and (
                following.kind in ("NUMBER", "POSITIONAL") or following.text == "("
            )
            is_later = is_value and self.kind not in ("NUMBER", "POSITIONAL") and self.before != ")"
            gap = "" if is_value else " "
            ends_value = is_later and not is_offset
            joins = not ends_value
        elif text in _AROUND:
            gap, ends_value, joins = ("", True, False) if is_value else (" ", False, True)
        elif text == "!" or (text in _SIGNS and not is_value):
            joins = True
        elif text in _TIGHT:
            gap, joins = "", True
        elif text in _LEVEL:
            level = _LEVEL[text]
            self.choices[-1] += text == "?"
        elif text not in ASSIGNMENTS:  # a name, a number, a string
            ends_value = text not in _LEADING and token.kind != "HINT"
        gap = "" if self.is_joined else gap
        self.before, self.kind, self.is_value, self.is_joined = text, token.kind, ends_value, joins
        return gap, level

    def _is_close(self, bracket: str, following: Token | None) -> bool:
        """Whether an opening bracket stands close to the token before: a call, an index, `int[]`."""
        if bracket == "[" and self.before in _TYPES:
            return following is not None and following.text == "]"
        return bracket != "{" and self.is_value

    def _colon(self) -> tuple[str, int, bool]:
        """Gap and level of a colon, and whether it is joined to what follows."""
        if self.choices[-1]:
            self.choices[-1] -= 1
            return " ", _LEVEL[":"], False
        is_repetition = self.brackets[-1] == "[" or (len(self.brackets) == 1 and self.before == "]")
        return "", -1, is_repetition
