"""Changes single cells of honest traces, many at once, and finds what notices each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attack_free import is_explained, is_listed, is_live
from attack_runs import Run, is_table
from zisk_py.field.goldilocks import P
from zisk_py.pil import vectors
from zisk_py.statemachines.machine import Trace

U64 = NDArray[np.uint64]
BATCH = 1 << 16  # changes that are judged together
VALUES = ("one more", "one less", "zero", "minus one", "random", "the neighbour's")


@dataclass
class Tried:
    """How many changes of an air's cells were noticed, and by what; and those that nothing noticed."""

    noticed: Counter[str] = field(default_factory=Counter)
    free: Counter[str] = field(default_factory=Counter)  # column, "in use" or not -> listed and explained
    holes: list[str] = field(default_factory=list)
    cells: int = 0  # cells that were changed
    changes: int = 0
    rows: set[str] = field(default_factory=set)  # kinds of rows that were changed

    def add(self, other: "Tried") -> None:
        """Add what was tried elsewhere."""
        self.noticed += other.noticed
        self.free += other.free
        self.holes += other.holes
        self.cells += other.cells
        self.changes += other.changes
        self.rows |= other.rows

    def __str__(self) -> str:
        noticed = ", ".join(f"{count} {by}" for by, count in sorted(self.noticed.items()))
        free = ", ".join(f"{count} {column}" for column, count in sorted(self.free.items()))
        return (
            f"{self.changes} changes of {self.cells} cells: {noticed}, {self.free.total()} of free cells"
            + f" ({free})" * bool(free)
        )


def change_cells(run: Run, trace: Trace, rows: Sequence[int], rng: np.random.Generator) -> Tried:
    """Give each cell of some rows every other value of VALUES, one at a time."""
    tried = Tried()
    height, width = trace.matrix.shape
    places = np.array(sorted(set(rows)))
    around = np.stack([(places - 1) % height, places, (places + 1) % height], axis=1)  # what reads a row
    windows = trace.matrix[around]
    before = _said(run, trace, around, windows)
    assert not before.broken.any()
    assert not before.missing.any()
    tried.cells = len(places) * width
    tried.rows = {_kind(trace, int(row)) for row in places}
    place, column, new = _changes(trace, places, rng)
    for start in range(0, len(place), BATCH):
        part = slice(start, start + BATCH)
        _try(run, trace, around, windows, before.said, place[part], column[part], new[part], tried)
    return tried


def _changes(trace: Trace, places: NDArray[np.intp], rng: np.random.Generator) -> tuple[U64, U64, U64]:
    """Number of the place, column, and new value of each change; equal ones and the old value left out."""
    height = len(trace.matrix)
    old = trace.matrix[places]
    one = np.ones_like(old)
    values = np.stack(
        [
            vectors.add(old, one),
            vectors.sub(old, one),
            np.zeros_like(old),
            np.full_like(old, P - 1),
            rng.integers(0, P, old.shape, dtype=np.uint64),
            trace.matrix[(places + 1) % height],
        ]
    )
    assert len(values) == len(VALUES)
    is_new = values != old
    for later in range(1, len(values)):
        is_new[later] &= (values[:later] != values[later]).all(axis=0)
    number, place, column = np.nonzero(is_new)
    return place, column, values[number, place, column]


@dataclass(frozen=True)
class _Window:
    broken: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    said: U64


def _said(run: Run, trace: Trace, around: NDArray[np.intp], windows: U64) -> _Window:
    """What the first two rows of each window of three say; the third is what the second looks ahead to."""
    cells = windows.reshape(-1, windows.shape[2])
    verdict = run.judges[trace.air].judge_rows(trace, around.reshape(-1), cells)
    broken, missing, said = (part.reshape(-1, 3) for part in (verdict.broken, verdict.missing, verdict.said))
    return _Window(
        broken[:, :2].any(axis=1),
        missing[:, :2].any(axis=1),
        vectors.add(said[:, 0].copy(), said[:, 1].copy()),
    )


def _try(
    run: Run,
    trace: Trace,
    around: NDArray[np.intp],
    windows: U64,
    said: U64,
    place: NDArray[np.intp],
    column: NDArray[np.intp],
    new: U64,
    tried: Tried,
) -> None:
    changed = windows[place]
    changed[np.arange(len(place)), 1, column] = new
    found = _said(run, trace, around[place], changed)
    says_else = found.said != said[place]
    tried.changes += len(place)
    tried.noticed["by a constraint"] += int(found.broken.sum())
    tried.noticed["by a table"] += int((found.missing & ~found.broken).sum())
    tried.noticed["by a message"] += int((says_else & ~found.broken & ~found.missing).sum())
    for number in np.flatnonzero(~(says_else | found.broken | found.missing)):
        _judge_free(run, trace, int(around[place[number], 1]), int(column[number]), int(new[number]), tried)


def _judge_free(run: Run, trace: Trace, row: int, column: int, new: int, tried: Tried) -> None:
    air = run.system.air(trace.air)
    name = air.columns[column].name
    cell = lambda wanted: int(trace.matrix[row, air.column(wanted)])  # noqa: E731
    if is_table(air.name):
        tried.holes.append(f"{air.name} row {row}: {name} = {new} is not noticed")
    elif not is_listed(air.name, name, row, cell):
        tried.holes.append(f"{air.name} row {row}: {name} = {new} is not noticed, nor listed as free")
    elif not is_explained(air.name, name, is_live(air.name, cell)):
        tried.holes.append(f"{air.name} row {row}: {name} is free and its README does not say why")
    else:
        tried.free[f"{name} in use" if is_live(air.name, cell) else name] += 1


def _kind(trace: Trace, row: int) -> str:
    return "first" if row == 0 else "padding" if row >= num_live(trace) else "live"


def num_live(trace: Trace) -> int:
    """Rows before the padding, which repeats one row to the end (but for the last, alone, of Main)."""
    differs = (trace.matrix[:-1] != trace.matrix[-1]).any(axis=1)
    return int(np.flatnonzero(differs)[-1]) + 1 if differs.any() else len(trace.matrix)


def sample(trace: Trace, extra: int, rng: np.random.Generator) -> Iterator[int]:
    """First, middle and last row in use, first and last row of the padding, and others."""
    live, height = num_live(trace), len(trace.matrix)
    yield from (0, live // 2, live - 1, min(live, height - 1), height - 1)
    yield from map(int, rng.integers(0, live, extra))
