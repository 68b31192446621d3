"""Functions, templates, and the airs that calls of templates make."""

from difflib import get_close_matches

from zisk_py.pil import ast
from zisk_py.pil.expander import references
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.machine import Expander, Pending, Signal, evaluates, executes
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.statements import hoist
from zisk_py.pil.expander.values import (
    Array,
    Callee,
    NativeFunction,
    Template,
    UserFunction,
    Value,
    Variable,
    describe,
)
from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT


@executes(ast.Function)
def function(expander: Expander, node: ast.Function) -> None:
    """Define a function in the scope where it stands."""
    if node.final is not None:
        raise expander.error("final functions are not supported yet", node.span)
    _define(expander, node.path.span.text, UserFunction(node, expander.scope), node)


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
        raise expander.error(f"`{name}` is defined already", node.span)
    expander.scope.callees[name] = callee


@executes(ast.AirGroup)
def airgroup(expander: Expander, node: ast.AirGroup) -> Signal | None:
    """Run a group's body; it can be opened again later."""
    outer = expander.airgroup
    expander.airgroup = node.name
    scope = expander.airgroup_scopes.setdefault(node.name, Scope(expander.proof_scope, "airgroup"))
    scope.variables["AIRGROUP"] = Variable("string", node.name, True)
    try:
        with expander.entered(scope, f"in airgroup {node.name}", node.span):
            hoist(expander, node.body)
            return expander.execute_all(node.body)
    finally:
        expander.airgroup = outer


@evaluates(ast.Call)
def call(expander: Expander, node: ast.Call) -> Value | None:
    """Call a function, or make an air of a template. None if nothing is returned."""
    name = ".".join(references.part_text(expander, part) for part in node.path.parts)
    callee = expander.scope.find_callee(name)
    if callee is None:
        hint = expander.scope.suggestion(name, callee=True)
        raise expander.error(f"there is no function or template `{name}`{hint}", node.path.span)
    if node.indexes:
        raise expander.error("a call cannot be indexed before its arguments", node.indexes[0].span)
    if isinstance(callee, Template):
        instantiate(expander, callee, node, name)
        return None
    if isinstance(callee, NativeFunction):
        if callee.is_raw:
            return callee.call({}, node)
        return callee.call(bind(expander, callee.parameters, node, expander.proof_scope), node)
    parameters = callee.definition.parameters
    scope = Scope(callee.scope)
    for parameter, value in bind(expander, parameters, node, callee.scope).items():
        scope.variables[parameter] = Variable(_type(parameters, parameter), value)
    with expander.entered(scope, f"in function {name}, which is called", node.span):
        hoist(expander, callee.definition.body)
        signal = expander.execute_all(callee.definition.body)
    return signal.value if signal is not None else None


def _type(parameters: ast.Parameters, name: str) -> str:
    return next(p.type.kind for p in parameters.items if p.name == name)


@executes(ast.Instance)
def instance(expander: Expander, node: ast.Instance) -> None:
    """`Template(...) alias name`."""
    name = node.call.path.span.text
    callee: Callee | None = expander.scope.find_callee(name)
    if not isinstance(callee, Template):
        hint = expander.scope.suggestion(name, callee=True)
        raise expander.error(f"there is no template `{name}`{hint}", node.call.path.span)
    if node.is_virtual:
        raise expander.error("virtual airs are not supported yet", node.span)
    instantiate(expander, callee, node.call, expander.text(node.alias) if node.alias else name)


def bind(
    expander: Expander, parameters: ast.Parameters, node: ast.Call, definition: Scope
) -> dict[str, Value]:
    """Arguments by parameter: by position, then by name. Defaults are found now, where the callee stands."""
    if parameters.is_open:
        raise expander.error("open parameter lists are not supported yet", parameters.span)
    known = {parameter.name: parameter for parameter in parameters.items}
    given = _given(expander, list(known), node)
    scope = Scope(definition)
    bound: dict[str, Value] = {}
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
            raise expander.error(f"parameter `{name}` is missing", node.span)
        scope.variables[name] = Variable(parameter.type.kind, bound[name])
    return bound


