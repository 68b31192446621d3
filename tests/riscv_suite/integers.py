"""What RISC-V instructions compute, in plain integers, from the manual alone; and the operands to try.

Registers are numbers from 0 to 2^64 - 1. A meaning may return any integer: its low 64 bits count.
"""

import random
from collections.abc import Callable, Sequence

Meaning = Callable[[int, int], int]
Pairs = tuple[tuple[int, int], ...]

ALL, LOW = (1 << 64) - 1, (1 << 32) - 1
LEAST, LEAST_WORD = 1 << 63, 1 << 31


def signed(value: int, bits: int = 64) -> int:
    """The low bits of a number as two's complement."""
    value %= 1 << bits
    return value - (1 << bits) if value >> bits - 1 else value


def word(value: int) -> int:
    """What a result of 32 bits is in a register."""
    return signed(value, 32)


def quotient(a: int, b: int) -> int:
    """a / b toward zero; -1 for b = 0."""
    if b == 0:
        return -1
    size = abs(a) // abs(b)
    return size if (a < 0) == (b < 0) else -size


def remainder(a: int, b: int) -> int:
    """What is left of a, with its sign; a for b = 0."""
    return a if b == 0 else a - b * quotient(a, b)


def rotated(value: int, left: int) -> int:
    """64 bits, moved around."""
    left %= 64
    return value << left | value >> 64 - left


