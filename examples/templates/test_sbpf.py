"""What the guest computes. `make test` builds it before."""

import unittest

from zisk_py import Program
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.input_buffer import serialize

PROGRAM_ID = bytes(range(32))


def instruction(data: bytes) -> bytes:
    """The input of an instruction without accounts."""
    return serialize([], data, PROGRAM_ID)


INPUT = instruction(bytes([1, 2, 3]))


class GuestTest(unittest.TestCase):
    """Runs of the guest; `program.prove(data).verify(program.id)` proves one."""

    def test_the_return_data_is_the_sum(self) -> None:
        """The bytes of the instruction are added up."""
        run = Program.load("guest.zrom").execute(INPUT)
        assert run.outcome == Exit(0)
        assert int.from_bytes(run.return_data, "little") == 6

    def test_no_bytes_are_an_error(self) -> None:
        """The result says so."""
        run = Program.load("guest.zrom").execute(instruction(b""))
        assert run.outcome != Exit(0)
        assert run.return_data == b""
