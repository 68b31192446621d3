"""Fault: a trapped access lies in a hole.

The verifier needs `holes` and only the standard library, so the witness is imported when it is asked for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zisk_py.statemachines.fault.witness import MACHINE

__all__ = ["MACHINE"]


def __getattr__(name: str) -> object:
    """Import the machine on first use."""
    if name == "MACHINE":
        from zisk_py.statemachines.fault.witness import MACHINE

        return MACHINE
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
