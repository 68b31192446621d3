"""What the original compiler made of these files, as the Rust source that was generated from it says.

The source has a macro per row (`trace_row!`: the columns of stage 1 of an air, its fixed columns, or those of
a commit), one per set of values (`values!`), a type per air with its height and numbers, and a list of names.
"""

import re
from dataclasses import dataclass
from math import prod

_ROWS = re.compile(r"(?:trace_row|values)!\((\w+)<F> \{(.*?)\}\);", re.DOTALL)
_TYPE = re.compile(
    r"pub type (\w+?)(Fixed|Trace)<\w> = GenericTrace<[^,]+, (\d+), (\d+), (\d+)(?:, (\d+))?>;"
)
_NAME = re.compile(r'\((\d+), (\d+), "(\w+)"\),')
_FIELD = re.compile(r"\s*(\w+)\s*:\s*([^,]+?)\s*,")
_TOKEN = re.compile(r"FieldExtension<F>|ubit\((\d+)\)|u(\d+)|bit|F")
DIRECT = "im_direct"  # the values of stage 2 that the original's library adds: one for each direct message
ADDED_FIXED = ("__L1__", "__ROW_INDEX__")  # fixed columns that it adds


@dataclass(frozen=True, slots=True)
class Entry:
    """A column or a value: its shape, () if it is no array, and its declared bits, 0 without."""

    name: str
    shape: tuple[int, ...] = ()
    bits: int = 0

    @property
    def size(self) -> int:
        """The number of single columns or values."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class OriginalAir:
    """An air of the original; `commits` are the columns of its commits, without their commit's name.

    direct  the number of messages without columns, which are sent once per instance.
    """

    name: str
    number: tuple[int, int]  # of its airgroup, and in it
    rows: int
    columns: tuple[Entry, ...]
    fixed: tuple[Entry, ...]
    air_values: tuple[Entry, ...]
    commits: tuple[Entry, ...]
    direct: int


@dataclass(frozen=True, slots=True)
class Original:
    """All airs in the order of their numbers, publics and proof values."""

    airs: tuple[OriginalAir, ...]
    publics: tuple[Entry, ...]
    proof_values: tuple[Entry, ...]


def parse(source: str) -> Original:
    """Read the generated source. Raises ValueError for what it does not have."""
    rows = {name: _entries(body) for name, body in _ROWS.findall(source)}
    named = {(int(group), int(air)): name for group, air, name in _NAME.findall(source)}
    heights: dict[tuple[int, int], int] = {}
    types: dict[tuple[int, int], str] = {}
    commits: dict[tuple[int, int], list[Entry]] = {}
    for name, kind, height, group, air, commit in _TYPE.findall(source):
        number = int(group), int(air)
        if commit:
            commits.setdefault(number, []).extend(rows[f"{name}TraceRow"])
        elif kind == "Trace":
            types[number], heights[number] = name, int(height)
    if types.keys() != named.keys() or not named:
        raise ValueError("the generated source does not have one type per air")
    airs = []
    for number, name in sorted(named.items()):
        kind = types[number]
        values = rows.get(f"{kind}AirValues", ())
        airs.append(
            OriginalAir(
                name,
                number,
                heights[number],
                rows[f"{kind}TraceRow"],
                tuple(e for e in rows.get(f"{kind}FixedRow", ()) if e.name not in ADDED_FIXED),
                tuple(value for value in values if value.name != DIRECT),
                tuple(commits.get(number, ())),
                sum(value.size for value in values if value.name == DIRECT),
            )
        )
    return Original(tuple(airs), _only(rows, "PublicValues"), _only(rows, "ProofValues"))


def _only(rows: dict[str, tuple[Entry, ...]], ending: str) -> tuple[Entry, ...]:
    found = [entries for name, entries in rows.items() if name.endswith(ending)]
    return found[0] if found else ()


def _entries(body: str) -> tuple[Entry, ...]:
    """The fields of a row: `name: type,` each."""
    found = []
    position = 0
    while body[position:].strip():
        field = _FIELD.match(body, position)
        if field is None:
            raise ValueError(f"no column stands at {body[position:].strip()[:40]!r}")
        position = field.end()
        found.append(_entry(*field.groups()))
    return tuple(found)


def _entry(name: str, form: str) -> Entry:
    """A field from its type: `[[u8; 2]; 4]` is four rows of two."""
    shape: list[int] = []
    while form.startswith("["):
        inner, _, size = form[1:-1].rpartition(";")
        shape.append(int(size))
        form = inner.strip()
    kind = _TOKEN.fullmatch(form)
    if kind is None:
        raise ValueError(f"column {name} has the unknown type {form!r}")
    bits = 1 if form == "bit" else int(kind[1] or kind[2] or 0)
    return Entry(name, tuple(shape), bits)
