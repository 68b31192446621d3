"""Values of a program that has run: expressions in its scopes, and the rows of its fixed columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zisk_py.errors import InputError
from zisk_py.pil.authoring.errors import suggestion
from zisk_py.pil.errors import Diagnostic, told_once
from zisk_py.pil.expander import expand
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Leaf, Operation, text
from zisk_py.pil.expander.settings import Settings
from zisk_py.pil.expander.values import Array, Value
from zisk_py.pil.loader import Loader
from zisk_py.pil.parser import parse_expression
from zisk_py.pil.span import SourceFile

Shown = int | str | list["Shown"]
_FIXED = re.compile(r"(?P<air>[^.]+)\.(?P<column>[^:]+)(?::(?P<rows>.+))?")
_ROWS = re.compile(r"(?P<first>\d+)(?:\.\.(?P<last>\d+))?")


@dataclass(frozen=True, slots=True)
class Rows:
    """Values of a fixed column from row `first` on."""

    first: int
    values: Sequence[int]


class Evaluation:
    """A program that has run."""

    def __init__(
        self,
        source: Path | str,
        *,
        constants: Mapping[str, int] | None = None,
        include: Sequence[Path] = (),
        features: frozenset[str] = frozenset(),
    ) -> None:
        """Run the program of a file, or a text, as `compile_source` does. Raises PilError, OSError."""
        loader = Loader(include)
        settings = Settings(include=include, features=features)
        self._expander = expand(loader.main(source), dict(constants or {}), loader, settings)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What was legal but hardly meant while the program ran."""
        return told_once(self._expander.warnings)

    def expression(self, written: str, air: str | None = None) -> Shown:
        """What an expression comes to: in the scope of an air, or else in that of the proof.

        An int is a number, what differs from row to row is its text, an array is a list.
        Raises InputError for an air that there is not, PilError.
        """
        expander = self._expander
        file = SourceFile("<expression>", written)
        node = parse_expression(file, 0, len(written))
        if air is not None:
            expander.air = self._air(air)
            expander.scope = expander.air.scope
        try:
            return self._shown(expander.evaluate(node))
        finally:
            expander.air, expander.scope = None, expander.proof_scope

    def fixed(self, place: str) -> Rows:
        """Rows of a fixed column: `Air.column`, `Air.column:5`, `Air.column:5..9` (both included).

        Raises InputError for a column or rows that there are not.
        """
        named = _FIXED.fullmatch(place)
        if named is None:
            raise InputError(f"{place!r} names no fixed column; write Air.column or Air.column:from..to")
        air = self._air(named["air"])
        tables = {table.name: table for table in air.fixed}
        table = tables.get(named["column"])
        if table is None:
            known = suggestion(named["column"], tables)
            raise InputError(f"air {air.name} has no fixed column {named['column']}{known}")
        if table.rows is None:
            raise InputError(f"air {air.name} has a height per run; {table.name} has no rows before one")
        values = table.values
        if values is None:
            raise InputError(f"fixed column {table.name} of air {air.name} has no values")
        if named["rows"] is None:
            return Rows(0, values)
        rows = _ROWS.fullmatch(named["rows"])
        if rows is None:
            raise InputError(f"{named['rows']!r} is no range of rows; write from..to, such as 0..9")
        first = int(rows["first"])
        last = int(rows["last"] or first)
        if not first <= last < len(values):
            raise InputError(f"rows {first} to {last} are not within 0 to {len(values) - 1}")
        return Rows(first, values[first : last + 1])

    def _air(self, name: str) -> AirBuilder:
        airs = {air.name: air for air in self._expander.airs}
        if name not in airs:
            raise InputError(f"there is no air {name}{suggestion(name, airs)}")
        return airs[name]

    def _shown(self, value: Value | None) -> Shown:
        if isinstance(value, Array):
            return [self._shown(item) for item in value.items]
        if isinstance(value, FixedTable):
            return value.name
        if isinstance(value, Leaf | Operation):
            return text(value, 1000)
        if isinstance(value, str):
            return value
        return "nothing" if value is None else int(value)
