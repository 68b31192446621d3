"""Carry: a word's state is the same at a later time."""

from zisk_py.statemachines.carry.witness import MACHINE

__all__ = ["MACHINE"]
