"""Where a statement begins and ends in text that cannot be parsed: by its brackets and semicolons alone."""

import re
from dataclasses import dataclass, field

_PIECE = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"[^\"]*(?:\"|\Z)|`[^`]*(?:`|\Z)|#pragma[^\r\n]*|[A-Za-z_0-9$]+|\S", re.DOTALL
)
_COMMENTS = ("//", "/*")
_HEADER = 2  # semicolons between the parentheses of `for`


@dataclass(slots=True)
class Level:
    """A block that is open, and the statement in it that is read now.

    brace      offset of its `{`; -1 for the file.
    start      offset of the statement; -1 between two of them.
    """

    brace: int
    start: int = -1
    word: str = ""  # the first of the statement
    opened: list[int] = field(default_factory=list)  # offsets of its `(` and `[` that are not closed
    headers: int = 0
    before: "tuple[int, str]" = (-1, "")  # start and word of the statement that a block has just ended

    def begin(self, at: int, word: str) -> None:
        """A piece of the statement; the first one begins it. `else` goes on with the one before."""
        if self.start < 0:
            start, first = self.before
            goes_on = start >= 0 and (word == "else" or (word == "while" and first == "do"))
            self.start, self.word = self.before if goes_on else (at, word)

    def end(self, *, by_block: bool) -> None:
        """Its last piece was read."""
        self.before = (self.start, self.word) if by_block else (-1, "")
        self.start, self.word, self.headers = -1, "", 0
        self.opened.clear()

    def ends_at_semicolon(self) -> bool:
        """Whether a semicolon here ends it: two stand within `for (...)`."""
        if self.opened and self.word == "for" and self.headers < _HEADER:
            self.headers += 1
            return False
        return True


@dataclass(frozen=True, slots=True)
class Extent:
    """The statement around an offset.

    start, end  its text; it may be empty.
    previous    end of the last piece before the offset.
    word        its first word.
    opened      offset of the last bracket that is open there, -1 if none.
    brace       offset of the `{` of the block that it stands in, -1 if none.
    """

    start: int
    end: int
    previous: int
    word: str
    opened: int
    brace: int


def extent(text: str, at: int) -> Extent:
    """The statement that the piece at this offset belongs to."""
    levels = [Level(-1)]
    previous, found, depth = 0, None, 0
    for piece in _PIECE.finditer(text):
        word, offset = piece[0], piece.start()
        if word.startswith(_COMMENTS):
            continue
        level = levels[-1]
        if found is None and piece.end() > at:
            start = level.start if level.start >= 0 else offset
            opened = level.opened[-1] if level.opened else -1
            found, depth = Extent(start, len(text), previous, level.word, opened, level.brace), len(levels)
        previous = piece.end()
        if word == "}":
            if found and len(levels) == depth:
                return _ended(found, offset)
            if len(levels) > 1:
                levels.pop()
            levels[-1].end(by_block=True)
        elif word == ";":
            if level.start < 0 or level.ends_at_semicolon():
                level.end(by_block=False)
                if found and len(levels) == depth:
                    return _ended(found, piece.end())
        else:
            if found and len(levels) == depth and level.start < 0 and level.before[0] == found.start:
                level.begin(offset, word)
                if level.start != found.start:  # the block before this piece was its last
                    return _ended(found, offset)
            level.begin(offset, word)
            if word == "{":
                levels.append(Level(offset))
            elif word in "([":
                level.opened.append(offset)
            elif word in ")]" and level.opened:
                level.opened.pop()
    if found is None:
        level = levels[-1]
        start = level.start if level.start >= 0 else len(text)
        return Extent(start, len(text), previous, level.word, -1, level.brace)
    return found


def _ended(found: Extent, end: int) -> Extent:
    return Extent(found.start, end, found.previous, found.word, found.opened, found.brace)
