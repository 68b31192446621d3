"""The error of traces that cannot be filled."""

from zisk_py.errors import ZiskError


class WitnessError(ZiskError):
    """What the emulator recorded is not of one run of the program, so no trace holds it."""
