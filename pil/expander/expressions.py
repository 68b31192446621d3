"""Values of expressions."""

from collections.abc import Callable

from zisk_py.pil import ast
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Leaf, Operation, text
from zisk_py.pil.expander.machine import Expander, evaluates
from zisk_py.pil.expander.values import Array, Value, describe, is_expression
from zisk_py.pil.span import Span
from zisk_py.pil.system import NodeKind

MAX_BITS = 8192  # of an int: what Python makes a text of, and far above p


@evaluates(ast.Number)
def number(expander: Expander, node: ast.Number) -> Value:
    """A literal."""
    return node.value


@evaluates(ast.Text)
def string(expander: Expander, node: ast.Text) -> Value:
    """A string; embedded expressions are replaced by their text."""
    return "".join(
        part if isinstance(part, str) else show(expander, expander.evaluate(part)) for part in node.parts
    )


def show(expander: Expander, value: Value | None) -> str:
    """The text of a value, as `string(value)` gives it."""
    if isinstance(value, Array):
        return "[" + ", ".join(show(expander, item) for item in value.items) + "]"
    if isinstance(value, FixedTable):
        return value.name
    if value is None:
        return "unset"
    return value if isinstance(value, str) else text(value)


@evaluates(ast.ListLiteral)
def list_literal(expander: Expander, node: ast.ListLiteral) -> Value:
    """An array; its elements keep their source text."""
    items: list[Value | None] = []
    names: list[str] = []
    for item in node.items:
        value = expander.evaluate(item.value)
        label = item.value.span.one_line
        if not item.is_spread:
            items.append(value)
            names.append(label)
        elif isinstance(value, Array):
            items += value.items
            names += value.names or [f"{label}[{i}]" for i in range(len(value.items))]
        else:
            raise expander.error(f"only an array can be spread, `{label}` is {describe(value)}", item.span)
    return Array(items, names)


@evaluates(ast.Ternary)
def ternary(expander: Expander, node: ast.Ternary) -> Value:
    """The branch that is taken; the other one is not evaluated. A long chain of them is no recursion."""
    branch: ast.Expression = node
    while isinstance(branch, ast.Ternary):
        branch = branch.yes if expander.truth(branch.condition) else branch.no
    return expander.evaluate(branch)


@evaluates(ast.Prefix)
def prefix(expander: Expander, node: ast.Prefix) -> Value:
    """`-x`, `+x`, `!x`."""
    value = expander.evaluate(node.operand)
    if node.operator == "!":
        return int(expander.to_integer(value, node.operand.span) == 0)
    operand = expander.operand(value, node.operand.span)
    return operand if node.operator == "+" else expander.graph.neg(operand)


@evaluates(ast.Binary)
def binary(expander: Expander, node: ast.Binary) -> Value:
    """A binary operator. A chain that groups to the left is walked without recursion."""
    chain = [node]
    while isinstance(chain[-1].left, ast.Binary):
        chain.append(chain[-1].left)
    value = expander.evaluate(chain[-1].left)
    for link in reversed(chain):
        value = _apply(expander, link, value)
    return value


def _apply(expander: Expander, node: ast.Binary, left: Value) -> Value:
    operator = node.operator
    if operator in ("&&", "||"):
        truth = expander.to_integer(left, node.left.span) != 0
        if truth == (operator == "||"):
            return int(truth)
        return int(expander.truth(node.right))
    right = expander.evaluate(node.right)
    if isinstance(left, int) and isinstance(right, int):
        return integers(expander, operator, left, right, node.span)
    if operator in ("==", "!="):
        return int(same(left, right) == (operator == "=="))
    if isinstance(left, str) or isinstance(right, str):
        if operator == "+":
            return show(expander, left) + show(expander, right)
        raise expander.error(f"strings have no operator `{operator}`", node.span)
    one, other = expander.operand(left, node.left.span), expander.operand(right, node.right.span)
    graph = expander.graph
    if operator == "+":
        return graph.add(one, other)
    if operator == "-":
        return graph.sub(one, other)
    if operator == "*":
        return graph.mul(one, other)
    if operator == "**":
        result: Value = 1
        for _ in range(_exponent(expander, right, node.right.span)):
            result = graph.mul(expander.operand(result, node.span), one)
        return result
    raise expander.error(
        f"operator `{operator}` needs values that are known when the file is compiled, "
        f"`{(node.left if is_expression(left) else node.right).span.one_line}` is "
        f"{describe(left if is_expression(left) else right)}",
        node.span,
    )


