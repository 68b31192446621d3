"""Fixed columns while they are written: by a sequence, or cell by cell."""

from array import array
from dataclasses import dataclass, field

from zisk_py.field.goldilocks import P
from zisk_py.pil.errors import PilError
from zisk_py.pil.span import Span


@dataclass(slots=True)
class Cells:
    """The values of a sequence whose length may be unknown: `head`, `fill` over and over, `tail`."""

    head: list[int]
    fill: list[int] = field(default_factory=list)
    tail: list[int] = field(default_factory=list)

    def is_first(self) -> bool:
        """Whether it is 1, 0, 0, ..., for any number of rows."""
        return self.head == [1] and set(self.fill) == {0} and not any(self.tail)

    def is_last(self) -> bool:
        """Whether it is ..., 0, 0, 1, for any number of rows."""
        return not any(self.head) and set(self.fill) == {0} and self.tail == [1]

    def resolve(self, rows: int, span: Span) -> "array[int]":
        """Exactly `rows` values modulo p. Raises PilError if the sequence has another length."""
        missing = rows - len(self.head) - len(self.tail)
        if self.fill and missing >= 0:
            whole, rest = divmod(missing, len(self.fill))
            values = self.head + self.fill * whole + self.fill[:rest] + self.tail
        else:
            values = self.head + self.tail
            if len(values) != rows:
                raise PilError(f"the sequence has {len(values)} values and the air has {rows} rows", span)
        if min(values) < 0 or max(values) >= P:
            values = [value % P for value in values]
        return array("Q", values)


@dataclass(eq=False, slots=True)
class FixedTable:
    """A fixed column. `rows` is None where the height is chosen per run."""

    name: str
    index: int
    air: int
    rows: int | None
    span: Span
    cells: Cells | None = None
    values: "array[int] | None" = None
    written: bytearray | None = None
    external: bool = False

    def assign(self, cells: Cells, span: Span) -> None:
        """Give it a sequence, once."""
        if self.cells is not None or self.values is not None:
            raise PilError(f"fixed column {self.name} already has values", span)
        self.cells = cells
        if self.rows is not None:
            self.values = cells.resolve(self.rows, span)
        elif not (cells.is_first() or cells.is_last()):
            raise PilError(
                f"fixed column {self.name} stands in an air whose height is chosen per run: only "
                "[1,0...] and [0...,1] can; count in a witness column, or give the air a height N",
                span,
            )

    def read(self, row: int, span: Span) -> int:
        """The value in a row."""
        self._check(row, span)
        if self.values is None or (self.written is not None and not self.written[row]):
            raise PilError(f"row {row} of fixed column {self.name} has no value yet", span)
        return self.values[row]

    def write(self, row: int, value: int, span: Span) -> None:
        """Set the value in a row."""
        rows = self._check(row, span)
        if self.cells is not None:
            raise PilError(f"fixed column {self.name} was given as a sequence and cannot be changed", span)
        if self.values is None or self.written is None:
            self.values = array("Q", bytes(8 * rows))
            self.written = bytearray(rows)
        self.values[row] = value % P
        self.written[row] = 1

    def _check(self, row: int, span: Span) -> int:
        if self.rows is None:
            raise PilError(
                f"fixed column {self.name} stands in an air whose height is chosen per run: it has no cells",
                span,
            )
        if not 0 <= row < self.rows:
            raise PilError(f"fixed column {self.name} has rows 0 to {self.rows - 1}, not {row}", span)
        return self.rows
