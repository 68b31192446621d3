"""What the guest computes. `make test` builds it before."""

import unittest

from zisk_py import Program
from zisk_py.isa.faults import Exit

INPUT = bytes([1, 2, 3])


class GuestTest(unittest.TestCase):
    """Runs of the guest; `program.prove(data).verify(program.id)` proves one."""

    def test_the_result_is_the_sum(self) -> None:
        """The bytes of the input are added up."""
        run = Program.load("guest.zrom").execute(INPUT)
        assert run.outcome == Exit(6)

    def test_the_sum_of_nothing_is_zero(self) -> None:
        """No input is an input too."""
        run = Program.load("guest.zrom").execute(b"")
        assert run.outcome == Exit(0)
