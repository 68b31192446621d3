"""Which warnings are told: not those that a comment in their line, or an option, keeps silent."""

import re
from collections.abc import Collection, Iterable

from zisk_py.pil.errors import Diagnostic, told_once

_OFF = re.compile(r"//.*?\blint: off((?:[ ,]+W\d{3})+)")


def kept(warnings: Iterable[Diagnostic], off: Collection[str] = ()) -> tuple[Diagnostic, ...]:
    """The warnings that are told, each once, by place. `off` has codes."""
    return told_once(one for one in warnings if one.code not in off and not _is_off(one))


def _is_off(warning: Diagnostic) -> bool:
    file = warning.span.file
    found = _OFF.search(file.line(file.position(warning.span.start)[0]))
    return found is not None and warning.code in found[1].replace(",", " ").split()
