"""The syntax tree: frozen dataclasses, each with the span of text that it was read from."""

from dataclasses import dataclass

from zisk_py.pil.span import Span


@dataclass(frozen=True, slots=True)
class Node:
    """Anything that was read from a file."""

    span: Span


@dataclass(frozen=True, slots=True)
class Expression(Node):
    """Anything that has a value."""


@dataclass(frozen=True, slots=True)
class Statement(Node):
    """Anything that is executed."""


# ---- expressions


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A literal of any size."""

    value: int


@dataclass(frozen=True, slots=True)
class Text(Expression):
    """A string: literal text and embedded expressions, in turn."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A name with the names before it: `air.x`, `proof.std.sum`."""

    parts: tuple[str | Text, ...]


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`[start]`, or, if it is a slice, `[start..stop]` with ends that may be left out."""

    start: Expression | None
    stop: Expression | None
    is_slice: bool


@dataclass(frozen=True, slots=True)
class Offset(Node):
    """A row offset: `x'2` is later rows, `2'x` earlier ones. No rows: 1."""

    rows: Expression | None
    is_later: bool


@dataclass(frozen=True, slots=True)
class Reference(Expression):
    """A name, indexes, a row offset."""

    path: Path
    indexes: tuple[Index, ...]
    offset: Offset | None


@dataclass(frozen=True, slots=True)
class ListItem(Node):
    """An element of a list; `...value` is spread."""

    value: Expression
    is_spread: bool


@dataclass(frozen=True, slots=True)
class ListLiteral(Expression):
    """`[a, ...b, [c, d]]`."""

    items: tuple[ListItem, ...]


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """An argument of a call, by position or by name."""

    name: str | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A call of a function, or of a template: then it makes an air."""

    path: Path
    indexes: tuple[Index, ...]
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Prefix(Expression):
    """`-x`, `+x`, `!x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Ternary(Expression):
    """`condition ? yes : no`."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, slots=True)
class InList(Expression):
    """`item in collection`."""

    item: Expression
    collection: Expression


@dataclass(frozen=True, slots=True)
class Type(Node):
    """The type of a parameter or of a test: kind is `int`, `expr`, `col`, `airval` ..."""

    kind: str
    column_kind: str | None  # of `col`: witness, fixed, or the name of a commit
    dimensions: int


@dataclass(frozen=True, slots=True)
class IsType(Expression):
    """`value is type`."""

    value: Expression
    type: Type


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """`int(value)`."""

    type: Type
    value: Expression


@dataclass(frozen=True, slots=True)
class Positional(Expression):
    """`$0`."""

    number: int


# ---- sequences


@dataclass(frozen=True, slots=True)
class Repeated(Node):
    """A value or a group, repeated `times` times (all of them multiplied)."""

    value: "Expression | tuple[Element, ...]"
    times: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Element(Node):
    """`a`, `a..b`, `a..+..b`, `a..*..b`, or one of them that fills up, `a...`."""

    first: Repeated
    operator: str | None
    last: Repeated | None
    is_fill: bool


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """The values of a fixed column."""

    elements: tuple[Element, ...]
    times: Expression | None
    is_fill: bool


# ---- declarations


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A parameter of a function or of a template."""

    type: Type
    name: str
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Parameters(Node):
    """All parameters; `...` at the end takes any more."""

    items: tuple[Parameter, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Declared(Node):
    """A name with its dimensions; a dimension that is left out is None."""

    path: Path
    dimensions: tuple[Expression | None, ...]


@dataclass(frozen=True, slots=True)
class Variables(Statement):
    """`const int a, b = 1;`. `is_multiple`: `int [a, b] = f();`."""

    is_const: bool
    type: str
    items: tuple[Declared, ...]
    value: Expression | None
    is_multiple: bool


@dataclass(frozen=True, slots=True)
class Feature(Node):
    """`bits(32)`, `stage(2)`, `virtual(8)` of a column."""

    name: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Columns(Statement):
    """`col kind features names`; kind is witness, fixed, or the name of a commit."""

    kind: str
    features: tuple[Feature, ...]
    items: tuple[Declared, ...]
    value: Expression | Sequence | None


@dataclass(frozen=True, slots=True)
class Values(Statement):
    """`airval`, `public`, `proofval`, `challenge`, `airgroupval`: values that are the same on all rows."""

    kind: str
    stage: Expression | None
    items: tuple[Declared, ...]
    value: Expression | None
    aggregate: str | None
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Commit(Statement):
    """`commit stage(0) name`: a set of columns that is committed apart."""

    stage: Expression
    publics: tuple[Reference, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Container(Statement):
    """`container name alias x { ... }`."""

    path: Path
    alias: str | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Use(Statement):
    """`use name alias x`."""

    path: Path
    alias: str | None


@dataclass(frozen=True, slots=True)
class Function(Statement):
    """A function; `final` is None, or the level at whose end it is called."""

    path: Path
    parameters: Parameters
    body: tuple[Statement, ...]
    is_private: bool
    final: str | None


@dataclass(frozen=True, slots=True)
class AirTemplate(Statement):
    """A template of airs; without parameters it is a further block of a template that exists."""

    name: str
    parameters: Parameters | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class AirGroup(Statement):
    """A group of airs."""

    name: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Package(Statement):
    """A package of names."""

    name: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Domain(Statement):
    """A named set of rows."""

    name: str
    sequence: Sequence


# ---- statements


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
class Hint(Statement):
    """`@name ...`: data for a witness generator."""

    name: str


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
