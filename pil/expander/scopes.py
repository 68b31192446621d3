"""Names: blocks within functions within templates, and the levels air, airgroup and proof."""

from collections.abc import Iterator

from zisk_py.pil.errors import did_you_mean
from zisk_py.pil.expander.values import Callee, Container, Variable


class Scope:
    """The names of a block. Variables and functions are apart: `degree = degree(e)` is legal."""

    def __init__(self, parent: "Scope | None" = None, level: str | None = None) -> None:
        self.parent = parent
        self.level = level  # "proof", "airgroup", "air", "function", "package", "loop" if it is of one
        self.variables: dict[str, Variable] = {}
        self.callees: dict[str, Callee] = {}
        self.containers: dict[str, Container] = {}  # of a proof, airgroup or air, by name

    def __iter__(self) -> Iterator["Scope"]:
        """This scope and those around it, from the inside out."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def find(self, name: str) -> Variable | None:
        """The variable that a name means here."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.variables.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def find_callee(self, name: str) -> Callee | None:
        """The function or template that a name means here."""
        for scope in self:
            if name in scope.callees:
                return scope.callees[name]
        return None

    def suggestion(self, name: str, *, callee: bool = False) -> str | None:
        """What may have been meant by an unknown name."""
        known = (other for scope in self for other in (scope.callees if callee else scope.variables))
        return did_you_mean(name, known)
