"""AddCompare: add, sub, ltu, lt, eq, and sums and differences of words."""

from pathlib import Path

from zisk_py.statemachines.add_compare.witness import columns
from zisk_py.statemachines.machine import Machine
from zisk_py.statemachines.operation_machine import OperationMachine

MACHINE: Machine = OperationMachine(
    "add_compare", "AddCompare", Path(__file__).with_name("add_compare.pil"), columns
)