def _exponent(expander: Expander, value: Value, span: Span) -> int:
    exponent = expander.to_integer(value, span)
    if not 0 <= exponent <= 64:
        raise expander.error(f"the exponent of an expression must be from 0 to 64, it is {exponent}", span)
    return exponent


def same(left: Value, right: Value) -> bool:
    """`==` of values that are not both ints: the same column, the same string."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return left is right


def integers(expander: Expander, operator: str, left: int, right: int, span: Span) -> int:
    """An operator on ints of up to MAX_BITS bits. `/` cuts towards 0 and `%` has the sign of the dividend."""
    if operator in ("/", "%", "\\\\"):
        if right == 0:
            raise expander.error("division by zero", span)
        quotient = abs(left) // abs(right)
        quotient = quotient if (left < 0) == (right < 0) else -quotient
        return left - quotient * right if operator == "%" else quotient
    if operator in ("**", "<<", ">>") and not 0 <= right <= 1 << 16:
        raise expander.error(f"the right side of `{operator}` must be from 0 to 65536, it is {right}", span)
    is_huge = operator == "**" and (left.bit_length() - 1) * right > MAX_BITS  # it takes minutes
    result = 0 if is_huge else int(_INTEGERS[operator](left, right))
    if is_huge or result.bit_length() > MAX_BITS:
        raise expander.error(f"an int of more than {MAX_BITS} bits", span)
    return result


_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "+": int.__add__,
    "-": int.__sub__,
    "*": int.__mul__,
    "**": int.__pow__,
    "&": int.__and__,
    "|": int.__or__,
    "^": int.__xor__,
    "<<": int.__lshift__,
    ">>": int.__rshift__,
    "==": int.__eq__,
    "!=": int.__ne__,
    "<": int.__lt__,
    ">": int.__gt__,
    "<=": int.__le__,
    ">=": int.__ge__,
}


@evaluates(ast.InList)
def in_list(expander: Expander, node: ast.InList) -> Value:
    """`item in array`."""
    item, collection = expander.evaluate(node.item), expander.evaluate(node.collection)
    if not isinstance(collection, Array):
        raise expander.error(f"`in` needs an array, this is {describe(collection)}", node.collection.span)
    return int(any(o == item if isinstance(o, int | str) else o is item for o in collection.items))


@evaluates(ast.Cast)
def cast(expander: Expander, node: ast.Cast) -> Value:
    """`int(value)`, `string(value)`, `expr(value)`."""
    value = expander.evaluate(node.value)
    if node.type.kind == "string":
        return show(expander, value)
    if node.type.kind == "int":
        return expander.to_integer(value, node.value.span)
    if node.type.kind == "expr":
        return value if isinstance(value, Array) else expander.operand(value, node.value.span)
    raise expander.error(f"a cast to {node.type.kind} is not supported", node.span)


@evaluates(ast.IsType)
def is_type(expander: Expander, node: ast.IsType) -> Value:
    """`value is type`."""
    value = expander.evaluate(node.value)
    for _ in range(node.type.dimensions):
        if not isinstance(value, Array):
            return 0
        value = value.items[0] if value.items and value.items[0] is not None else 0
    return int(_has_type(value, node.type))


_LEAF_TYPES = {
    NodeKind.WITNESS: ("col", "witness"),
    NodeKind.FIXED: ("col", "fixed"),
    NodeKind.AIR_VALUE: ("airval", None),
    NodeKind.PUBLIC: ("public", None),
}


def _has_type(value: Value, kind: ast.Type) -> bool:
    if kind.kind in ("int", "fe"):
        return isinstance(value, int)
    if kind.kind == "string":
        return isinstance(value, str)
    if kind.kind == "expr":
        return isinstance(value, Operation)
    if isinstance(value, FixedTable):
        return kind.kind == "col" and kind.column_kind in (None, "fixed")
    if not isinstance(value, Leaf):
        return False
    name, column_kind = _LEAF_TYPES.get(value.kind, ("col", None))
    return kind.kind == name and (kind.column_kind is None or column_kind in (None, kind.column_kind))


@evaluates(ast.Positional)
def positional(expander: Expander, node: ast.Positional) -> Value:
    """`$0`: nothing defines what it means."""
    raise expander.error("positional parameters are not supported; name the parameter", node.span)
