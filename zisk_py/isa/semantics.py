"""What each operation computes: pure functions `(a, b) -> (c, flag)` on unsigned 64-bit integers.

This is the specification. The emulator's C kernels, the machines' witnesses and their constraints
are all tested against these functions.
"""

MASK64 = (1 << 64) - 1


def signed(value: int) -> int:
    """The two's complement reading of an unsigned 64-bit integer."""
    return value - (1 << 64) if value >> 63 else value


def extend_sign(value: int) -> int:
    """The low 32 bits of an integer as a signed number, written with 64 bits."""
    return ((value & 0xFFFFFFFF ^ 1 << 31) - (1 << 31)) & MASK64


def copy(a: int, b: int) -> tuple[int, int]:
    """Return b; flag 0. The only internal operation: Main proves it."""
    return b, 0


def add(a: int, b: int) -> tuple[int, int]:
    """Return a + b mod 2^64; flag 0."""
    return (a + b) & MASK64, 0


def sub(a: int, b: int) -> tuple[int, int]:
    """Return a - b mod 2^64; flag 0."""
    return (a - b) & MASK64, 0


def add_w(a: int, b: int) -> tuple[int, int]:
    """Return a + b mod 2^32, sign-extended to 64 bits; flag 0."""
    return extend_sign(a + b), 0


def sub_w(a: int, b: int) -> tuple[int, int]:
    """Return a - b mod 2^32, sign-extended to 64 bits; flag 0."""
    return extend_sign(a - b), 0


def ltu(a: int, b: int) -> tuple[int, int]:
    """Return 1 if a < b unsigned, else 0; flag the same."""
    return int(a < b), int(a < b)


def lt(a: int, b: int) -> tuple[int, int]:
    """Return 1 if a < b signed, else 0; flag the same."""
    less = int(signed(a) < signed(b))
    return less, less


def eq(a: int, b: int) -> tuple[int, int]:
    """Return 1 if a = b, else 0; flag the same."""
    return int(a == b), int(a == b)


def and_(a: int, b: int) -> tuple[int, int]:
    """Return the bitwise and; flag 0."""
    return a & b, 0


def or_(a: int, b: int) -> tuple[int, int]:
    """Return the bitwise or; flag 0."""
    return a | b, 0


def xor(a: int, b: int) -> tuple[int, int]:
    """Return the bitwise exclusive or; flag 0."""
    return a ^ b, 0


def sll(a: int, b: int) -> tuple[int, int]:
    """Return a shifted left by b mod 64; flag 0."""
    return (a << (b & 63)) & MASK64, 0


def srl(a: int, b: int) -> tuple[int, int]:
    """Return a shifted right by b mod 64, zeros coming in; flag 0."""
    return a >> (b & 63), 0


def sra(a: int, b: int) -> tuple[int, int]:
    """Return a shifted right by b mod 64, copies of the sign coming in; flag 0."""
    return (signed(a) >> (b & 63)) & MASK64, 0


def mulu(a: int, b: int) -> tuple[int, int]:
    """Return the low 64 bits of a * b (the same for signed operands); flag 0."""
    return (a * b) & MASK64, 0


def muluh(a: int, b: int) -> tuple[int, int]:
    """Return the high 64 bits of the unsigned product; flag 0."""
    return (a * b) >> 64, 0


def divu(a: int, b: int) -> tuple[int, int]:
    """Return the unsigned quotient; for b = 0 all ones and flag 1 (the RISC-V rule)."""
    return (a // b, 0) if b else (MASK64, 1)


def remu(a: int, b: int) -> tuple[int, int]:
    """Return the unsigned remainder; for b = 0 the dividend and flag 1 (the RISC-V rule)."""
    return (a % b, 0) if b else (a, 1)
