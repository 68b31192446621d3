"""Joins what the chunks touched, each on its own, into the history of the run."""

from collections.abc import Sequence

import numpy as np

from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.records import Counts, Touch, U64Array


def merge(counts: Sequence[Counts]) -> tuple[tuple[U64Array, ...], U64Array]:
    """Find when each word was touched before each chunk, and what it held at the end.

    counts   of all chunks, in the order of the run
    Returns  arrivals: per chunk (keys,), in the order of its touches: time of the last access before the
             chunk, 0 if there was none; and the ledger of the run, (keys, len(Touch)), ascending in key.
    Raises   EmulatorError if a chunk does not find a word as the chunks before it left it.
    """
    touched = [chunk.touched for chunk in counts]
    if not touched:
        return (), np.zeros((0, len(Touch)), dtype=np.uint64)
    rows = np.concatenate(touched)
    order = np.argsort(rows[:, Touch.KEY], kind="stable")  # rows of one key stay in the order of chunks
    rows = rows[order]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = rows[1:, Touch.KEY] != rows[:-1, Touch.KEY]
    again = np.flatnonzero(~is_first)
    if (rows[again, Touch.FIRST] != rows[again - 1, Touch.VALUE]).any() or (
        rows[again, Touch.TIME] <= rows[again - 1, Touch.TIME]
    ).any():
        raise EmulatorError("a chunk does not start where the one before it ended; execute the program again")

    arrivals = np.zeros(len(rows), dtype=np.uint64)
    arrivals[order[again]] = rows[again - 1, Touch.TIME]
    bounds = np.cumsum([len(chunk) for chunk in touched])[:-1]

    is_last = np.roll(is_first, -1)
    ledger = rows[is_last].copy()
    ledger[:, Touch.FIRST] = rows[is_first, Touch.FIRST]
    return tuple(np.split(arrivals, bounds)), ledger
