"""Arithmetic of K on numpy vectors, for the checker: (rows, 3) beside (rows,) of the base field.

An operand is either; (n, 3) holds the coefficients of 1, x and x^2, with x^3 = x + 1. Lengths broadcast.
"""

import numpy as np

from zisk_py.pil import vectors
from zisk_py.pil.vectors import Vector


def lift(a: Vector) -> Vector:
    """The values as elements of K: (n, 3)."""
    if a.ndim == 2:
        return a
    lifted = np.zeros((len(a), 3), dtype=np.uint64)
    lifted[:, 0] = a
    return lifted


def add(a: Vector, b: Vector) -> Vector:
    """a + b."""
    return vectors.add(lift(a), lift(b))


def sub(a: Vector, b: Vector) -> Vector:
    """a - b."""
    return vectors.sub(lift(a), lift(b))


def mul(a: Vector, b: Vector) -> Vector:
    """a * b; by one of the base field it is three products, else nine."""
    if a.ndim == 1 or b.ndim == 1:
        base, other = (a, b) if a.ndim == 1 else (b, a)
        return vectors.mul(base[:, np.newaxis], lift(other))
    a0, a1, a2 = a.T
    b0, b1, b2 = b.T
    third = vectors.add(vectors.mul(a1, b2), vectors.mul(a2, b1))
    fourth = vectors.mul(a2, b2)
    one = vectors.add(vectors.mul(a0, b1), vectors.mul(a1, b0))
    two = vectors.add(vectors.add(vectors.mul(a0, b2), vectors.mul(a1, b1)), vectors.mul(a2, b0))
    return np.stack(
        [
            vectors.add(vectors.mul(a0, b0), third),
            vectors.add(one, vectors.add(third, fourth)),
            vectors.add(two, fourth),
        ],
        axis=1,
    )
