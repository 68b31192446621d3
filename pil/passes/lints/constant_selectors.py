"""Lint: selectors and multiplicities that are the same on every row."""

from collections.abc import Iterator

from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.air import AirBuilder, Message
from zisk_py.pil.expander.graph import Leaf
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lints.uses import authored
from zisk_py.pil.system import NodeKind

_TABLES = ("lookup_proves", "lookup_proves_dynamic")


def find(expander: Expander) -> Iterator[Diagnostic]:
    """Fixed columns with one value, and tables whose rows must all be looked up equally often."""
    for air in authored(expander):
        for message in air.messages:
            told = _told(air, message)
            if told is not None:
                yield Diagnostic(Code.CONSTANT_SELECTOR, told[0], message.span, message.frame, told[1])


def _told(air: AirBuilder, message: Message) -> tuple[str, str] | None:
    times = message.multiplicity
    if not isinstance(times, Leaf):
        return None
    if times.kind == NodeKind.FIXED:
        values = air.fixed[times.index].values
        if values is not None and len(set(values)) == 1:
            return f"selector {times.name} is {values[0]} on every row", "leave it out"
    called = message.span.text.split("(")[0].strip()
    if times.kind == NodeKind.CONSTANT and called in _TABLES and not message.is_direct:
        often = "once" if times.index == 1 else f"{times.index} times"
        return (
            f"every row of this table must be looked up exactly {often}",
            "give it a witness column as `mul`, or write permutation_proves",
        )
    return None
