"""Names with indexes and row offsets: their values, and what is assigned to them."""

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import heights
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.machine import ELEMENT_WORK, Expander, evaluates
from zisk_py.pil.expander.paths import variable
from zisk_py.pil.expander.values import Array, Fe, Value, Variable, describe

_BASIC = ("int", "fe", "expr", "string")


@evaluates(ast.Reference)
def reference(expander: Expander, node: ast.Reference) -> Value:
    """The value of a name, of an element, of a cell, or of any of them some rows away."""
    found = variable(expander, node.path)
    value = found.value
    if node.indexes:
        value = index(expander, value, node.indexes, node)
    if value is None:
        if found.type == "height":
            raise expander.error(
                f"the height of air {expander.air.name if expander.air else ''} is chosen per run: "
                f"{node.path.span.text} has no value; instantiate it with N, or do without",
                node.span,
                code=Code.NO_VALUE,
            )
        if found.type != "expr":
            text = f"`{node.span.one_line}` is read before it has a value"
            raise expander.error(text, node.span, code=Code.NO_VALUE)
        text = f"`{node.span.one_line}` is read before it has a value: it is 0 here"
        expander.warn(Code.UNSET, text, node.span, "give it a value above")
        value = 0
    if node.offset is None:
        return value
    rows = 1 if node.offset.rows is None else expander.integer(node.offset.rows)
    return _moved(expander, value, rows if node.offset.is_later else -rows, node)


def _moved(expander: Expander, value: Value, rows: int, node: ast.Reference) -> Value:
    """The value some rows later, element by element."""
    if isinstance(value, Array):
        items = [item if item is None else _moved(expander, item, rows, node) for item in value.items]
        return Array(items, value.names)
    operand = expander.operand(value, node.span)
    return operand if isinstance(operand, int) else expander.graph.shift(operand, rows)


def index(
    expander: Expander, value: Value | None, indexes: tuple[ast.Index, ...], node: ast.Reference
) -> Value | None:
    """An element of an array, a slice of it, or a cell of a fixed column."""
    for step in indexes:
        if isinstance(value, Array):
            value = (
                _slice(expander, value, step) if step.is_slice else value.items[_at(expander, value, step)]
            )
        elif isinstance(value, FixedTable) and step.start is not None and not step.is_slice:
            value = value.read(expander.integer(step.start), step.span)
        else:
            raise expander.error(f"{describe(value)} cannot be indexed", step.span, code=Code.INDEX)
    return value


def _at(expander: Expander, array: Array, step: ast.Index) -> int:
    assert step.start is not None
    at = expander.integer(step.start)
    if not 0 <= at < len(array.items):
        text = f"index {at} is outside of an array of {len(array.items)}"
        raise expander.error(text, step.span, code=Code.INDEX)
    return at


def _slice(expander: Expander, array: Array, step: ast.Index) -> Array:
    start = 0 if step.start is None else expander.integer(step.start)
    stop = len(array.items) - 1 if step.stop is None else expander.integer(step.stop)
    if not 0 <= start <= stop + 1 <= len(array.items):
        text = f"slice {start}..{stop} is outside of an array of {len(array.items)}"
        raise expander.error(text, step.span, code=Code.INDEX)
    return Array(array.items[start : stop + 1], array.names and array.names[start : stop + 1])


def convert(expander: Expander, kind: str, value: Value, node: ast.Node) -> Value:
    """A value as a variable of that type keeps it. Arrays are copied."""
    if isinstance(value, Array):
        expander.spend(ELEMENT_WORK * len(value.items), node.span)
        return Array(
            [item if item is None else convert(expander, kind, item, node) for item in value.items],
            value.names,
        )
    if kind == "string":
        if isinstance(value, str):
            return value
        text = f"`{node.span.one_line}` must be a string, it is {describe(value)}"
        raise expander.error(text, node.span, code=Code.TYPE)
    if kind == "int":
        return int(expander.to_integer(value, node.span))
    if kind == "fe":
        return Fe(expander.to_integer(value, node.span))
    if kind == "expr" and not isinstance(value, FixedTable):
        return expander.operand(value, node.span)
    return value


def store(expander: Expander, target: ast.Reference, value: Value) -> None:
    """Assign a value to a name, an element or a cell."""
    found = variable(expander, target.path)
    if target.offset is not None:
        raise expander.error(
            "a value on another row cannot be assigned to",
            target.span,
            code=Code.ASSIGNMENT,
            suggestion="a constraint between rows is written with `===`",
        )
    if not target.indexes:
        _store_whole(expander, found, target, value)
        return
    holder = index(expander, found.value, target.indexes[:-1], target)
    last = target.indexes[-1]
    if last.is_slice or last.start is None:
        raise expander.error("a slice cannot be assigned to", target.span, code=Code.ASSIGNMENT)
    if isinstance(holder, FixedTable):
        holder.write(expander.integer(last.start), expander.to_integer(value, target.span), target.span)
    elif isinstance(holder, Array):
        at = _at(expander, holder, last)
        if found.type not in _BASIC:
            raise _unassignable(expander, holder.items[at], target)
        _warn_of_const(expander, found, target)
        holder.items[at] = convert(expander, found.type, value, target)
    else:
        text = f"`{target.span.one_line}` cannot be assigned to"
        raise expander.error(text, target.span, code=Code.ASSIGNMENT)


def _store_whole(expander: Expander, found: Variable, target: ast.Reference, value: Value) -> None:
    holder = found.value
    if expander.air is not None and found is expander.air.scope.variables.get("N"):
        heights.change(expander, expander.air, expander.to_integer(value, target.span), target.span)
        return
    if found.type not in _BASIC:
        raise _unassignable(expander, holder, target)
    if isinstance(holder, Array) and (not isinstance(value, Array) or len(value.items) != len(holder.items)):
        text = f"{describe(holder)} cannot take {describe(value)}"
        raise expander.error(text, target.span, code=Code.ASSIGNMENT)
    if isinstance(value, Array) and not isinstance(holder, Array):
        text = f"`{target.span.one_line}` cannot take {describe(value)}"
        raise expander.error(text, target.span, code=Code.ASSIGNMENT)
    _warn_of_const(expander, found, target)
    found.value = convert(expander, found.type, value, target)
    found.is_set = True


def _unassignable(expander: Expander, holder: Value | None, target: ast.Reference) -> Exception:
    text = f"{describe(holder)} cannot be assigned to"
    close = "for a constraint write `===`"
    return expander.error(text, target.span, code=Code.ASSIGNMENT, suggestion=close)


def _warn_of_const(expander: Expander, found: Variable, target: ast.Reference) -> None:
    """A constant can be declared without a value and be given one later, but only once."""
    if found.is_const and found.is_set:
        name = target.path.span.one_line
        expander.warn(
            Code.CONST_CHANGED,
            f"`{name}` is a constant that has a value already",
            target.span,
            "declare it without `const` if it changes",
        )
