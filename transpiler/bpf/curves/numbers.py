"""Large numbers in hidden words: five limbs of 52 bits, and how large each limb can be.

The bounds are known while rows are made: whoever would let a sum or a product overflow is told then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zisk_py.isa.instruction import Operand, hidden, immediate
from zisk_py.transpiler.bpf.hidden_layout import SCRATCH
from zisk_py.transpiler.rom_builder import RomBuilder

NUM_LIMBS = 5
LIMB_BITS = 52
LIMB_MASK = (1 << LIMB_BITS) - 1
WORD_BITS = 64
CURVE_WORDS = SCRATCH + 2048  # first hidden word of this package, which has the 4096 from there


@dataclass(frozen=True)
class Number:
    """The number sum(limb[i] << 52 * i) at hidden words `word` to `word + 4`; limb[i] <= most[i]."""

    word: int
    most: tuple[int, ...]

    def limb(self, index: int) -> Operand:
        """One limb as an operand."""
        return hidden(self.word + index)

    @property
    def is_narrow(self) -> bool:
        """Whether each limb has at most 52 bits."""
        return max(self.most) <= LIMB_MASK


def split(value: int) -> tuple[int, ...]:
    """The five limbs of a number below 2^260."""
    return tuple(value >> LIMB_BITS * index & LIMB_MASK for index in range(NUM_LIMBS))


def join(limbs: Sequence[int]) -> int:
    """The number of five limbs, which may have more than 52 bits."""
    return sum(limb << LIMB_BITS * index for index, limb in enumerate(limbs))


def put_constant(builder: RomBuilder, word: int, value: int) -> Number:
    """Write a constant below 2^260."""
    limbs = split(value)
    for index, limb in enumerate(limbs):
        builder.copy(immediate(limb), hidden(word + index))
    return Number(word, limbs)


def copy_number(builder: RomBuilder, number: Number, word: int) -> Number:
    """Copy to another place."""
    for index in range(NUM_LIMBS):
        builder.copy(number.limb(index), hidden(word + index))
    return Number(word, number.most)
