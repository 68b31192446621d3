"""Witness of AddCompare."""

import numpy as np
from numpy.typing import NDArray

from zisk_py.emulator.records import Operands, U64Array
from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import ADD, ADD_W, EQ, LT, LTU, SUB, SUB_W
from zisk_py.statemachines.columns import limbs_of
from zisk_py.statemachines.operation_machine import Columns, halves

LOW = 0xFFFFFFFF
HIGH = LOW << 32
SIGN = 1 << 63
TOP = 1 << 15  # the sign in the highest chunk

# Inverses of the sums of four 16-bit chunks, found when first needed; entry 0 stays 0.
_inverses = np.zeros(1 << 18, dtype=np.uint64)


def columns(operands: U64Array) -> Columns:
    """Every column of AddCompare for operands (rows, len(Operands)); the result is recomputed, not read."""
    code, a, b = (operands[:, column] for column in (Operands.CODE, Operands.A, Operands.B))
    is_ltu, is_lt, is_eq, is_add_w, is_sub_w = (code == row.code for row in (LTU, LT, EQ, ADD_W, SUB_W))
    is_add, is_sub, is_word = (
        (code == ADD.code) | is_add_w,
        (code == SUB.code) | is_sub_w,
        is_add_w | is_sub_w,
    )
    whole = np.where(is_add, a + b, a - b)
    is_negative = whole >> 31 & 1 == 1  # as a word
    result = np.where(is_word, whole & LOW | is_negative * np.uint64(HIGH), whole)
    # Out of the low half: a sum that is less than a summand has wrapped; a difference borrows if a < b.
    low = np.where(is_add, whole & LOW, a & LOW) < np.where(is_add, a & LOW, b & LOW)
    # lt borrows as the numbers with flipped signs do.
    flip = is_lt * np.uint64(SIGN)
    high = np.where(is_add, whole < a, a ^ flip < b ^ flip)
    top = np.where(is_word, result >> 16, a >> 48) & 0xFFFF ^ TOP
    total = (result & 0xFFFF) + (result >> 16 & 0xFFFF) + (result >> 32 & 0xFFFF) + (result >> 48)
    flags: dict[str, NDArray[np.bool_]] = {
        "is_add": is_add,
        "is_sub": is_sub,
        "is_ltu": is_ltu,
        "is_lt": is_lt,
        "is_eq": is_eq,
        "is_word": is_word,
        "carry[0]": low,
        "carry[1]": np.where(is_word, is_negative, high),
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
        "top_a": (is_lt | is_word) * top,
        "top_b": is_lt * (b >> 48 ^ TOP),
    }


def inverses(totals: U64Array) -> U64Array:
    """Inverses modulo p of numbers below 2^18, and 0 for 0."""
    for total in np.unique(totals[(_inverses[totals] == 0) & (totals != 0)]):
        _inverses[total] = pow(int(total), -1, P)
    return _inverses[totals]
