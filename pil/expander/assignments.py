"""Variables: declared and assigned to."""

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import references
from zisk_py.pil.expander.expressions import integers, join, show
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.machine import ELEMENT_WORK, Expander, executes
from zisk_py.pil.expander.paths import declared_scope, variable
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.sequences import assign_sequence
from zisk_py.pil.expander.values import Array, Fe, Value, Variable, describe

_INITIAL: dict[str, Value | None] = {"int": 0, "fe": Fe(0), "string": "", "expr": None}
MAX_ELEMENTS = 1 << 20


@executes(ast.Variables)
def variables(expander: Expander, node: ast.Variables) -> None:
    """`const int a = 1;`, `expr b[4];`, `int [a, b] = f();`. The value is found before the name exists.

    A name with a level (`air.x`) is made, and its value found, only the first time.
    """
    if len(node.items) == 1 and len(node.items[0].path.parts) > 1:
        scope, name = declared_scope(expander, node.items[0].path)
        if name in scope.variables:
            return
    value = None if node.value is None else expander.evaluate(node.value)
    if node.is_multiple:
        for item, part in zip(node.items, parts(expander, value, len(node.items), node), strict=True):
            declare(expander, node, item, part)
        return
    if node.value is not None and len(node.items) > 1:
        text = "only one name can be declared with a value; split the declaration"
        raise expander.error(text, node.span, code=Code.ASSIGNMENT)
    for item in node.items:
        declare(expander, node, item, value)


def declare(expander: Expander, node: ast.Variables, item: ast.Declared, value: Value | None) -> None:
    """Bind one name."""
    scope, name = declared_scope(expander, item.path)
    if name in scope.variables:
        if len(item.path.parts) > 1:
            return
        text = f"`{name}` is declared in this block already"
        raise expander.error(text, item.span, code=Code.ALREADY_DECLARED)
    if item.dimensions:
        value = array_value(expander, node.type, item, value)
    elif isinstance(value, Array) and (node.is_multiple or node.type == "expr"):
        value = references.convert(expander, node.type, value, item)
    elif isinstance(value, Array):
        text = f"`{name}` is not an array: it cannot be {describe(value)}"
        raise expander.error(text, node.span, code=Code.ASSIGNMENT)
    elif value is None:
        value = _INITIAL[node.type]
    else:
        value = references.convert(expander, node.type, value, node.value or node)
    if not node.is_const and scope is expander.scope:
        _warn_of_shadow(expander, scope, name, node, item)
    is_set = not node.is_const or node.value is not None
    scope.variables[name] = Variable(node.type, value, node.is_const, item.span, is_set)


def _warn_of_shadow(
    expander: Expander, scope: Scope, name: str, node: ast.Variables, item: ast.Declared
) -> None:
    """A variable that hides one of a block around: what is assigned to it is lost at the end of its block."""
    reads_outer = node.value is not None and name in node.value.span.text
    outer = scope.parent if scope.level is None and not reads_outer else None
    while outer is not None:
        found = outer.variables.get(name)
        if found is not None:
            if (
                found.type == node.type
                and not found.is_const
                and outer.level in (None, "loop", "function", "air")
            ):
                expander.warn(
                    Code.SHADOWED,
                    f"`{name}` hides the `{name}` of the block around: at the end of this block it is gone",
                    item.span,
                    "assign to it, without a type, or give this one another name",
                )
            return
        outer = outer.parent if outer.level in (None, "loop") else None


def array_value(expander: Expander, kind: str, item: ast.Declared, value: Value | None) -> Array:
    """The array that is declared: a copy of the value, or initial elements."""
    sizes = [None if size is None else expander.integer(size) for size in item.dimensions]
    if value is None:
        if None in sizes:
            text = f"`{item.path.span.text}` needs a size or a value"
            raise expander.error(text, item.span, code=Code.ASSIGNMENT)
        return _empty(expander, kind, [size or 0 for size in sizes], item)
    if not isinstance(value, Array):
        text = f"`{item.path.span.text}` is an array: it cannot be {describe(value)}"
        raise expander.error(text, item.span, code=Code.ASSIGNMENT)
    copied = references.convert(expander, kind, value, item)
    assert isinstance(copied, Array)
    if sizes[0] is not None and sizes[0] != len(copied.items):
        raise expander.error(
            f"`{item.path.span.text}` has {sizes[0]} elements and its value has {len(copied.items)}",
            item.span,
            code=Code.ASSIGNMENT,
        )
    return copied


