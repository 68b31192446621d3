"""`pil.fuzz`: changes cells of a trace that holds, and lists those that no constraint and no bus notices.

Each change is one cell of a column that the author declares (or, for a swap, two neighbours of a column).
A change is noticed if a constraint fails on a row that reads it, or a message has no match any more. What we
fill does not help: it is filled anew (see `mutation_judge`). So a column that stands in the list is one that
a prover can choose on those rows, one cell at a time; changes that make up for each other are not tried.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.pil import checker, vectors
from zisk_py.pil.authoring.check import draw_challenges
from zisk_py.pil.authoring.kernel_blocks import kernel_blocks
from zisk_py.pil.authoring.mutation_buses import BusState
from zisk_py.pil.authoring.mutation_judge import InstanceJudge, Verdict
from zisk_py.pil.authoring.mutation_report import KINDS, AirResult, ColumnResult, FuzzReport, Hole
from zisk_py.pil.authoring.trace import Trace
from zisk_py.pil.bus_balance import Messages
from zisk_py.pil.compiled import AuthoredAir
from zisk_py.pil.system import System
from zisk_py.pil.trace_evaluation import TraceError, TraceLike

U64 = NDArray[np.uint64]
Numbers = NDArray[np.intp]

BATCH_CELLS = 1 << 22  # cells of windows that are judged together
SWAP = KINDS.index("swapped with the next row")


@dataclass(frozen=True)
class Subject:
    """A trace that holds, with all that judging changes of it needs.

    beside   by air: what is known beside its compiled form.
    messages the verifier's own beside those that the file sends: (bus, values, multiplicity).
    counted  those of them whose multiplicity the prover states: (bus, values).
    """

    system: System
    beside: Mapping[str, AuthoredAir]
    traces: Sequence[TraceLike]
    program: Mapping[str, U64] = field(default_factory=dict)
    publics: Sequence[int] = ()
    messages: Messages = ()
    counted: Sequence[tuple[int, Sequence[int]]] = ()
    challenges: Sequence[Element] = ()
    stage2: Mapping[int, U64] = field(default_factory=dict)

    @classmethod
    def of(cls, trace: Trace) -> "Subject":
        """A trace of an author."""
        system = trace.system.system
        names = [air.name for air in system.airs]
        challenges = draw_challenges(trace)
        stage2 = trace.stage2(challenges) if any(air.stage2 for air in system.airs) else {}
        beside = dict(zip(names, trace.system.compiled.airs, strict=True))
        return cls(system, beside, trace.instances, trace.program, trace.publics, (), (), challenges, stage2)


def fuzz(trace: Trace, *, rows: int = 64, seed: int = 0, limit: int = 20) -> FuzzReport:
    """Change cells of a trace, one at a time, and see what notices.

    rows    of each instance that are drawn, beside the first, the last, and some of the padding.
    seed    of the draws and of random values.
    limit   unnoticed changes that are kept per column; all are counted.
    Raises  TraceError for a trace that does not hold.
    """
    return fuzz_subject(Subject.of(trace), rows=rows, seed=seed, limit=limit)


def fuzz_subject(subject: Subject, *, rows: int = 64, seed: int = 0, limit: int = 20) -> FuzzReport:
    """The same for a trace that was not made by `CompiledSystem.trace`."""
    report = checker.check(
        subject.system,
        subject.traces,
        program=subject.program,
        messages=subject.messages,
        publics=subject.publics,
        challenges=subject.challenges,
        stage2=subject.stage2,
        evaluate=kernel_blocks,
    )
    if not report.ok:
        raise TraceError("the trace does not hold, so changes of it say nothing; check it first")
    made = checker.instances(
        subject.system, subject.traces, subject.program, subject.publics, subject.challenges, subject.stage2
    )
    buses = BusState(made, subject.beside, subject.messages, subject.counted)
    results: dict[str, AirResult] = {}
    for number, one in enumerate(made[: len(subject.traces)]):
        beside = subject.beside[one.air.name]
        if beside.is_library or not beside.given:
            continue
        result = results.get(one.air.name)
        if result is None:
            columns = tuple(ColumnResult(column.name) for column in one.air.columns[: beside.given])
            result = results.setdefault(one.air.name, AirResult(one.air.name, columns))
        rng = np.random.default_rng([seed, number])
        chosen = np.array(sorted(set(sample(one.matrix[:, : beside.given], rows, rng))))
        result.rows += len(chosen)
        judge = InstanceJudge(one, beside, buses)
        label = _instance_number(subject.traces, number)
        live = num_live(one.matrix[:, : beside.given])
        for batch in _changes(one.matrix[:, : beside.given], chosen, rng, judge.size):
            verdict = judge.judge(batch.rows, batch.columns, batch.new, batch.kinds == SWAP)
            _record(result, batch, verdict, label, live, one.rows, limit)
    return FuzzReport(seed, tuple(results.values()))


def _instance_number(traces: Sequence[TraceLike], number: int) -> int:
    """Which instance of its air a trace is."""
    return sum(trace.air == traces[number].air for trace in traces[:number])


def num_live(matrix: U64) -> int:
    """Rows before the padding: equal rows up to the last one, which may be another."""
    if len(matrix) < 3:
        return len(matrix)
    differs = np.flatnonzero((matrix[:-2] != matrix[-2]).any(axis=1))
    live = int(differs[-1]) + 1 if len(differs) else 0
    return live if live < len(matrix) - 2 else len(matrix)


def sample(matrix: U64, rows: int, rng: np.random.Generator) -> Iterator[int]:
    """The first and the last row, the ends of the rows in use and of the padding, and others; or all."""
    height, live = len(matrix), num_live(matrix)
    if height <= rows:
        yield from range(height)
        return
    yield from (0, height - 1, max(live - 1, 0), min(live, height - 1), max(height - 2, 0))
    yield from map(int, rng.integers(0, max(live, 1), rows))
    if live < height:
        yield from map(int, rng.integers(live, height, min(4, rows)))


@dataclass(frozen=True)
class _Batch:
    """Changes: row, column, kind, old and new value of each."""

    rows: Numbers
    columns: Numbers
    kinds: Numbers
    old: U64
    new: U64


def _changes(matrix: U64, rows: Numbers, rng: np.random.Generator, size: int) -> Iterator[_Batch]:
    """Every kind of change of every cell of the rows, in batches; those that change nothing are left out."""
    height, width = matrix.shape
    step = max(1, BATCH_CELLS // max(1, size * width * width * len(KINDS)))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        old = matrix[part]
        one = np.ones_like(old)
        values = np.stack(
            [
                vectors.add(old, one),
                vectors.sub(old, one),
                np.zeros_like(old),
                np.full_like(old, P - 1),
                rng.integers(0, P, old.shape, dtype=np.uint64),
                matrix[(part + 1) % height],
            ]
        )
        is_new = values != old
        for later in range(1, SWAP):
            is_new[later] &= (values[:later] != values[later]).all(axis=0)
        kind, place, column = np.nonzero(is_new)
        yield _Batch(part[place], column, kind, old[place, column], values[kind, place, column])


def _record(
    result: AirResult, batch: _Batch, verdict: Verdict, instance: int, live: int, height: int, limit: int
) -> None:
    """Count what was noticed, and keep the first of what was not."""
    by_bus = verdict.bus & ~verdict.constraint
    by_stage2 = verdict.stage2 & ~verdict.constraint & ~verdict.bus
    missed = ~(verdict.constraint | verdict.bus | verdict.stage2)
    for number, column in enumerate(result.columns):
        own = batch.columns == number
        column.changes += int(own.sum())
        column.by_constraint += int((own & verdict.constraint).sum())
        column.by_bus += int((own & by_bus).sum())
        column.by_stage2 += int((own & by_stage2).sum())
        for at in np.flatnonzero(own & missed):
            row = int(batch.rows[at])
            column.unnoticed += 1
            column.rows.add((instance, row))
            if len(column.holes) < limit:
                where = _kind_of_row(row, live, height)
                column.holes.append(
                    Hole(instance, row, where, KINDS[batch.kinds[at]], int(batch.old[at]), int(batch.new[at]))
                )


def _kind_of_row(row: int, live: int, height: int) -> str:
    """`first`, `last`, `padding` or `in use`."""
    if row in (0, height - 1):
        return "first" if row == 0 else "last"
    return "padding" if row >= live else "in use"
