"""Witness of Shift."""

import numpy as np

from zisk_py.emulator.records import Operands, U64Array
from zisk_py.isa.operations import SLL, SRA, SRL
from zisk_py.statemachines.operation_machine import Columns, halves

LOW = 0xFFFFFFFF
CHUNK = 0xFFFF
SIGN = 1 << 63


def columns(operands: U64Array) -> Columns:
    """Every column of Shift for operands (rows, len(Operands)); the result is recomputed, not read."""
    code, a, b = (operands[:, column] for column in (Operands.CODE, Operands.A, Operands.B))
    is_sll, is_srl, is_sra = (code == row.code for row in (SLL, SRL, SRA))
    count = b & 63
    hops, bit_count = count >> 4, count & 15
    multiplier = np.uint64(1) << np.where(is_sll, bit_count, 16 - bit_count)
    products = (a & LOW) * multiplier, (a >> 32) * multiplier
    sign = is_sra & (a >= SIGN)
    # ~(~0 >> s) are the ones that a negative number shifts in.
    ones = np.where(sign, ~(~np.uint64(0) >> count), 0)
    result = np.where(is_sll, a << count, a >> count | ones)
    return {
        **halves("a", a),
        **halves("b", b),
        "is_sll": is_sll.astype(np.uint64),
        "is_srl": is_srl.astype(np.uint64),
        "is_sra": is_sra.astype(np.uint64),
        "one_hop": (hops == 1).astype(np.uint64),
        "two_hops": (hops == 2).astype(np.uint64),
        "three_hops": (hops == 3).astype(np.uint64),
        "bit_count": bit_count,
        "multiplier": multiplier,
        "rest": (b & CHUNK) >> 6,
        **{f"low[{2 * i}]": product & CHUNK for i, product in enumerate(products)},
        **{f"low[{2 * i + 1}]": product >> 16 & CHUNK for i, product in enumerate(products)},
        **{f"over[{i}]": product >> 32 for i, product in enumerate(products)},
        "sign": sign.astype(np.uint64),
        "sign_rest": is_sra * (a >> 32 & CHUNK),
        **halves("c", result),
    }
