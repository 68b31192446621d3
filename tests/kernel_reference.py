"""What the kernels compute, by definition, in integers: slow and plain."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from zisk_py.field.goldilocks import GENERATOR, P, root_of_unity
from zisk_py.stark import kernels

U64 = NDArray[np.uint64]
Cubic = tuple[int, int, int]

PATHS = ("scalar", "avx2", "avx512")
EDGES = (0, 1, 2, (1 << 32) - 1, 1 << 32, P // 2, P - (1 << 32), P - 2, P - 1)


def words(values: object) -> U64:
    return np.array(values, dtype=np.uint64)


def random_words(seed: int, *shape: int) -> U64:
    """Field elements, one in four of them an edge."""
    generator = np.random.default_rng(seed)
    values = generator.integers(0, P, size=shape, dtype=np.uint64)
    edges = words(EDGES)[generator.integers(0, len(EDGES), size=shape)]
    return np.where(generator.integers(0, 4, size=shape) == 0, edges, values)


def integers(array: U64) -> list[int]:
    return [int(value) for value in array.reshape(-1)]


def cubic(row: Sequence[int] | U64) -> Cubic:
    return int(row[0]), int(row[1]), int(row[2])


def add(a: Cubic, b: Cubic) -> Cubic:
    return (a[0] + b[0]) % P, (a[1] + b[1]) % P, (a[2] + b[2]) % P


def negate(a: Cubic) -> Cubic:
    return -a[0] % P, -a[1] % P, -a[2] % P


def multiply(a: Cubic, b: Cubic) -> Cubic:
    """Schoolbook product, then x^4 = x^2 + x and x^3 = x + 1."""
    product = [0] * 5
    for i, left in enumerate(a):
        for j, right in enumerate(b):
            product[i + j] += left * right
    c0, c1, c2, c3, c4 = product
    return (c0 + c3) % P, (c1 + c3 + c4) % P, (c2 + c4) % P


def base(a: int) -> Cubic:
    return a % P, 0, 0


def power(a: Cubic, exponent: int) -> Cubic:
    result = base(1)
    for bit in bin(exponent)[2:]:
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, a)
    return result


def invert(a: Cubic) -> Cubic:
    """The group of K has order p^3 - 1."""
    return power(a, P**3 - 2)


def bit_reverse(number: int, bits: int) -> int:
    return int(format(number, f"0{bits}b")[::-1], 2) if bits else 0


def coset_points(log_size: int, shift: int = GENERATOR) -> list[int]:
    """x_r = shift * w^bitrev(r)."""
    w = root_of_unity(log_size)
    return [shift * pow(w, bit_reverse(row, log_size), P) % P for row in range(1 << log_size)]


def evaluate(coefficients: Sequence[int], x: int) -> int:
    result = 0
    for coefficient in reversed(coefficients):
        result = (result * x + coefficient) % P
    return result


def evaluate_cubic(coefficients: Sequence[Cubic], x: Cubic) -> Cubic:
    result = base(0)
    for coefficient in reversed(coefficients):
        result = add(multiply(result, x), coefficient)
    return result


def interpolate_subgroup(values: Sequence[int]) -> list[int]:
    """Naive inverse transform: c_j = 1/n sum_k x_k w^(-j k)."""
    n = len(values)
    w = pow(root_of_unity(n.bit_length() - 1), P - 2, P)
    scale = pow(n, P - 2, P)
    return [scale * sum(v * pow(w, j * k, P) for k, v in enumerate(values)) % P for j in range(n)]


def extend(values: Sequence[int]) -> list[int]:
    coefficients = interpolate_subgroup(values)
    return [evaluate(coefficients, x) for x in coset_points(len(values).bit_length())]


@contextmanager
def selected(path: str) -> Iterator[None]:
    """Run with that path of the kernels; skip the test where this machine has none."""
    try:
        kernels.select_kernels(path)
    except ValueError as error:
        if path == "scalar":  # every machine has it
            raise
        pytest.skip(str(error))
    try:
        yield
    finally:
        kernels.select_kernels("")
