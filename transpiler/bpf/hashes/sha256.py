"""SHA-256 (FIPS 180-4) as micro-code: 64 rounds in a row, of 27 rows each.

All of a to h and the words of the schedule are doubled (`words32`): a, e and the words to rotate them, the
others because they were an a or an e before.
"""

from math import isqrt

from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import ADD, AND, MULU, OR, SLL, SRL, XOR
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hashes.buffer import (
    BUFFER,
    DIGEST,
    LENGTH,
    STATE,
    Hash,
    compress,
    fill_up,
    put_byte,
)
from zisk_py.transpiler.bpf.hashes.words32 import (
    MASK32,
    TWICE,
    add_to_last,
    double_last,
    pack,
    swap_halves,
    swap_pairs,
    xor_of_rotations,
)
from zisk_py.transpiler.rom_builder import RomBuilder

BLOCK_WORDS = 8
ROUNDS = 64
BIG_0, BIG_1 = (2, 11, 9), (6, 5, 14)  # rotations by 2, 13, 22 and by 6, 11, 25, as steps
SMALL_0, SMALL_1 = ((7, 11), 3), ((17, 2), 10)  # rotations by 7, 18 and by 17, 19, as steps; and a shift

CHAIN = [hidden(STATE + i) for i in range(8)]
RING_A = [hidden(STATE + 8 + i) for i in range(4)]  # the last four values of a: a, b, c, d
RING_E = [hidden(STATE + 12 + i) for i in range(4)]
SUM = hidden(STATE + 16)
ROTATED = hidden(STATE + 19)
A_XOR_B = [hidden(STATE + 17), hidden(STATE + 18)]  # of this round and the one before
ONCE = [hidden(STATE + 32 + i) for i in range(ROUNDS)]  # the schedule, with high halves of zeros
DOUBLED = [hidden(STATE + 96 + i) for i in range(ROUNDS)]


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


def _cube_root(value: int) -> int:
    root = 0
    for bit in reversed(range(-(-value.bit_length() // 3))):
        if (root | 1 << bit) ** 3 <= value:
            root |= 1 << bit
    return root


# The first 32 bits of the fractions of square and cube roots of primes.
INITIAL = tuple(isqrt(prime << 64) & MASK32 for prime in _primes(8))
CONSTANTS = tuple(_cube_root(prime << 96) & MASK32 for prime in _primes(ROUNDS))


def _start(context: Context) -> None:
    for value, word in zip(INITIAL, CHAIN, strict=True):
        context.builder.copy(immediate(value * TWICE), word)


def _compress(context: Context) -> None:
    builder = context.builder
    for pair in range(BLOCK_WORDS):
        _load_pair(builder, pair)
    for number in range(16, ROUNDS):
        _extend(builder, number)
    a, b, c, d, e, f, g, h = CHAIN
    builder.compute(XOR, b, c, A_XOR_B[1])
    for number in range(ROUNDS):
        new_a, new_e = RING_A[number % 4], RING_E[number % 4]
        _round(builder, number, (a, b, c, d, e, f, g, h), new_a, new_e)
        a, b, c, d, e, f, g, h = new_a, a, b, c, new_e, e, f, g
    for number, (before, change) in enumerate(zip(CHAIN, (a, b, c, d, e, f, g, h), strict=True)):
        if number % 4:
            builder.compute(ADD, before, change, before)
        else:
            builder.compute(ADD, before, change)
            double_last(builder, before)


def _load_pair(builder: RomBuilder, pair: int) -> None:
    """Two words of the schedule from the eight bytes that they are in the message, big-endian."""
    swap_pairs(builder, hidden(BUFFER + pair), SUM)
    for half, number in enumerate((2 * pair, 2 * pair + 1)):
        if half:
            builder.compute(SRL, SUM, immediate(32))
        else:
            builder.compute(AND, SUM, immediate(MASK32))
        swap_halves(builder, ONCE[number])
        builder.compute(MULU, LAST_C, immediate(TWICE), DOUBLED[number])


def _extend(builder: RomBuilder, number: int) -> None:
    """The next word of the schedule."""
    _small(builder, number - 15, SMALL_0)
    builder.compute(ADD, LAST_C, ONCE[number - 16])
    builder.compute(ADD, LAST_C, ONCE[number - 7], SUM)
    _small(builder, number - 2, SMALL_1)
    builder.compute(ADD, LAST_C, SUM)
    double_last(builder, DOUBLED[number], ONCE[number])


def _small(builder: RomBuilder, number: int, what: tuple[tuple[int, ...], int]) -> None:
    rotations, shift = what
    xor_of_rotations(builder, DOUBLED[number], rotations, ROTATED)
    builder.compute(SRL, ONCE[number], immediate(shift))
    builder.compute(XOR, LAST_C, ROTATED)


def _round(
    builder: RomBuilder, number: int, before: tuple[Operand, ...], new_a: Operand, new_e: Operand
) -> None:
    a, b, _, d, e, f, g, h = before
    xor_of_rotations(builder, e, BIG_1)
    add_to_last(builder, h, immediate(CONSTANTS[number]))
    builder.compute(ADD, LAST_C, ONCE[number], SUM)
    builder.compute(XOR, f, g)
    builder.compute(AND, LAST_C, e)
    builder.compute(XOR, LAST_C, g)  # the bits of f where e is 1, those of g elsewhere
    builder.compute(ADD, LAST_C, SUM, SUM)
    add_to_last(builder, d)
    double_last(builder, new_e)
    xor_of_rotations(builder, a, BIG_0)
    builder.compute(ADD, LAST_C, SUM, SUM)
    a_xor_b, b_xor_c = A_XOR_B[number % 2], A_XOR_B[1 - number % 2]
    builder.compute(XOR, a, b, a_xor_b)
    builder.compute(AND, LAST_C, b_xor_c)
    builder.compute(XOR, LAST_C, b)  # the majority of a, b, c
    add_to_last(builder, SUM)
    double_last(builder, new_a)


def _finish(context: Context) -> None:
    builder = context.builder
    put_byte(context, SHA256, 0x80)
    fill_up(context, SHA256, BLOCK_WORDS - 1)
    builder.compute(SLL, hidden(LENGTH), immediate(3), ONCE[0])
    _swap_bytes(builder, ONCE[0], ONCE[1])
    builder.compute(SRL, ONCE[1], immediate(32), SUM)
    builder.compute(SLL, ONCE[1], immediate(32))
    builder.compute(OR, LAST_C, SUM, hidden(BUFFER + BLOCK_WORDS - 1))
    compress(context, SHA256)
    for pair in range(4):
        pack(builder, CHAIN[2 * pair], CHAIN[2 * pair + 1], ONCE[0])
        _swap_bytes(builder, ONCE[0], hidden(DIGEST + pair))


def _swap_bytes(builder: RomBuilder, value: Operand, into: Operand) -> None:
    """`into` = value with the four bytes of each half in reverse."""
    swap_pairs(builder, value, SUM)
    builder.compute(AND, SUM, immediate(MASK32))
    swap_halves(builder, ONCE[2])
    builder.compute(SRL, SUM, immediate(32))
    swap_halves(builder, ONCE[3])
    builder.compute(SLL, LAST_C, immediate(32))
    builder.compute(OR, LAST_C, ONCE[2], into)


SHA256 = Hash("sha256", BLOCK_WORDS, _start, _compress, _finish)
