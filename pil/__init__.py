"""PIL: the language of constraints; compile, give a witness, check.

Names are imported on first use: the verifier needs `zisk_py.pil.system`, and that nothing but the standard
library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zisk_py.pil.authoring.archive import read_publics as read_publics
    from zisk_py.pil.authoring.check import Report as Report
    from zisk_py.pil.authoring.check import check as check
    from zisk_py.pil.authoring.compiled_system import CompiledSystem as CompiledSystem
    from zisk_py.pil.authoring.compiled_system import compile as compile
    from zisk_py.pil.authoring.errors import TraceError as TraceError
    from zisk_py.pil.authoring.mutation import fuzz as fuzz
    from zisk_py.pil.authoring.trace import AirTrace as AirTrace
    from zisk_py.pil.authoring.trace import Trace as Trace

_MODULES = {
    "archive": ("read_publics",),
    "check": ("Report", "check"),
    "compiled_system": ("CompiledSystem", "compile"),
    "errors": ("TraceError",),
    "mutation": ("fuzz",),
    "trace": ("AirTrace", "Trace"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Import the module of a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.authoring.{_HOMES[name]}"), name)
