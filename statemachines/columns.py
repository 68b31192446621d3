"""Matrices from columns by name: what the witnesses write."""

from collections.abc import Mapping

import numpy as np

from zisk_py.emulator.records import U64Array
from zisk_py.pil.system import Air


def matrix_of(air: Air, cells: Mapping[str, U64Array], height: int) -> U64Array:
    """A (height, columns) matrix whose first rows are `cells`; rows behind them are zero.

    cells   every witness column by name, all of one length, canonical. A column array has the names `x[0]`, ...
    Raises  ValueError if the names are not those of the air, or the rows do not fit.
    """
    names = [column.name for column in air.columns]
    if cells.keys() != set(names):
        odd = ", ".join(sorted(cells.keys() ^ set(names)))
        raise ValueError(f"the witness of {air.name} and its columns differ in {odd}")
    matrix = np.zeros((height, len(names)), dtype=np.uint64)
    for index, name in enumerate(names):
        column = cells[name]
        if len(column) > height:
            raise ValueError(f"{len(column)} rows do not fit {height} rows of {air.name}")
        matrix[: len(column), index] = column
    return matrix


def low(words: U64Array) -> U64Array:
    """The low halves of 64-bit words."""
    return words & np.uint64(0xFFFFFFFF)


def high(words: U64Array) -> U64Array:
    """The high halves of 64-bit words."""
    return words >> np.uint64(32)


def bytes_of(name: str, words: U64Array) -> dict[str, U64Array]:
    """Columns `<name>[0]` to `<name>[7]`: the bytes of 64-bit words, lowest first."""
    return {f"{name}[{i}]": words >> np.uint64(8 * i) & np.uint64(0xFF) for i in range(8)}


def limbs_of(name: str, values: U64Array, count: int) -> dict[str, U64Array]:
    """Columns `<name>[0]` to `<name>[count-1]`: 16 bits each, lowest first."""
    return {f"{name}[{i}]": values >> np.uint64(16 * i) & np.uint64(0xFFFF) for i in range(count)}
