"""Narrow and Shapes: guest accesses of 1, 2 and 4 bytes, and unaligned ones."""

from zisk_py.statemachines.narrow.witness import MACHINES

__all__ = ["MACHINES"]
