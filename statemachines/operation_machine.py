"""A machine that proves operations: one row per operation, its columns a function of the operands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zisk_py.emulator.records import Records, U64Array
from zisk_py.isa.operations import OPERATIONS, Operation
from zisk_py.isa.rom import Rom
from zisk_py.pil.system import Air
from zisk_py.statemachines.columns import high, low, matrix_of
from zisk_py.statemachines.machine import Run, Scope, Trace

Columns = Mapping[str, U64Array]


@dataclass
class OperationMachine:
    """A machine whose rows do not see each other.

    columns  operands (rows, len(Operands)) -> every witness column by name, (rows,) canonical values below p.
             An array column `x` of length n has the names `x[0]` to `x[n-1]`. Must accept any number of rows.

    Rows behind the last operation are padding: all zero, so the selectors are zero and no message is sent.
    """

    name: str
    template: str
    pil: Path
    columns: Callable[[U64Array], Columns]
    scope: Scope = Scope.SEGMENT
    program_columns: Callable[[Air, Rom], U64Array] | None = None

    def __post_init__(self) -> None:
        """Its records are those of its operations."""
        self.stream = self.name

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The rows of the table of operations that name this machine."""
        return tuple(operation for operation in OPERATIONS if operation.machine == self.name)

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """Fill `height` rows. Raises ValueError on wrong columns or too many operations."""
        return Trace(air.name, matrix_of(air, self.columns, records.operations[self.name], height))


def halves(name: str, values: U64Array) -> dict[str, U64Array]:
    """Columns `<name>0` and `<name>1`: the low and high 32 bits."""
    return {f"{name}0": low(values), f"{name}1": high(values)}
