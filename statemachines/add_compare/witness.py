"""Witness of AddCompare."""

import numpy as np
from numpy.typing import NDArray

from zisk_py.emulator.records import Operands, U64Array
from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import ADD, EQ, LT, LTU, SUB
from zisk_py.statemachines.columns import limbs_of
from zisk_py.statemachines.operation_machine import Columns, halves

LOW = 0xFFFFFFFF
SIGN = 1 << 63

# Inverses of the sums of four 16-bit chunks, found when first needed; entry 0 stays 0.
_inverses = np.zeros(1 << 18, dtype=np.uint64)


def columns(operands: U64Array) -> Columns:
    """Every column of AddCompare for operands (rows, len(Operands)); the result is recomputed, not read."""
    code, a, b = (operands[:, column] for column in (Operands.CODE, Operands.A, Operands.B))
    is_add, is_sub, is_ltu, is_lt, is_eq = (code == row.code for row in (ADD, SUB, LTU, LT, EQ))
    result = np.where(is_add, a + b, a - b)
    # Out of the low half: a sum that is less than a summand has wrapped; a difference borrows if a < b.
    low = np.where(is_add, (a + b) & LOW, a & LOW) < np.where(is_add, a & LOW, b & LOW)
    # lt borrows as the numbers with flipped signs do.
    flip = is_lt * np.uint64(SIGN)
    high = np.where(is_add, result < a, a ^ flip < b ^ flip)
    total = (result & 0xFFFF) + (result >> 16 & 0xFFFF) + (result >> 32 & 0xFFFF) + (result >> 48)
    flags: dict[str, NDArray[np.bool_]] = {
        "is_add": is_add,
        "is_sub": is_sub,
        "is_ltu": is_ltu,
        "is_lt": is_lt,
        "is_eq": is_eq,
        "carry[0]": low,
        "carry[1]": high,
        "flag": (is_ltu | is_lt) & high | is_eq & (total == 0),
        "sign_a": is_lt & (a >= SIGN),
        "sign_b": is_lt & (b >= SIGN),
    }
    return {
        **halves("a", a),
        **halves("b", b),
        **limbs_of("result", result, 4),
        **{name: bits.astype(np.uint64) for name, bits in flags.items()},
        "inverse": inverses(total * is_eq),
        "low_a": is_lt * (a >> 32 & 0xFFFF),
        "low_b": is_lt * (b >> 32 & 0xFFFF),
    }


def inverses(totals: U64Array) -> U64Array:
    """Inverses modulo p of numbers below 2^18, and 0 for 0."""
    for total in np.unique(totals[(_inverses[totals] == 0) & (totals != 0)]):
        _inverses[total] = pow(int(total), -1, P)
    return _inverses[totals]
