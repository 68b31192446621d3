"""The checker: every constraint on every row, and every bus, without cryptography."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import Element
from zisk_py.pil.bus_balance import Balance, Messages, Sent, sent_by, sent_by_verifier
from zisk_py.pil.report import ConstraintFailure, FailedRow, Report, Unmatched, Value
from zisk_py.pil.system import Air, NodeKind, System
from zisk_py.pil.trace_evaluation import (
    OPERATIONS,
    Instance,
    TraceError,
    TraceLike,
    below,
    global_instance,
    instance,
)
from zisk_py.pil.unmatched import find_unmatched
from zisk_py.pil.vectors import Vector

__all__ = ["Blocks", "Report", "TraceError", "absent_tables", "check", "instances"]

Blocks = Callable[[Instance, Sequence[int]], Iterator[tuple[int, int, Sequence[Vector]]]]

MAX_RANGES = 16  # runs of failing rows that are kept of each constraint


def check(
    system: System,
    traces: Sequence[TraceLike],
    *,
    program: Mapping[str, NDArray[np.uint64]] | None = None,
    messages: Messages = (),
    publics: Sequence[int] = (),
    challenges: Sequence[Element] = (),
    stage2: Mapping[int, NDArray[np.uint64]] | None = None,
    bus_names: Mapping[int, str] | None = None,
    buses: bool = True,
    limit: int = 10,
    rows_limit: int = 3,
    evaluate: Blocks = Instance.blocks,
) -> Report:
    """Evaluate every constraint on every row of the traces and every global one, and balance every bus.

    program    matrix (rows, columns) of the committed columns, by air.
    messages   the verifier's own beside those that the file sends once per proof: (bus, values,
               multiplicity), multiplicity negative where it assumes.
    challenges elements of K, in the order of `System.challenges`.
    stage2     by position among the traces: (rows, 3 * columns) of stage 2, made with these challenges.
    bus_names  names for the report.
    buses      False to check constraints alone, for the traces of one air.
    limit      failures that are kept: of constraints in all, of tuples on each bus.
    rows_limit rows that are kept of each failure.
    evaluate   gives the values of the wanted nodes, block by block, as `Instance.blocks` does.
    Raises     TraceError for a trace of another shape than its air's.
    """
    made = instances(system, traces, program or {}, publics, challenges, stage2 or {})
    balance = Balance()
    failures: list[ConstraintFailure] = []
    failed_of: dict[int, int] = {}
    for one in made:
        tally = _Tally(one, rows_limit)
        for start, stop, values in evaluate(one, _roots(one.air, buses=buses)):
            tally.add_block(start, stop, values)
            for sent in sent_by(one, start, stop, values) if buses else ():
                balance.add(sent)
        found = tally.failures()
        if found:
            failed_of[one.number] = len(found)
        failures += found[: max(0, limit - len(failures))]
    unmatched: list[Unmatched] = []
    num_unmatched = 0
    if buses:
        for sent in sent_by_verifier(messages):
            balance.add(sent)
        failing = balance.unmatched()
        num_unmatched = sum(map(len, failing.values()))

        def senders(offered: bool) -> Iterable[Sent]:
            known = [*made, *absent_tables(system, traces)] if offered else made
            return _sent_again(known, messages, failing.keys(), offered, evaluate)

        unmatched = find_unmatched(failing, senders, bus_names or {}, limit) if failing else []
    return Report(
        tuple(failures),
        tuple(unmatched),
        sum(failed_of.values()),
        num_unmatched,
        sum(len(one.air.constraints) for one in made),
        balance.num_messages,
        failed_of,
    )


def instances(
    system: System,
    traces: Sequence[TraceLike],
    program: Mapping[str, NDArray[np.uint64]],
    publics: Sequence[int],
    challenges: Sequence[Element] = (),
    stage2: Mapping[int, NDArray[np.uint64]] | None = None,
) -> list[Instance]:
    """The traces with all that their expressions read, and behind them what is checked once per proof.

    Raises TraceError for a trace of another shape than its air's.
    """
    for what, given, names in (
        ("publics", publics, system.publics),
        ("challenges", challenges, system.challenges),
    ):
        if len(given) != len(names):
            raise TraceError(f"there are {len(given)} {what}, the system has {len(names)}")
    later = stage2 or {}
    made = [
        instance(system.air(trace.air), number, trace, program, publics, challenges, later.get(number))
        for number, trace in enumerate(traces)
    ]
    return [*made, global_instance(system, publics)]


def absent_tables(system: System, traces: Sequence[TraceLike]) -> list[Instance]:
    """The airs of fixed columns alone that have no instance, for what could be looked up there.

    They are numbered behind the traces, and all their multiplicities are 0.
    """
    present = {trace.air for trace in traces}
    absent = [
        air
        for air in system.airs
        if air.name not in present and air.fixed and not air.program and air.log_height is not None
    ]
    return [
        instance(air, len(traces) + number, _Empty(air), {}, [0] * len(system.publics))
        for number, air in enumerate(absent)
        if not air.stage2
    ]


class _Empty:
    """An instance of zeros."""

    def __init__(self, air: Air) -> None:
        self.air = air.name
        self.matrix = np.zeros((1 << (air.log_height or 0), len(air.columns)), dtype=np.uint64)
        self.air_values = (0,) * len(air.air_values)


def _roots(air: Air, *, buses: bool) -> list[int]:
    """The nodes whose values decide: of constraints, and of messages if buses are checked."""
    messages = air.interactions if buses else ()
    return [
        *(constraint.node for constraint in air.constraints),
        *(node for message in messages for node in (message.multiplicity, *message.values)),
    ]


def _sent_again(
    made: Sequence[Instance], messages: Messages, buses: Iterable[int], offered: bool, evaluate: Blocks
) -> Iterable[Sent]:
    """The messages of some buses, in the order in which they were balanced."""
    wanted = frozenset(buses)
    for one in made:
        roots = [
            node
            for interaction in one.air.interactions
            if interaction.bus in wanted
            for node in (interaction.multiplicity, *interaction.values)
        ]
        for start, stop, values in evaluate(one, roots) if roots else ():
            yield from sent_by(one, start, stop, values, wanted, offered=offered)
    yield from (sent for sent in sent_by_verifier(messages) if sent.bus in wanted)


@dataclass
class _Failing:
    """The rows on which one constraint fails."""

    num_rows: int = 0
    num_ranges: int = 0
    ranges: list[tuple[int, int]] = field(default_factory=list)
    first: list[FailedRow] = field(default_factory=list)
    _last: int = -2

    def add(self, rows: NDArray[np.intp]) -> None:
        """Add rows that come behind all that were added before."""
        starts = rows[np.concatenate([[rows[0] != self._last + 1], np.diff(rows) > 1])]
        ends = rows[np.concatenate([np.diff(rows) > 1, [True]])]
        if len(starts) < len(ends):  # the first of them goes on where the last block ended
            if self.num_ranges <= MAX_RANGES:
                self.ranges[-1] = (self.ranges[-1][0], int(ends[0]))
            ends = ends[1:]
        room = MAX_RANGES - len(self.ranges)
        self.ranges += [(int(a), int(b)) for a, b in zip(starts[:room], ends[:room], strict=True)]
        self.num_ranges += len(starts)
        self.num_rows += len(rows)
        self._last = int(rows[-1])


class _Tally:
    """Counts the rows of an instance on which each constraint fails, and keeps the first of them."""

    def __init__(self, made: Instance, rows_limit: int) -> None:
        self._made, self._rows_limit = made, rows_limit
        self._failing: dict[int, _Failing] = {}

    def add_block(self, start: int, stop: int, values: Sequence[Vector]) -> None:
        """Judge rows start to stop, from the values of the constraints' nodes there."""
        for index, constraint in enumerate(self._made.air.constraints):
            value = values[constraint.node]
            if not value.any():
                continue
            is_failing = value.any(axis=1) if value.ndim == 2 else value != 0
            rows = np.flatnonzero(np.broadcast_to(is_failing, stop - start))
            failing = self._failing.setdefault(index, _Failing())
            failing.add(rows + start)
            for row in rows[: self._rows_limit - len(failing.first)]:
                failing.first.append(_failed_row(self._made, constraint.node, start + int(row)))

    def failures(self) -> list[ConstraintFailure]:
        """What failed, in the order of the constraints."""
        air = self._made.air
        return [
            ConstraintFailure(
                air.name,
                self._made.number,
                air.constraints[index].source,
                failing.num_rows,
                tuple(failing.first),
                index,
                tuple(failing.ranges),
                failing.num_ranges,
            )
            for index, failing in sorted(self._failing.items())
        ]


