"""Boundary: each word has one initial and one final state."""

from zisk_py.statemachines.boundary.witness import MACHINE

__all__ = ["MACHINE"]
