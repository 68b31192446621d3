"""What the emulator refuses."""

from zisk_py.errors import ZiskError


class EmulatorError(ZiskError):
    """The ROM does what no transpiler emits: a damaged `.zrom`, or a bug of ours."""
