"""The fields F and K (section 4): elements of F are ints below P, those of K triples of them."""

from collections.abc import Iterator, Sequence
from struct import pack

P = 2**64 - 2**32 + 1
GENERATOR = 7
K = tuple[int, int, int]
ZERO: K = (0, 0, 0)
ONE: K = (1, 0, 0)


def root(log_order: int) -> int:
    """w(n), of order 2^n."""
    return pow(GENERATOR, (P - 1) >> log_order, P)


def reverse(number: int, bits: int) -> int:
    """rev(i, n): the number with its bits in the other order."""
    return int(f"{number:0{bits}b}"[::-1], 2) if bits else 0


def embed(value: int) -> K:
    """An element of F as one of K."""
    return (value % P, 0, 0)


def add(a: K, b: K) -> K:
    """a + b."""
    return ((a[0] + b[0]) % P, (a[1] + b[1]) % P, (a[2] + b[2]) % P)


def subtract(a: K, b: K) -> K:
    """a - b."""
    return ((a[0] - b[0]) % P, (a[1] - b[1]) % P, (a[2] - b[2]) % P)


def negate(a: K) -> K:
    """-a."""
    return (-a[0] % P, -a[1] % P, -a[2] % P)


def multiply(a: K, b: K) -> K:
    """a * b, with x^3 = x + 1 and so x^4 = x^2 + x."""
    a0, a1, a2 = a
    b0, b1, b2 = b
    third = a1 * b2 + a2 * b1
    fourth = a2 * b2
    return (
        (a0 * b0 + third) % P,
        (a0 * b1 + a1 * b0 + third + fourth) % P,
        (a0 * b2 + a1 * b1 + a2 * b0 + fourth) % P,
    )


def scale(a: K, factor: int) -> K:
    """a times an element of F."""
    return (a[0] * factor % P, a[1] * factor % P, a[2] * factor % P)


def invert(a: K) -> K:
    """1/a for a that is not 0: the first column of the inverse of the matrix of multiplication by a."""
    a0, a1, a2 = a
    outer = a0 + a2
    c0 = outer * outer - a1 * (a1 + a2)
    c1 = a2 * (a1 + a2) - a1 * outer
    c2 = a1 * a1 - a2 * outer
    return scale((c0, c1, c2), pow(a0 * c0 + a2 * c1 + a1 * c2, -1, P))


def power(a: K, exponent: int) -> K:
    """a to a power of 0 or more."""
    result = ONE
    while exponent:
        if exponent & 1:
            result = multiply(result, a)
        a = multiply(a, a)
        exponent >>= 1
    return result


def powers(a: K) -> Iterator[K]:
    """1, a, a^2, ... without end."""
    current = ONE
    while True:
        yield current
        current = multiply(current, a)


def horner(coefficients: Sequence[K], point: K) -> K:
    """The polynomial with these coefficients, lowest first, at a point."""
    result = ZERO
    for coefficient in reversed(coefficients):
        result = add(multiply(result, point), coefficient)
    return result


def join(limbs: Sequence[K]) -> K:
    """v0 + x v1 + x^2 v2 of three elements of K (sections 9.3)."""
    shifted = multiply((0, 1, 0), add(limbs[1], multiply((0, 1, 0), limbs[2])))
    return add(limbs[0], shifted)


def encode(elements: Sequence[K]) -> bytes:
    """Elements of K as bytes, 24 each."""
    return b"".join(pack("<3Q", *element) for element in elements)