def _failed_row(made: Instance, node: int, row: int) -> FailedRow:
    """Both sides of `===`, and the cells below it."""
    air = made.air
    values = made.evaluate_rows(np.array([row]), below(air.nodes, [node]))

    def value(number: int) -> Value:
        return value_at(values[number], 0)

    kind, left, right = air.nodes[node]
    sides = (value(left), value(right)) if kind == NodeKind.SUB else (value(node), 0)
    cells = tuple(
        (leaf_name(air, *air.nodes[leaf]), leaf_offset(*air.nodes[leaf]), value(leaf))
        for leaf in _leaves(air, node)
    )
    return FailedRow(row, *sides, cells)


def value_at(vector: Vector, row: int) -> Value:
    """One value of a node's vector, which may be the same on all rows."""
    found = vector[row if len(vector) > 1 else 0]
    if vector.ndim == 1:
        return int(found)
    return int(found[0]), int(found[1]), int(found[2])


def _leaves(air: Air, node: int) -> list[int]:
    """The cells and values below a node, constants left out, in the order of the text."""
    found: dict[int, None] = {}
    stack, seen = [node], set()
    while stack:
        number = stack.pop()
        if number in seen:
            continue
        seen.add(number)
        kind, left, right = air.nodes[number]
        if kind in OPERATIONS:
            stack += [right, left]
        elif kind == NodeKind.NEG:
            stack.append(left)
        elif kind != NodeKind.CONSTANT:
            found[number] = None
    return list(found)


def leaf_offset(kind: int, index: int, offset: int) -> int:
    """The row offset of a leaf: only columns have one."""
    del index
    columns = (NodeKind.WITNESS, NodeKind.FIXED, NodeKind.PROGRAM, NodeKind.STAGE2)
    return offset if kind in columns else 0


def leaf_name(air: Air, kind: int, index: int, offset: int) -> str:
    """The name of a leaf as it stands in the source."""
    if kind == NodeKind.WITNESS:
        return air.columns[index].name
    if kind == NodeKind.FIXED:
        return air.fixed[index].name
    if kind == NodeKind.PROGRAM:
        return air.program[index]
    if kind == NodeKind.AIR_VALUE:
        return air.air_values[index]
    if kind == NodeKind.STAGE2:
        return air.stage2[index]
    names = {NodeKind.FIRST: "first row", NodeKind.LAST: "last row", NodeKind.CHALLENGE: f"challenge {index}"}
    return names.get(NodeKind(kind), f"public {index}")
