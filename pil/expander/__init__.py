"""Expansion: a parsed program is run once, and what is left are airs over a graph of expressions."""

import sys
from importlib import import_module

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, Diagnostic, PilError, PilErrors, TooManyErrors
from zisk_py.pil.expander import statements
from zisk_py.pil.expander.builtins import define_natives
from zisk_py.pil.expander.machine import Expander, Files
from zisk_py.pil.expander.settings import Settings

__all__ = ["Expander", "expand"]

# Each module registers what it executes or evaluates.
for _part in (
    "assignments",
    "calls",
    "constraints",
    "containers",
    "declarations",
    "expressions",
    "finals",
    "global_values",
    "hints",
    "pragmas",
    "references",
):
    import_module(f"{__name__}.{_part}")

MAX_FRAMES = 10_000  # of Python: some 3000 nested parentheses, or 1000 nested calls


def expand(
    program: ast.Program, constants: dict[str, int], files: Files, settings: Settings | None = None
) -> Expander:
    """Run a program. The result has its airs and publics. Raises PilErrors."""
    expander = Expander(constants, files, settings)
    define_natives(expander)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, MAX_FRAMES))
    try:
        statements.run_program(expander, program)
        if not expander.errors:
            expander.finish()
    except RecursionError:
        text = "expressions are nested too deeply in this program"
        raise TooManyErrors([*expander.errors, Diagnostic(Code.NESTING, text, program.span)]) from None
    except PilErrors:
        raise
    except PilError as error:
        expander.record(error)
    finally:
        sys.setrecursionlimit(limit)
    if expander.errors:
        raise PilErrors(expander.errors, expander.warnings)
    return expander