REGISTER_MEANINGS: dict[str, Meaning] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "sll": lambda a, b: a << b % 64,
    "srl": lambda a, b: a >> b % 64,
    "sra": lambda a, b: signed(a) >> b % 64,
    "slt": lambda a, b: signed(a) < signed(b),
    "sltu": lambda a, b: a < b,
    "xor": lambda a, b: a ^ b,
    "or": lambda a, b: a | b,
    "and": lambda a, b: a & b,
    "addw": lambda a, b: word(a + b),
    "subw": lambda a, b: word(a - b),
    "sllw": lambda a, b: word(a << b % 32),
    "srlw": lambda a, b: word(a % (1 << 32) >> b % 32),
    "sraw": lambda a, b: word(a) >> b % 32,
    "mul": lambda a, b: a * b,
    "mulh": lambda a, b: signed(a) * signed(b) >> 64,
    "mulhsu": lambda a, b: signed(a) * b >> 64,
    "mulhu": lambda a, b: a * b >> 64,
    "div": lambda a, b: quotient(signed(a), signed(b)),
    "divu": quotient,
    "rem": lambda a, b: remainder(signed(a), signed(b)),
    "remu": remainder,
    "mulw": lambda a, b: word(a * b),
    "divw": lambda a, b: word(quotient(word(a), word(b))),
    "divuw": lambda a, b: word(quotient(a & LOW, b & LOW)),
    "remw": lambda a, b: word(remainder(word(a), word(b))),
    "remuw": lambda a, b: word(remainder(a & LOW, b & LOW)),
    "sh1add": lambda a, b: 2 * a + b,
    "sh2add": lambda a, b: 4 * a + b,
    "sh3add": lambda a, b: 8 * a + b,
    "add.uw": lambda a, b: (a & LOW) + b,
    "sh1add.uw": lambda a, b: 2 * (a & LOW) + b,
    "sh2add.uw": lambda a, b: 4 * (a & LOW) + b,
    "sh3add.uw": lambda a, b: 8 * (a & LOW) + b,
    "andn": lambda a, b: a & (ALL - b),
    "orn": lambda a, b: a | (ALL - b),
    "xnor": lambda a, b: ALL - (a ^ b),
    "min": lambda a, b: min(signed(a), signed(b)),
    "minu": min,
    "max": lambda a, b: max(signed(a), signed(b)),
    "maxu": max,
    "rol": rotated,
    "ror": lambda a, b: rotated(a, 64 - b % 64),
    "bclr": lambda a, b: a - (a & 1 << b % 64),
    "bext": lambda a, b: a // (1 << b % 64) % 2,
    "binv": lambda a, b: a ^ 1 << b % 64,
    "bset": lambda a, b: a | 1 << b % 64,
}
SIGNED_IMMEDIATE_MEANINGS: dict[str, Meaning] = {
    "addi": lambda a, n: a + n,
    "slti": lambda a, n: signed(a) < n,
    "sltiu": lambda a, n: a < n % (1 << 64),
    "xori": lambda a, n: a ^ n,
    "ori": lambda a, n: a | n,
    "andi": lambda a, n: a & n,
    "addiw": lambda a, n: word(a + n),
}
SHIFT_MEANINGS: dict[str, tuple[int, Meaning]] = {  # how many bits there are to shift by
    "slli": (64, lambda a, n: a << n),
    "srli": (64, lambda a, n: a >> n),
    "srai": (64, lambda a, n: signed(a) >> n),
    "slliw": (32, lambda a, n: word(a << n)),
    "srliw": (32, lambda a, n: word((a & LOW) >> n)),
    "sraiw": (32, lambda a, n: word(a) >> n),
    "slli.uw": (64, lambda a, n: (a & LOW) << n),
    "rori": (64, lambda a, n: rotated(a, 64 - n)),
    "bclri": (64, lambda a, n: a - (a & 1 << n)),
    "bexti": (64, lambda a, n: a // (1 << n) % 2),
    "binvi": (64, lambda a, n: a ^ 1 << n),
    "bseti": (64, lambda a, n: a | 1 << n),
}
UNARY_MEANINGS: dict[str, Meaning] = {
    "sext.b": lambda a, _: signed(a, 8),
    "sext.h": lambda a, _: signed(a, 16),
    "zext.h": lambda a, _: a % (1 << 16),
}
BRANCH_MEANINGS: dict[str, Meaning] = {
    "beq": lambda a, b: a == b,
    "bne": lambda a, b: a != b,
    "blt": lambda a, b: signed(a) < signed(b),
    "bge": lambda a, b: signed(a) >= signed(b),
    "bltu": lambda a, b: a < b,
    "bgeu": lambda a, b: a >= b,
}
ATOMIC_MEANINGS: dict[str, Meaning] = {  # what comes to be in memory, from what was there and a register
    "amoswap": lambda m, b: b,
    "amoadd": lambda m, b: m + b,
    "amoxor": lambda m, b: m ^ b,
    "amoand": lambda m, b: m & b,
    "amoor": lambda m, b: m | b,
    "amomin": min,
    "amomax": max,
    "amominu": min,
    "amomaxu": max,
}

EDGES = (0, 1, ALL, LEAST, LEAST - 1, LEAST_WORD - 1, LEAST_WORD, LOW)
SHIFTS = (0, 1, 31, 32, 33, 63, 64, ALL)
_RNG = random.Random(2024)


def numbers(count: int) -> list[int]:
    """Random numbers of random lengths."""
    return [_RNG.getrandbits(_RNG.randrange(2, 65)) for _ in range(count)]


def each(values: Sequence[int]) -> Pairs:
    """Pairs of which only the first number matters."""
    return tuple((value, value ^ ALL) for value in values)


PAIRS: Pairs = (
    *((a, b) for a in EDGES for b in EDGES),
    *((a, b) for a in (0x8123456789ABCDEF, 0x7234567881234567) for b in SHIFTS),
    *zip(numbers(8), numbers(8), strict=True),
)
FEW_PAIRS: Pairs = ((13, 7), (LEAST, ALL), (0xFEDCBA9876543210, 0x123456789ABCDEF))
SINGLES = each((*EDGES, 0x8123456789ABCDEF, *numbers(4)))
FEW_SINGLES = each((5, ALL, 0x8123456789ABCDEF))
ONE: Pairs = ((0, 0),)
