"""The emulator: EXECUTE once, then COUNT and EXPAND each chunk on its own."""

from zisk_py.emulator.ledger import merge
from zisk_py.emulator.reference import count, execute, expand

__all__ = ["count", "execute", "expand", "merge"]
