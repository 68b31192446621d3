"""Functions of the language itself, and how native functions are made known."""

import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast, library
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import paths, tables
from zisk_py.pil.expander.calls import bind
from zisk_py.pil.expander.expressions import cast_value, same, show
from zisk_py.pil.expander.graph import Operation, post_order
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.expander.values import Array, NativeFunction, Value, describe
from zisk_py.pil.parser import parse
from zisk_py.pil.span import SourceFile
from zisk_py.pil.system import NodeKind


def _argument(expander: Expander, node: ast.Call) -> ast.Expression:
    if len(node.arguments) != 1 or node.arguments[0].name is not None:
        raise expander.error(f"{node.path.span.text} takes one argument", node.span, code=Code.ARGUMENTS)
    return node.arguments[0].value


def defined(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> Value:
    """Whether a name, with its indexes, exists."""
    target = _argument(expander, node)
    if not isinstance(target, ast.Reference):
        raise expander.error("defined takes a name", target.span, code=Code.ARGUMENTS)
    found = paths.find(expander, target.path)
    if found is None:
        names = paths.names_of(expander, target.path)
        return int(paths.find_container(expander, names, target.path) is not None)
    value = found.value
    for step in target.indexes:
        if not isinstance(value, Array) or step.start is None:
            return 0
        at = expander.integer(step.start)
        if not 0 <= at < len(value.items):
            return 0
        value = value.items[at]
    return 1


def length(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> Value:
    """Number of elements of an array, or of characters of a string."""
    value = expander.evaluate(_argument(expander, node))
    if isinstance(value, Array):
        return len(value.items)
    if isinstance(value, str):
        return len(value)
    raise expander.error("length takes an array or a string", node.span, code=Code.TYPE)


def dim(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> Value:
    """Number of dimensions; 0 for what is no array."""
    value: Value | None = expander.evaluate(_argument(expander, node))
    count = 0
    while isinstance(value, Array):
        count += 1
        value = value.items[0] if value.items else None
    return count


def is_array(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> Value:
    """Whether a value is an array."""
    return int(isinstance(expander.evaluate(_argument(expander, node)), Array))


def log2(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> Value:
    """The logarithm, rounded down; 0 for 0."""
    value = expander.to_integer(arguments["value"], node.span)
    if value < 0:
        raise expander.error(f"log2 of {value}, which has none", node.span, code=Code.ARITHMETIC)
    return max(value.bit_length() - 1, 0)


def degree(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> Value:
    """Degree of an expression in the columns."""
    value = expander.operand(arguments["value"], node.span)
    return 0 if isinstance(value, int) else value.degree


def println(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Print values, for the author, on standard error."""
    values = [show(expander, expander.evaluate(argument.value)) for argument in node.arguments]
    print(*values, file=sys.stderr)


def error(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Stop with the author's message."""
    raise expander.error(show(expander, arguments["message"]) or "error", node.span, code=Code.ASSERTION)


def _assertion(expander: Expander, arguments: dict[str, Value], node: ast.Call, *, holds: bool) -> None:
    if not holds:
        values = [show(expander, arguments[side]) for side in ("left", "right") if side in arguments]
        message = show(expander, arguments["message"])
        found = f": {' and '.join(values)}" if values else ""
        text = message or f"`{node.span.one_line}` does not hold{found}"
        raise expander.error(text, node.span, code=Code.ASSERTION)


def assert_(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Stop unless the condition holds."""
    _assertion(expander, arguments, node, holds=arguments["condition"] != 0)


def _equal(left: Value, right: Value) -> bool:
    return left == right if isinstance(left, int) and isinstance(right, int) else same(left, right)


def assert_eq(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Stop unless both values are equal."""
    _assertion(expander, arguments, node, holds=_equal(arguments["left"], arguments["right"]))


def assert_not_eq(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Stop if both values are equal."""
    _assertion(expander, arguments, node, holds=not _equal(arguments["left"], arguments["right"]))


def log(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Nothing: what the reference compiler writes into a file of its own while it fills tables."""


def dump(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Print values with what they are, for the author, on standard error."""
    for argument in node.arguments:
        value = expander.evaluate(argument.value)
        print(f"{argument.span.one_line}: {describe(value)}: {show(expander, value)}", file=sys.stderr)


def cast(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> Value:
    """A value as one of the type of that name."""
    kind = arguments["type"]
    assert isinstance(kind, str)
    return cast_value(expander, kind, arguments["value"], node.span)


def evaluate(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> Value:
    """The value in a row of an expression over fixed columns."""
    row, root = expander.to_integer(arguments["row"], node.span), arguments["value"]
    made: dict[int, int] = {}
    value = expander.graph.node(expander.operand(root, node.span))
    for inner in post_order(value):
        if isinstance(inner, Operation):
            left, right = made[id(inner.left)], made[id(inner.right)]
            results = {
                NodeKind.ADD: left + right,
                NodeKind.SUB: left - right,
                NodeKind.MUL: left * right,
                NodeKind.NEG: -left,
            }
            made[id(inner)] = results[inner.kind] % P
        elif inner.kind == NodeKind.CONSTANT:
            made[id(inner)] = inner.index
        elif inner.kind == NodeKind.FIXED:
            table = expander.airs[inner.air].fixed[inner.index]
            made[id(inner)] = table.read((row + inner.offset) % (table.rows or 1), node.span)
        else:
            text = f"{describe(inner)}, has no value when the file is compiled"
            raise expander.error(text, node.span, code=Code.NOT_CONSTANT)
    return made[id(value)]


Native = Callable[[Expander, dict[str, Value], ast.Call], Value | None]

NATIVE: dict[str, Native] = {
    "defined": defined,
    "length": length,
    "dim": dim,
    "is_array": is_array,
    "log2": log2,
    "degree": degree,
    "println": println,
    "error": error,
    "assert": assert_,
    "assert_eq": assert_eq,
    "assert_not_eq": assert_not_eq,
    "log": log,
    "dump": dump,
    "cast": cast,
    "evaluate": evaluate,
    **tables.NATIVE,
}
# These look at their arguments themselves: they take names that may not exist, arrays, any number of values.
RAW = frozenset(("defined", "length", "dim", "is_array", "println", "log", "dump"))


@cache
def _signatures() -> tuple[ast.Statement, ...]:
    paths = (Path(__file__).with_name("builtins.pil"), Path(library.__file__).with_name("signatures.pil"))
    files = (SourceFile(path.name, path.read_text(encoding="utf-8")) for path in paths)
    return tuple(statement for file in files for statement in parse(file).body)


def _call_library(
    state: library.Library, definition: ast.Function, arguments: dict[str, Value], node: ast.Call
) -> Value | None:
    """A function of the standard library with its arguments, whatever version's names they are given by."""
    parameters = definition.parameters
    given = bind(state.expander, parameters, library.renamed(node, parameters), state.expander.proof_scope)
    return library.NATIVE[definition.path.span.text](state, given, node)


def define_natives(expander: Expander) -> None:
    """Make the functions of both lists of signatures known at the level of the proof."""
    state = library.Library(expander)
    for definition in _signatures():
        assert isinstance(definition, ast.Function)
        name = definition.path.span.text
        if name in NATIVE:
            native = NativeFunction(name, definition.parameters, partial(NATIVE[name], expander), name in RAW)
        else:
            native = NativeFunction(
                name, definition.parameters, partial(_call_library, state, definition), True
            )
        expander.proof_scope.callees[name] = native
