"""Rom and Image: the rows and the initial words of a program, committed with it."""

from zisk_py.statemachines.rom.witness import MACHINES

__all__ = ["MACHINES"]
