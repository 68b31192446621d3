"""Containers and packages: names that outlive the block that declares them, and how they are opened."""

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.machine import Expander, Signal, executes
from zisk_py.pil.expander.paths import LEVELS, find_container, level_scope, names_of, open_levels
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.statements import hoist
from zisk_py.pil.expander.values import Container


@executes(ast.Container)
def container(expander: Expander, node: ast.Container) -> None:
    """`container proof.x alias y { ... }`: its body runs once; the alias is bound each time."""
    names = names_of(expander, node.path)
    if names[0] in LEVELS and len(names) > 1:
        level, name = level_scope(expander, names[0], node.path), ".".join(names[1:])
    else:
        level, name = open_levels(expander)[0], ".".join(names)
    if any(scope.level == "container" for scope in expander.scope):
        text = f"container {name} stands inside of a container"
        raise expander.error(text, node.span, code=Code.CONTAINER)
    found = level.containers.get(name)
    if found is None:
        members = Scope(expander.scope, "container")
        found = level.containers[name] = Container(name, members)
        with expander.entered(members, f"in container {name}", node.span):
            expander.execute_all(node.body)
        members.parent = None  # what was around it when it was made is no part of it
    if node.alias is not None:
        _open(expander, node, node.alias, found)


@executes(ast.Use)
def use(expander: Expander, node: ast.Use) -> None:
    """`use proof.x alias y`: until the block ends, also in the functions and templates that it calls."""
    found = find_container(expander, names_of(expander, node.path), node.path)
    if found is None:
        known = sorted({name for level in open_levels(expander) for name in level.containers})
        raise expander.error(
            f"there is no container `{node.path.span.one_line}`",
            node.path.span,
            code=Code.CONTAINER,
            suggestion=f"there are {', '.join(known)}" if known else None,
        )
    _open(expander, node, node.alias, found)


def _open(expander: Expander, node: ast.Node, alias: str | None, found: Container) -> None:
    for other, opened in expander.opened:
        if alias is not None and other == alias and opened is not found:
            text = f"`{alias}` is the alias of container {opened.name} already"
            raise expander.error(text, node.span, code=Code.CONTAINER)
    expander.opened.append((alias, found))


@executes(ast.Package)
def package(expander: Expander, node: ast.Package) -> Signal | None:
    """`package P { ... }`: inside, its names are known as they are; outside, as `P.name`."""
    scope = expander.packages.setdefault(node.name, Scope(expander.proof_scope, "package"))
    with expander.entered(scope, f"in package {node.name}", node.span):
        hoist(expander, node.body)
        return expander.execute_all(node.body)
