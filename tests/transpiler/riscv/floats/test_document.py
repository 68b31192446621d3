"""docs/riscv_floats.md says what is."""

from pathlib import Path

from riscv_floats import cost_table
from zisk_py.transpiler.riscv.floats.library import load_library
from zisk_py.transpiler.riscv.floats.lowering import CANONICAL_NAN
from zisk_py.transpiler.riscv.hidden_layout import ERROR_STREAM, FLOAT_REGISTERS, ROUTINE_REGISTERS

TEXT = (Path(__file__).parents[4] / "docs" / "riscv_floats.md").read_text()


def test_the_table_of_costs_is_that_of_runs():
    lines = [line for line in TEXT.splitlines() if line.startswith("|")]
    assert lines[2:] == cost_table()


def test_words_and_nans_are_those_of_the_code():
    assert min(ROUTINE_REGISTERS, FLOAT_REGISTERS) == 0
    assert f"hidden words 0 to {ERROR_STREAM - 1}" in TEXT
    assert f"{CANONICAL_NAN & 0xFFFFFFFF:#x}" in TEXT
    assert {name for name in load_library().symbols.values() if name.startswith("round")} == {
        "round_s",
        "round_d",
    }
