"""Checks of what is handed to the compiled kernels: they trust every pointer and size."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zisk_py.pil.system import MAX_LOG_HEIGHT

MAX_LOG_ROWS = MAX_LOG_HEIGHT + 1  # of an extension

Shape = tuple[int | None, ...]


def check(name: str, array: object, dtype: DTypeLike, shape: Shape, writable: bool = False) -> None:
    """Raise ValueError unless `array` is C-contiguous, of that type and shape; None stands for any size."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype or not array.flags.c_contiguous:
        raise ValueError(f"{name} must be a C-contiguous array of {np.dtype(dtype).name}")
    fits = array.ndim == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if want is None else str(want) for want in shape)
        raise ValueError(f"{name} has shape {array.shape}, not ({wanted})")
    if writable and not array.flags.writeable:
        raise ValueError(f"{name} is read-only, and the kernel writes to it")


def output(out: NDArray[Any] | None, dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """`out` if it fits (ValueError), or a new array."""
    if out is None:
        return np.empty(shape, dtype=dtype)
    check("out", out, dtype, shape, writable=True)
    return out


def part(name: str, first: int, last: int | None, size: int) -> tuple[int, int]:
    """A range of rows or columns, None being the end; ValueError if it is not one within `size`."""
    last = size if last is None else last
    if not 0 <= first <= last <= size:
        raise ValueError(f"{name} {first} to {last} are not a range within {size}")
    return first, last


def log_rows(name: str, rows: int, maximum: int = MAX_LOG_ROWS) -> int:
    """log2 of a number of rows; ValueError if it is not a power of two, or too large."""
    if rows < 1 or rows & (rows - 1) or rows > 1 << maximum:
        raise ValueError(f"{name} has {rows} rows: the number must be a power of two up to 2^{maximum}")
    return rows.bit_length() - 1
