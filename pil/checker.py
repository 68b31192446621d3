"""The checker: every constraint on every row, and every bus, without cryptography."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zisk_py.pil.bus_balance import Balance
from zisk_py.pil.report import ConstraintFailure, FailedRow, Report, Unmatched
from zisk_py.pil.system import Air, NodeKind, System
from zisk_py.pil.trace_evaluation import Instance, TraceError, TraceLike, instance
from zisk_py.pil.vectors import Vector

__all__ = ["Report", "TraceError", "check"]


def check(
    system: System,
    traces: Sequence[TraceLike],
    *,
    program: Mapping[str, NDArray[np.uint64]] | None = None,
    messages: Sequence[tuple[int, Sequence[int], int]] = (),
    publics: Sequence[int] = (),
    bus_names: Mapping[int, str] | None = None,
    buses: bool = True,
    limit: int = 10,
    rows_limit: int = 3,
) -> Report:
    """Evaluate every constraint on every row of the traces, and balance every bus.

    program    matrix (rows, columns) of the committed columns, by air.
    messages   the verifier's own: (bus, values, multiplicity), multiplicity negative where it assumes.
    bus_names  names for the report.
    buses      False to check constraints alone, for the traces of one air.
    limit      failures that are kept: of constraints in all, of tuples on each bus.
    rows_limit rows that are kept of each failure.
    Raises     TraceError for a trace of another shape than its air's.
    """
    if len(publics) != len(system.publics):
        raise TraceError(f"there are {len(publics)} publics, the system has {len(system.publics)}")
    balance = Balance()
    failures: list[ConstraintFailure] = []
    num_failures = num_constraints = 0
    for number, trace in enumerate(traces):
        air = system.air(trace.air)
        made = instance(air, number, trace, program or {}, publics)
        counts = np.zeros(len(air.constraints), dtype=np.int64)
        first: dict[int, list[FailedRow]] = {}
        for start, stop, values in made.blocks():
            _check_block(made, start, stop, values, counts, first, rows_limit)
            if buses:
                balance.add_block(made, start, stop, values)
        num_constraints += len(air.constraints)
        num_failures += int(np.count_nonzero(counts))
        failures += [
            ConstraintFailure(air.name, number, air.constraints[i].source, int(counts[i]), tuple(rows))
            for i, rows in sorted(first.items())
        ]
    unmatched: list[Unmatched] = []
    num_unmatched = 0
    if buses:
        balance.add_messages(messages)
        unmatched, num_unmatched = balance.unmatched(bus_names or {}, limit)
    return Report(
        tuple(failures[:limit]),
        tuple(unmatched),
        num_failures,
        num_unmatched,
        num_constraints,
        balance.num_messages,
    )


def _check_block(
    made: Instance,
    start: int,
    stop: int,
    values: list[Vector],
    counts: NDArray[np.int64],
    first: dict[int, list[FailedRow]],
    rows_limit: int,
) -> None:
    """Count the rows of a block on which each constraint fails, and keep the first of them."""
    for index, constraint in enumerate(made.air.constraints):
        value = values[constraint.node]
        if not value.any():
            continue
        rows = np.flatnonzero(np.broadcast_to(value, stop - start))
        counts[index] += len(rows)
        kept = first.setdefault(index, [])
        for row in rows[: rows_limit - len(kept)]:
            kept.append(_failed_row(made, constraint.node, start + int(row), int(row), values))


def _failed_row(made: Instance, node: int, row: int, at: int, values: list[Vector]) -> FailedRow:
    """Both sides of `===`, and the cells below it."""

    def value(number: int) -> int:
        return int(values[number][at if len(values[number]) > 1 else 0])

    kind, left, right = made.air.nodes[node]
    sides = (value(left), value(right)) if kind == NodeKind.SUB else (value(node), 0)
    cells = tuple(
        (_name(made.air, *made.air.nodes[leaf]), made.air.nodes[leaf][2], value(leaf))
        for leaf in _leaves(made.air, node)
    )
    return FailedRow(row, *sides, cells)


def _leaves(air: Air, node: int) -> list[int]:
    """The cells and values below a node, constants left out, in the order of the text."""
    found: dict[int, None] = {}
    stack = [node]
    while stack:
        number = stack.pop()
        kind, left, right = air.nodes[number]
        if kind in (NodeKind.ADD, NodeKind.SUB, NodeKind.MUL):
            stack += [right, left]
        elif kind == NodeKind.NEG:
            stack.append(left)
        elif kind != NodeKind.CONSTANT:
            found[number] = None
    return list(found)


def _name(air: Air, kind: int, index: int, offset: int) -> str:
    """The name of a leaf as it stands in the source."""
    if kind == NodeKind.WITNESS:
        return air.columns[index].name
    if kind == NodeKind.FIXED:
        return air.fixed[index].name
    if kind == NodeKind.PROGRAM:
        return air.program[index]
    if kind == NodeKind.AIR_VALUE:
        return air.air_values[index]
    return (
        "first row" if kind == NodeKind.FIRST else "last row" if kind == NodeKind.LAST else f"public {index}"
    )
