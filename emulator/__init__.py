"""The emulator: EXECUTE once, then COUNT and EXPAND each chunk on its own.

execution = execute(rom, claim, data, chunk_size=1 << 18)
counts = [count(rom, regions, chunk) for chunk in execution.chunks]
arrivals, ledger = merge(counts)
records = [expand(rom, regions, *pair) for pair in zip(execution.chunks, arrivals)]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zisk_py.emulator.ledger import merge

if TYPE_CHECKING:
    from zisk_py.emulator.counting import count
    from zisk_py.emulator.execution import execute
    from zisk_py.emulator.expansion import expand

__all__ = ["count", "execute", "expand", "merge"]

_COMPILED = {"execute": "execution", "count": "counting", "expand": "expansion"}


def __getattr__(name: str) -> Any:
    """Import a compiled phase on first use: the twin, `reference`, can be used where none is built."""
    if name not in _COMPILED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_COMPILED[name]}"), name)
