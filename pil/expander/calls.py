"""Functions, templates, and the airs that calls of templates make."""

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, did_you_mean
from zisk_py.pil.expander import heights
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.machine import CALL_WORK, Expander, Pending, Signal, evaluates, executes
from zisk_py.pil.expander.paths import find_callee, record
from zisk_py.pil.expander.references import convert
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.statements import hoist
from zisk_py.pil.expander.values import (
    Array,
    NativeFunction,
    Template,
    UserFunction,
    Value,
    Variable,
    describe,
)


def define_function(expander: Expander, node: ast.Function) -> UserFunction:
    """Define a function in the scope where it stands, once."""
    name = node.path.span.text
    _define(expander, name, UserFunction(node, expander.scope), node)
    found = expander.scope.callees[name]
    assert isinstance(found, UserFunction)
    return found


@executes(ast.AirTemplate)
def airtemplate(expander: Expander, node: ast.AirTemplate) -> None:
    """Define a template, or append a block to one."""
    found = expander.scope.callees.get(node.name)
    if node.parameters is None and isinstance(found, Template):
        if node is not found.definition and node not in found.appended:
            found.appended.append(node)
        return
    _define(expander, node.name, Template(node, expander.scope), node)


def _define(expander: Expander, name: str, callee: UserFunction | Template, node: ast.Node) -> None:
    """Hoisting defines once, running the statement again finds it there."""
    found = expander.scope.callees.get(name)
    if isinstance(found, UserFunction | Template) and found.definition is node:
        return
    if found is not None or isinstance(expander.scope.find_callee(name), NativeFunction):
        raise expander.error(f"`{name}` is defined already", node.span, code=Code.ALREADY_DECLARED)
    expander.scope.callees[name] = callee


@executes(ast.AirGroup)
def airgroup(expander: Expander, node: ast.AirGroup) -> Signal | None:
    """Run a group's body; it can be opened again later. Inside of a function it sees what that sees."""
    outer = expander.scope
    with expander.within_airgroup(node.name):
        scope = expander.scope if outer is expander.proof_scope else Scope(outer)
        with expander.entered(scope, f"in airgroup {node.name}", node.span):
            hoist(expander, node.body)
            return expander.execute_all(node.body)


@evaluates(ast.Call)
def call(expander: Expander, node: ast.Call) -> Value | None:
    """Call a function, or make an air of a template. None if nothing is returned."""
    name, callee = find_callee(expander, node.path)
    if callee is None:
        close = expander.scope.suggestion(name, callee=True)
        text = f"there is no function or template `{name}`"
        raise expander.error(text, node.path.span, code=Code.UNKNOWN_CALLEE, suggestion=close)
    if node.indexes:
        text = "a call cannot be indexed before its arguments"
        raise expander.error(text, node.indexes[0].span, code=Code.INDEX)
    expander.spend(CALL_WORK, node.span)
    if isinstance(callee, Template):
        instantiate(expander, callee, node, name)
        return None
    if isinstance(callee, NativeFunction):
        if callee.is_raw:
            return callee.call({}, node)
        return callee.call(bind(expander, callee.parameters, node, expander.proof_scope), node)
    definition = callee.definition
    if expander.uses is not None:
        record(expander, node.path.span, definition.path.span, f"function {name}")
    scope = Scope(callee.scope, "function")
    _name(scope, definition.parameters, bind(expander, definition.parameters, node, callee.scope))
    with expander.entered(scope, f"in function {name}, which is called", node.span):
        hoist(expander, definition.body)
        signal = expander.execute_all(definition.body)
    return signal.value if signal is not None else None


def _name(scope: Scope, parameters: ast.Parameters, bound: dict[str, Value]) -> None:
    """Make the parameters names of a scope; what else is bound are `$0` and so on."""
    known = {parameter.name: parameter for parameter in parameters.items}
    for name, value in bound.items():
        found = known.get(name)
        scope.variables[name] = Variable("expr", value) if found is None else _named(found, value)


def _named(parameter: ast.Parameter, value: Value) -> Variable:
    return Variable(parameter.type.kind, value, span=parameter.span)


@executes(ast.Instance)
def instance(expander: Expander, node: ast.Instance) -> None:
    """`virtual Template(...) alias name`."""
    name, callee = find_callee(expander, node.call.path)
    if not isinstance(callee, Template):
        close = expander.scope.suggestion(name, callee=True)
        text = f"there is no template `{name}`"
        raise expander.error(text, node.call.path.span, code=Code.UNKNOWN_CALLEE, suggestion=close)
    alias = expander.text(node.alias) if node.alias else name
    instantiate(expander, callee, node.call, alias, is_virtual=node.is_virtual)


