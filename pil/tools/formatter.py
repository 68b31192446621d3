"""The formatter: a file's tokens and comments, laid out anew.

The result depends on tokens, comments and blank lines only, not on how they were laid out: what was formatted
is not changed by formatting. Tokens stay as they are but for semicolons: one is added where a statement lacks
it at the end of its block, and one that ends nothing is left out.
"""

from collections.abc import Sequence
from dataclasses import replace

from zisk_py.pil.parser import parse
from zisk_py.pil.span import SourceFile
from zisk_py.pil.tools.layout import STEP, WIDTH, Concat, Remark, render
from zisk_py.pil.tools.spacing import CLOSING, OPENING, pieces
from zisk_py.pil.tools.statement_layout import statement_layout
from zisk_py.pil.tools.tokens import END, Comment, Token, tokenize

_ENDS = frozenset({";", "{", "}", "case"})
_FILES = frozenset({"include", "require"})


def format_source(file: SourceFile) -> str:
    """The file's text, formatted. Raises PilError if it cannot be parsed."""
    parse(file)
    formatter = _Formatter(tokenize(file))
    formatter.statements(0)
    return formatter.text()


class _Formatter:
    """Reads tokens from `at` on and writes lines."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.lines: list[str] = []
        self.is_fresh = True  # a block begins: no blank line
        self.commented = -1  # the last line that ends with a comment behind which none can stand

    def text(self) -> str:
        """All lines."""
        return "\n".join([*self.lines, ""]) if self.lines else ""

    # ---- reading

    @property
    def next(self) -> Token:
        """The token that is read next."""
        return self.tokens[self.at]

    def _until(self, stops: frozenset[str]) -> list[Token]:
        """Read tokens up to the first that is in `stops` and in no bracket, without it."""
        start, depth = self.at, 0
        while self.next.kind != END:
            text = self.next.text
            if depth == 0 and (text in stops or self._is_default()):
                break
            depth += (text in OPENING) - (text in CLOSING)
            self.at += 1
        return self.tokens[start : self.at]

    def _bracketed(self) -> list[Token]:
        """Read a bracket with all that is in it."""
        start, depth = self.at, 0
        while True:
            text = self.next.text
            depth += (text in OPENING) - (text in CLOSING)
            self.at += 1
            if depth == 0:
                return self.tokens[start : self.at]

    # ---- writing

    def _comments(self, margin: int) -> None:
        """Write the comments before the next token, and a blank line where one stands before it."""
        token = self.next
        for comment in token.comments:
            self._comment(comment, margin)
        if token.is_spaced and token.kind != END and token.text != "}":
            self._blank()

    def _comment(self, comment: Comment, margin: int) -> None:
        remark = Remark(comment.text, comment.column, comment.is_trailing, False)
        is_behind = comment.is_trailing and self.commented < len(self.lines) - 1
        if is_behind and "\n" not in comment.text:
            self.lines[-1] += f"  {comment.text}"
        else:
            if comment.is_spaced:
                self._blank()
            first, *others = replace(remark, is_trailing=False).lines(margin)
            self.lines += [" " * margin + first, *others]
            self.is_fresh = False
        if not comment.is_inline:
            self.commented = len(self.lines) - 1

    def _blank(self) -> None:
        if not self.is_fresh and self.lines and self.lines[-1]:
            self.lines.append("")

    def _write(self, tokens: Sequence[Token], margin: int, ending: str = "", *, joined: bool = False) -> None:
        """Write a statement or its head; `joined`: behind what stands on the last line."""
        if not joined:
            self._comments(margin)
        parts = pieces(tokens if joined else [replace(tokens[0], comments=()), *tokens[1:]])
        flat = "".join(piece.gap + piece.text for piece in parts) + ending
        start = len(self.lines[-1]) + 1 if joined else margin
        if start + len(flat) <= WIDTH and not any(piece.comments or piece.behind for piece in parts):
            written = [" " * margin + flat]
        else:
            written = render(Concat((statement_layout(parts), ending)), margin)
        if joined:
            self.lines[-1] += " " + written[0].lstrip()
            written = written[1:]
        self.lines += written
        self.is_fresh = False

    # ---- statements

    def _is_default(self) -> bool:
        """Whether the next token is the `default` of a switch."""
        return self.next.text == "default" and self.tokens[self.at + 1].text == ":"

    def _is_end(self) -> bool:
        """Whether a block or a case ends here."""
        return self.next.kind == END or self.next.text in ("}", "case") or self._is_default()

    def statements(self, margin: int) -> None:
        """Write statements up to the end of their block or case."""
        self.is_fresh = True
        while not self._is_end():
            if self.next.text == ";":  # ends nothing
                self._comments_behind(margin)
                self.at += 1
            else:
                self._statement(margin)
        if self.next.kind == END or self.next.text == "}":
            self._comments(margin)

    def _statement(self, margin: int, *, is_body: bool = False) -> None:
        """Write a statement; `is_body`: that of an `if` or a loop, without braces."""
        token = self.next
        after = self.tokens[self.at + 1].text if token.kind != END else ""
        if token.kind == "PRAGMA":
            self._simple(1, margin, "")
        elif token.text == "{":
            self._comments(margin)
            self.lines.append(" " * margin + "{")
            self._block(margin)
        elif token.kind == "HINT" and after in OPENING:
            self._head(margin, "")
        elif token.text in _FILES or after in _FILES:
            self._simple(2 if token.text in _FILES else 3, margin, "" if is_body else ";")
        elif token.text in ("for", "while", "switch"):
            self._head(margin)
            (self._switch if token.text == "switch" else self._body)(margin)
        elif token.text == "if":
            self._if(margin)
        elif token.text == "do":
            self._simple(1, margin, self._brace(self.at + 1))
            self._body(margin)
            self._head(margin, "" if is_body else ";", joined=self.lines[-1] == " " * margin + "}")
        else:
            self._open(margin)

    def _simple(self, count: int, margin: int, ending: str) -> None:
        """Write the next tokens as a statement."""
        tokens = self.tokens[self.at : self.at + count]
        self._write(tokens, margin, ending)
        self.at += count

    def _open(self, margin: int) -> None:
        """Write a statement that ends with a semicolon, or one with a block."""
        start = self.at
        tokens = self._until(_ENDS)
        end, self.at = self.at, start
        self._write(tokens, margin, self._brace(end) or ";")
        self.at = end
        if self.next.text == "{":
            self._block(margin)
        elif self.next.text == ";":
            self._comments_behind(margin)
            self.at += 1

    def _brace(self, at: int) -> str:
        """The end of a head: the brace of its block, if the token there is one."""
        return " {" if self.tokens[at].text == "{" else ""

    def _head(self, margin: int, ending: str | None = None, *, joined: bool = False) -> None:
        """Write a word and the bracket behind it; without an ending, the brace of a block that follows."""
        start = self.at
        self.at += 1
        self._bracketed()
        end, self.at = self.at, start
        self._write(
            self.tokens[start:end], margin, self._brace(end) if ending is None else ending, joined=joined
        )
        self.at = end

    def _comments_behind(self, margin: int) -> None:
        """Write the comments before the next token, which itself is written already."""
        for comment in self.next.comments:
            self._comment(comment, margin)

    def _block(self, margin: int) -> None:
        """Write a block; its first brace is written already, its comments are not."""
        if self.lines[-1].strip() != "{":
            self._comments_behind(margin + STEP)
        self.at += 1
        start = len(self.lines)
        self.statements(margin + STEP)
        self.at += 1
        if len(self.lines) == start and self.lines[-1].endswith("{"):
            self.lines[-1] += "}"
        else:
            self.lines.append(" " * margin + "}")
        self.is_fresh = False

    def _body(self, margin: int) -> None:
        """Write the body of what was written last: a block, nothing, or a statement."""
        if self.next.text == "{":
            self._block(margin)
        elif self.next.text == ";":
            self.lines[-1] += ";"
            self._comments_behind(margin)
            self.at += 1
        else:
            first, start = self.next, len(self.lines)
            self.is_fresh = True
            self._statement(margin + STEP, is_body=True)
            self._rejoin(first, start)

    def _rejoin(self, first: Token, start: int) -> None:
        """Put a statement of one line behind its head, where it fits."""
        if len(self.lines) == start + 1 and not first.comments and "//" not in self.lines[-1]:
            line = f"{self.lines[-2]} {self.lines[-1].lstrip()}"
            if len(line) <= WIDTH:
                self.lines[-2:] = [line]

    def _if(self, margin: int) -> None:
        """Write an `if` with all its `else`."""
        self._head(margin)
        self._body(margin)
        while self.next.text == "else":
            is_behind = self.lines[-1] == " " * margin + "}" and not self.next.comments
            word = "else" + self._brace(self.at + 1)
            if is_behind:
                self.lines[-1] += f" {word}"
            else:
                self._comments(margin)
                self.lines.append(" " * margin + word)
            self.at += 1
            if self.next.text != "if":
                self._body(margin)
                return
            self._head(margin, joined=True)
            self._body(margin)

    def _switch(self, margin: int) -> None:
        """Write the cases of a switch."""
        self._comments_behind(margin + STEP)
        self.at += 1
        self.is_fresh = True
        while self.next.text != "}":
            start = self.at
            self.at += 1
            self._until(frozenset({":"}))
            end, self.at = self.at, start
            self._write(self.tokens[start:end], margin + STEP, ":")
            self.at = end + 1
            self._case(margin + 2 * STEP)
        self.at += 1
        self.lines.append(" " * margin + "}")
        self.is_fresh = False

    def _case(self, margin: int) -> None:
        """Write the statements of a case; a single one stands behind its label where it fits."""
        first, start = self.next, len(self.lines)
        self.statements(margin)
        self._rejoin(first, start)
