"""Control flow, constraints, and what a file is made of."""

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import cell_loops
from zisk_py.pil.expander.assignments import assign_target
from zisk_py.pil.expander.machine import STATEMENT_WORK, Expander, Signal, executes
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.values import Array, describe


@executes(ast.Block)
def block(expander: Expander, node: ast.Block) -> Signal | None:
    """Statements with a scope of their own."""
    return expander.execute_inner(node.body)


def body(expander: Expander, node: ast.Statement) -> Signal | None:
    """The body of a loop or a branch: a scope of its own, with or without braces."""
    return expander.execute_inner(node.body if isinstance(node, ast.Block) else (node,))


@executes(ast.If)
def if_(expander: Expander, node: ast.If) -> Signal | None:
    """One of two branches."""
    if expander.truth(node.condition):
        return body(expander, node.yes)
    return body(expander, node.no) if node.no is not None else None


@executes(ast.Switch)
def switch(expander: Expander, node: ast.Switch) -> Signal | None:
    """The first case that holds the value; else the default."""
    value = expander.evaluate(node.value)
    default = None
    for case in node.cases:
        if not case.values:
            default = case
        for choice in case.values:
            first = expander.evaluate(choice.first)
            if choice.last is None:
                found = value == first
            else:
                low, high = expander.to_integer(first, choice.span), expander.integer(choice.last)
                found = low <= expander.to_integer(value, node.value.span) <= high
            if found:
                return expander.execute_inner(case.body)
    return expander.execute_inner(default.body) if default else None


@executes(ast.For)
def for_(expander: Expander, node: ast.For) -> Signal | None:
    """A counting loop; each round of the body has a scope of its own."""
    if cell_loops.run(expander, node):
        return None
    outer = expander.scope
    expander.scope = Scope(outer, "loop")
    try:
        expander.execute(node.start)
        while expander.truth(node.condition):
            expander.spend(STATEMENT_WORK, node.condition.span)
            signal = body(expander, node.body)
            if signal is not None and signal.kind != "continue":
                return None if signal.kind == "break" else signal
            for update in node.updates:
                expander.execute(update)
        return None
    finally:
        expander.scope = outer


@executes(ast.ForIn)
def for_in(expander: Expander, node: ast.ForIn) -> Signal | None:
    """A loop over the elements of an array."""
    if not isinstance(node.start, ast.Variables) or len(node.start.items) != 1:
        raise expander.error("declare one variable before `in`", node.start.span, code=Code.SYNTAX)
    values = expander.evaluate(node.values)
    if not isinstance(values, Array):
        text = f"`in` needs an array, this is {describe(values)}"
        raise expander.error(text, node.values.span, code=Code.TYPE)
    outer = expander.scope
    expander.scope = Scope(outer, "loop")
    try:
        expander.execute(node.start)
        (declared,) = node.start.items
        for value in values.items:
            if value is None:
                text = "an element of the array has no value yet"
                raise expander.error(text, node.values.span, code=Code.NO_VALUE)
            assign_target(expander, ast.Reference(declared.span, declared.path, (), None), value)
            signal = body(expander, node.body)
            if signal is not None and signal.kind != "continue":
                return None if signal.kind == "break" else signal
        return None
    finally:
        expander.scope = outer


@executes(ast.While)
def while_(expander: Expander, node: ast.While) -> Signal | None:
    """`while`, and `do` ... `while`."""
    is_first = node.is_do
    while is_first or expander.truth(node.condition):
        is_first = False
        expander.spend(STATEMENT_WORK, node.condition.span)
        signal = body(expander, node.body)
        if signal is not None and signal.kind != "continue":
            return None if signal.kind == "break" else signal
    return None


@executes(ast.Break)
def break_(expander: Expander, node: ast.Break) -> Signal:
    """Leave the loop."""
    return Signal("break")


@executes(ast.Continue)
def continue_(expander: Expander, node: ast.Continue) -> Signal:
    """Go on with the next round."""
    return Signal("continue")


@executes(ast.Return)
def return_(expander: Expander, node: ast.Return) -> Signal:
    """Leave the function."""
    return Signal("return", None if node.value is None else expander.evaluate(node.value))


@executes(ast.ExpressionStatement)
def expression_statement(expander: Expander, node: ast.ExpressionStatement) -> None:
    """A call; any other expression does nothing, which is hardly meant."""
    expander.evaluate_optional(node.value)
    if not isinstance(node.value, ast.Call):
        is_comparison = isinstance(node.value, ast.Binary) and node.value.operator == "=="
        meant = "`===`" if is_comparison else "`=== 0`"
        text = f"`{node.span.one_line}` does nothing; did you mean {meant}?"
        expander.warn(Code.NO_EFFECT, text, node.span)


@executes(ast.Conditional)
def conditional(expander: Expander, node: ast.Conditional) -> Signal | None:
    """A statement that only counts where a feature is asked for."""
    return expander.execute(node.body) if node.feature in expander.settings.features else None


@executes(ast.Include)
def include(expander: Expander, node: ast.Include) -> Signal | None:
    """`require` runs a file once, at the level of the proof; `include` where it stands, every time."""
    program = expander.files.load(expander.text(node.file), node.file.span, once=node.is_require)
    if program is None:
        return None
    scope = expander.proof_scope if node.is_require else expander.scope
    with expander.entered(scope, f"in {program.span.file.name}, which is read", node.span):
        hoist(expander, program.body)
        signal = expander.execute_all(program.body)
        opened = list(expander.opened)
    if not node.is_require:
        expander.opened = opened  # what it uses is used by the block where it stands
    return signal


def run_program(expander: Expander, program: ast.Program) -> None:
    """Define what a file defines, then execute it."""
    hoist(expander, program.body)
    expander.execute_all(program.body)


def hoist(expander: Expander, statements: tuple[ast.Statement, ...]) -> None:
    """Define functions and templates before the statements run: they can be called above their text."""
    expander.execute_all(tuple(s for s in statements if isinstance(s, ast.Function | ast.AirTemplate)))
