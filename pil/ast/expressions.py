"""Nodes, expressions, sequences."""

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
