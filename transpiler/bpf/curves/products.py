"""Products of two numbers modulo a prime: partial products in columns, and the upper columns wrapped."""

from collections.abc import Sequence

from zisk_py.isa.instruction import Operand, hidden, immediate
from zisk_py.isa.operations import MULU, SLL
from zisk_py.transpiler.bpf.curves.columns import LOW, NUM_COLUMN_WORDS, NUM_COLUMNS, SHIFT, Columns, Factor
from zisk_py.transpiler.bpf.curves.numbers import NUM_LIMBS, Number
from zisk_py.transpiler.rom_builder import RomBuilder

SHIFTED = LOW + NUM_COLUMN_WORDS  # the limbs of one factor times 2^12
SCALED = SHIFTED + NUM_LIMBS  # limbs of the other times a small constant
PRODUCT_WORDS_END = SCALED + 2 * NUM_COLUMNS
SMALL_WRAP = 1 << 10  # up to here a factor is multiplied by what wraps, which spares the upper columns


class Product:
    """The rows of one product of a number with limbs of 52 bits and another, which may be the same."""

    def __init__(self, builder: RomBuilder, wrap: Sequence[int], narrow: Number, wide: Number) -> None:
        """Start; `wrap` has the limbs of 2^260 modulo the prime up to the last that is not zero."""
        if not narrow.is_narrow:
            raise AssertionError("both factors have limbs of more than 52 bits")
        self._columns = Columns(builder)
        self._builder, self._wrap, self._wide = builder, wrap, wide
        self._scaled: dict[tuple[int, int], Operand] = {}
        self._factors = [
            Factor(narrow.limb(index), hidden(SHIFTED + index), narrow.most[index])
            for index in range(NUM_LIMBS)
        ]
        for factor in self._factors:
            builder.compute(SLL, factor.plain, immediate(SHIFT), factor.shifted)

    def add(self, index: int, other: int, times: int) -> None:
        """Add `times` the product of limb `index` of the narrow factor and limb `other` of the wide one."""
        column = index + other
        if column >= NUM_LIMBS and len(self._wrap) == 1 and self._wrap[0] <= SMALL_WRAP:
            column, times = column - NUM_LIMBS, times * self._wrap[0]
        self._columns.add_product(
            column, self._factors[index], self._scale(other, times), self._wide.most[other] * times
        )

    def _scale(self, index: int, times: int) -> Operand:
        if times == 1:
            return self._wide.limb(index)
        if (index, times) not in self._scaled:
            scaled = hidden(SCALED + len(self._scaled))
            self._builder.compute(MULU, self._wide.limb(index), immediate(times), scaled)
            self._scaled[index, times] = scaled
        return self._scaled[index, times]

    def finish(self) -> Number:
        """The product in five limbs, not settled."""
        for column in range(NUM_COLUMNS - 1, NUM_LIMBS - 1, -1):
            total = self._columns.finish(column)
            if total is not None:
                for index, part in enumerate(self._wrap):
                    self._columns.add_product(column - NUM_LIMBS + index, Factor.constant(part), *total)
        totals = [self._columns.finish(column) for column in range(NUM_LIMBS)]
        return Number(LOW, tuple(total[1] for total in totals if total is not None))


def add_all(product: Product) -> None:
    """Add every pair of limbs once: the product of two numbers."""
    for index in range(NUM_LIMBS):
        for other in range(NUM_LIMBS):
            product.add(index, other, 1)


def add_pairs(product: Product) -> None:
    """Add pairs of different limbs twice, by one product: the square of a number."""
    for index in range(NUM_LIMBS):
        product.add(index, index, 1)
        for other in range(index + 1, NUM_LIMBS):
            product.add(index, other, 2)
