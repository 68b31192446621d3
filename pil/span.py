"""Positions in source text: every node of the syntax tree has a span."""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from zisk_py.pil.system import Source

MAX_LINES = 6  # of an excerpt


@dataclass(frozen=True)
class SourceFile:
    """A file's name, as it is shown, its text, and the folder that it lies in (None for a mere text)."""

    name: str
    text: str = field(repr=False)
    folder: Path | None = field(default=None, repr=False)

    @cached_property
    def line_starts(self) -> list[int]:
        """Offsets at which lines begin."""
        return [0, *(i + 1 for i, character in enumerate(self.text) if character == "\n")]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, without its end."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Span:
    """The text of `file` from offset `start` up to, not including, `end`."""

    file: SourceFile
    start: int
    end: int

    @property
    def text(self) -> str:
        """The source text, as written."""
        return self.file.text[self.start : self.end]

    @property
    def one_line(self) -> str:
        """The source text with every run of white space made one space."""
        return " ".join(self.text.split())

    @property
    def location(self) -> str:
        """`file:line:column`."""
        line, column = self.file.position(self.start)
        return f"{self.file.name}:{line}:{column}"

    def source(self) -> Source:
        """What the compiled form keeps of it."""
        line, column = self.file.position(self.start)
        return Source(self.file.name, line, column, self.one_line)

    def excerpt(self) -> str:
        """The lines that it covers, and carets below the covered part of each; of many the first and last."""
        first, column = self.file.position(self.start)
        last, _ = self.file.position(max(self.start, self.end - 1))
        if last - first < MAX_LINES:
            shown = [*range(first, last + 1)]
        else:
            shown = [*range(first, first + MAX_LINES - 2), last]
        lines = []
        for number in shown:
            if number - 1 not in (first - 1, *shown):
                lines.append("...")
            lines += self._underlined(number, column if number == first else 1)
        return "\n".join(lines)

    def _underlined(self, number: int, column: int) -> list[str]:
        """A line, and carets from that column on, or from its first character that is no space."""
        text = self.file.line(number)
        if column == 1 and not text.strip():
            return [text]
        start = column - 1 if column > 1 else len(text) - len(text.lstrip())
        left = self.end - self.file.line_starts[number - 1]
        width = max(1, min(left, len(text.rstrip())) - start)
        margin = "".join("\t" if character == "\t" else " " for character in text[:start])
        return [text, f"{margin}{'^' * width}"]
