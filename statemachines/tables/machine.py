"""A machine that is a fixed table: its air holds the rows, the system counts how often each is looked up."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zisk_py.emulator.records import Records, U64Array
from zisk_py.isa.operations import Operation
from zisk_py.isa.rom import Rom
from zisk_py.pil.system import Air
from zisk_py.statemachines.machine import Run, Scope, Trace


@dataclass
class TableMachine:
    """A table; it serves the whole run."""

    name: str
    template: str
    pil: Path
    scope: Scope = Scope.TABLE
    program_columns: Callable[[Air, Rom], U64Array] | None = None

    def __post_init__(self) -> None:
        """No records belong to it."""
        self.stream = self.name

    @property
    def operations(self) -> tuple[Operation, ...]:
        """None: a table proves no operation."""
        return ()

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """The multiplicities before counting: zero."""
        return Trace(air.name, np.zeros((height, len(air.columns)), dtype=np.uint64))
