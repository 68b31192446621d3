"""Logic: and, or, xor."""

from pathlib import Path

from zisk_py.statemachines.logic.witness import columns
from zisk_py.statemachines.machine import Machine
from zisk_py.statemachines.operation_machine import OperationMachine

MACHINE: Machine = OperationMachine("logic", "Logic", Path(__file__).with_name("logic.pil"), columns)
