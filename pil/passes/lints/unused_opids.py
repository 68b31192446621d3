"""Lint: constants that name a bus on which nothing is sent."""

import re
from collections.abc import Iterator

from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.machine import Expander

_NAME = re.compile(r"(^|_)(BUS|OPID)(_|$)", re.IGNORECASE)


def find(expander: Expander) -> Iterator[Diagnostic]:
    """Those that a file of the program declares for all airs, with BUS or OPID in their names."""
    sent: set[object] = set()
    for messages in [expander.messages, *(air.messages for air in expander.airs)]:
        for message in messages:
            sent.update((message.bus, *message.opids) if isinstance(message.bus, int) else message.opids)
    for name, variable in expander.proof_scope.variables.items():
        if variable.span is None or variable.type != "int" or not _NAME.search(name):
            continue
        if variable.value not in sent:
            yield Diagnostic(
                Code.UNUSED_OPID,
                f"no message is sent on {name} ({variable.value})",
                variable.span,
                suggestion="leave it out, or send on it",
            )
