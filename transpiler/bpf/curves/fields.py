"""Arithmetic modulo a prime just below 2^255 or 2^256, on numbers of five limbs.

A result is settled: its limbs have 52 bits and it is below twice the modulus. A sum or difference that is not
may be one of the two factors of a product. Only `canonical` gives the one number below the modulus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import gt

from zisk_py.isa.instruction import LAST_C, hidden, immediate
from zisk_py.isa.operations import ADD, AND, EQ, MULU, SRL, SUB
from zisk_py.transpiler.bpf.curves.numbers import (
    LIMB_BITS,
    LIMB_MASK,
    NUM_LIMBS,
    WORD_BITS,
    Number,
    join,
    split,
)
from zisk_py.transpiler.bpf.curves.products import PRODUCT_WORDS_END, Product, add_all, add_pairs
from zisk_py.transpiler.rom_builder import Label, RomBuilder

ABOVE = PRODUCT_WORDS_END  # what lies above the top bit
PARTIAL = ABOVE + 1  # a sum of a few terms
FIELD_WORDS_END = PARTIAL + 1
TOP_SLACK = 1 << 13  # of the last limb of a settled number above the modulus

Term = tuple[int, Number]  # coefficient, number


@dataclass(frozen=True)
class Field:
    """The integers modulo a prime of 255 or 256 bits whose distance to the next power of 2 is small."""

    modulus: int

    @property
    def bits(self) -> int:
        """Bits of the modulus."""
        return self.modulus.bit_length()

    @property
    def top_bits(self) -> int:
        """Bits of its last limb."""
        return self.bits - LIMB_BITS * (NUM_LIMBS - 1)

    @cached_property
    def wrap(self) -> tuple[int, ...]:
        """2^260 modulo the modulus: its limbs up to the last that is not zero."""
        return _trimmed(split((1 << LIMB_BITS * NUM_LIMBS) % self.modulus))

    @cached_property
    def complement(self) -> tuple[int, ...]:
        """What the modulus lacks to a power of 2: the limbs up to the last that is not zero."""
        return _trimmed(split((1 << self.bits) - self.modulus))

    def settled(self, word: int) -> Number:
        """A settled number there, for what is only known to be one."""
        return Number(word, (LIMB_MASK,) * (NUM_LIMBS - 1) + ((1 << self.top_bits) - 1 + TOP_SLACK,))

    def settle(self, builder: RomBuilder, number: Number, word: int) -> Number:
        """Carry, and fold what is above the top bit back in; in 16 rows for a complement of one limb."""
        top, last = hidden(ABOVE), NUM_LIMBS - 1
        most = [*number.most[:-1], (1 << self.top_bits) - 1]
        above = number.most[-1] >> self.top_bits
        builder.compute(SRL, number.limb(last), immediate(self.top_bits), top)
        builder.compute(AND, number.limb(last), immediate(most[-1]), hidden(word + last))
        limbs = [*(number.limb(index) for index in range(last)), hidden(word + last)]
        for index, part in enumerate(self.complement):
            builder.compute(MULU, top, immediate(part))
            builder.compute(ADD, LAST_C, limbs[index], hidden(word + index))
            limbs[index] = hidden(word + index)
            most[index] += above * part
        for index in range(last):
            _check_words(most)
            builder.compute(SRL, limbs[index], immediate(LIMB_BITS))
            builder.compute(ADD, LAST_C, limbs[index + 1], hidden(word + index + 1))
            builder.compute(AND, limbs[index], immediate(LIMB_MASK), hidden(word + index))
            limbs[index + 1] = hidden(word + index + 1)
            most[index + 1] += most[index] >> LIMB_BITS
        result = self.settled(word)
        if most[-1] > result.most[-1]:
            raise AssertionError("a number is too large to be settled")
        return result

    def combine(
        self, builder: RomBuilder, word: int, plus: Sequence[Term], minus: Sequence[Term] = ()
    ) -> Number:
        """The sum of `plus` minus that of `minus`, and a multiple of the modulus; not settled."""
        offset = self.multiple_above([sum(c * n.most[i] for c, n in minus) for i in range(NUM_LIMBS)])
        most = [sum(c * n.most[i] for c, n in plus) + offset[i] for i in range(NUM_LIMBS)]
        _check_words(most)
        terms = [*((SUB, *term) for term in minus), *((ADD, *term) for term in plus)]
        if len(terms) < 2 and plus and plus[0][0] == 1:
            raise AssertionError("a number alone is no sum")
        for index in range(NUM_LIMBS):
            total = immediate(offset[index]) if minus else None
            for place, (op, coefficient, number) in enumerate(terms):
                into = hidden(word + index if place + 1 == len(terms) else PARTIAL)
                value = number.limb(index)
                if coefficient != 1:
                    builder.compute(MULU, value, immediate(coefficient), into if total is None else None)
                    value = into if total is None else LAST_C
                if total is not None:
                    builder.compute(op, total, value, into)
                    value = into
                total = value
        return Number(word, tuple(most))

    def multiple_above(self, least: Sequence[int]) -> tuple[int, ...]:
        """Limbs of a multiple of the modulus, each at least as large as asked for."""
        missing = split(-join(least) % self.modulus)
        return tuple(one + other for one, other in zip(least, missing, strict=True))

    def multiply(self, builder: RomBuilder, word: int, one: Number, other: Number) -> Number:
        """The product, settled; one factor must have limbs of 52 bits."""
        narrow, wide = (one, other) if one.is_narrow else (other, one)
        product = Product(builder, self.wrap, narrow, wide)
        add_all(product)
        return self.settle(builder, product.finish(), word)

    def square(self, builder: RomBuilder, word: int, number: Number) -> Number:
        """The square, settled; of a number with limbs of 52 bits."""
        product = Product(builder, self.wrap, number, number)
        add_pairs(product)
        return self.settle(builder, product.finish(), word)

    def canonical(self, builder: RomBuilder, number: Number, word: int) -> Number:
        """The number below the modulus that is the same as a settled one; to another place."""
        if any(map(gt, number.most, self.settled(word).most)):
            raise AssertionError("a number is not settled")
        # x + complement reaches the power of 2 if and only if x reaches the modulus.
        last, is_below = NUM_LIMBS - 1, Label("below the modulus")
        for index in range(NUM_LIMBS):
            part = self.complement[index] if index < len(self.complement) else 0
            target = hidden(word + index)
            if index:
                builder.compute(SRL, hidden(word + index - 1), immediate(LIMB_BITS), target)
                builder.compute(AND, hidden(word + index - 1), immediate(LIMB_MASK), hidden(word + index - 1))
                builder.compute(ADD, target, number.limb(index), target)
                if part:
                    builder.compute(ADD, target, immediate(part), target)
            else:
                builder.compute(ADD, number.limb(0), immediate(part), target)
        above = immediate((1 << self.top_bits) - 1)
        reached = Label("reached the modulus")
        builder.compute(SRL, hidden(word + last), immediate(self.top_bits))
        builder.branch(EQ, LAST_C, immediate(0), is_below)
        builder.compute(AND, hidden(word + last), above, hidden(word + last), then=reached)
        builder.place(is_below)
        for index in range(NUM_LIMBS):
            builder.copy(number.limb(index), hidden(word + index))
        builder.place(reached)
        return Number(word, (LIMB_MASK,) * last + (above.value,))


def _trimmed(limbs: tuple[int, ...]) -> tuple[int, ...]:
    while not limbs[-1]:
        limbs = limbs[:-1]
    return limbs


def _check_words(most: Sequence[int]) -> None:
    if max(most) >> WORD_BITS:
        raise AssertionError("a limb has more than 64 bits")


ED25519 = Field(2**255 - 19)
SECP256K1 = Field(2**256 - 2**32 - 977)
SECP256K1_ORDER = Field(0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141)
