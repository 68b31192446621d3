"""Statements other than declarations, and the whole file."""

from dataclasses import dataclass

from zisk_py.pil.ast.expressions import Call, Expression, Node, Path, Reference, Sequence, Statement, Text


@dataclass(frozen=True, slots=True)
class Include(Statement):
    """`require` reads a file once, `include` every time."""

    is_require: bool
    file: Text


@dataclass(frozen=True, slots=True)
class Pragma(Statement):
    """A line for the tools."""

    text: str


@dataclass(frozen=True, slots=True)
class Conditional(Statement):
    """`#pragma feature name`: the statement after it counts only where that feature is asked for."""

    feature: str
    body: Statement


@dataclass(frozen=True, slots=True)
class HintList(Node):
    """`[a, b]` in a hint."""

    items: "tuple[HintValue, ...]"


@dataclass(frozen=True, slots=True)
class HintRecord(Node):
    """`{name: value}` in a hint."""

    pairs: "tuple[tuple[str, HintValue], ...]"


HintValue = Expression | HintList | HintRecord


@dataclass(frozen=True, slots=True)
class Hint(Statement):
    """`@name ...`: data for a witness generator."""

    name: str
    data: HintValue


@dataclass(frozen=True, slots=True)
class Block(Statement):
    """Statements with a scope of their own."""

    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Assignment(Statement):
    """`target operator value`; `x++` is `x += 1`."""

    target: Reference
    operator: str
    value: Expression | Sequence


@dataclass(frozen=True, slots=True)
class MultipleAssignment(Statement):
    """`[a, b] = value`."""

    targets: tuple[Reference, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class For(Statement):
    """`for (start; condition; updates) body`."""

    start: Statement
    condition: Expression
    updates: tuple[Statement, ...]
    body: Statement


@dataclass(frozen=True, slots=True)
class ForIn(Statement):
    """`for (variable in values) body`."""

    start: Statement
    values: Expression
    body: Statement


@dataclass(frozen=True, slots=True)
class While(Statement):
    """`while (condition) body`; `is_do`: the body first."""

    condition: Expression
    body: Statement
    is_do: bool


@dataclass(frozen=True, slots=True)
class If(Statement):
    """`if (condition) yes else no`."""

    condition: Expression
    yes: Statement
    no: Statement | None


@dataclass(frozen=True, slots=True)
class CaseValue(Node):
    """A value of a case, or a range of values."""

    first: Expression
    last: Expression | None


@dataclass(frozen=True, slots=True)
class Case(Node):
    """A case without values is the default."""

    values: tuple[CaseValue, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Switch(Statement):
    """`switch (value) { ... }`, without falling through."""

    value: Expression
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Return(Statement):
    """`return value`."""

    value: Expression | None


@dataclass(frozen=True, slots=True)
class Break(Statement):
    """`break`."""


@dataclass(frozen=True, slots=True)
class Continue(Statement):
    """`continue`."""


@dataclass(frozen=True, slots=True)
class Deferred(Statement):
    """`on final(priority) level name()`."""

    priority: Expression | None
    level: str
    path: Path


@dataclass(frozen=True, slots=True)
class DomainUse(Node):
    """Rows that a constraint is restricted to."""

    name: str
    is_complement: bool


@dataclass(frozen=True, slots=True)
class DomainBlock(Statement):
    """`domain D { ... }`: the constraints inside hold on its rows."""

    use: DomainUse
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Constraint(Statement):
    """`left === right`; `is_definition`: `left <== right`."""

    left: Expression
    right: Expression
    domain: DomainUse | None
    is_definition: bool


@dataclass(frozen=True, slots=True)
class ExpressionStatement(Statement):
    """A call for its effect, or an expression that does nothing."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Instance(Statement):
    """`virtual Template(...) alias name`."""

    call: Call
    alias: Text | None
    is_virtual: bool


@dataclass(frozen=True, slots=True)
class Program(Node):
    """A file."""

    body: tuple[Statement, ...]
