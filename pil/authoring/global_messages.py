"""The verifier's own messages, as the check and the filling take them."""

from collections.abc import Sequence

from zisk_py.field.goldilocks import P
from zisk_py.pil.report import signed
from zisk_py.pil.system import System
from zisk_py.stark.authored_statement import global_messages

Message = tuple[int, tuple[int, ...], int]  # bus, values, multiplicity; negative where it is assumed


def verifier_messages(system: System, publics: Sequence[int]) -> tuple[Message, ...]:
    """What the verifier sends for these public values, in the order of the system."""
    sent = global_messages(system, publics)
    return tuple((message.bus, message.values, signed(message.multiplicity % P)) for message in sent)
