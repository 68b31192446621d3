"""Arith: mulu, muluh, divu, remu."""

from pathlib import Path

from zisk_py.statemachines.arith.witness import columns
from zisk_py.statemachines.machine import Machine
from zisk_py.statemachines.operation_machine import OperationMachine

MACHINE: Machine = OperationMachine("arith", "Arith", Path(__file__).with_name("arith.pil"), columns)
