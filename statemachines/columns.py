"""Matrices from columns by name: what the witnesses write."""

from collections.abc import Callable, Mapping

import numpy as np

from zisk_py.emulator.records import U64Array
from zisk_py.pil.system import Air
from zisk_py.statemachines.errors import WitnessError

BLOCK = 1 << 12  # rows that are computed at a time: the temporaries of a block stay in the cache


def matrix_of(
    air: Air, columns: Callable[[U64Array], Mapping[str, U64Array]], records: U64Array, height: int
) -> U64Array:
    """A (height, columns) matrix: one row per record, computed in blocks; rows behind them are zero.

    columns  records (rows, fields) -> every witness column by name, (rows,), canonical; `x[0]` for an array
    Raises   ValueError if the names are not those of the air; WitnessError if the records do not fit.
    """
    if len(records) > height:
        raise WitnessError(f"{len(records)} records do not fit {height} rows of {air.name}")
    names = [column.name for column in air.columns]
    matrix = np.zeros((height, len(names)), dtype=np.uint64)
    for start in range(0, len(records), BLOCK):
        block = records[start : start + BLOCK]
        cells = columns(block)
        if cells.keys() != set(names):
            odd = ", ".join(sorted(cells.keys() ^ set(names)))
            raise ValueError(f"the witness of {air.name} and its columns differ in {odd}")
        for index, name in enumerate(names):
            matrix[start : start + len(block), index] = cells[name]
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
