"""Powers by exponents that are known when the ROM is made: chains of squarings and products.

Squaring and multiplying are subroutines on an accumulator, one pair per field.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zisk_py.isa.instruction import LAST_C, hidden, immediate
from zisk_py.isa.operations import EQ, SUB
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.fields import FIELD_WORDS_END, SECP256K1_ORDER, Field
from zisk_py.transpiler.bpf.curves.numbers import NUM_LIMBS, Number, copy_number
from zisk_py.transpiler.rom_builder import Label

ACCUMULATOR = FIELD_WORDS_END
FACTOR = ACCUMULATOR + NUM_LIMBS
COUNT = FACTOR + NUM_LIMBS  # of squarings that are left
LINK = COUNT + 1
RESULTS = LINK + 1
NUM_RESULTS = 16  # that later steps may use
POWER_WORDS_END = RESULTS + NUM_RESULTS * NUM_LIMBS


@dataclass(frozen=True)
class Step:
    """Square so many times what the step before gave, then multiply by the result of step `factor`."""

    squarings: int
    factor: int | None = 0  # 0 is the base itself, 1 the result of the first step


Chain = tuple[Step, ...]


def exponents(chain: Chain) -> list[int]:
    """What the base is raised to after each step, from none on."""
    values = [1]
    for step in chain:
        values.append((values[-1] << step.squarings) + (0 if step.factor is None else values[step.factor]))
    return values


def raise_to(context: Context, field: Field, chain: Chain, base: Number) -> Number:
    """The power of a settled number, settled, in the accumulator."""
    builder, accumulator = context.builder, field.settled(ACCUMULATOR)
    square = context.routine(f"square modulo {field.modulus:#x}", lambda c: _square(c, field))
    multiply = context.routine(f"multiply modulo {field.modulus:#x}", lambda c: _multiply(c, field))
    copy_number(builder, base, ACCUMULATOR)
    copy_number(builder, base, RESULTS)
    used = {step.factor for step in chain if step.factor is not None}
    if max(used) >= NUM_RESULTS:
        raise AssertionError("a chain uses too late a result")
    for number, step in enumerate(chain, start=1):
        if step.squarings:
            builder.copy(immediate(step.squarings), hidden(COUNT))
            builder.call(square, hidden(LINK))
        if step.factor is not None:
            copy_number(builder, Number(RESULTS + NUM_LIMBS * step.factor, base.most), FACTOR)
            builder.call(multiply, hidden(LINK))
        if number in used:
            copy_number(builder, accumulator, RESULTS + NUM_LIMBS * number)
    return accumulator


def _square(context: Context, field: Field) -> None:
    """Square the accumulator `COUNT` times, at least once."""
    builder, again, done = context.builder, Label("square again"), Label("squared")
    builder.place(again)
    field.square(builder, ACCUMULATOR, field.settled(ACCUMULATOR))
    builder.compute(SUB, hidden(COUNT), immediate(1), hidden(COUNT))
    builder.branch(EQ, LAST_C, immediate(0), done, again)
    builder.place(done)
    builder.go_back(hidden(LINK))


def _multiply(context: Context, field: Field) -> None:
    field.multiply(context.builder, ACCUMULATOR, field.settled(ACCUMULATOR), field.settled(FACTOR))
    context.builder.go_back(hidden(LINK))


def _ones(lengths: Sequence[int]) -> list[Step]:
    """Steps to exponents of so many one bits; each length is that before plus an earlier one."""
    known = [1]
    steps = []
    for length in lengths:
        added = length - known[-1]
        steps.append(Step(added, known.index(added)))
        known.append(length)
    return steps


_ONES_223 = _ones((2, 3, 6, 9, 11, 22, 44, 88, 176, 220, 223))
SECP256K1_ROOT: Chain = (*_ONES_223, Step(23, 6), Step(6, 1), Step(2, None))
SECP256K1_INVERSE: Chain = (*_ONES_223, Step(23, 6), Step(5, 0), Step(3, 1), Step(2, 0))


def _windows(chain: list[Step], exponent: int) -> Chain:
    """Go on with the bits of an exponent below those that the chain has, by windows that end in a one.

    The chain begins with the powers 2, 3, 5, 7 ... 15.
    """
    known = exponents(tuple(chain))
    bits = f"{exponent:b}"
    position, steps = known[-1].bit_length(), list(chain)
    if not bits.startswith(f"{known[-1]:b}"):
        raise AssertionError("the chain does not lead to the exponent")
    while position < len(bits):
        zeros = len(bits) - position - len(bits[position:].lstrip("0"))
        if position + zeros == len(bits):
            steps.append(Step(zeros, None))
            break
        window = bits[position : position + zeros + _WINDOW].rstrip("0")
        steps.append(Step(len(window), known.index(int(window, 2))))
        position += len(window)
    return tuple(steps)


_WINDOW = 4
_ODD_POWERS = [Step(1, None), Step(0, 0), *(Step(0, 1) for _ in range(6))]
# 127 ones: 4, 7, 14, 28, 31, 62, 124 and 127 of them.
_ONES_127 = [
    *_ODD_POWERS,
    Step(3, 4),
    Step(7, 9),
    Step(14, 10),
    Step(3, 4),
    Step(31, 12),
    Step(62, 13),
    Step(3, 4),
]
ORDER_INVERSE = _windows(_ONES_127, SECP256K1_ORDER.modulus - 2)
