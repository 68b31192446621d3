"""Witness of Arith."""

import numpy as np

from zisk_py.emulator.records import Operands, U64Array
from zisk_py.isa.operations import DIVU, MULU, MULUH, REMU
from zisk_py.statemachines.columns import limbs_of
from zisk_py.statemachines.operation_machine import Columns, halves

ONES = (1 << 64) - 1
LOW = 0xFFFFFFFF


def columns(operands: U64Array) -> Columns:
    """Every column of Arith for operands (rows, len(Operands)); the result is recomputed, not read."""
    code, a, b = (operands[:, column] for column in (Operands.CODE, Operands.A, Operands.B))
    is_mulu, is_muluh, is_divu, is_remu = (code == row.code for row in (MULU, MULUH, DIVU, REMU))
    is_div = is_divu | is_remu
    flag = is_div & (b == 0)
    quotient = np.where(flag, ONES, a // np.where(b == 0, 1, b))
    x = np.where(is_div, quotient, a)
    low = np.where(is_div, a - quotient * b, a * b)
    carries, upper = _product(x, b, np.where(is_div, low, 0))
    high = np.where(is_div, b - low - 1, upper)
    borrow = is_div & (b & LOW < (low & LOW) + 1)
    result = np.select([is_divu, is_muluh], [quotient, high], low)
    return {
        **halves("a", a),
        "is_mulu": is_mulu.astype(np.uint64),
        "is_muluh": is_muluh.astype(np.uint64),
        "is_divu": is_divu.astype(np.uint64),
        "is_remu": is_remu.astype(np.uint64),
        **limbs_of("x", x, 4),
        **limbs_of("y", b, 4),
        **limbs_of("low", low, 4),
        **limbs_of("high", high, 4),
        **{f"carry[{i}]": carry & 0xFFFF for i, carry in enumerate(carries)},
        "carry_top[0]": carries[0] >> 16,
        "carry_top[1]": carries[1] >> 16 & 1,
        "carry_top[2]": carries[1] >> 17,
        "carry_top[3]": carries[2] >> 16,
        "borrow": borrow.astype(np.uint64),
        "flag": flag.astype(np.uint64),
        **halves("c", result),
    }


def _product(x: U64Array, y: U64Array, addend: U64Array) -> tuple[list[U64Array], U64Array]:
    """x * y + addend in 32-bit digits: the carries out of the first three, and the sum's high 64 bits."""
    x_chunks = [x >> np.uint64(16 * i) & 0xFFFF for i in range(4)]
    y_chunks = [y >> np.uint64(16 * i) & 0xFFFF for i in range(4)]
    carry, carries, digits = np.zeros_like(x), [], []
    for d in range(4):
        digit = carry + (addend >> np.uint64(32 * d) & np.uint64(LOW) if d < 2 else np.uint64(0))
        for i in range(4):
            for j in range(4):
                if i + j in (2 * d, 2 * d + 1):
                    digit += x_chunks[i] * y_chunks[j] << np.uint64(16 * (i + j - 2 * d))
        carry = digit >> np.uint64(32)
        carries.append(carry)
        digits.append(digit & np.uint64(LOW))
    return carries[:3], digits[2] | digits[3] << np.uint64(32)