def _empty(expander: Expander, kind: str, sizes: list[int], item: ast.Declared) -> Array:
    if not 0 <= sizes[0] <= MAX_ELEMENTS:
        raise expander.error(f"an array cannot have {sizes[0]} elements", item.span, code=Code.LIMIT)
    expander.spend(ELEMENT_WORK * sizes[0], item.span)
    if len(sizes) == 1:
        return Array([_INITIAL[kind]] * sizes[0])
    return Array([_empty(expander, kind, sizes[1:], item) for _ in range(sizes[0])])


def parts(expander: Expander, value: Value | None, count: int, node: ast.Node) -> list[Value]:
    """The values of several names that are set at once."""
    if not isinstance(value, Array) or len(value.items) != count:
        text = f"{count} names cannot take {describe(value)}"
        raise expander.error(text, node.span, code=Code.ASSIGNMENT)
    if any(item is None for item in value.items):
        raise expander.error("an element has no value yet", node.span, code=Code.NO_VALUE)
    return [item for item in value.items if item is not None]


@executes(ast.Assignment)
def assignment(expander: Expander, node: ast.Assignment) -> None:
    """`=`, `+=`, `-=`, `*=`; a fixed column takes a sequence."""
    if isinstance(node.value, ast.Sequence):
        holder = expander.evaluate(node.target) if node.target.indexes else None
        holder = holder or variable(expander, node.target.path).value
        if isinstance(holder, FixedTable):
            assign_sequence(expander, holder, node.value)
        else:
            assign_target(expander, node.target, _as_array(expander, node.value))
        return
    value = expander.evaluate(node.value)
    if node.operator == "=":
        assign_target(expander, node.target, value)
        return
    old = expander.evaluate(node.target)
    if node.operator == "+=" and isinstance(old, str):
        assign_target(expander, node.target, join(expander, [old, show(expander, value)], node.span))
        return
    left = expander.operand(old, node.target.span)
    right = expander.operand(value, node.value.span)
    if isinstance(left, int) and isinstance(right, int):
        assign_target(expander, node.target, integers(expander, node.operator[0], left, right, node.span))
        return
    graph = expander.graph
    combine = {"+=": graph.add, "-=": graph.sub, "*=": graph.mul}[node.operator]
    assign_target(expander, node.target, combine(left, right))


@executes(ast.MultipleAssignment)
def multiple_assignment(expander: Expander, node: ast.MultipleAssignment) -> None:
    """`[a, b] = value`."""
    values = parts(expander, expander.evaluate(node.value), len(node.targets), node)
    for target, value in zip(node.targets, values, strict=True):
        assign_target(expander, target, value)


def assign_target(expander: Expander, target: ast.Reference, value: Value) -> None:
    """Store a value in a name, an element of an array, or a cell of a fixed column."""
    references.store(expander, target, value)


def _as_array(expander: Expander, node: ast.Sequence) -> Array:
    """`[a, b, [c]]` on the right of an array: a plain list that was read as a sequence."""
    if node.times is not None or node.is_fill:
        raise expander.error("only a fixed column can take a sequence", node.span, code=Code.FIXED)
    return _list(expander, node.elements)


def _list(expander: Expander, elements: tuple[ast.Element, ...]) -> Array:
    items: list[Value | None] = []
    for element in elements:
        if element.operator is not None or element.is_fill or element.first.times:
            raise expander.error("only a fixed column can take a sequence", element.span, code=Code.FIXED)
        inner = element.first.value
        items.append(_list(expander, inner) if isinstance(inner, tuple) else expander.evaluate(inner))
    return Array(items, [element.span.one_line for element in elements])
