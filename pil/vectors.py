"""Goldilocks arithmetic on numpy vectors of canonical values, for the checker."""

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P

Vector = NDArray[np.uint64]

_P = np.uint64(P)
_EPSILON = np.uint64(2**32 - 1)  # 2^64 mod p
_LOW = np.uint64(2**32 - 1)
_32 = np.uint64(32)


def add(a: Vector, b: Vector) -> Vector:
    """a + b."""
    total = a + b
    # A carry out of 64 bits stands for 2^64 = EPSILON; the sum is then below p.
    total = np.where(total < a, total + _EPSILON, total)
    return np.where(total >= _P, total - _P, total)


def sub(a: Vector, b: Vector) -> Vector:
    """a - b."""
    return np.where(a >= b, a - b, a - b + _P)


def neg(a: Vector) -> Vector:
    """-a."""
    return np.where(a == 0, a, _P - a)


def mul(a: Vector, b: Vector) -> Vector:
    """a * b. The 128-bit product is made of four 64-bit ones."""
    a0, a1, b0, b1 = a & _LOW, a >> _32, b & _LOW, b >> _32
    low = a0 * b0
    middle = a0 * b1 + (low >> _32)
    carried = a1 * b0 + (middle & _LOW)
    high = a1 * b1 + (middle >> _32) + (carried >> _32)
    low = (carried << _32) | (low & _LOW)
    return _reduce(low, high)


def _reduce(low: Vector, high: Vector) -> Vector:
    """low + 2^64 * high, with 2^64 = EPSILON and 2^96 = -1."""
    high0, high1 = high & _LOW, high >> _32
    difference = low - high1
    difference = np.where(low < high1, difference - _EPSILON, difference)
    product = (high0 << _32) - high0
    total = difference + product
    total = np.where(total < product, total + _EPSILON, total)
    return np.where(total >= _P, total - _P, total)


def group_sums(values: Vector, starts: NDArray[np.intp]) -> Vector:
    """The sum modulo p of each group of neighbours; `starts` are their first positions. Under 2^32 values."""
    low = np.add.reduceat(values & _LOW, starts)
    high = np.add.reduceat(values >> _32, starts)
    return add(
        _reduce(low, np.zeros_like(low)), mul(_reduce(high, np.zeros_like(high)), np.full_like(high, 2**32))
    )
