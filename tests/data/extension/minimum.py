"""An operation with a machine of its own, from outside the package: minu, the smaller of two numbers."""

from pathlib import Path

import numpy as np

from zisk_py.emulator.records import Operands, U64Array
from zisk_py.isa.operations import Operation
from zisk_py.statemachines.columns import limbs_of, low
from zisk_py.statemachines.operation_machine import Columns, OperationMachine, halves


def minu(a: int, b: int) -> tuple[int, int]:
    """Return the smaller number; flag 1 if it is a."""
    return (a, 1) if a < b else (b, 0)


def columns(operands: U64Array) -> Columns:
    """Every column of Minimum."""
    a, b = operands[:, Operands.A], operands[:, Operands.B]
    return {
        "live": np.ones(len(a), dtype=np.uint64),
        **halves("a", a),
        **halves("b", b),
        **halves("c", np.minimum(a, b)),
        **limbs_of("difference", a - b, 4),
        "borrow[0]": (low(a) < low(b)).astype(np.uint64),
        "borrow[1]": (a < b).astype(np.uint64),
    }


MINU = Operation("minu", 0xE0, "minimum", minu, native=False)
MACHINE = OperationMachine("minimum", "Minimum", Path(__file__).with_name("minimum.pil"), columns)
