"""The fixed tables: pairs of bytes (Table16) and multipliers of shifts (Powers)."""

from pathlib import Path

from zisk_py.statemachines.machine import Machine
from zisk_py.statemachines.tables.machine import TableMachine

MACHINES: tuple[Machine, ...] = (
    TableMachine("table16", "Table16", Path(__file__).with_name("table16.pil")),
    TableMachine("powers", "Powers", Path(__file__).with_name("powers.pil")),
)
