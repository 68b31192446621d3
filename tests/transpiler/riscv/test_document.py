"""docs/riscv.md says what is."""

from pathlib import Path

import riscv_rows
from zisk_py.isa.faults import FaultKind
from zisk_py.transpiler.riscv import layout
from zisk_py.transpiler.riscv.lowering import LOWERINGS
from zisk_py.transpiler.riscv.system_calls import SYSTEM_CALLS

TEXT = (Path(__file__).parents[3] / "docs" / "riscv.md").read_text()


def test_the_table_of_rows_is_that_of_the_rules():
    lines = [line for line in TEXT.splitlines() if line.startswith("|")]
    assert lines[lines.index("| rows in the ROM | steps | instructions |") + 2 :] == riscv_rows.table()


def test_calls_faults_and_places_are_named():
    for number, (name, _) in SYSTEM_CALLS.items():
        assert f"`{name}` ({number}" in TEXT
    for kind in FaultKind:
        if kind >= FaultKind.ILLEGAL_INSTRUCTION:
            assert f"`{kind.name}`" in TEXT
    for place in (
        layout.INPUT_ADDRESS,
        layout.STACK_TOP,
        layout.PIE_BASE,
        layout.ZISK_TEXT,
        layout.ZISK_TEXT_END,
        layout.ZISK_RAM,
        layout.ZISK_RAM_END,
        layout.ZISK_OUTPUT,
    ):
        assert f"{place:#x}" in TEXT
    for size in (layout.STACK_SIZE, layout.HEAP_SIZE):
        assert f"{size >> 20} MiB" in TEXT


def test_the_long_bit_manipulations_are_named():
    for name in ("clz", "ctz", "cpop", "orc.b", "rev8", "rolw", "rorw", "roriw"):
        assert f"`{name}`" in TEXT.split("## Conventions")[0]
        assert name not in LOWERINGS
