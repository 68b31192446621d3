"""Witness of Carry."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zisk_py.emulator.records import Carry as Column
from zisk_py.emulator.records import Records, U64Array
from zisk_py.isa.operations import Operation
from zisk_py.isa.rom import Rom
from zisk_py.pil.system import Air
from zisk_py.statemachines.columns import high, limbs_of, low, matrix_of
from zisk_py.statemachines.machine import Run, Scope, Trace

PIL = Path(__file__).with_name("carry.pil")


@dataclass(frozen=True)
class Carry:
    """The machine that moves states to later times."""

    name: str = "carry"
    template: str = "Carry"
    pil: Path = PIL
    scope: Scope = Scope.SEGMENT
    stream: str = "carry"
    operations: tuple[Operation, ...] = ()
    program_columns: Callable[[Air, Rom], U64Array] | None = None

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """Fill an instance from the chunk's Carry records."""
        start = 4 * records.chunk.clk
        matrix = matrix_of(air, lambda rows: carry_columns(rows, start), records.carry, height)
        return Trace(air.name, matrix, (start,))


def carry_columns(rows: U64Array, start: int) -> dict[str, U64Array]:
    """Every column by name for records (rows, len(records.Carry)) of a chunk that starts at time `start`."""
    to = rows[:, Column.TO]
    return {
        "live": np.ones(len(rows), dtype=np.uint64),
        "key": rows[:, Column.KEY],
        "attribute": rows[:, Column.ATTRIBUTE],
        "v0": low(rows[:, Column.VALUE]),
        "v1": high(rows[:, Column.VALUE]),
        "steps": (to - np.uint64(start)) >> np.uint64(16),
        **limbs_of("gap", to - rows[:, Column.FROM] - np.uint64(1), 3),
    }


MACHINE = Carry()
