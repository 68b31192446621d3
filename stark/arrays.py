"""Between Python's elements of K and the kernels' arrays, and the few sums that need no kernel."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P

U64 = NDArray[np.uint64]

_P = np.uint64(P)


def element_array(elements: Iterable[Element]) -> U64:
    """Elements of K as (n, 3)."""
    return np.array(list(elements), dtype=np.uint64).reshape(-1, 3)


def one_element(element: Element) -> U64:
    """An element of K as (3,)."""
    return np.array(element, dtype=np.uint64)


def elements_of(array: U64) -> tuple[Element, ...]:
    """(n, 3) as elements of K."""
    return tuple((a, b, c) for a, b, c in array.tolist())


def add(a: U64, b: U64) -> U64:
    """a + b modulo p of canonical arrays, broadcasting."""
    total: U64 = a + b  # wraps around 2^64 where it is less than a
    return np.where((total < a) | (total >= _P), total - _P, total)


def subtract(a: U64, b: U64) -> U64:
    """a - b modulo p of canonical arrays, broadcasting."""
    difference: U64 = a - b  # wraps around 2^64 where a < b
    return np.where(a < b, difference + _P, difference)
