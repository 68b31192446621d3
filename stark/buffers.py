"""Large arrays whose memory is used again: fresh pages cost more than what a kernel computes on them."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Memory = NDArray[np.uint8]

LEAST = 1 << 20  # bytes; the allocator keeps less than that itself


class Buffers:
    """Gives arrays, and takes their memory back when the last reference to one is gone.

    Sizes are rounded up by at most a fourth, so that arrays of about the same size share memory. What was
    taken back is freed with the object itself.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._free: dict[int, list[Memory]] = {}

    def empty(self, shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
        """An array with any content, as `np.empty`. Threads may call this at the same time."""
        size = prod(shape) * np.dtype(dtype).itemsize
        if size < LEAST:
            return np.empty(shape, dtype=dtype)
        rounded = rounded_size(size)
        free = self._free.setdefault(rounded, [])
        try:
            memory = free.pop()
        except IndexError:
            memory = np.empty(rounded, dtype=np.uint8)
        return np.asarray(_Block(memory, free))[:size].view(dtype).reshape(shape)


class _Block:
    """Memory that an array refers to as long as it or a view of it lives."""

    def __init__(self, memory: Memory, free: list[Memory]) -> None:
        self._memory, self._free = memory, free
        self.__array_interface__ = memory.__array_interface__

    def __del__(self) -> None:
        self._free.append(self._memory)


def rounded_size(size: int) -> int:
    """The least of 4, 5, 6, 7 times a power of two that is at least `size`."""
    unit = 1 << max(0, (size - 1).bit_length() - 3)
    return -(-size // unit) * unit
