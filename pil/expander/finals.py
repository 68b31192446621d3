"""`on final`, and functions that are called at the end of an air, an airgroup or the proof."""

from collections.abc import Callable
from functools import partial

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import calls
from zisk_py.pil.expander.machine import Expander, executes
from zisk_py.pil.expander.paths import find_callee
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.values import UserFunction


@executes(ast.Deferred)
def deferred(expander: Expander, node: ast.Deferred) -> None:
    """`on final(priority) level name()`: the higher the priority, the earlier; one call per function."""
    priority = 0 if node.priority is None else expander.integer(node.priority)
    name, callee = find_callee(expander, node.path)
    if isinstance(callee, UserFunction) and any(
        p.default is None for p in callee.definition.parameters.items
    ):
        text = f"{name} has parameters: nobody gives it values at the end of the {node.level}"
        raise expander.error(text, node.path.span, code=Code.DEFERRED)
    call = partial(_call, expander, expander.scope, ast.Call(node.span, node.path, (), ()))
    _add(expander, node.level, call, node, priority, name if callee is None else callee)


def _call(expander: Expander, scope: Scope, node: ast.Call) -> None:
    with expander.entered(scope, "at the end, as it is said", node.span):
        calls.call(expander, node)


def _add(
    expander: Expander,
    level: str,
    call: Callable[[], None],
    node: ast.Statement,
    priority: int,
    key: object,
) -> None:
    if level == "air":
        expander.at_end_of_air(call, node.span, priority=priority, key=key)
    elif level == "airgroup":
        expander.at_end_of_airgroup(call, node.span, priority=priority, key=key)
    else:
        expander.at_end_of_proof(call, priority=priority, key=key)


@executes(ast.Function)
def function(expander: Expander, node: ast.Function) -> None:
    """Define a function in the scope where it stands; a final one is called at the end of its level."""
    callee = calls.define_function(expander, node)
    if node.final is not None:
        call = partial(_call, expander, expander.scope, ast.Call(node.span, node.path, (), ()))
        _add(expander, node.final, call, node, 0, callee)
