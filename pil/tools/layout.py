"""Text that is broken into lines only where it does not fit: groups, filled lines, comments."""

from dataclasses import dataclass

WIDTH = 110
STEP = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A place where a line may end; `flat` stands there if it does not."""

    flat: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment. One that is not inline ends its line; a trailing one follows what is before it.

    column  where it began; the lines of one with a line of its own move with the first.
    """

    text: str
    column: int
    is_trailing: bool
    is_inline: bool

    def lines(self, margin: int) -> list[str]:
        """The comment, if its first line is indented by `margin` columns."""
        if self.is_trailing:
            return self.text.split("\n")
        first, *others = self.text.split("\n")
        return [first, *(" " * margin + _cut(line, self.column) for line in others)]


@dataclass(frozen=True, slots=True)
class Concat:
    """Parts, one after the other."""

    parts: "tuple[Layout, ...]"


@dataclass(frozen=True, slots=True)
class Indent:
    """Lines that begin within are one step further in."""

    content: "Layout"


@dataclass(frozen=True, slots=True)
class Group:
    """All its lines end, or none."""

    content: "Layout"


@dataclass(frozen=True, slots=True)
class Fill:
    """Contents and separators in turn, from `start` on; as many contents as fit stand on a line."""

    parts: "tuple[Layout, ...]"
    start: int = 0


Layout = str | Line | Remark | Concat | Indent | Group | Fill
SPACE, SOFT = Line(" "), Line("")
_Entry = tuple[int, bool, Layout]  # indentation, whether lines end, what


def render(layout: Layout, indent: int) -> list[str]:
    """The lines of a layout; all are indented by `indent` columns, and more where it says so."""
    lines: list[str] = []
    line = " " * indent
    is_ended = False  # the next text begins a line
    stack: list[_Entry] = [(indent, True, layout)]
    while stack:
        margin, is_broken, part = stack.pop()
        if isinstance(part, Concat):
            stack.extend((margin, is_broken, inner) for inner in reversed(part.parts))
        elif isinstance(part, Indent):
            stack.append((margin + STEP, is_broken, part.content))
        elif isinstance(part, Group):
            column = margin if is_ended else len(line)
            stack.append((margin, not _fits([(margin, False, part.content)], stack, column), part.content))
        elif isinstance(part, Fill):
            column = margin if is_ended else len(line)
            _fill(stack, margin, part, column)
        elif isinstance(part, Line) and is_broken:
            if line.strip():
                lines.append(line.rstrip())
            line, is_ended = "", True
        elif isinstance(part, Remark) and (not part.is_trailing or not part.is_inline):
            if not part.is_trailing and line.strip():
                lines.append(line.rstrip())
                line = ""
            first, *others = part.lines(margin)
            lines += [f"{line.rstrip()}  {first}" if line.strip() else " " * margin + first, *others]
            line, is_ended = "", True
        else:
            text = part if isinstance(part, str) else part.flat if isinstance(part, Line) else part.text
            if is_ended and text.strip():
                line, is_ended = " " * margin + text.lstrip(), False
            elif not is_ended:
                line += text
    return [*lines, line.rstrip()] if line.strip() else lines


def _fill(stack: list[_Entry], margin: int, fill: Fill, column: int) -> None:
    """Put the first content and its separator on the stack, and the rest as a Fill."""
    parts, start = fill.parts, fill.start
    last = len(parts) - 1
    content = parts[start]
    is_flat = _fits([(margin, False, content)], [] if start < last else stack, column)
    if start < last:
        pair = (margin, False, Concat(parts[start : start + 3]))
        is_together = _fits([pair], [] if start + 2 < last else stack, column)
        stack.append((margin, True, Fill(parts, start + 2)))
        stack.append((margin, not is_together, parts[start + 1]))
    stack.append((margin, not is_flat, content))


def _fits(entries: list[_Entry], after: list[_Entry], column: int) -> bool:
    """Whether entries, and what is after them up to the next end of a line, fit from that column on."""
    stack = list(entries)
    following = len(after)
    while column <= WIDTH:
        if not stack:
            if following == 0:
                return True
            following -= 1
            stack.append(after[following])
        margin, is_broken, part = stack.pop()
        if isinstance(part, str):
            column += len(part)
        elif isinstance(part, Line):
            if is_broken:
                return True
            column += len(part.flat)
        elif isinstance(part, Remark):
            if not part.is_inline:
                return is_broken
            column += len(part.text)
        elif isinstance(part, Concat):
            stack.extend((margin, is_broken, inner) for inner in reversed(part.parts))
        elif isinstance(part, Fill):
            if part.start + 1 < len(part.parts):
                stack.append((margin, is_broken, Fill(part.parts, part.start + 1)))
            stack.append((margin, is_broken, part.parts[part.start]))
        else:
            stack.append((margin, is_broken, part.content))
    return False


def _cut(line: str, columns: int) -> str:
    """The line without its first `columns` spaces, or those that it has."""
    return line[min(columns, len(line) - len(line.lstrip(" "))) :]
