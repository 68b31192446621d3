"""`Tables.analyze`: what the values of a fixed column look like, found in one pass over them."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from zisk_py.field.goldilocks import P
from zisk_py.pil.expander.fixed import Words

PARTITION = 1 << 16  # rows of the parts that are looked at
_HALF = P // 2


class Shape(IntEnum):
    """What a column was recognised as: the first of these that it is, from 1 on; else OTHER."""

    OTHER = 0
    CONSTANT = 1
    SEQUENCE = 2  # each row is the one before it plus delta
    PARTITIONS = 3  # every part of 2^16 rows is constant
    CYCLE = 4  # a sequence over and over, a whole number of times


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in `size` rows from `offset` on.

    params      of a constant its value, of a sequence its first value and delta, of a cycle its first value.
    cycle       of a cycle: its length, how often it stands there, and delta.
    partitions  of constant parts: the values of the fewest parts of equal size that are constant.
    """

    shape: Shape
    offset: int
    size: int
    least: int
    most: int
    signature: int
    comparative_signature: int
    params: tuple[int, ...] = ()
    cycle: tuple[int, ...] = ()
    partitions: tuple[int, ...] = ()

    @property
    def bits(self) -> int:
        """How many bits hold every value."""
        return self.most.bit_length()


def steps(values: Words) -> Words:
    """The next row, cyclically, minus this one, modulo p."""
    later = np.roll(values, -1)
    return np.where(later >= values, later - values, later + np.uint64(P) - values)


def is_constant(values: Words) -> bool:
    """Whether all rows have one value; true of none."""
    return bool((values[1:] == values[:-1]).all())


def is_sequence(values: Words, delta: int | None = None) -> bool:
    """Whether each row is the one before it plus delta, or plus the same amount if that is None."""
    found = steps(values)[:-1]
    if not len(found):
        return True
    return bool((found == (found[0] if delta is None else np.uint64(delta % P))).all())


def analyze(values: Words, offset: int, signature: int, comparative_signature: int) -> Analysis:
    """What some rows of a column, at least one, look like; they stand in it from `offset` on."""
    shape, params = Shape.OTHER, tuple[int, ...]()
    cycle: tuple[int, ...] = ()
    partitions: tuple[int, ...] = ()
    first = int(values[0])
    if is_constant(values):
        shape, params = Shape.CONSTANT, (first,)
    elif is_sequence(values):
        shape, params = Shape.SEQUENCE, (first, _delta(values))
    elif partitions := _partitions(values):
        shape = Shape.PARTITIONS
    elif cycle := _cycle(values):
        shape, params = Shape.CYCLE, (first,)
    least, most = int(values.min()), int(values.max())
    signatures = signature, comparative_signature
    return Analysis(shape, offset, len(values), least, most, *signatures, params, cycle, partitions)


def _delta(values: Words) -> int:
    """What is added from the first row to the second: the number nearest to 0 that is it in the field."""
    delta = int(values[1]) - int(values[0])
    return (delta + _HALF) % P - _HALF


def _partitions(values: Words) -> tuple[int, ...]:
    """The value of each of the fewest constant parts; empty if there are none."""
    if len(values) % PARTITION:
        return ()
    rows = values.reshape(-1, PARTITION)
    if not (rows == rows[:, :1]).all():
        return ()
    parts = rows[:, 0]
    while len(parts) % 2 == 0 and (parts[::2] == parts[1::2]).all():
        parts = parts[::2]
    return tuple(int(part) for part in parts)


def _cycle(values: Words) -> tuple[int, ...]:
    """Length, repetitions and delta of a sequence that stands there over and over; empty if none does."""
    found = steps(values)[:-1]
    breaks = np.flatnonzero(found != found[0])
    length = int(breaks[0]) + 1 if len(breaks) else len(values)
    repetitions, rest = divmod(len(values), length)
    if rest or repetitions < 2:
        return ()
    if not (values.reshape(repetitions, length) == values[:length]).all():
        return ()
    return length, repetitions, _delta(values)
