"""What no constraint and no bus noticed: per column, as text and as JSON.

The JSON has `format` "zisk-pil-fuzz", `version` 1, `seed`, `changes`, `unnoticed`, `columns`: air, column,
changes, by_constraint, by_bus, by_stage2, unnoticed, rows (how many have an unnoticed change) and holes, the
first of the unnoticed changes: instance, row, where (first, last, in use, padding), kind, old and new, both
strings, as the integers nearest to 0 modulo p. Names are added, never changed or removed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from zisk_py.pil.report import signed

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

KINDS = ("one more", "one less", "zero", "minus one", "random", "swapped with the next row")
MAX_SHOWN = 4  # unnoticed changes in the text, per column


@dataclass(frozen=True, slots=True)
class Hole:
    """A change that nothing noticed."""

    instance: int  # which one of its air
    row: int
    where: str  # first, last, in use, padding
    kind: str
    old: int
    new: int


@dataclass(slots=True)
class ColumnResult:
    """What became of the changes of a column."""

    name: str
    changes: int = 0
    by_constraint: int = 0
    by_bus: int = 0
    by_stage2: int = 0  # only by constraints of stage 2, whose columns stayed as they were
    unnoticed: int = 0
    rows: set[tuple[int, int]] = field(default_factory=set)  # instance and row of all unnoticed changes
    holes: list[Hole] = field(default_factory=list)  # the first of them


@dataclass(slots=True)
class AirResult:
    """What became of the changes of an air; `rows` counts those of all its instances that were changed."""

    name: str
    columns: tuple[ColumnResult, ...]
    rows: int = 0


@dataclass(frozen=True, repr=False)
class FuzzReport:
    """What `pil.fuzz` found. As a str it is a text; the interpreter and Jupyter show that."""

    seed: int
    airs: tuple[AirResult, ...]

    @property
    def changes(self) -> int:
        """How many changes were tried."""
        return sum(column.changes for _, column in self.columns())

    @property
    def unnoticed(self) -> int:
        """How many of them nothing noticed."""
        return sum(column.unnoticed for _, column in self.columns())

    @property
    def ok(self) -> bool:
        """Whether everything was noticed."""
        return self.unnoticed == 0

    def columns(self) -> Iterator[tuple[AirResult, ColumnResult]]:
        """All columns with their airs."""
        for air in self.airs:
            for column in air.columns:
                yield air, column

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.text import Text

        del console, options
        for number, line in enumerate(self._lines()):
            style = ("bold green" if self.ok else "bold red") if number == 0 else ""
            yield Text(line, style=style, overflow="fold")

    def _lines(self) -> Iterator[str]:
        rows = sum(air.rows for air in self.airs)
        names = sum(1 for _ in self.columns())
        of = f"{names} column{'s' * (names != 1)} on {rows} row{'s' * (rows != 1)}"
        head = f"{self.changes} change{'s' * (self.changes != 1)} of {of} (seed {self.seed}): "
        counts = [
            (sum(column.by_constraint for _, column in self.columns()), "noticed by a constraint"),
            (sum(column.by_bus for _, column in self.columns()), "by a bus"),
            (sum(column.by_stage2 for _, column in self.columns()), "by stage 2 alone"),
            (self.unnoticed, "by nothing"),
        ]
        yield head + ", ".join(f"{count} {what}" for count, what in counts if count or what == "by nothing")
        for air, column in self.columns():
            if not column.unnoticed:
                continue
            yield (
                f"{air.name}.{column.name}: nothing notices {column.unnoticed} of {column.changes} changes, "
                f"on {len(column.rows)} rows"
            )
            for hole in column.holes[:MAX_SHOWN]:
                of = f" of {air.name}[{hole.instance}]" if hole.instance else ""
                yield (
                    f"    row {hole.row}{of} ({hole.where}): {signed(hole.old)} -> {signed(hole.new)} "
                    f"({hole.kind})"
                )
            if column.unnoticed > MAX_SHOWN:
                yield f"    and {column.unnoticed - min(MAX_SHOWN, len(column.holes))} more"

    def to_json(self, indent: int | None = 2) -> str:
        """The report as JSON, in the form that this module describes."""
        return json.dumps(self.to_data(), indent=indent)

    def to_data(self) -> dict[str, Any]:
        """The report as dicts and lists."""
        return {
            "format": "zisk-pil-fuzz",
            "version": 1,
            "seed": self.seed,
            "changes": self.changes,
            "unnoticed": self.unnoticed,
            "columns": [
                {
                    "air": air.name,
                    "column": column.name,
                    "changes": column.changes,
                    "by_constraint": column.by_constraint,
                    "by_bus": column.by_bus,
                    "by_stage2": column.by_stage2,
                    "unnoticed": column.unnoticed,
                    "rows": len(column.rows),
                    "holes": [
                        {
                            "instance": hole.instance,
                            "row": hole.row,
                            "where": hole.where,
                            "kind": hole.kind,
                            "old": str(signed(hole.old)),
                            "new": str(signed(hole.new)),
                        }
                        for hole in column.holes
                    ],
                }
                for air, column in self.columns()
            ],
        }
