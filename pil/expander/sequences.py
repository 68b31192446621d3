"""Sequences: the values of fixed columns."""

import numpy as np

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.fixed import Cells, FixedTable, Words, words
from zisk_py.pil.expander.machine import Expander

MAX_LENGTH = 1 << 24
_SAFE = 1 << 40  # ints so far from 0 do not overflow 64 bits below


def assign_sequence(expander: Expander, table: FixedTable, node: ast.Sequence) -> None:
    """Give a fixed column the values of a sequence."""
    cells = sequence(expander, node)
    table.assign(cells, node.span)
    if table.rows is not None and cells.is_periodic(table.rows):
        expander.warn(
            Code.PERIODIC,
            f"the sequence has {cells.length} values: it is repeated to fill {table.rows} rows",
            node.span,
            "write `[...]...` if that is meant",
        )


def sequence(expander: Expander, node: ast.Sequence) -> Cells:
    """The values, with at most one part that fills up to the number of rows."""
    cells = _group(expander, node.elements)
    if node.times is None and not node.is_fill:
        return cells
    if len(cells.fill):
        raise expander.error("a sequence has two parts that fill up; keep one", node.span, code=Code.FIXED)
    values = _times(expander, cells.head, (node.times,) if node.times else (), node)
    return Cells([], values) if node.is_fill else Cells(values)


def _join(parts: list[Words]) -> Words:
    return np.concatenate(parts) if len(parts) > 1 else parts[0] if parts else words(())


def _group(expander: Expander, elements: tuple[ast.Element, ...]) -> Cells:
    head: list[Words] = []
    fill: Words | None = None
    tail: list[Words] = []
    for position, element in enumerate(elements):
        before = tail if fill is not None else head
        values, fills = _element(expander, element, before, elements[position - 1] if position else None)
        if fills and fill is not None:
            raise expander.error(
                "a sequence has two parts that fill up; keep one", element.span, code=Code.FIXED
            )
        if fills:
            fill = values
        else:
            before.append(values)
    return Cells(_join(head), words(()) if fill is None else fill, _join(tail))


def _element(
    expander: Expander, element: ast.Element, before: list[Words], previous: ast.Element | None
) -> tuple[Words, bool]:
    """The values that an element adds, and whether they fill up."""
    if element.operator is None:
        return _repeated(expander, element.first), element.is_fill
    if element.operator == "..":
        return _range(expander, element), element.is_fill
    return _series(expander, element, before, previous), element.is_fill


def _repeated(expander: Expander, node: ast.Repeated) -> Words:
    if isinstance(node.value, tuple):
        group = _group(expander, node.value)
        if len(group.fill):
            raise expander.error("only the outermost sequence can fill up", node.span, code=Code.FIXED)
        values = group.head
    else:
        values = words((expander.integer(node.value),))
    return _times(expander, values, node.times, node)


def _times(expander: Expander, values: Words, times: tuple[ast.Expression, ...], node: ast.Node) -> Words:
    for expression in times:
        count = expander.integer(expression)
        if not 0 <= count * len(values) <= MAX_LENGTH:
            raise expander.error(
                f"`{expression.span.one_line}` is {count}: not a count of rows", node.span, code=Code.FIXED
            )
        values = np.tile(values, count)
    return values


def _end(expander: Expander, node: ast.Repeated) -> tuple[int, int]:
    """The value of an end of a range or series, and how often each value is repeated."""
    if isinstance(node.value, tuple):
        raise expander.error("the ends of a range are numbers, not groups", node.span, code=Code.FIXED)
    count = 1
    for expression in node.times:
        count *= expander.integer(expression)
    if not 0 <= count <= MAX_LENGTH:
        raise expander.error(f"{count} is not a count of rows", node.span, code=Code.FIXED)
    return expander.integer(node.value), count


def _arithmetic(first: int, step: int, count: int) -> Words:
    """`count` values from `first` on, `step` apart."""
    if max(abs(first), abs(first + step * count)) >= _SAFE:
        return words([first + step * k for k in range(count)])
    made = np.arange(first, first + step * count, step, dtype=np.int64) if step else np.full(count, first)
    values: Words = made.astype(np.uint64)
    values[made < 0] += np.uint64(P)  # modulo 2^64 they were too small by 2^64 - p
    return values


def _range(expander: Expander, element: ast.Element) -> Words:
    assert element.last is not None
    (first, times), (last, last_times) = _end(expander, element.first), _end(expander, element.last)
    if times != last_times and element.last.times:
        raise expander.error(
            "both ends of a range must be repeated equally often", element.span, code=Code.FIXED
        )
    if (abs(last - first) + 1) * max(times, 1) > MAX_LENGTH:
        raise expander.error(
            f"a range from {first} to {last} is longer than any air", element.span, code=Code.FIXED
        )
    values = _arithmetic(first, 1 if last >= first else -1, abs(last - first) + 1)
    return np.repeat(values, times)


def _series(
    expander: Expander, element: ast.Element, before: list[Words], previous: ast.Element | None
) -> Words:
    """`t1, t2 ..+.. tn` or `..*..`; t1 has been added already. Without tn it fills up."""
    second, times = _end(expander, element.first)
    filled = sum(map(len, before))
    if previous is None or filled < max(times, 1):
        raise expander.error(
            "a series needs the two values that give its step", element.span, code=Code.FIXED
        )
    first, _ = _end(expander, previous.last or previous.first)
    last: int | None = None
    room = 2 * MAX_LENGTH
    if element.last is None:
        rows = None if expander.air is None else expander.air.rows
        if rows is None:
            raise expander.error(
                "a series without an end needs an air with a height N", element.span, code=Code.FIXED
            )
        room = max(0, rows - filled)
        count = -(-room // max(times, 1))
    else:
        (last, _), count = _end(expander, element.last), MAX_LENGTH
    if element.operator == "..+..":
        values = _sums(expander, element, (first, second, last), count)
    else:
        values = _products(expander, element, (first, second, last), count)
    if len(values) * max(times, 1) > 2 * MAX_LENGTH:
        raise expander.error("the series is longer than any air", element.span, code=Code.FIXED)
    return np.repeat(values, times)[:room]


def _sums(expander: Expander, element: ast.Element, terms: tuple[int, int, int | None], count: int) -> Words:
    first, second, last = terms
    step = second - first
    if last is not None:
        steps, rest = divmod(last - second, step) if step else (-int(last != second), 0)
        if rest or not 0 <= steps < count:
            raise expander.error(f"the series never reaches {last}", element.span, code=Code.FIXED)
        count = steps + 1
    return _arithmetic(second, step, count)


def _products(
    expander: Expander, element: ast.Element, terms: tuple[int, int, int | None], count: int
) -> Words:
    first, second = terms[0] % P, terms[1] % P
    last = None if terms[2] is None else terms[2] % P
    ratio = second * pow(first, -1, P) % P if first else 0
    values = [second]
    while values[-1] != last if last is not None else len(values) < count:
        is_back = len(values) > 1 and values[-1] in (second, values[-2])
        if last is not None and (is_back or len(values) >= count):
            raise expander.error(f"the series never reaches {last}", element.span, code=Code.FIXED)
        values.append(values[-1] * ratio % P)
    return np.array(values, dtype=np.uint64)
