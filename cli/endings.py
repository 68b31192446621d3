"""How a command can end, as an exit code."""

from zisk_py.errors import LimitError, ZiskError

DONE, REFUSED, BAD_INPUT, GUEST_FAULT, OUT_OF_LIMITS = range(5)
INTERRUPTED, TERMINATED = 130, 143  # 128 + SIGINT or SIGTERM, as shells report it


class ExpectationUnmet(ZiskError):
    """A proof is valid, but does not state what the caller expects."""


def exit_code(error: ZiskError) -> int:
    """The exit code of an error of ours: refused, out of limits, or bad input."""
    from zisk_py.stark.errors import MalformedProof, ProverError, VerifierError

    if isinstance(error, LimitError):
        return OUT_OF_LIMITS
    if isinstance(error, MalformedProof):  # not a proof of this version
        return BAD_INPUT
    if isinstance(error, VerifierError | ProverError | ExpectationUnmet):
        return REFUSED
    return BAD_INPUT
