"""Going on after an error: each is told once, and nothing is said of what is unknown because of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, Diagnostic, Frame, PilError, Silenced, TooManyErrors, told_once
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.values import Value, Variable
from zisk_py.pil.span import Span

if TYPE_CHECKING:
    from zisk_py.pil.expander.machine import Expander

MAX_ERRORS = 20
MAX_RECOVERIES = 1000  # statements that fail, those that are not told included
MAX_TURNS = 2  # of a loop, in which the same statement fails

_FATAL = frozenset((Code.NESTING, Code.LIMIT))  # what led to it would lead to it again
_UNKNOWN = frozenset((Code.UNKNOWN_NAME, Code.UNKNOWN_CALLEE, Code.CONTAINER))
_DECLARING = (ast.Variables, ast.Columns, ast.Values)
_NAMING = (ast.Include, ast.Container, ast.Use, ast.Package, ast.AirGroup, ast.Domain, ast.Commit)
_ASSIGNED = ("int", "fe", "expr", "string", "fixed")  # types of variables that a statement can change


class Poisoned(Variable):
    """A name whose value is unknown because of an error: what reads it fails in silence."""

    __slots__ = ("place",)

    def __init__(self, place: Span) -> None:
        self.place = place
        super().__init__("unknown", None)

    @property
    def value(self) -> Value | None:
        """Nothing. Raises Silenced."""
        raise Silenced("this name has no value because of an error", self.place)

    @value.setter
    def value(self, value: Value | None) -> None:
        """It stays unknown."""


class Recovery:
    """The errors of a run.

    found          by frame: those of a template are there once for each instance that has been expanded.
    is_incomplete  whether there may be no names of a file, a container or a package that failed.
    """

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.is_incomplete = False
        self._turns: Counter[tuple[int, int]] = Counter()
        self._recoveries = 0

    def record(self, error: PilError, frame: Frame | None) -> None:
        """Keep an error that was found in that frame. Raises TooManyErrors."""
        if isinstance(error, Silenced):
            return
        for one in error.diagnostics:
            if self.is_incomplete and one.code in _UNKNOWN:
                continue
            self.found.append(Diagnostic(one.code, one.message, one.span, one.frame or frame, one.suggestion))
            if one.code in _FATAL or len(told_once(self.found)) >= MAX_ERRORS:
                raise TooManyErrors(self.found)

    def after(self, expander: "Expander", error: PilError, statement: ast.Statement) -> None:
        """Keep an error, so that the statement behind this one can be executed.

        Raises Silenced if the statements around this one cannot go on without it; TooManyErrors.
        """
        if isinstance(error, TooManyErrors):
            raise error
        turn = (id(statement), id(expander.frame))
        self._turns[turn] += 1
        self._recoveries += 1
        if self._turns[turn] == 1:
            self.record(error, expander.frame)
        if self._recoveries > MAX_RECOVERIES and self.found:
            raise TooManyErrors(self.found)
        self.is_incomplete |= isinstance(statement, _NAMING)
        for path, is_declared in _names(statement):
            self._poison(expander, path, is_declared)
        if self._turns[turn] > MAX_TURNS or _leaves(statement, (ast.Return, ast.Break, ast.Continue)):
            raise Silenced("a statement before this one failed", statement.span)

    def _poison(self, expander: "Expander", path: ast.Path, is_declared: bool) -> None:
        """What reads this name from now on fails in silence."""
        *level, name = path.parts
        levels: dict[object, Scope | None] = {
            "proof": expander.proof_scope,
            "airgroup": expander.airgroup_scopes.get(expander.airgroup or ""),
            "air": expander.air.scope if expander.air else None,
        }
        scope = levels.get(level[0]) if level else expander.scope
        if scope is None or not isinstance(name, str) or len(level) > 1:
            self.is_incomplete = True
        elif is_declared:
            scope.variables.setdefault(name, Poisoned(path.span))
        else:
            for outer in scope:
                found = outer.variables.get(name)
                if found is not None and found.type in _ASSIGNED:
                    outer.variables[name] = Poisoned(path.span)
                    return


def _names(statement: ast.Statement) -> Iterator[tuple[ast.Path, bool]]:
    """The names that a statement would have changed; True: declared in the scope where it stands."""
    for inner in _inside(statement):
        if isinstance(inner, _DECLARING):
            for item in inner.items:
                if inner is statement or len(item.path.parts) > 1:
                    yield item.path, True
        elif isinstance(inner, ast.Assignment):
            yield inner.target.path, False
        elif isinstance(inner, ast.MultipleAssignment):
            yield from ((target.path, False) for target in inner.targets)


def _inside(statement: ast.Statement) -> Iterator[ast.Node]:
    """The statement and those in it, but not those of functions and templates that it defines."""
    stack: list[ast.Node] = [statement]
    while stack:
        inner = stack.pop()
        yield inner
        stack += _parts(inner)


def _parts(node: ast.Node) -> list[ast.Node]:
    if isinstance(node, ast.Function | ast.AirTemplate):
        return []
    values = [getattr(node, field.name) for field in fields(node)]
    flat = [inner for value in values for inner in (value if isinstance(value, tuple) else (value,))]
    return [inner for inner in flat if isinstance(inner, ast.Statement | ast.Case)]


def _leaves(node: ast.Node, kinds: tuple[type[ast.Statement], ...]) -> bool:
    """Whether the statements behind it might not have been reached."""
    if isinstance(node, ast.For | ast.ForIn | ast.While):
        kinds = (ast.Return,)
    return isinstance(node, kinds) or any(_leaves(part, kinds) for part in _parts(node))
