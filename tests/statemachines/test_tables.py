"""The fixed tables hold what they say, and no more."""

import pytest
from harness import build, tables

from zisk_py.pil.system import MIN_LOG_HEIGHT
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.machine import Scope
from zisk_py.statemachines.tables import MACHINES

SYSTEM = build(*MACHINES)
KNOWN = tables(SYSTEM)


def test_range16_is_every_number_of_16_bits():
    assert KNOWN[Bus.RANGE16] == {(x,) for x in range(1 << 16)}


def test_and8_is_the_conjunction_of_every_pair_of_bytes():
    assert KNOWN[Bus.AND8] == {(x, y, x & y) for x in range(256) for y in range(256)}


def test_bytes_is_every_pair_of_bytes_and_no_alias():
    assert KNOWN[Bus.BYTES] == {(x, y) for x in range(256) for y in range(256)}
    assert (256, 0) not in KNOWN[Bus.BYTES]


def test_powers_are_multipliers_to_the_left_and_to_the_right():
    left = {(0, s, 2**s) for s in range(16)}
    assert KNOWN[Bus.POWER] == left | {(1, s, 2 ** (16 - s)) for s in range(16)}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_table_has_multiplicities_only_and_is_filled_with_zeros(machine):
    air = SYSTEM.air(machine.template)
    assert machine.scope is Scope.TABLE
    assert machine.operations == ()
    assert not air.constraints
    assert air.log_height is not None
    assert MIN_LOG_HEIGHT <= air.log_height <= 16
    trace = machine.fill(air, None, None, 1 << air.log_height)
    assert trace.matrix.shape == (1 << air.log_height, len(air.interactions))
    assert not trace.matrix.any()
