"""Fixed columns while they are written: by a sequence, or cell by cell."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zisk_py.field.goldilocks import P
from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.span import Span

Words = npt.NDArray[np.uint64]


def words(values: Sequence[int] | Words) -> Words:
    """Ints of any size as field elements below p."""
    if isinstance(values, np.ndarray):
        return values
    return np.array([value % P for value in values], dtype=np.uint64)


def _narrow(values: Words) -> Words:
    """The same values in as few bytes each as the largest of them needs."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


class Cells:
    """The values of a sequence whose length may be unknown: `head`, `fill` over and over, `tail`."""

    __slots__ = ("fill", "head", "tail")

    def __init__(
        self, head: Sequence[int] | Words, fill: Sequence[int] | Words = (), tail: Sequence[int] | Words = ()
    ) -> None:
        self.head, self.fill, self.tail = words(head), words(fill), words(tail)

    @property
    def length(self) -> int:
        """How many values there are, without those that fill up."""
        return len(self.head) + len(self.tail)

    def is_first(self) -> bool:
        """Whether it is 1, 0, 0, ..., for any number of rows."""
        is_one = len(self.head) == 1 and self.head[0] == 1
        return bool(is_one and len(self.fill) and not self.fill.any() and not self.tail.any())

    def is_last(self) -> bool:
        """Whether it is ..., 0, 0, 1, for any number of rows."""
        is_one = len(self.tail) == 1 and self.tail[0] == 1
        return bool(is_one and len(self.fill) and not self.fill.any() and not self.head.any())

    def is_periodic(self, rows: int) -> bool:
        """Whether it is a power of two shorter than an air of `rows` rows: then it is repeated."""
        length = self.length
        is_power = length > 0 and length & (length - 1) == 0
        return not len(self.fill) and is_power and length < rows and rows % length == 0

    def check(self, rows: int, span: Span) -> None:
        """Raise PilError unless it can fill `rows` rows."""
        missing = rows - self.length
        if missing < 0 or (missing > 0 and not len(self.fill) and not self.is_periodic(rows)):
            raise PilError(
                f"the sequence has {self.length} values and the air has {rows} rows", span, code=Code.FIXED
            )

    def narrowed(self) -> "Cells":
        """The same in less memory, for what is read seldom."""
        return Cells(_narrow(self.head), _narrow(self.fill), _narrow(self.tail))

    def resolve(self, rows: int) -> Words:
        """Exactly `rows` values; `check` says whether that is possible."""
        missing = rows - self.length
        if not missing or self.is_periodic(rows):
            once = np.concatenate((self.head, self.tail), dtype=np.uint64)
            return once if not missing else np.tile(once, rows // self.length)
        whole, rest = divmod(missing, len(self.fill))
        made = np.empty(rows, dtype=np.uint64)
        made[: len(self.head)] = self.head
        filled = made[len(self.head) : rows - len(self.tail)]
        filled[: whole * len(self.fill)].reshape(whole, len(self.fill))[:] = self.fill
        filled[whole * len(self.fill) :] = self.fill[:rest]
        made[rows - len(self.tail) :] = self.tail
        return made


@dataclass(eq=False, slots=True)
class FixedTable:
    """A fixed column. `rows` is None where the height is chosen per run.

    A sequence stays as it was written until somebody asks for its values.
    """

    name: str
    index: int
    air: int
    rows: int | None
    span: Span
    cells: Cells | None = None
    stored: "array[int] | None" = None
    written: bytearray | None = None  # the rows that were written cell by cell; None: all have values
    external: bool = False  # its values come from outside of the program
    is_temporary: bool = False  # a help for others: no column of the air

    @property
    def values(self) -> "array[int] | None":
        """A value below p per row; 0 where none was written. None if it has no values."""
        if self.stored is None and self.cells is not None and self.rows is not None:
            self.stored = array("Q", self.cells.resolve(self.rows).tobytes())
        return self.stored

    @property
    def is_missing(self) -> bool:
        """Whether its values were to come from outside, did not, and zeros stand for them."""
        return self.external and self.cells is not None

    def assign(self, cells: Cells, span: Span) -> None:
        """Give it a sequence, once."""
        if self.cells is not None or self.stored is not None:
            raise PilError(f"fixed column {self.name} already has values", span, code=Code.FIXED)
        if self.rows is not None:
            cells.check(self.rows, span)
        elif not (cells.is_first() or cells.is_last()):
            raise PilError(
                f"fixed column {self.name} stands in an air whose height is chosen per run: only "
                "[1,0...] and [0...,1] can; count in a witness column, or give the air a height N",
                span,
                code=Code.FIXED,
            )
        self.cells = cells

    def supply(self, values: "array[int]") -> None:
        """Give it values from outside, one per row."""
        self.stored = values
        self.external = True

    def close(self) -> None:
        """Take little memory: it is not written any more, and read seldom."""
        if self.cells is None and self.stored is not None:
            self.cells = Cells(np.frombuffer(self.stored, dtype=np.uint64))
        if self.cells is not None:
            self.cells, self.stored = self.cells.narrowed(), None
        if self.written is not None and all(self.written):
            self.written = None

    def read(self, row: int, span: Span) -> int:
        """The value in a row."""
        self._check(row, span)
        values = self.values
        if values is None or (self.written is not None and not self.written[row]):
            raise PilError(
                f"row {row} of fixed column {self.name} has no value yet", span, code=Code.NO_VALUE
            )
        return values[row]

    def write(self, row: int, value: int, span: Span) -> None:
        """Set the value in a row."""
        self._check(row, span)
        stored, written = self.writable(span)
        stored[row] = value % P
        written[row] = 1

    def writable(self, span: Span) -> "tuple[array[int], bytearray]":
        """What is written to cell by cell: the values, and which of them were written."""
        if self.rows is None:
            raise self._without_rows(span)
        if self.cells is not None or self.external:
            raise PilError(
                f"fixed column {self.name} was given as a sequence and cannot be changed",
                span,
                code=Code.FIXED,
            )
        if self.stored is None or self.written is None:
            self.stored = array("Q", bytes(8 * self.rows))
            self.written = bytearray(self.rows)
        return self.stored, self.written

    def _without_rows(self, span: Span) -> PilError:
        return PilError(
            f"fixed column {self.name} stands in an air whose height is chosen per run: it has no cells",
            span,
            code=Code.FIXED,
        )

    def _check(self, row: int, span: Span) -> None:
        if self.rows is None:
            raise self._without_rows(span)
        if not 0 <= row < self.rows:
            raise PilError(
                f"fixed column {self.name} has rows 0 to {self.rows - 1}, not {row}", span, code=Code.FIXED
            )