def _given(expander: Expander, names: list[str], node: ast.Call) -> dict[str, Value]:
    given: dict[str, Value] = {}
    for position, argument in enumerate(node.arguments):
        name = argument.name
        if name is None:
            if position >= len(names):
                raise expander.error(
                    f"there are only {len(names)} parameters: {', '.join(names)}", argument.span
                )
            name = names[position]
        if name not in names:
            close = get_close_matches(name, names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names) or 'none'}"
            raise expander.error(f"there is no parameter `{name}`; {hint}", argument.span)
        if name in given:
            raise expander.error(f"parameter `{name}` is given twice", argument.span)
        given[name] = expander.evaluate(argument.value)
    return given


def _checked(expander: Expander, parameter: ast.Parameter, value: Value, node: ast.Node) -> Value:
    """An argument as its parameter takes it. Arrays are passed as they are."""
    kind = parameter.type.kind
    if parameter.type.dimensions:
        if not isinstance(value, Array):
            raise expander.error(
                f"parameter `{parameter.name}` takes an array, not {describe(value)}", node.span
            )
        return value
    if isinstance(value, Array):
        raise expander.error(f"parameter `{parameter.name}` takes no array", node.span)
    if kind == "int" and not isinstance(value, int):
        raise expander.error(f"parameter `{parameter.name}` takes an int, not {describe(value)}", node.span)
    if kind == "string" and not isinstance(value, str):
        raise expander.error(f"parameter `{parameter.name}` takes a string, not {describe(value)}", node.span)
    return value


def instantiate(expander: Expander, template: Template, node: ast.Call, name: str) -> None:
    """Make an air: run the template's blocks in a scope of its own, with its parameters as names."""
    if expander.airgroup is None:
        raise expander.error(f"air {name} is made outside of an airgroup", node.span)
    if any(air.name == name for air in expander.airs):
        raise expander.error(f"there is an air {name} already; give this one another alias", node.span)
    definition = template.definition
    parameters = definition.parameters or ast.Parameters(definition.span, (), False)
    scope = Scope(template.scope, "air")
    for parameter, value in bind(expander, parameters, node, template.scope).items():
        scope.variables[parameter] = Variable(_type(parameters, parameter), value)
    log_height = _height(expander, scope, name, node)
    facts: dict[str, Value] = {
        "AIR_NAME": name,
        "AIRTEMPLATE": definition.name,
        "AIR_ID": len(expander.airs),
        "VIRTUAL": 0,
    }
    for fact, value in facts.items():
        scope.variables.setdefault(fact, Variable("string" if isinstance(value, str) else "int", value, True))
    with expander.entered(scope, f"while expanding airtemplate {definition.name}", node.span):
        air = AirBuilder(name, len(expander.airs), log_height, scope, node.span, expander.frame, Pending())
        air.airgroup, air.template = expander.airgroup, definition.name
        air.rows = None if log_height is None else 1 << log_height
        with expander.building(air):
            for block in (definition, *template.appended):
                hoist(expander, block.body)
                expander.execute_all(block.body)


def _height(expander: Expander, scope: Scope, name: str, node: ast.Call) -> int | None:
    """The logarithm of N; None, and N without a value, where the height is chosen per run."""
    height = scope.variables.get("N")
    rows = 0 if height is None else expander.to_integer(height.value, node.span)
    if rows == 0:
        if height is not None:
            scope.variables["N"] = Variable("height", None, True)
            scope.variables.setdefault("BITS", Variable("height", None, True))
        return None
    log_height = rows.bit_length() - 1
    if rows != 1 << log_height or not MIN_LOG_HEIGHT <= log_height <= MAX_LOG_HEIGHT:
        allowed = f"a power of two from 2^{MIN_LOG_HEIGHT} to 2^{MAX_LOG_HEIGHT} can"
        raise expander.error(f"air {name} cannot have {rows} rows; {allowed}", node.span)
    scope.variables.setdefault("BITS", Variable("int", log_height, True))
    return log_height
