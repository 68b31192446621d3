"""From rows per stream to instances: which airs stand in which segment, and how high."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zisk_py.errors import LimitError
from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT, System
from zisk_py.statemachines.machine import Machine, Scope

MAX_CLASSES = 5  # distinct heights per segment: each costs a FRI of its own (arrangement notes 9)


@dataclass(frozen=True, slots=True)
class Placement:
    """One instance to be filled."""

    machine: Machine
    log_height: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The instances of each segment, in the order of the system's airs."""

    segments: tuple[tuple[Placement, ...], ...]


def log_height_for(rows: int, what: str) -> int:
    """Logarithm of the least legal height that holds `rows`. Raises LimitError."""
    log_height = max(MIN_LOG_HEIGHT, (rows - 1).bit_length() if rows else 0)
    if log_height > MAX_LOG_HEIGHT:
        raise LimitError(
            f"{what} needs {rows} rows in one segment, more than 2^{MAX_LOG_HEIGHT};"
            " use a smaller --chunk-size"
        )
    return log_height


def plan_run(
    system: System,
    machines: Iterable[Machine],
    chunk_rows: Sequence[Mapping[str, int]],
    run_rows: Mapping[str, int],
) -> Plan:
    """Place every machine that has rows.

    chunk_rows  per chunk: rows per stream (`Counts.streams`).
    run_rows    rows of the run-wide streams: "ledger", and the name of each air with program columns.
    """
    machines = tuple(machines)
    segments = []
    for index, rows in enumerate(chunk_rows):
        wanted: dict[str, tuple[Machine, int, bool]] = {}
        for machine in machines:
            air = system.air(machine.template)
            if machine.scope is Scope.SEGMENT:
                count = rows.get(machine.stream, 0)
            elif index < len(chunk_rows) - 1:
                count = 0
            elif machine.scope is Scope.TABLE:
                count = 1 << (air.log_height or 0)
            else:
                count = run_rows.get(machine.stream, 0)
            if count:
                is_free = air.log_height is None and not air.program
                log_height = air.log_height if air.log_height is not None else log_height_for(count, air.name)
                wanted[air.name] = (machine, log_height, is_free)
        heights = _limit_classes(system, wanted)
        segments.append(
            tuple(
                Placement(wanted[air.name][0], heights[air.name]) for air in system.airs if air.name in wanted
            )
        )
    return Plan(tuple(segments))


def _limit_classes(system: System, wanted: Mapping[str, tuple[Machine, int, bool]]) -> dict[str, int]:
    """Raise small instances until at most MAX_CLASSES heights are left, at the least cost in cells.

    Fixed tables, program tables and the machine of the steps keep their heights.
    """
    heights = {name: log_height for name, (_, log_height, _) in wanted.items()}
    movable = {
        name for name, (machine, _, is_free) in wanted.items() if is_free and machine.stream != "steps"
    }
    while len(classes := sorted(set(heights.values()))) > MAX_CLASSES:
        best: tuple[int, int, int] | None = None
        for low in classes[:-1]:
            members = [name for name, height in heights.items() if height == low]
            if not movable.issuperset(members):
                continue
            high = min(height for height in classes if height > low)
            width = sum(len(system.air(name).columns) for name in members)
            cost = width * ((1 << high) - (1 << low))
            if best is None or cost < best[0]:
                best = (cost, low, high)
        if best is None:
            break
        _, low, high = best
        heights = {name: high if height == low else height for name, height in heights.items()}
    return heights
