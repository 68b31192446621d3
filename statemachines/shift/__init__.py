"""Shift: sll, srl, sra."""

from pathlib import Path

from zisk_py.statemachines.machine import Machine
from zisk_py.statemachines.operation_machine import OperationMachine
from zisk_py.statemachines.shift.witness import columns

MACHINE: Machine = OperationMachine("shift", "Shift", Path(__file__).with_name("shift.pil"), columns)
