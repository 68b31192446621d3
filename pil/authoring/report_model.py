"""What a check found, as data: the report that text, JSON and the page are made from.

Values are canonical elements of F, or triples of K where stage 2 is read. Rows are those of the file as it
is written: a constraint that reads `'a` on row 5 reads row 4. Places are `file:line:column`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zisk_py.pil.report import Value

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


@dataclass(frozen=True, slots=True)
class ExcerptLine:
    """A line of the file; the part from `start` (from 0) of `width` characters is what is spoken of."""

    number: int
    text: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Where something is written, and how the compiler came there: the innermost expansion first."""

    place: str
    lines: tuple[ExcerptLine, ...]
    expansions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """What a constraint reads: a column `offset` rows later, on row `row`, or a value without rows (None)."""

    name: str
    offset: int
    row: int | None
    value: Value


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the constraint that is worth looking at; `depth` tells which one it is a part of."""

    depth: int
    text: str
    value: Value


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A row of the neighbourhood, `offset` rows later: its cells, and which of them the constraint reads."""

    number: int
    offset: int
    is_failing: bool
    values: tuple[Value, ...]
    is_read: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The neighbourhood of a failing row, in the columns that the constraint reads."""

    columns: tuple[str, ...]
    rows: tuple[WindowRow, ...]


@dataclass(frozen=True, slots=True)
class RowFinding:
    """A row on which a constraint fails."""

    row: int
    left: Step
    right: Step
    cells: tuple[Cell, ...]
    steps: tuple[Step, ...]
    window: Window


@dataclass(frozen=True, slots=True)
class ConstraintFinding:
    """A constraint that does not hold.

    label   the instance as people call it, `Main` or `Main[1]`; of a global constraint "".
    note    what it is, if it is not one that the author wrote as it stands.
    ranges  first and last of neighbouring failing rows, the first few of `num_ranges`.
    rows    the first few failing rows of `num_rows`.
    """

    label: str
    text: str
    excerpt: Excerpt
    note: str
    num_rows: int
    ranges: tuple[tuple[int, int], ...]
    num_ranges: int
    rows: tuple[RowFinding, ...]


@dataclass(frozen=True, slots=True)
class SenderFinding:
    """A message: which instance sent it (the verifier: ""), on which row, how often, where it is written."""

    label: str
    row: int | None
    verb: str  # "proves" or "assumes"
    times: int
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class NearestFinding:
    """The tuple of the other side that is nearest; `differs` are positions of the values that differ."""

    values: tuple[int, ...]
    differs: tuple[int, ...]
    sender: SenderFinding


@dataclass(frozen=True, slots=True)
class TupleFinding:
    """A tuple of a bus that is not proven as often as it is assumed.

    explanation  a plain sentence, where the bus is a range or the tuple is one that nobody has.
    senders      the first few of `num_senders` messages.
    """

    bus: int
    bus_name: str
    names: tuple[str, ...]
    values: tuple[int, ...]
    proven: int
    assumed: int
    explanation: str
    senders: tuple[SenderFinding, ...]
    num_senders: int
    nearest: NearestFinding | None


@dataclass(frozen=True, slots=True)
class AirSummary:
    """An instance that was checked."""

    label: str
    rows: int
    columns: int
    constraints: int
    failed: int
    is_library: bool


@dataclass(frozen=True, repr=False)
class Report:
    """What `pil.check` found. As a str it is a text; in a terminal with rich and in Jupyter it has colours.

    The first few findings are kept, the numbers count all: `num_failed` constraints of `num_constraints` over
    all instances, and `num_unmatched` tuples of `num_messages` messages.
    missing  airs that have no instance, though a proof must have one: of each group, of some air of it.
    """

    airs: tuple[AirSummary, ...]
    constraints: tuple[ConstraintFinding, ...]
    tuples: tuple[TupleFinding, ...]
    num_constraints: int
    num_failed: int
    num_messages: int
    num_unmatched: int
    missing: tuple[tuple[str, ...], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything holds, and could be proven."""
        return self.num_failed == 0 and self.num_unmatched == 0 and not self.missing

    def __str__(self) -> str:
        from zisk_py.pil.authoring.report_text import lines, plain

        return plain(lines(self))

    __repr__ = __str__  # what the interactive interpreter shows

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from zisk_py.pil.authoring.report_text import lines, styled

        del console, options
        yield from styled(lines(self))

    def to_json(self, indent: int | None = 2) -> str:
        """The report as JSON, in the form that `zisk_py.pil.authoring.report_json` describes."""
        from zisk_py.pil.authoring.report_json import to_json

        return to_json(self, indent)

    def to_html(self) -> str:
        """The report as one page that needs nothing else."""
        from zisk_py.pil.authoring.report_page import page

        return page(self)

    def _repr_html_(self) -> str:
        from zisk_py.pil.authoring.report_page import fragment

        return fragment(self)


def ranges_text(ranges: Sequence[tuple[int, int]], num_ranges: int, limit: int = 6) -> str:
    """`3, 5..7, 12 and 4 more ranges`."""
    shown = [str(first) if first == last else f"{first}..{last}" for first, last in ranges[:limit]]
    more = num_ranges - len(shown)
    return ", ".join(shown) + (f" and {more} more range{'s' * (more > 1)}" if more else "")
