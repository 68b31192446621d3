"""zisk-py: prove runs of Solana, eBPF and RISC-V programs from Python."""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Program", "__version__"]

if TYPE_CHECKING:
    from zisk_py.zkvm import Program


def __getattr__(name: str) -> Any:
    """Import `Program` on first use, so that importing the package costs nothing."""
    if name == "Program":
        from zisk_py.zkvm import Program

        return Program
    raise AttributeError(f"module 'zisk_py' has no attribute {name!r}")
