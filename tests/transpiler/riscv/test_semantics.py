"""Every instruction computes what unicorn computes, and every encoding has a rule or is refused by name."""

import random

import pytest

from riscv_cases import case_program, cases_of, lowered_rows, operand_pairs
from riscv_files import DATA, riscv_program
from riscv_unicorn import run_in_unicorn
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.riscv.encodings import ENCODINGS
from zisk_py.transpiler.riscv.lowering import LOWERINGS

IN_UNICORN = ("I", "M", "A", "Zicsr", "Zifencei")
LONG = ("clz", "ctz", "cpop", "clzw", "ctzw", "cpopw", "orc.b", "rev8", "rolw", "rorw", "roriw")  # of Zbb


def compare(seed: int, num_pairs: int) -> int:
    rng = random.Random(seed)
    cases = [case for row in lowered_rows(IN_UNICORN) for case in cases_of(row, rng)]
    pairs = operand_pairs(rng, num_pairs)
    source, data, num_bytes = case_program(cases, pairs)
    expected, _ = run_in_unicorn(source, data, num_bytes)
    run = riscv_program(source, data).execute()
    assert isinstance(run.outcome, Exit), run.fault_text
    found = run.memory[DATA][:num_bytes]
    first = num_bytes - 8 * len(cases) * len(pairs)
    for place in range(first, num_bytes, 8):
        index = (place - first) // 8
        case, pair = cases[index % len(cases)], pairs[index // len(cases)]
        assert found[place : place + 8] == expected[place : place + 8], (case, [*map(hex, pair)])
    assert found == expected
    return len(cases) * len(pairs)


def test_every_instruction_computes_what_unicorn_computes() -> None:
    compare(1, 40)


@pytest.mark.slow
def test_every_instruction_computes_what_unicorn_computes_on_many_operands() -> None:
    assert compare(random.getrandbits(32), 600) > 100_000


def test_every_encoding_has_a_rule_but_those_of_floats_and_long_ones() -> None:
    without = {row.name for row in ENCODINGS if row.name not in LOWERINGS and row.extension not in ("F", "D")}
    assert without == set(LONG)
    assert set(LOWERINGS) <= {row.name for row in ENCODINGS}
