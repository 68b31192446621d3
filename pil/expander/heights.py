"""The number of rows of an air: given, chosen per run, or set while its body runs."""

from dataclasses import fields

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.values import Variable
from zisk_py.pil.span import Span
from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT


def begin(
    expander: Expander, scope: Scope, name: str, span: Span, *, is_virtual: bool, is_set_inside: bool
) -> int | None:
    """The rows that N says; None where they are not known yet: N is 0 if it is set inside, else unset."""
    height = scope.variables.get("N")
    rows = 0 if height is None else expander.to_integer(height.value, span)
    if rows == 0:
        if height is not None and not is_set_inside:
            scope.variables["N"] = Variable("height", None, span=height.span)
            scope.variables.setdefault("BITS", Variable("height", None))
        return None
    _check(expander, rows, name, span, is_virtual=is_virtual)
    scope.variables.setdefault("BITS", Variable("int", rows.bit_length() - 1))
    return rows


def is_set_in(body: tuple[ast.Statement, ...]) -> bool:
    """Whether statements of a template assign to N."""
    stack: list[object] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack += node
        elif isinstance(node, ast.Assignment):
            if node.target.path.parts in (("N",), ("air", "N")):
                return True
        elif isinstance(node, ast.Block | ast.If | ast.Switch | ast.Case | ast.For | ast.While):
            stack += [getattr(node, field.name) for field in fields(node)]
    return False


def change(expander: Expander, air: AirBuilder, rows: int, span: Span) -> None:
    """`N = rows` in the body of an air: its fixed columns without values get that many."""
    if rows == air.rows:
        return
    _check(expander, rows, air.name, span, is_virtual=air.is_virtual)
    for table in air.fixed:
        if table.cells is not None or table.stored is not None:
            raise expander.error(
                f"the height of air {air.name} cannot be changed here: fixed column {table.name} has values",
                span,
                code=Code.AIR,
                suggestion="assign N before the columns",
            )
        table.rows = rows
    air.rows = rows
    air.log_height = None if air.is_virtual else rows.bit_length() - 1
    for name, value in (("N", rows), ("BITS", rows.bit_length() - 1)):
        old = air.scope.variables.get(name)
        air.scope.variables[name] = Variable("int", value, span=old.span if old else None)


def _check(expander: Expander, rows: int, name: str, span: Span, *, is_virtual: bool) -> None:
    """Raise PilError for what is no height: only a virtual air can have any."""
    log_height = rows.bit_length() - 1
    is_power = rows == 1 << log_height and log_height >= MIN_LOG_HEIGHT
    if (is_power or (is_virtual and rows > 0)) and rows <= 1 << MAX_LOG_HEIGHT:
        return
    allowed = f"a power of two from 2^{MIN_LOG_HEIGHT} to 2^{MAX_LOG_HEIGHT} can"
    if is_virtual:
        allowed = f"a virtual one has 1 to 2^{MAX_LOG_HEIGHT}"
    raise expander.error(f"air {name} cannot have {rows} rows; {allowed}", span, code=Code.AIR)
