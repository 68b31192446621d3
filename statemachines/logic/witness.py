"""Witness of Logic."""

import numpy as np

from zisk_py.emulator.records import Operands, U64Array
from zisk_py.isa.operations import AND, OR, XOR
from zisk_py.statemachines.columns import bytes_of
from zisk_py.statemachines.operation_machine import Columns, halves


def columns(operands: U64Array) -> Columns:
    """Every column of Logic for operands (rows, len(Operands)); the result is recomputed, not read."""
    code, a, b = (operands[:, column] for column in (Operands.CODE, Operands.A, Operands.B))
    selected = {"is_and": code == AND.code, "is_or": code == OR.code, "is_xor": code == XOR.code}
    result = np.select(list(selected.values()), [a & b, a | b, a ^ b])
    return {
        **{name: bits.astype(np.uint64) for name, bits in selected.items()},
        **bytes_of("a", a),
        **bytes_of("b", b),
        **bytes_of("both", a & b),
        **halves("c", result),
    }
