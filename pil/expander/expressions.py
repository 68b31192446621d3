"""Values of expressions."""

from collections.abc import Callable

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Leaf, Operation, text
from zisk_py.pil.expander.machine import Expander, evaluates
from zisk_py.pil.expander.values import Array, Fe, Value, describe, is_expression
from zisk_py.pil.span import Span
from zisk_py.pil.system import NodeKind

MAX_CHARACTERS = 1 << 20  # of a string
MAX_BITS = 8192  # of an int: what Python makes a text of, and far above p


@evaluates(ast.Number)
def number(expander: Expander, node: ast.Number) -> Value:
    """A literal."""
    return node.value


@evaluates(ast.Text)
def string(expander: Expander, node: ast.Text) -> Value:
    """A string; embedded expressions are replaced by their text."""
    parts = [
        part if isinstance(part, str) else show(expander, expander.evaluate(part)) for part in node.parts
    ]
    return join(expander, parts, node.span)


def join(expander: Expander, parts: list[str], span: Span) -> str:
    """One string of several. Raises PilError if it is too long."""
    if sum(map(len, parts)) > MAX_CHARACTERS:
        text = f"a string of more than {MAX_CHARACTERS} characters"
        raise expander.error(text, span, code=Code.LIMIT)
    return "".join(parts)


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
            text = f"only an array can be spread, `{label}` is {describe(value)}"
            raise expander.error(text, item.span, code=Code.TYPE)
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
    if node.operator == "+":
        return operand
    return Fe(-operand) if isinstance(operand, Fe) else expander.graph.neg(operand)


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
        if operator == "/" and isinstance(node.left, ast.Number) and isinstance(node.right, ast.Number):
            _warn_of_division(expander, node, left, right)
        return integers(expander, operator, left, right, node.span)
    if operator in ("==", "!="):
        return int(same(left, right) == (operator == "=="))
    if isinstance(left, str) or isinstance(right, str):
        if operator == "+":
            return join(expander, [show(expander, left), show(expander, right)], node.span)
        raise expander.error(f"strings have no operator `{operator}`", node.span, code=Code.TYPE)
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
        code=Code.NOT_CONSTANT,
    )


def _warn_of_division(expander: Expander, node: ast.Binary, left: int, right: int) -> None:
    if right and left % right:
        expander.warn(
            Code.INTEGER_DIVISION,
            f"`{node.span.one_line}` is {left // right}: ints are divided without a fraction",
            node.span,
            f"for the element of the field, write fe({left}) / {right}",
        )


def _exponent(expander: Expander, value: Value, span: Span) -> int:
    exponent = expander.to_integer(value, span)
    if not 0 <= exponent <= 64:
        text = f"the exponent of an expression must be from 0 to 64, it is {exponent}"
        raise expander.error(text, span, code=Code.ARITHMETIC)
    return exponent


