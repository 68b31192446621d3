"""What a machine is to the rest: a `.pil`, a stream of records, and a function that fills its columns."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from zisk_py.emulator.records import Records, U64Array
from zisk_py.isa.operations import Operation
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim
from zisk_py.pil.system import Air


class Scope(Enum):
    """Where instances of a machine stand."""

    SEGMENT = "segment"  # at most one per segment, where its stream has rows
    RUN = "run"  # in the last segment, for the whole run
    TABLE = "table"  # in the last segment; fixed columns and multiplicities, filled by the system


@dataclass(frozen=True)
class Run:
    """What a run-wide machine is filled from."""

    rom: Rom
    claim: Claim
    input: bytes
    ledger: U64Array  # (keys, len(Touch)) over the whole run, ascending in key
    outputs: bytes


@dataclass(frozen=True)
class Trace:
    """One instance: air name, (rows, columns) canonical uint64 in the order of `Air.columns`, air values."""

    air: str
    matrix: U64Array
    air_values: tuple[int, ...] = ()

    @property
    def log_height(self) -> int:
        """Logarithm of the number of rows."""
        return len(self.matrix).bit_length() - 1


class Machine(Protocol):
    """A machine. Everything else about it (columns, buses, constraints) is read from its compiled air."""

    name: str  # "add_compare": operations name it, errors print it
    template: str  # name of its airtemplate: "AddCompare"
    pil: Path  # its file
    scope: Scope
    stream: str  # the stream in `Counts.streams` whose rows it needs; its own name for operations
    program_columns: Callable[[Air, Rom], U64Array] | None  # (rows, columns) committed with the program

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations it proves."""
        ...

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """Fill an instance. For RUN machines `records` are those of the last chunk.

        Columns that are multiplicities of a table (`lookup_proves(..., mul: column)`) stay 0: they are
        counted for all tables together.
        """
        ...