def bind(
    expander: Expander, parameters: ast.Parameters, node: ast.Call, definition: Scope
) -> dict[str, Value]:
    """Arguments by parameter: by position, then by name. Defaults are found now, where the callee stands.

    Of an open list `$0`, `$1` and so on are all arguments by position.
    """
    known = {parameter.name: parameter for parameter in parameters.items}
    given = _given(expander, list(known), node, is_open=parameters.is_open)
    scope = Scope(definition)
    bound: dict[str, Value] = {name: value for name, value in given.items() if name not in known}
    for name, parameter in known.items():
        if name in given:
            bound[name] = _checked(expander, parameter, given[name], node)
        elif parameter.default is not None:
            outer, expander.scope = expander.scope, scope
            try:
                bound[name] = _checked(expander, parameter, expander.evaluate(parameter.default), parameter)
            finally:
                expander.scope = outer
        else:
            raise expander.error(f"parameter `{name}` is missing", node.span, code=Code.ARGUMENTS)
        scope.variables[name] = _named(parameter, bound[name])
    return bound


def _given(expander: Expander, names: list[str], node: ast.Call, *, is_open: bool) -> dict[str, Value]:
    given: dict[str, Value] = {}
    for position, argument in enumerate(node.arguments):
        name = argument.name
        if name is None:
            value = expander.evaluate(argument.value)
            if is_open:
                given[f"${position}"] = value
            if position < len(names):
                given[names[position]] = value
            elif not is_open:
                known = f"only {len(names)} parameters: {', '.join(names)}" if names else "no parameters"
                text = f"there are {known}"
                raise expander.error(text, argument.span, code=Code.ARGUMENTS)
            continue
        if name not in names:
            close = did_you_mean(name, names) or f"there are {', '.join(names) or 'none'}"
            text = f"there is no parameter `{name}`"
            raise expander.error(text, argument.span, code=Code.ARGUMENTS, suggestion=close)
        if name in given:
            raise expander.error(f"parameter `{name}` is given twice", argument.span, code=Code.ARGUMENTS)
        given[name] = expander.evaluate(argument.value)
    return given


def _checked(expander: Expander, parameter: ast.Parameter, value: Value, node: ast.Node) -> Value:
    """An argument as its parameter takes it. Arrays are passed as they are."""
    kind = parameter.type.kind
    wanted = None
    if parameter.type.dimensions:
        wanted = None if isinstance(value, Array) else "an array"
    elif isinstance(value, Array):
        text = f"parameter `{parameter.name}` takes no array"
        raise expander.error(text, node.span, code=Code.ARGUMENTS)
    elif kind in ("int", "fe") and not isinstance(value, int):
        wanted = "an int" if kind == "int" else "a field element"
    elif kind == "string" and not isinstance(value, str):
        wanted = "a string"
    if wanted is not None:
        text = f"parameter `{parameter.name}` takes {wanted}, not {describe(value)}"
        raise expander.error(text, node.span, code=Code.ARGUMENTS)
    is_number = kind in ("int", "fe") and isinstance(value, int)
    return convert(expander, kind, value, node) if is_number else value


def instantiate(
    expander: Expander, template: Template, node: ast.Call, name: str, *, is_virtual: bool = False
) -> None:
    """Make an air: run the template's blocks in a scope of its own, with its parameters as names."""
    if expander.airgroup is None:
        text = f"air {name} is made outside of an airgroup"
        raise expander.error(text, node.span, code=Code.OUTSIDE)
    if any(air.name == name for air in expander.airs):
        text = f"there is an air {name} already; give this one another alias"
        raise expander.error(text, node.span, code=Code.AIR)
    definition = template.definition
    if expander.uses is not None:
        record(expander, node.path.span, definition.span, f"airtemplate {definition.name}")
    parameters = definition.parameters or ast.Parameters(definition.span, (), False)
    scope = Scope(template.scope, "air")
    _name(scope, parameters, bind(expander, parameters, node, template.scope))
    is_set_inside = any(heights.is_set_in(block.body) for block in (definition, *template.appended))
    rows = heights.begin(expander, scope, name, node.span, is_virtual=is_virtual, is_set_inside=is_set_inside)
    facts: dict[str, Value] = {
        "AIR_NAME": name,
        "AIRTEMPLATE": definition.name,
        "AIR_ID": len(expander.airs),
        "VIRTUAL": int(is_virtual),
    }
    for fact, value in facts.items():
        scope.variables.setdefault(fact, Variable("string" if isinstance(value, str) else "int", value, True))
    with expander.entered(scope, f"while expanding airtemplate {definition.name}", node.span):
        log_height = None if rows is None or is_virtual else rows.bit_length() - 1
        air = AirBuilder(name, len(expander.airs), log_height, scope, node.span, expander.frame, Pending())
        air.airgroup, air.template, air.rows, air.is_virtual = (
            expander.airgroup,
            definition.name,
            rows,
            is_virtual,
        )
        with expander.building(air):
            for block in (definition, *template.appended):
                hoist(expander, block.body)
                expander.execute_all(block.body)
