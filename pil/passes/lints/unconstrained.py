"""Lint: witness columns and air values that no constraint and no message reads."""

from collections.abc import Iterator

from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lints.uses import authored, place, used
from zisk_py.pil.system import NodeKind, Source

SHOWN = 3  # names of one declaration


def find(expander: Expander) -> Iterator[Diagnostic]:
    """Whatever stands in them, the proof holds."""
    for air in authored(expander):
        read = used(air)
        free: dict[Source, list[str]] = {}
        for kind, columns in ((NodeKind.WITNESS, air.columns), (NodeKind.STAGE2, air.stage2)):
            for index, column in enumerate(columns):
                if (kind, index) not in read and column.source is not None:
                    free.setdefault(column.source, []).append(column.name)
        for source, names in free.items():
            span = place(expander, source)
            if span is not None:
                yield Diagnostic(
                    Code.UNCONSTRAINED,
                    f"{_listed(names)} in no constraint and no message: every value is accepted",
                    span,
                    air.frame,
                    "constrain it, or leave it out",
                )
        for index, name in enumerate(air.air_values):
            variable = air.scope.variables.get(name.split("[")[0])
            if (NodeKind.AIR_VALUE, index) not in read and variable is not None and variable.span is not None:
                yield Diagnostic(
                    Code.UNCONSTRAINED,
                    f"air value {name} is in no constraint and no message: every value is accepted",
                    variable.span,
                    air.frame,
                    "constrain it, or leave it out",
                )


def _listed(names: list[str]) -> str:
    if len(names) == 1:
        return f"column {names[0]} is"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"columns {', '.join(names[:SHOWN])}{more} are"
