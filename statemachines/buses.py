"""The buses between machines, by number, and what is counted on one; PIL sees them as BUS_<NAME>."""

from enum import IntEnum


class Count(IntEnum):
    """What the messages on COUNT count over the run; PIL sees them as COUNT_<NAME>."""

    INSTRUCTIONS = 0  # that have started
    MEMORY_OPERATIONS = 1  # loads and stores of the guest, those of micro-code and one that traps too


class Bus(IntEnum):
    """What a message is about. The tuple of each is in docs/architecture.md."""

    ROM = 1
    OPERATION = 2
    CHAIN = 3
    NARROW = 4
    FAULT = 5
    REGION = 6
    INIT = 7
    OUT = 8
    HOLE = 9
    RANGE16 = 10
    AND8 = 11
    BYTES = 12
    POWER = 13
    SHAPE = 14
    COUNT = 15
