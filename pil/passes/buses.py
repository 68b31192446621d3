"""Pass: what is said on a bus is said with the same number of values everywhere."""

from zisk_py.pil.errors import PilError
from zisk_py.pil.expander.air import Message
from zisk_py.pil.expander.machine import Expander


def check(expander: Expander) -> None:
    """Raise PilError for two messages of one bus whose tuples differ in length.

    Tuples are compressed to sums of powers: (1, 2) and (1, 2, 0) would be the same message.
    """
    first: dict[int, Message] = {}
    for air in expander.airs:
        for message in air.messages:
            if not isinstance(message.bus, int):
                continue
            other = first.setdefault(message.bus, message)
            if len(other.values) != len(message.values):
                raise PilError(
                    f"this message on bus {message.bus} has {len(message.values)} values, the one at "
                    f"{other.span.location} has {len(other.values)}",
                    message.span,
                    message.frame,
                )
