"""zisk-py: prove runs of Solana, eBPF and RISC-V programs from Python."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Program", "Trace", "TraceRecorder", "__version__"]

if TYPE_CHECKING:
    from zisk_py.trace import Trace, TraceRecorder
    from zisk_py.zkvm import Program

_HOMES = {"Program": "zkvm", "Trace": "trace", "TraceRecorder": "trace"}


def __getattr__(name: str) -> Any:
    """Import a class on first use, so that importing the package costs nothing."""
    if name in _HOMES:
        return getattr(import_module(f"zisk_py.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'zisk_py' has no attribute {name!r}")
