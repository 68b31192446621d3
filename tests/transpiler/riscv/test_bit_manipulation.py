"""Zba, Zbb and Zbs compute what the manual says; unicorn does not have them."""

import random

import pytest

from riscv_cases import case_program, cases_of, lowered_rows, operand_pairs
from riscv_files import DATA, riscv_program
from zisk_py.transpiler.riscv.lowering import LOWERINGS

ALL, LOW = (1 << 64) - 1, (1 << 32) - 1
ROWS = [row for row in lowered_rows(("Zba", "Zbb", "Zbs")) if row.name in LOWERINGS]


def signed(value: int, bits: int = 64) -> int:
    value &= (1 << bits) - 1
    return value - (value >> bits - 1 << bits)


def rotated(value: int, right: int) -> int:
    return value >> right % 64 | value << 64 - right % 64


MEANINGS = {
    "sh1add": lambda a, b: b + (a << 1),
    "sh2add": lambda a, b: b + (a << 2),
    "sh3add": lambda a, b: b + (a << 3),
    "add.uw": lambda a, b: b + (a & LOW),
    "sh1add.uw": lambda a, b: b + ((a & LOW) << 1),
    "sh2add.uw": lambda a, b: b + ((a & LOW) << 2),
    "sh3add.uw": lambda a, b: b + ((a & LOW) << 3),
    "slli.uw": lambda a, n: (a & LOW) << n,
    "andn": lambda a, b: a & ~b,
    "orn": lambda a, b: a | ~b,
    "xnor": lambda a, b: ~(a ^ b),
    "min": lambda a, b: min(a, b, key=signed),
    "max": lambda a, b: max(a, b, key=signed),
    "minu": min,
    "maxu": max,
    "rol": lambda a, b: rotated(a, -b),
    "ror": rotated,
    "rori": rotated,
    "sext.b": lambda a, _: signed(a, 8),
    "sext.h": lambda a, _: signed(a, 16),
    "zext.h": lambda a, _: a & 0xFFFF,
    "bset": lambda a, b: a | 1 << b % 64,
    "bclr": lambda a, b: a & ~(1 << b % 64),
    "binv": lambda a, b: a ^ 1 << b % 64,
    "bext": lambda a, b: a >> b % 64 & 1,
}
MEANINGS |= {f"{name}i": MEANINGS[name] for name in ("bset", "bclr", "binv", "bext")}


def result(case: str, pair: tuple[int, int]) -> int:
    """The result of a case by the table above."""
    text, _, register = case.rpartition(":")
    name, _, operands = text.partition(" ")
    a0, a1 = pair
    values = {"a0": a0, "a1": a1, "a2": 0, "a3": a0, "a4": a1, "zero": 0}
    sources = [operand.strip() for operand in operands.split(",")][1:]
    numbers = [values[source] if source in values else int(source, 0) for source in sources]
    return MEANINGS[name](*[*numbers, 0][:2]) & ALL if register != "zero" else 0


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_it_computes_what_the_manual_says(row):
    rng = random.Random(row.name)
    cases, pairs = cases_of(row, rng), operand_pairs(rng, 60)
    source, data, num_bytes = case_program(cases, pairs)
    found = riscv_program(source, data).execute().memory[DATA][:num_bytes][-8 * len(cases) * len(pairs) :]
    for index, (pair, case) in enumerate((pair, case) for pair in pairs for case in cases):
        value = int.from_bytes(found[8 * index : 8 * index + 8], "little")
        assert value == result(case, pair), (case, [*map(hex, pair)])


def test_every_meaning_is_of_an_instruction_that_is_lowered():
    assert set(MEANINGS) == {row.name for row in ROWS}
