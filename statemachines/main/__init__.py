"""Main: each step of a segment."""

from zisk_py.statemachines.main.witness import MACHINE

__all__ = ["MACHINE"]
