"""Sums of products in columns of 52 bits, without carries between them.

A product x * y is low + high * 2^52 with low below 2^52. One row gives high: the high word of (x * 2^12) * y.
The sum of the lows needs no masks: it is the sum of x * y minus 2^52 times that of the highs, modulo 2^64,
and it is far below 2^64.
"""

from dataclasses import dataclass, field

from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import ADD, MULU, MULUH, SLL, SUB, Operation
from zisk_py.transpiler.bpf.curves.numbers import CURVE_WORDS, LIMB_BITS, LIMB_MASK, NUM_LIMBS, WORD_BITS
from zisk_py.transpiler.rom_builder import RomBuilder

SHIFT = WORD_BITS - LIMB_BITS
NUM_COLUMNS = 2 * NUM_LIMBS
LOW = CURVE_WORDS  # per column: the sum of the products modulo 2^64, then the column itself
HIGH = LOW + NUM_COLUMNS  # per column: the sum of what goes to the next one
NUM_COLUMN_WORDS = 2 * NUM_COLUMNS


@dataclass(frozen=True)
class Factor:
    """A factor below 2^52, and the same times 2^12."""

    plain: Operand
    shifted: Operand
    most: int

    @classmethod
    def constant(cls, value: int) -> "Factor":
        """A factor that the ROM holds."""
        return cls(immediate(value), immediate(value << SHIFT), value)


@dataclass
class Columns:
    """The columns of one product while their rows are made."""

    builder: RomBuilder
    low_most: dict[int, int] = field(default_factory=dict)  # of the columns that have a product
    high_most: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)

    def add_product(self, column: int, factor: Factor, other: Operand, most: int) -> None:
        """Add factor * other to a column; `other` is at most `most`."""
        if factor.most > LIMB_MASK or most >> WORD_BITS:
            raise AssertionError("a factor is too large")
        if not self.finished.isdisjoint((column, column + 1)):
            raise AssertionError("a column that is finished would change")
        product = factor.most * most
        self._accumulate(MULU, factor.plain, other, LOW, column)
        self._accumulate(MULUH, factor.shifted, other, HIGH, column)
        self.low_most[column] = self.low_most.get(column, 0) + min(product, LIMB_MASK)
        self.high_most[column] = self.high_most.get(column, 0) + (product >> LIMB_BITS)

    def _accumulate(self, op: Operation, one: Operand, other: Operand, words: int, column: int) -> None:
        total = hidden(words + column)
        if column in self.low_most:
            self.builder.compute(op, one, other)
            self.builder.compute(ADD, LAST_C, total, total)
        else:
            self.builder.compute(op, one, other, total)

    def finish(self, column: int) -> tuple[Operand, int] | None:
        """The column with what the one below hands up, and its bound; None if there is nothing.

        Nothing may be added to either column after.
        """
        self.finished.add(column)
        builder, low, below = self.builder, hidden(LOW + column), hidden(HIGH + column - 1)
        most = self.low_most.get(column, 0) + self.high_most.get(column - 1, 0)
        if most >> WORD_BITS:
            raise AssertionError("a column has more than 64 bits")
        if column not in self.low_most:
            return (below, most) if column - 1 in self.low_most else None
        builder.compute(SLL, hidden(HIGH + column), immediate(LIMB_BITS))
        if column - 1 in self.low_most:
            builder.compute(SUB, low, LAST_C)
            builder.compute(ADD, LAST_C, below, low)
        else:
            builder.compute(SUB, low, LAST_C, low)
        return low, most
