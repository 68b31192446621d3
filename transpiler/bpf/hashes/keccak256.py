"""Keccak-256, as Ethereum and Solana use it: Keccak-f[1600] (FIPS 202) with the old padding, as micro-code.

One round is in the ROM, as a subroutine that is called with each round constant. Some lanes are kept as their
complement, such that the "not and" of most lanes is one `and` or one `or`: 55 rows of chi in place of 75.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import AND, OR, SLL, SRL, XOR
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hashes.buffer import (
    BUFFER,
    DIGEST,
    INNER_LINK,
    STATE,
    Hash,
    compress,
    fill_up,
    put_byte,
)
from zisk_py.transpiler.rom_builder import RomBuilder

BLOCK_WORDS = 17
ROUNDS = 24
ONES = (1 << 64) - 1
COMPLEMENTED = frozenset({1, 2, 8, 12, 17, 20})  # lanes x + 5 * y; a round keeps the pattern

LANES = [hidden(STATE + i) for i in range(25)]
MOVED = [hidden(STATE + 32 + i) for i in range(25)]  # after theta, rho and pi
PARITIES = [hidden(STATE + 64 + i) for i in range(5)]
CHANGES = [hidden(STATE + 72 + i) for i in range(5)]
ROUND_CONSTANT = hidden(STATE + 80)
LEFT_PART, COMPLEMENT = hidden(STATE + 81), hidden(STATE + 82)


def _round_constants() -> Iterator[int]:
    """From the shift register x^8 + x^6 + x^5 + x^4 + 1."""
    register = 1
    for _ in range(ROUNDS):
        constant = 0
        for j in range(7):
            constant |= (register & 1) << (2**j - 1)
            register = register << 1 ^ (0x171 if register >> 7 else 0)
        yield constant


def _rotations() -> dict[int, int]:
    """Lane -> how far rho rotates it."""
    found, x, y = {0: 0}, 1, 0
    for t in range(24):
        found[x + 5 * y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return found


CONSTANTS = tuple(_round_constants())
ROTATIONS = _rotations()


@dataclass(frozen=True)
class _Lane:
    """Where a lane is, and whether as its complement."""

    place: Operand
    is_complement: bool


def _start(context: Context) -> None:
    for number, lane in enumerate(LANES):
        context.builder.copy(immediate(ONES if number in COMPLEMENTED else 0), lane)


def _compress(context: Context) -> None:
    builder, round_ = context.builder, context.routine("round of keccak", _round)
    for number in range(BLOCK_WORDS):
        builder.compute(XOR, LANES[number], hidden(BUFFER + number), LANES[number])
    for constant in CONSTANTS:
        builder.copy(immediate(constant), ROUND_CONSTANT)
        builder.call(round_, hidden(INNER_LINK))


def _round(context: Context) -> None:
    builder = context.builder
    lanes = [_Lane(place, number in COMPLEMENTED) for number, place in enumerate(LANES)]
    moved = _move(builder, lanes, _mix_columns(builder, lanes))
    for y in range(5):
        row = [moved[x + 5 * y] for x in range(5)]
        for x in range(5):
            _chi(builder, row[x], row[(x + 1) % 5], row[(x + 2) % 5], lanes[x + 5 * y])
    builder.compute(XOR, LANES[0], ROUND_CONSTANT, LANES[0])
    builder.go_back(hidden(INNER_LINK))


def _mix_columns(builder: RomBuilder, lanes: list[_Lane]) -> list[_Lane]:
    """Theta: what each column of lanes changes by."""
    parities = []
    for x in range(5):
        column = [lanes[x + 5 * y] for y in range(5)]
        builder.compute(XOR, column[0].place, column[1].place)
        for lane in column[2:]:
            builder.compute(XOR, LAST_C, lane.place, PARITIES[x] if lane is column[-1] else None)
        parities.append(_Lane(PARITIES[x], sum(lane.is_complement for lane in column) % 2 == 1))
    changes = []
    for x in range(5):
        left, right = parities[x - 1], parities[(x + 1) % 5]
        _rotate(builder, right.place, 1, None)
        builder.compute(XOR, LAST_C, left.place, CHANGES[x])
        changes.append(_Lane(CHANGES[x], left.is_complement != right.is_complement))
    return changes


def _rotate(builder: RomBuilder, value: Operand, bits: int, into: Operand | None) -> None:
    builder.compute(SLL, value, immediate(bits), LEFT_PART)
    builder.compute(SRL, value, immediate(64 - bits))
    builder.compute(OR, LAST_C, LEFT_PART, into)


def _move(builder: RomBuilder, lanes: list[_Lane], changes: list[_Lane]) -> list[_Lane]:
    """The rest of theta, rho and pi."""
    moved = {}
    for x in range(5):
        for y in range(5):
            lane, change, number = lanes[x + 5 * y], changes[x], y + 5 * ((2 * x + 3 * y) % 5)
            rotation = ROTATIONS[x + 5 * y]
            into = MOVED[number]
            builder.compute(XOR, lane.place, change.place, into)
            if rotation:
                _rotate(builder, into, rotation, into)
            moved[number] = _Lane(into, lane.is_complement != change.is_complement)
    return [moved[number] for number in range(25)]


def _chi(builder: RomBuilder, lane: _Lane, first: _Lane, second: _Lane, into: _Lane) -> None:
    """`into` = lane ^ (not first & second); the right side's complement is `first | not second`."""
    is_or = lane.is_complement != into.is_complement
    negates_first = first.is_complement == is_or
    negates_second = second.is_complement != is_or
    a, b = first.place, second.place
    if negates_first:
        builder.compute(XOR, a, immediate(ONES), COMPLEMENT)
        a = COMPLEMENT
    if negates_second:
        builder.compute(XOR, b, immediate(ONES))
        b = LAST_C
    builder.compute(OR if is_or else AND, a, b)
    builder.compute(XOR, LAST_C, lane.place, into.place)


def _finish(context: Context) -> None:
    builder = context.builder
    put_byte(context, KECCAK256, 0x01)
    fill_up(context, KECCAK256, BLOCK_WORDS)
    last = hidden(BUFFER + BLOCK_WORDS - 1)
    builder.compute(OR, last, immediate(0x80 << 56), last)
    compress(context, KECCAK256)
    for number in range(4):
        mask = immediate(ONES if number in COMPLEMENTED else 0)
        builder.compute(XOR, LANES[number], mask, hidden(DIGEST + number))


KECCAK256 = Hash("keccak256", BLOCK_WORDS, _start, _compress, _finish)
