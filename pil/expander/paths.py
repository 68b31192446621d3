"""What a path means: a name in a block, at a level, in a container, in a package."""

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.machine import Expander, Use
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.values import Callee, Container, Variable, describe
from zisk_py.pil.span import Span

LEVELS = ("air", "airgroup", "proof")
# What is true of the air and the airgroup that are built, and what it is outside of them.
_FACTS: dict[str, tuple[str, int | str | None]] = {
    "N": ("air", None),
    "BITS": ("air", None),
    "AIR_ID": ("air", -1),
    "AIR_NAME": ("air", ""),
    "AIRTEMPLATE": ("air", ""),
    "VIRTUAL": ("air", 0),
    "AIRGROUP": ("airgroup", ""),
    "AIRGROUP_ID": ("airgroup", -1),
}


def names_of(expander: Expander, path: ast.Path) -> list[str]:
    """The parts of a path; template strings are evaluated."""
    return [part if isinstance(part, str) else expander.text(part) for part in path.parts]


def level_scope(expander: Expander, level: str, path: ast.Path) -> Scope:
    """The scope that `air.`, `airgroup.` or `proof.` names. Raises PilError if there is none."""
    if level == "proof":
        return expander.proof_scope
    if level == "airgroup":
        if expander.airgroup is None:
            text = f"`{path.span.one_line}` stands outside of an airgroup"
            raise expander.error(text, path.span, code=Code.OUTSIDE)
        return expander.airgroup_scope(expander.airgroup)
    return expander.current_air(f"`{path.span.one_line}`", path.span).scope


def declared_scope(expander: Expander, path: ast.Path) -> tuple[Scope, str]:
    """Where a declaration of that path goes, and under which name."""
    names = names_of(expander, path)
    if len(names) == 1:
        return expander.scope, names[0]
    if len(names) == 2 and names[0] in LEVELS:
        return level_scope(expander, names[0], path), names[1]
    raise expander.error(
        f"`{path.span.one_line}` cannot be declared here",
        path.span,
        code=Code.CONTAINER,
        suggestion=f"declare {names[-1]} inside of `container {'.'.join(names[:-1])} {{ ... }}`",
    )


def find(expander: Expander, path: ast.Path) -> Variable | None:
    """The variable of that path, or None."""
    if len(path.parts) == 1:
        (part,) = path.parts
        name = part if isinstance(part, str) else expander.text(part)
        return expander.scope.find(name) or _around(expander, name)
    return _qualified(expander, names_of(expander, path), path)


def _around(expander: Expander, name: str) -> Variable | None:
    """A name that no block declares: of a container in use, of the airgroup, or a fact of the air."""
    for _, container in reversed(expander.opened):
        found = container.members.variables.get(name)
        if found is not None:
            return found
    if expander.airgroup is not None:
        found = expander.airgroup_scope(expander.airgroup).variables.get(name)
        if found is not None and (found.type == "airgroupval" or name in _FACTS):
            return found
    if name not in _FACTS:
        return None
    level, outside = _FACTS[name]
    if level == "air" and expander.air is not None:
        return expander.air.scope.variables.get(name)
    return None if outside is None else Variable("string" if isinstance(outside, str) else "int", outside)


def _qualified(expander: Expander, names: list[str], path: ast.Path) -> Variable | None:
    head, last = names[0], names[-1]
    if head in LEVELS:
        scope = level_scope(expander, head, path)
        if len(names) == 2:
            return scope.variables.get(last)
        container = scope.containers.get(".".join(names[1:-1]))
        return container.members.variables.get(last) if container else None
    if len(names) == 2:
        for alias, container in reversed(expander.opened):
            if alias == head:
                return container.members.variables.get(last)
        for scopes in (expander.packages, expander.airgroup_scopes):
            if head in scopes:
                return scopes[head].variables.get(last)
    found = find_container(expander, names[:-1], path)
    return found.members.variables.get(last) if found else None


def find_container(expander: Expander, names: list[str], path: ast.Path) -> Container | None:
    """The container of that name, at the level that it names; else of the air, the airgroup, the proof."""
    if names[0] in LEVELS:
        return level_scope(expander, names[0], path).containers.get(".".join(names[1:]))
    for scope in open_levels(expander):
        if ".".join(names) in scope.containers:
            return scope.containers[".".join(names)]
    return None


def open_levels(expander: Expander) -> list[Scope]:
    """The scopes of the air, the airgroup and the proof, as far as they are open."""
    levels = [expander.air.scope] if expander.air is not None else []
    if expander.airgroup is not None:
        levels.append(expander.airgroup_scope(expander.airgroup))
    return [*levels, expander.proof_scope]


def find_callee(expander: Expander, path: ast.Path) -> tuple[str, Callee | None]:
    """The function or template of that path, and its name."""
    names = names_of(expander, path)
    name = ".".join(names)
    if len(names) == 2 and names[0] in expander.packages:
        found = expander.packages[names[0]].callees.get(names[1])
    elif len(names) == 2 and names[0] in LEVELS:
        found = level_scope(expander, names[0], path).find_callee(names[1])
    else:
        found = None
    return name, found or expander.scope.find_callee(name)


def variable(expander: Expander, path: ast.Path) -> Variable:
    """The variable of that path. Raises PilError, with the nearest name, if there is none."""
    found = find(expander, path)
    if found is None:
        name = path.span.one_line
        if expander.scope.find_callee(name):
            text = f"`{name}` is a function or a template"
            close: str | None = f"call it: {name}(...)"
        else:
            text, close = f"`{name}` is not declared", expander.scope.suggestion(name.rsplit(".", 1)[-1])
        raise expander.error(text, path.span, code=Code.UNKNOWN_NAME, suggestion=close)
    if expander.uses is not None:
        record(expander, path.span, found.span, f"{found.type} {path.span.one_line}: {_told(found)}")
    return found


def record(expander: Expander, used: Span, declared: Span | None, text: str) -> None:
    """Keep what a name means where it is used, for editors."""
    if expander.uses is not None:
        expander.uses[(used.file.name, used.start, used.end)] = Use(declared, text)


def _told(found: Variable) -> str:
    value = found.value
    text = describe(value)
    if isinstance(value, int | str):
        text += f", {value!r}" if isinstance(value, str) else f", {value}"
    degree = getattr(value, "degree", None)
    return f"{text}, degree {degree}" if degree is not None else text
