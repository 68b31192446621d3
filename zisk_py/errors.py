"""The errors of the package: one root, one class per stage.

A fault of the guest program (a division by zero, a bad access) is not an error: it is an outcome,
and it can be proven. See `zisk_py.isa.faults`.
"""


class ZiskError(Exception):
    """Root of every error that zisk-py raises; its text is one sentence for the user."""


class InputError(ZiskError):
    """A file, an option or an input that the user gave cannot be used."""


class LimitError(ZiskError):
    """A limit on steps, memory or sizes was reached."""
