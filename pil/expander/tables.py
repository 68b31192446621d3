"""`Tables.name(...)`: functions over whole fixed columns."""

import sys
from array import array
from collections.abc import Callable
from hashlib import sha256

import numpy as np

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import table_analysis
from zisk_py.pil.expander.fixed import FixedTable, Words
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.expander.table_analysis import Analysis, steps
from zisk_py.pil.expander.values import Array, Value, describe
from zisk_py.pil.span import Span

Arguments = dict[str, Value]
Native = Callable[[Expander, Arguments, ast.Call], Value | None]


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
    """Rows from `first` on, up to the end if `count` is -1; all of them must be there."""
    start, number = expander.to_integer(first, span), expander.to_integer(count, span)
    if number == -1:
        number = max(length - start, 0)
    if not 0 <= start <= start + number <= length:
        text = f"{number} rows from row {start} on are not all in a column of {length} rows"
        raise expander.error(text, span, code=Code.FIXED)
    return slice(start, start + number)


def _range(expander: Expander, arguments: Arguments, span: Span) -> tuple[int, Words]:
    """The rows of a column that a function is about: the first one's number, and the values, to read."""
    values = _words(expander, arguments["column"], span)
    rows = _rows(expander, arguments["row"], arguments["count"], len(values), span)
    return rows.start, values[rows]


def _pair(expander: Expander, arguments: Arguments, span: Span) -> tuple[Words, Words]:
    """The rows of two columns that are compared; of different length only up to the ends of the columns."""
    made = []
    for name in ("a", "b"):
        values = _words(expander, arguments[name], span)
        made.append(values[_rows(expander, arguments[f"{name}_row"], arguments["count"], len(values), span)])
    return made[0], made[1]


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
    return int(table_analysis.is_constant(_range(expander, arguments, node.span)[1]))


def is_sequence(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """Whether each row is the one before it plus `delta`, or plus the same amount, in the field."""
    delta, (_, values) = arguments["delta"], _range(expander, arguments, node.span)
    if delta == "any":
        return int(table_analysis.is_sequence(values))
    return int(table_analysis.is_sequence(values, expander.to_integer(delta, node.span)))


def _digest(data: bytes) -> int:
    return int.from_bytes(sha256(data).digest()[:8], "little") % P


def _signature(values: Words) -> int:
    return _digest(values.tobytes())


def _comparative_signature(values: Words) -> int:
    return _digest(np.sort(steps(values)).tobytes())


def signature(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """A number that tells rows of different values apart."""
    return _signature(_range(expander, arguments, node.span)[1])


def comparative_signature(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """A number that those share that are one another, rotated and plus a constant."""
    return _comparative_signature(_range(expander, arguments, node.span)[1])


def are_equals(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """Whether `count` rows of a and of b, each from its row on, have the same values."""
    one, other = _pair(expander, arguments, node.span)
    return int(len(one) == len(other) and bool((one == other).all()))


def compatible_offset(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """The least number s of rows with b[i] = a[i + s] plus a constant for all i, cyclically; -1 if none.

    a and b are `count` rows, each from its row on.
    """
    one, other = (steps(values) for values in _pair(expander, arguments, node.span))
    if len(one) != len(other):
        return -1
    for shift in np.flatnonzero(one == other[:1]):
        if (np.roll(one, -int(shift)) == other).all():
            return int(shift)
    return -1


def analyze(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
    """The number of an analysis of some rows: `get_analyzed_...` say what was found."""
    row, values = _range(expander, arguments, node.span)
    if not len(values):
        raise expander.error("no rows are there to be analyzed", node.span, code=Code.FIXED)
    signatures = _signature(values), _comparative_signature(values)
    expander.analyses.append(table_analysis.analyze(values, row, *signatures))
    return len(expander.analyses) - 1


def _analysis(expander: Expander, arguments: Arguments, span: Span) -> Analysis:
    number = expander.to_integer(arguments["id"], span)
    if not 0 <= number < len(expander.analyses):
        text = f"there is no analysis {number}: Tables.analyze says what they are"
        raise expander.error(text, span, code=Code.TABLE)
    return expander.analyses[number]


def _reader(find: Callable[[Analysis], int | tuple[int, ...]]) -> Native:
    """The function that tells a part of an analysis; an empty tuple is a part that it does not have."""

    def read(expander: Expander, arguments: Arguments, node: ast.Call) -> Value:
        analysis = _analysis(expander, arguments, node.span)
        found = find(analysis)
        if found == ():
            shape = f"{analysis.shape.value} ({analysis.shape.name.lower()})"
            text = f"{node.path.span.text} asks for what rows of type {shape} do not have"
            raise expander.error(text, node.span, code=Code.TABLE)
        return Array(list(found)) if isinstance(found, tuple) else found

    return read


_ANALYZED: dict[str, Callable[[Analysis], int | tuple[int, ...]]] = {
    "type": lambda found: int(found.shape),
    "params": lambda found: found.params,
    "signature": lambda found: found.signature,
    "comparative_signature": lambda found: found.comparative_signature,
    "size": lambda found: (found.offset, found.size),
    "range_values": lambda found: (found.least, found.most),
    "bits": lambda found: found.bits,
    "cycle": lambda found: found.cycle,
    "partitions": lambda found: found.partitions,
}

NATIVE: dict[str, Native] = {
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
    "Tables.analyze": analyze,
    **{f"Tables.get_analyzed_{part}": _reader(find) for part, find in _ANALYZED.items()},
}