def same(left: Value, right: Value) -> bool:
    """`==` of values that are not both ints: the same column, the same string."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return left is right


def integers(expander: Expander, operator: str, left: int, right: int, span: Span) -> int:
    """An operator on ints of up to MAX_BITS bits. `/` cuts towards 0 and `%` has the sign of the dividend.

    Where one of them is a field element, so is what `+ - * / **` give, and they are equal modulo p.
    """
    if isinstance(left, Fe) or isinstance(right, Fe):
        return _field(expander, operator, left, right, span)
    if operator in ("/", "%", "\\\\"):
        if right == 0:
            raise expander.error("division by zero", span, code=Code.ARITHMETIC)
        quotient = abs(left) // abs(right)
        quotient = quotient if (left < 0) == (right < 0) else -quotient
        return left - quotient * right if operator == "%" else quotient
    if operator in ("**", "<<", ">>") and not 0 <= right <= 1 << 16:
        text = f"the right side of `{operator}` must be from 0 to 65536, it is {right}"
        raise expander.error(text, span, code=Code.ARITHMETIC)
    is_huge = operator == "**" and (left.bit_length() - 1) * right > MAX_BITS  # it takes minutes
    result = 0 if is_huge else int(_INTEGERS[operator](left, right))
    if is_huge or result.bit_length() > MAX_BITS:
        raise expander.error(f"an int of more than {MAX_BITS} bits", span, code=Code.ARITHMETIC)
    return result


def _field(expander: Expander, operator: str, left: int, right: int, span: Span) -> int:
    if operator == "/":
        if right % P == 0:
            raise expander.error("division by zero", span, code=Code.ARITHMETIC)
        return Fe(left * pow(right, -1, P))
    if operator == "**":
        if right < 0 and left % P == 0:
            raise expander.error("division by zero", span, code=Code.ARITHMETIC)
        return Fe(pow(left, int(right), P))
    if operator in ("+", "-", "*"):
        return Fe(_INTEGERS[operator](left, right))
    if operator in ("==", "!="):
        return int(((left - right) % P == 0) == (operator == "=="))
    return integers(expander, operator, int(left), int(right), span)


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
        text = f"`in` needs an array, this is {describe(collection)}"
        raise expander.error(text, node.collection.span, code=Code.TYPE)
    return int(any(o == item if isinstance(o, int | str) else o is item for o in collection.items))


@evaluates(ast.Cast)
def cast(expander: Expander, node: ast.Cast) -> Value:
    """`int(value)`, `fe(value)`, `string(value)`, `expr(value)`; of an array, element by element."""
    return cast_value(expander, node.type.kind, expander.evaluate(node.value), node.value.span)


def cast_value(expander: Expander, kind: str, value: Value, span: Span) -> Value:
    """A value as one of that type."""
    if kind == "string":
        return show(expander, value)
    if isinstance(value, Array):
        items = [item if item is None else cast_value(expander, kind, item, span) for item in value.items]
        return Array(items, value.names)
    if kind in ("int", "fe"):
        number = expander.to_integer(value, span)
        return int(number) if kind == "int" else Fe(number)
    if kind in ("expr", "col"):
        is_column = isinstance(value, FixedTable) or (isinstance(value, Leaf) and value.degree > 0)
        if kind == "expr" or is_column:
            return expander.operand(value, span) if kind == "expr" else value
    raise expander.error(f"{describe(value)} cannot be made a {kind}", span, code=Code.TYPE)


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
    NodeKind.STAGE2: ("col", "witness"),
    NodeKind.PROGRAM: ("col", "commit"),
    NodeKind.FIXED: ("col", "fixed"),
    NodeKind.AIR_VALUE: ("airval", None),
    NodeKind.STAGE2_VALUE: ("airval", None),
    NodeKind.PUBLIC: ("public", None),
    NodeKind.PROOF_VALUE: ("proofval", None),
    NodeKind.GROUP_VALUE: ("airgroupval", None),
    NodeKind.CHALLENGE: ("challenge", None),
}


def _has_type(value: Value, kind: ast.Type) -> bool:
    if kind.kind in ("int", "fe"):
        return isinstance(value, int) and isinstance(value, Fe) == (kind.kind == "fe")
    if kind.kind == "string":
        return isinstance(value, str)
    if kind.kind == "expr":
        return isinstance(value, Operation)
    if isinstance(value, FixedTable):
        return kind.kind == "col" and kind.column_kind in (None, "fixed")
    if not isinstance(value, Leaf):
        return False
    name, column_kind = _LEAF_TYPES.get(value.kind, ("col", None))
    is_commit = column_kind == "commit" and kind.column_kind not in ("witness", "fixed")
    return kind.kind == name and (is_commit or kind.column_kind in (None, column_kind))


@evaluates(ast.Positional)
def positional(expander: Expander, node: ast.Positional) -> Value:
    """`$0`: the first argument by position of a function that takes any number of them."""
    found = expander.scope.find(f"${node.number}")
    if found is None or found.value is None:
        text = f"there is no argument `${node.number}` here"
        raise expander.error(text, node.span, code=Code.ARGUMENTS)
    return found.value
