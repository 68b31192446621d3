"""Lint: fixed columns that nothing reads."""

from collections.abc import Iterator

from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lints.uses import authored, read_names, used
from zisk_py.pil.system import NodeKind


def find(expander: Expander) -> Iterator[Diagnostic]:
    """Neither a constraint or message, nor, by name, the file that declares them."""
    names: dict[str, set[str]] = {}
    for air in authored(expander):
        read = used(air)
        for table in air.fixed:
            if (NodeKind.FIXED, table.index) in read:
                continue
            file = table.span.file.name
            if file not in names:
                programs = (p for p in expander.files.programs if p.span.file.name == file)
                names[file] = {name for program in programs for name in read_names(program)}
            if table.name.split("[")[0] not in names[file]:
                yield Diagnostic(
                    Code.UNREAD_FIXED,
                    f"fixed column {table.name} is never read",
                    table.span,
                    air.frame,
                    "leave it out",
                )
