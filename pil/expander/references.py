"""Names with indexes and row offsets: their values, and what is assigned to them."""

from zisk_py.pil import ast
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.machine import Expander, evaluates
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.values import Array, Value, Variable, describe

_LEVELS = ("air", "airgroup", "proof")
_BASIC = ("int", "fe", "expr", "string")


def part_text(expander: Expander, part: str | ast.Text) -> str:
    """A part of a path: a name, or a template string that makes one."""
    return part if isinstance(part, str) else expander.text(part)


def level_scope(expander: Expander, level: str, path: ast.Path) -> Scope:
    """The scope that `air.`, `airgroup.` or `proof.` names. Raises PilError if there is none."""
    if level == "proof":
        return expander.proof_scope
    if level == "airgroup":
        if expander.airgroup is None:
            raise expander.error(f"`{path.span.one_line}` stands outside of an airgroup", path.span)
        return expander.airgroup_scopes[expander.airgroup]
    return expander.current_air(f"`{path.span.one_line}`", path.span).scope


def declared_scope(expander: Expander, path: ast.Path) -> tuple[Scope, str]:
    """Where a declaration of that path goes, and under which name."""
    names = [part_text(expander, part) for part in path.parts]
    if len(names) == 1:
        return expander.scope, names[0]
    if len(names) == 2 and names[0] in _LEVELS:
        return level_scope(expander, names[0], path), names[1]
    raise expander.error("containers are not supported yet", path.span)


def find(expander: Expander, path: ast.Path) -> Variable | None:
    """The variable of that path, or None."""
    if len(path.parts) == 1:
        (part,) = path.parts
        return expander.scope.find(part if isinstance(part, str) else expander.text(part))
    names = [part_text(expander, part) for part in path.parts]
    if len(names) == 2 and names[0] in _LEVELS:
        return level_scope(expander, names[0], path).variables.get(names[1])
    return None


def variable(expander: Expander, path: ast.Path) -> Variable:
    """The variable of that path. Raises PilError, with the nearest name, if there is none."""
    found = find(expander, path)
    if found is None:
        name = path.span.one_line
        if len(path.parts) > 1 and path.parts[0] not in _LEVELS:
            raise expander.error(
                f"`{name}` is a name in a container; containers are not supported yet", path.span
            )
        if expander.scope.find_callee(name):
            raise expander.error(f"`{name}` is a function or a template; call it: {name}(...)", path.span)
        raise expander.error(f"`{name}` is not declared{expander.scope.suggestion(name)}", path.span)
    return found


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
            )
        raise expander.error(f"`{node.span.one_line}` is read before it has a value", node.span)
    if node.offset is None:
        return value
    rows = 1 if node.offset.rows is None else expander.integer(node.offset.rows)
    operand = expander.operand(value, node.span)
    if isinstance(operand, int):
        return operand
    return expander.graph.shift(operand, rows if node.offset.is_later else -rows)


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
            raise expander.error(f"{describe(value)} cannot be indexed", step.span)
    return value


def _at(expander: Expander, array: Array, step: ast.Index) -> int:
    assert step.start is not None
    at = expander.integer(step.start)
    if not 0 <= at < len(array.items):
        raise expander.error(f"index {at} is outside of an array of {len(array.items)}", step.span)
    return at


def _slice(expander: Expander, array: Array, step: ast.Index) -> Array:
    start = 0 if step.start is None else expander.integer(step.start)
    stop = len(array.items) - 1 if step.stop is None else expander.integer(step.stop)
    if not 0 <= start <= stop + 1 <= len(array.items):
        raise expander.error(f"slice {start}..{stop} is outside of an array of {len(array.items)}", step.span)
    return Array(array.items[start : stop + 1], array.names and array.names[start : stop + 1])


def convert(expander: Expander, kind: str, value: Value, node: ast.Node) -> Value:
    """A value as a variable of that type keeps it. Arrays are copied."""
    if isinstance(value, Array):
        return Array(
            [item if item is None else convert(expander, kind, item, node) for item in value.items],
            value.names,
        )
    if kind == "string":
        if isinstance(value, str):
            return value
        raise expander.error(f"`{node.span.one_line}` must be a string, it is {describe(value)}", node.span)
    if kind in ("int", "fe"):
        return expander.to_integer(value, node.span)
    if kind == "expr" and not isinstance(value, FixedTable):
        return expander.operand(value, node.span)
    return value


def store(expander: Expander, target: ast.Reference, value: Value) -> None:
    """Assign a value to a name, an element or a cell."""
    found = variable(expander, target.path)
    if target.offset is not None:
        raise expander.error("a value on another row cannot be assigned to", target.span)
    if not target.indexes:
        _store_whole(expander, found, target, value)
        return
    holder = index(expander, found.value, target.indexes[:-1], target)
    last = target.indexes[-1]
    if last.is_slice or last.start is None:
        raise expander.error("a slice cannot be assigned to", target.span)
    if isinstance(holder, FixedTable):
        holder.write(expander.integer(last.start), expander.to_integer(value, target.span), target.span)
    elif isinstance(holder, Array):
        at = _at(expander, holder, last)
        if found.type not in _BASIC:
            raise expander.error(
                f"{describe(holder.items[at])} cannot be assigned to; write `===`", target.span
            )
        holder.items[at] = convert(expander, found.type, value, target)
    else:
        raise expander.error(f"`{target.span.one_line}` cannot be assigned to", target.span)


def _store_whole(expander: Expander, found: Variable, target: ast.Reference, value: Value) -> None:
    holder = found.value
    if found.type == "height":
        raise expander.error("the height of an air cannot be changed in its body", target.span)
    if found.type not in _BASIC:
        raise expander.error(f"{describe(holder)} cannot be assigned to; write `===`", target.span)
    if isinstance(holder, Array) and (not isinstance(value, Array) or len(value.items) != len(holder.items)):
        raise expander.error(f"{describe(holder)} cannot take {describe(value)}", target.span)
    if isinstance(value, Array) and not isinstance(holder, Array):
        raise expander.error(f"`{target.span.one_line}` cannot take {describe(value)}", target.span)
    found.value = convert(expander, found.type, value, target)
