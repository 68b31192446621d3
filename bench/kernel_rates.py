"""What the measurements of kernels share: random columns, and the best of a few runs on one core."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.stark import kernels

U64 = NDArray[np.uint64]
REPEATS = 4


def elements(*shape: int) -> U64:
    """Random field elements."""
    return np.random.default_rng(1).integers(0, P, shape, dtype=np.uint64)


def seconds(call: Callable[[], object]) -> float:
    """Processor time of the fastest of a few calls; waiting for other programs does not count."""
    found = []
    for _ in range(REPEATS):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return min(found)


def headline(title: str) -> None:
    """Print what is measured, and which path of the kernels runs."""
    print(f"{title}, one core, {kernels.kernels_in_use()}")
