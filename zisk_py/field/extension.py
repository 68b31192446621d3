"""Reference arithmetic of K = F[x]/(x^3 - x - 1), on tuples of three integers in [0, p).

Every challenge of the proof system is an element of K. (a0, a1, a2) stands for a0 + a1*x + a2*x^2.
x^3 - x - 1 has no root in F, so K is a field of p^3 elements; a test recomputes that.
"""

from collections.abc import Iterable, Sequence

from zisk_py.field.goldilocks import P
from zisk_py.field.goldilocks import inverse as base_inverse

Element = tuple[int, int, int]

DEGREE = 3
ZERO: Element = (0, 0, 0)
ONE: Element = (1, 0, 0)


def embed(a: int) -> Element:
    """The base field element as an element of K."""
    return (a % P, 0, 0)


def add(a: Element, b: Element) -> Element:
    """Return a + b."""
    return ((a[0] + b[0]) % P, (a[1] + b[1]) % P, (a[2] + b[2]) % P)


def sub(a: Element, b: Element) -> Element:
    """Return a - b."""
    return ((a[0] - b[0]) % P, (a[1] - b[1]) % P, (a[2] - b[2]) % P)


def neg(a: Element) -> Element:
    """Return -a."""
    return (-a[0] % P, -a[1] % P, -a[2] % P)


def scale(a: Element, s: int) -> Element:
    """Return a * s for s in the base field."""
    return (a[0] * s % P, a[1] * s % P, a[2] * s % P)


def mul(a: Element, b: Element) -> Element:
    """Return a * b."""
    a0, a1, a2 = a
    b0, b1, b2 = b
    # x^3 = x + 1 and x^4 = x^2 + x carry the products of degree 3 and 4 down
    t3 = a1 * b2 + a2 * b1
    t4 = a2 * b2
    return ((a0 * b0 + t3) % P, (a0 * b1 + a1 * b0 + t3 + t4) % P, (a0 * b2 + a1 * b1 + a2 * b0 + t4) % P)


def inverse(a: Element) -> Element:
    """The multiplicative inverse. Raises ZeroDivisionError for 0."""
    a0, a1, a2 = a
    # The columns of the matrix of "times a" are a, a*x and a*x^2. Its inverse applied to (1, 0, 0) is the
    # row of cofactors of its first row (a0, a2, a1), over the determinant.
    s = a0 + a2
    c0 = s * s - a1 * (a1 + a2)
    c1 = a2 * (a1 + a2) - a1 * s
    c2 = a1 * a1 - a2 * s
    d = base_inverse(a0 * c0 + a2 * c1 + a1 * c2)
    return (c0 * d % P, c1 * d % P, c2 * d % P)


def power(a: Element, n: int) -> Element:
    """Return a^n for n >= 0."""
    result = ONE
    while n:
        if n & 1:
            result = mul(result, a)
        a = mul(a, a)
        n >>= 1
    return result


def powers(a: Element, count: int) -> list[Element]:
    """Return [1, a, a^2, ...] of length `count`."""
    result = [ONE][:count]
    while len(result) < count:
        result.append(mul(result[-1], a))
    return result


def total(elements: Iterable[Element]) -> Element:
    """Return the sum of all elements."""
    s0 = s1 = s2 = 0
    for a in elements:
        s0 += a[0]
        s1 += a[1]
        s2 += a[2]
    return (s0 % P, s1 % P, s2 % P)


def batch_inverse(elements: Sequence[Element]) -> list[Element]:
    """All inverses, by one inversion and 3 products each. Raises ZeroDivisionError if one is 0."""
    # prefix[i] = e_0 * ... * e_(i-1), so that 1/e_i = prefix[i] * (1 / prefix[i+1])
    prefix = [ONE]
    for a in elements:
        prefix.append(mul(prefix[-1], a))
    rest = inverse(prefix[-1])
    result = [ZERO] * len(elements)
    for i in range(len(elements) - 1, -1, -1):
        result[i] = mul(prefix[i], rest)
        rest = mul(rest, elements[i])
    return result
