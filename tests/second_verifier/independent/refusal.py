"""The one exception of this verifier."""


class Refused(Exception):
    """What was given is not an acceptable proof; the argument says why."""


def require(condition: bool, reason: str) -> None:
    """Refuse, for this reason, what does not hold."""
    if not condition:
        raise Refused(reason)
