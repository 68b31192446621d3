"""Lint: tuples of several widths on one opid."""

from collections.abc import Iterator

from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.air import Message
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lints.uses import authored


def find(expander: Expander) -> Iterator[Diagnostic]:
    """Dynamic messages may differ in width: the shorter one is the longer one that ends in zeros.

    Packed tables, which the library pads with zeros, are left out.
    """
    first: dict[tuple[bool, int], Message] = {}
    messages = [message for air in authored(expander) for message in air.messages]
    for message in [*messages, *expander.messages]:
        for opid in message.opids or ((message.bus,) if isinstance(message.bus, int) else ()):
            other = first.setdefault((message.is_product, opid), message)
            if len(other.values) != len(message.values):
                yield Diagnostic(
                    Code.PADDED,
                    f"this message on bus {opid} has {len(message.values)} values, the one at "
                    f"{other.span.location} has {len(other.values)}: they are equal where the longer one "
                    "ends in zeros",
                    message.span,
                    message.frame,
                    "put something that is never 0 behind the values of the longer one, or take another opid",
                )
                break
