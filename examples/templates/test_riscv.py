"""What the guest computes. `make test` builds it before."""

import unittest

from zisk_py import Program
from zisk_py.isa.faults import Exit

INPUT = bytes([1, 2, 3])


class GuestTest(unittest.TestCase):
    """Runs of the guest; `program.prove(data).verify(program.id)` proves one."""

    def test_the_output_is_the_sum(self) -> None:
        """The bytes of the input are added up."""
        run = Program.load("guest.zrom").execute(INPUT)
        assert run.outcome == Exit(0)
        assert int.from_bytes(run.outputs, "little") == 6

    def test_no_input_is_an_error(self) -> None:
        """The exit code says so."""
        run = Program.load("guest.zrom").execute(b"")
        assert run.outcome == Exit(1)
        assert run.outputs == b""
