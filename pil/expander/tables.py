"""`Tables.name(...)`: functions over whole fixed columns."""

import sys
from array import array
from hashlib import sha256

import numpy as np

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.fixed import FixedTable, Words
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.expander.values import Value, describe
from zisk_py.pil.span import Span

Arguments = dict[str, Value]


def _table(expander: Expander, value: Value, span: Span) -> FixedTable:
    if not isinstance(value, FixedTable):
        raise expander.error(f"a fixed column is needed, not {describe(value)}", span, code=Code.TYPE)
    return value


def _words(expander: Expander, value: Value, span: Span) -> Words:
    """The values of a column, to read."""
    table = _table(expander, value, span)
    if table.values is None:
        text = f"fixed column {table.name} has no values yet"
        raise expander.error(text, span, code=Code.NO_VALUE)
    return np.frombuffer(table.values, dtype=np.uint64)


def _rows(expander: Expander, first: Value, count: Value, length: int, span: Span) -> slice:
    """Rows from `first` on; all of them must be there."""
    start, number = expander.to_integer(first, span), expander.to_integer(count, span)
    if not 0 <= start <= start + number <= length:
        text = f"rows {start} to {start + number - 1} are not all in a column of {length} rows"
        raise expander.error(text, span, code=Code.FIXED)
    return slice(start, start + number)


def _write(expander: Expander, target: Value, rows: slice, values: bytes, span: Span) -> None:
    stored, written = _table(expander, target, span).writable(span)
    stored[rows] = array("Q", values)
    written[rows] = b"\1" * (rows.stop - rows.start)


def num_rows(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """How many rows the column has."""
    return _table(expander, arguments["column"], node.span).rows or 0


def copy(expander: Expander, arguments: Arguments, node: ast.Call) -> None:
    """Copy `count` rows of `source` from `source_row` on to `target` from `target_row` on."""
    source, count = _words(expander, arguments["source"], node.span), arguments["count"]
    length = _table(expander, arguments["target"], node.span).rows or 0
    read = _rows(expander, arguments["source_row"], count, len(source), node.span)
    rows = _rows(expander, arguments["target_row"], count, length, node.span)
    _write(expander, arguments["target"], rows, source[read].tobytes(), node.span)


def fill(expander: Expander, arguments: Arguments, node: ast.Call) -> None:
    """Write `value` into `count` rows of `target` from `row` on."""
    length = _table(expander, arguments["target"], node.span).rows or 0
    rows = _rows(expander, arguments["row"], arguments["count"], length, node.span)
    value = np.full(rows.stop - rows.start, expander.to_integer(arguments["value"], node.span) % P, np.uint64)
    _write(expander, arguments["target"], rows, value.tobytes(), node.span)


def print_(expander: Expander, arguments: Arguments, node: ast.Call) -> None:
    """Print rows of a column, for the author, on standard error."""
    values = _words(expander, arguments["column"], node.span)
    start, count = (expander.to_integer(arguments[name], node.span) for name in ("from", "count"))
    name = _table(expander, arguments["column"], node.span).name
    for row in range(max(start, 0), min(start + count, len(values))):
        print(f"{name}[{row}] = {values[row]}", file=sys.stderr)


def get_value(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """The value in a row."""
    table = _table(expander, arguments["column"], node.span)
    return table.read(expander.to_integer(arguments["row"], node.span), node.span)


def is_constant(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """Whether all rows have one value."""
    values = _words(expander, arguments["column"], node.span)
    return int((values == values[0]).all())


def is_sequence(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """Whether each row is the one before it plus the same amount, in the field."""
    steps = _steps(_words(expander, arguments["column"], node.span))[:-1]
    return int((steps == steps[0]).all()) if len(steps) else 1


def _steps(values: Words) -> Words:
    """The next row, cyclically, minus this one, modulo p."""
    later = np.roll(values, -1)
    return np.where(later >= values, later - values, later + np.uint64(P) - values)


def _digest(data: bytes) -> int:
    return int.from_bytes(sha256(data).digest()[:8], "little") % P


def signature(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """A number that tells columns of different values apart."""
    return _digest(_words(expander, arguments["column"], node.span).tobytes())


def comparative_signature(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """A number that columns share that are one another, rotated and plus a constant."""
    return _digest(np.sort(_steps(_words(expander, arguments["column"], node.span))).tobytes())


def are_equals(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """Whether a from its row on, cyclically, is b from its row on."""
    one, other = (_words(expander, arguments[name], node.span) for name in ("a", "b"))
    rows = [expander.to_integer(arguments[name], node.span) for name in ("a_row", "b_row")]
    is_same = len(one) == len(other) and (np.roll(one, -rows[0]) == np.roll(other, -rows[1])).all()
    return int(bool(is_same))


def compatible_offset(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """The number s of rows with b[i] = a[i + s] plus a constant for all i, cyclically; -1 if there is none.

    a and b are taken from their rows on.
    """
    one, other = (_words(expander, arguments[name], node.span) for name in ("a", "b"))
    rows = [expander.to_integer(arguments[name], node.span) for name in ("a_row", "b_row")]
    steps = _steps(np.roll(one, -rows[0])), _steps(np.roll(other, -rows[1]))
    if len(one) != len(other):
        return -1
    for shift in np.flatnonzero(steps[0] == steps[1][0]):
        if (np.roll(steps[0], -int(shift)) == steps[1]).all():
            return int(shift)
    return -1


NATIVE = {
    "Tables.num_rows": num_rows,
    "Tables.copy": copy,
    "Tables.fill": fill,
    "Tables.print": print_,
    "Tables.get_value": get_value,
    "Tables.is_constant": is_constant,
    "Tables.is_sequence": is_sequence,
    "Tables.signature": signature,
    "Tables.comparative_signature": comparative_signature,
    "Tables.are_equals": are_equals,
    "Tables.compatible_offset": compatible_offset,
}
