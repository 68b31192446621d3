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


@dataclass(frozen=True)
class Carry:
    """The machine that moves states to later times."""

    name: str = "carry"
    template: str = "Carry"
    pil: Path = Path(__file__).with_name("carry.pil")
    scope: Scope = Scope.SEGMENT
    stream: str = "carry"
    operations: tuple[Operation, ...] = ()
    program_columns: Callable[[Air, Rom], U64Array] | None = None

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """Fill an instance from the chunk's Carry records."""
        rows, start = records.carry, 4 * records.chunk.clk
        to = rows[:, Column.TO]
        cells = {
            "live": np.ones(len(rows), dtype=np.uint64),
            "key": rows[:, Column.KEY],
            "attribute": rows[:, Column.ATTRIBUTE],
            "v0": low(rows[:, Column.VALUE]),
            "v1": high(rows[:, Column.VALUE]),
            "steps": (to - np.uint64(start)) >> np.uint64(16),
            **limbs_of("gap", to - rows[:, Column.FROM] - np.uint64(1), 3),
        }
        return Trace(air.name, matrix_of(air, cells, height), (start,))


MACHINE = Carry()
