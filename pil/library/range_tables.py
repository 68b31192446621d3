"""Tables of the values of ranges, made once, at the end of the last airgroup that checks them.

U8Air and U16Air have 0 to 255 and 0 to 65535. SpecifiedRanges has all other ranges, one behind the other.
Where a program wants them virtual they are packed with its other virtual tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np

from zisk_py.field.goldilocks import P
from zisk_py.pil.errors import Code
from zisk_py.pil.library import virtual_tables
from zisk_py.pil.library.constants import U8_OPID, U16_OPID
from zisk_py.pil.library.state import Library, Range, TableSource
from zisk_py.pil.library.tables import Table, building, log_rows, stack
from zisk_py.pil.span import Span
from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT
from zisk_py.pil.vectors import Vector

PRIORITY = 2  # at the end of an airgroup, before virtual tables are packed
MAX_VALUES = 1 << 26  # of a range that has a table
AIRS = {"U8": "U8Air", "U16": "U16Air", "Specified": "SpecifiedRanges"}


def ask(library: Library, known: Range, span: Span) -> None:
    """Have the table of the range made when the airgroup that is open ends."""
    if known.table == "Specified" and known.size > MAX_VALUES:
        raise library.error(
            Code.RANGE,
            f"the range from {known.minimum} to {known.maximum} has {known.size} values, "
            f"a table can have {MAX_VALUES}",
            span,
            "write the value as limbs, and check each of them",
        )
    if known.opid in library.made:
        return
    what = f"the table {AIRS[known.table]}"
    library.group("a range check", span)
    assert library.expander.airgroup is not None
    library.users.setdefault(known.table, set()).add(library.expander.airgroup)
    library.at_end_of_airgroup(what, partial(_finish, library, known.table, what), span, PRIORITY)


def _finish(library: Library, table: str, what: str, span: Span) -> None:
    """Make the table, unless an airgroup that uses it is still to end."""
    if library.is_waiting(what):
        return
    if library.setting(f"{table.upper()}_TABLE_VIRTUAL"):
        _collect(library, table, span)
        return
    with _place(library, table):
        if table == "Specified":
            _specified(library, span)
        else:
            _predefined(library, table, span)


@contextmanager
def _place(library: Library, table: str) -> Iterator[None]:
    """The airgroup of a table: the one that uses it, or, of several users, one of its own."""
    if len(library.users[table]) == 1:
        yield
        return
    with library.expander.within_airgroup(AIRS[table]):
        yield


def _predefined(library: Library, table: str, span: Span) -> None:
    """0 to 2^8 - 1 or 2^16 - 1, side by side where the air is lower than that."""
    opid, bits = (U8_OPID, 8) if table == "U8" else (U16_OPID, 16)
    library.made.add(opid)
    log_height = max(MIN_LOG_HEIGHT, library.setting(f"MAX_{table}_BITS"))
    graph = library.expander.graph
    with building(library, AIRS[table], log_height, span) as air:
        first = air.fixed("RANGE", np.arange(1 << log_height, dtype=np.uint64))
        for number in range(1 << (bits - log_height)):
            value = graph.add(first, number << log_height)
            air.prove(opid, (), [value], ["value"], air.multiplicity(f"mul[{number}]"))


def _unmade(library: Library) -> list[Range]:
    ranges = {known.opid: known for known in library.ranges.values() if known.table == "Specified"}
    return [known for opid, known in ranges.items() if opid not in library.made]


def values_of(known: Range) -> Vector:
    """All values of the range as field elements, ascending from its minimum."""
    values = np.arange(known.size, dtype=np.uint64)
    start = known.minimum % P
    wrapped = values >= np.uint64(P - start) if start else np.zeros(known.size, np.bool_)
    return np.where(wrapped, values - np.uint64(P - start), values + np.uint64(start))


def _specified(library: Library, span: Span) -> None:
    ranges = _unmade(library)
    library.made.update(known.opid for known in ranges)
    bits = library.setting("MAX_SPECIFIED_BITS")
    log_height = log_rows(max(known.size for known in ranges)) if bits == -1 else max(MIN_LOG_HEIGHT, bits)
    tables = [Table(known.opid, (values_of(known),), ("value",)) for known in ranges]
    stack(library, AIRS["Specified"], tables, min(log_height, MAX_LOG_HEIGHT), span)


def _collect(library: Library, table: str, span: Span) -> None:
    """Let the ranges be virtual tables of the airgroup that is open."""
    if table == "Specified":
        ranges = _unmade(library)
    else:
        opid, bits = (U8_OPID, 8) if table == "U8" else (U16_OPID, 16)
        ranges = [Range(0, (1 << bits) - 1, opid, table)]
    for known in ranges:
        library.made.add(known.opid)
        read = partial(_columns, known)
        virtual_tables.add(library, TableSource(known.opid, known.opid, known.size, ("value",), read, span))


def _columns(known: Range) -> tuple[Vector, ...]:
    return (values_of(known),)
