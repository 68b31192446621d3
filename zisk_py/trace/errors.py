"""What can be wrong with a trace."""

from zisk_py.errors import ZiskError


class TraceMismatch(ZiskError):
    """A trace file contradicts itself, or the run that it is compared with."""


class RecordingMismatch(ZiskError):
    """What was recorded is not the run of the program."""
