"""Damaged PIL files: what an author may have typed, and worse. One seed gives one text."""

import random
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Each group is taken equally often: most of the last one are wrong before they are damaged.
GROUPS = (("statemachines",), ("examples",), ("pil", "tests/data/pil"))
EDITS = (1, 1, 1, 1, 2, 3)  # how many changes, at random

_TOKEN = re.compile(r"\s+|//[^\n]*|[A-Za-z_0-9$@#]+|\"[^\"\n]*\"|===|\.\.\.|\.\.|[<>=!&|*+-]{2}|.", re.DOTALL)


@cache
def sources() -> tuple[tuple[tuple[Path, str], ...], ...]:
    """All PIL files of the project, by group."""

    def files(folders: tuple[str, ...]) -> tuple[tuple[Path, str], ...]:
        paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.pil")))
        return tuple((path, path.read_text()) for path in paths)

    return tuple(map(files, GROUPS))


@cache
def _words() -> tuple[str, ...]:
    return tuple(
        sorted({w for group in sources() for _, text in group for w in _TOKEN.findall(text) if w.strip()})
    )


def mutated(seed: int) -> tuple[Path, str]:
    """The file that was taken, and its text after some changes."""
    chosen = random.Random(seed)
    path, text = chosen.choice(chosen.choice(sources()))
    for _ in range(chosen.choice(EDITS)):
        text = chosen.choice(_CHANGES)(text, chosen)
    return path, text


def _tokens(text: str, chosen: random.Random, change: str) -> str:
    tokens = _TOKEN.findall(text)
    if not tokens:
        return text
    at, other = chosen.randrange(len(tokens)), chosen.randrange(len(tokens))
    if change == "delete":
        tokens[at : at + chosen.randint(1, 3)] = []
    elif change == "double":
        tokens.insert(at, tokens[at])
    elif change == "swap":
        tokens[at], tokens[other] = tokens[other], tokens[at]
    elif change == "replace":
        tokens[at] = chosen.choice(_words())
    else:
        tokens.insert(at, f" {chosen.choice(_words())} ")
    return "".join(tokens)


def _characters(text: str, chosen: random.Random) -> str:
    at = chosen.randrange(len(text) + 1)
    return text[:at] + chr(chosen.choice((chosen.randrange(128), chosen.randrange(0x2100)))) + text[at + 1 :]


def _lines(text: str, chosen: random.Random) -> str:
    lines = text.split("\n")
    at = chosen.randrange(len(lines))
    change = chosen.randrange(3)
    if change == 0:
        del lines[at : at + chosen.randint(1, 5)]
    elif change == 1:
        lines.insert(chosen.randrange(len(lines)), lines[at])
    else:
        lines[at] = lines[at][: chosen.randrange(len(lines[at]) + 1)]
    return "\n".join(lines)


def _cut(text: str, chosen: random.Random) -> str:
    return text[: chosen.randrange(len(text) + 1)]


_KINDS = ("delete", "double", "swap", "replace", "insert")
_CHANGES = (
    *(lambda text, chosen, kind=kind: _tokens(text, chosen, kind) for kind in _KINDS),
    _characters,
    _lines,
    _cut,
)
