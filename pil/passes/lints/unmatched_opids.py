"""Lint: opids on which something is consumed and nothing provided, or the other way round."""

from collections.abc import Iterator

from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.air import Message
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.buses import Opid, messages_of, opids_of


def find(expander: Expander) -> Iterator[Diagnostic]:
    """The first message of each of them; what is isolated may have its other side elsewhere."""
    first: dict[Opid, Message] = {}
    sides: dict[Opid, set[int]] = {}
    for message in messages_of(expander):
        for number in opids_of(message):
            opid = (message.is_product, number)
            first.setdefault(opid, message)
            both = message.is_free or message.is_isolated
            sides.setdefault(opid, set()).update((-1, 1) if both else (message.sign,))
    for (is_product, number), message in first.items():
        missing = {-1, 1} - sides[is_product, number]
        if missing:
            done, to_do = ("consumed", "provides") if 1 in missing else ("provided", "consumes")
            yield Diagnostic(
                Code.UNMATCHED_OPID,
                f"opid {number} is {done} here and nothing {to_do} it",
                message.span,
                message.frame,
                f"send what {to_do} it, or give surname: PIOP_SURNAME_ISOLATED if that is done elsewhere",
            )
