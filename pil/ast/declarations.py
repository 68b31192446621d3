"""Declarations: what gives a name a meaning."""

from dataclasses import dataclass

from zisk_py.pil.ast.expressions import Argument, Expression, Node, Path, Reference, Sequence, Statement, Type


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
class PublicTable(Statement):
    """`publictable aggregate(...) name[columns][rows]`: a table of publics."""

    arguments: tuple[Argument, ...]
    item: Declared


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
