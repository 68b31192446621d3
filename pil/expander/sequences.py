"""Sequences: the values of fixed columns."""

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.expander.fixed import Cells
from zisk_py.pil.expander.machine import Expander

MAX_LENGTH = 1 << 24


def sequence(expander: Expander, node: ast.Sequence) -> Cells:
    """The values, with at most one part that fills up to the number of rows."""
    cells = _group(expander, node.elements)
    if node.times is None and not node.is_fill:
        return cells
    if cells.fill:
        raise expander.error("a sequence has two parts that fill up; keep one", node.span)
    values = _times(expander, cells.head, (node.times,) if node.times else (), node)
    return Cells([], values) if node.is_fill else Cells(values)


def _group(expander: Expander, elements: tuple[ast.Element, ...]) -> Cells:
    head: list[int] = []
    fill: list[int] | None = None
    tail: list[int] = []
    for position, element in enumerate(elements):
        before = tail if fill is not None else head
        values, fills = _element(expander, element, before, elements[position - 1] if position else None)
        if fills and fill is not None:
            raise expander.error("a sequence has two parts that fill up; keep one", element.span)
        if fills:
            fill = values
        else:
            before += values
    return Cells(head, fill or [], tail)


def _element(
    expander: Expander, element: ast.Element, before: list[int], previous: ast.Element | None
) -> tuple[list[int], bool]:
    """The values that an element adds, and whether they fill up."""
    if element.operator is None:
        return _repeated(expander, element.first), element.is_fill
    if element.operator == "..":
        return _range(expander, element), element.is_fill
    return _series(expander, element, before, previous)


def _repeated(expander: Expander, node: ast.Repeated) -> list[int]:
    if isinstance(node.value, tuple):
        group = _group(expander, node.value)
        if group.fill:
            raise expander.error("only the outermost sequence can fill up", node.span)
        values = group.head
    else:
        values = [expander.integer(node.value)]
    return _times(expander, values, node.times, node)


def _times(
    expander: Expander, values: list[int], times: tuple[ast.Expression, ...], node: ast.Node
) -> list[int]:
    for expression in times:
        count = expander.integer(expression)
        if not 0 <= count * len(values) <= MAX_LENGTH:
            raise expander.error(f"`{expression.span.one_line}` is {count}: not a count of rows", node.span)
        values = values * count
    return values


def _end(expander: Expander, node: ast.Repeated) -> tuple[int, int]:
    """The value of an end of a range or series, and how often each value is repeated."""
    if isinstance(node.value, tuple):
        raise expander.error("the ends of a range are numbers, not groups", node.span)
    count = 1
    for expression in node.times:
        count *= expander.integer(expression)
    return expander.integer(node.value), count


def _range(expander: Expander, element: ast.Element) -> list[int]:
    assert element.last is not None
    (first, times), (last, last_times) = _end(expander, element.first), _end(expander, element.last)
    if times != last_times and element.last.times:
        raise expander.error("both ends of a range must be repeated equally often", element.span)
    if abs(last - first) * max(times, 1) > MAX_LENGTH:
        raise expander.error(f"a range from {first} to {last} is longer than any air", element.span)
    step = 1 if last >= first else -1
    values = range(first, last + step, step)
    return list(values) if times == 1 else [value for value in values for _ in range(times)]


def _series(
    expander: Expander, element: ast.Element, before: list[int], previous: ast.Element | None
) -> tuple[list[int], bool]:
    """`t1, t2 ..+.. tn` or `..*..`; t1 has been added already. Without tn it fills up."""
    second, times = _end(expander, element.first)
    if previous is None or len(before) < times:
        raise expander.error("a series needs the two values that give its step", element.span)
    first, is_sum = before[-1], element.operator == "..+.."
    if element.last is not None:
        last, _ = _end(expander, element.last)
        limit = MAX_LENGTH
    else:
        rows = None if expander.air is None else expander.air.log_height
        if rows is None:
            raise expander.error("a series without an end needs an air with a height N", element.span)
        last, limit = -1, ((1 << rows) - len(before) + times - 1) // times
    ratio = second * pow(first, -1, P) % P if not is_sum and first % P else 0
    values, value = [second], second
    while value != last if element.last is not None else len(values) < limit:
        if len(values) >= limit or (
            is_sum and element.last is not None and (last - value) * (second - first) < 0
        ):
            raise expander.error(f"the series never reaches {last}", element.span)
        value = value + second - first if is_sum else value * ratio % P
        values.append(value)
    repeated = values if times == 1 else [value for value in values for _ in range(times)]
    if element.last is None:
        repeated = repeated[: (1 << rows) - len(before)] if rows is not None else repeated
    return repeated, False
