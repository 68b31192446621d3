"""What a name can stand for while a program is expanded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Leaf, Operand, Operation
from zisk_py.pil.span import Span

if TYPE_CHECKING:
    from zisk_py.pil.expander.scopes import Scope


@dataclass(eq=False, slots=True)
class Array:
    """Values in order. `names` are texts of the elements, for reports."""

    items: "list[Value | None]"
    names: list[str] | None = None


class Fe(int):
    """A field element: an int below p. What is computed from it is one too."""

    __slots__ = ()

    def __new__(cls, value: int) -> "Fe":
        """The int modulo p."""
        return super().__new__(cls, value % P)


@dataclass(eq=False, slots=True)
class UserFunction:
    """A function of the program, and the scope that it was defined in."""

    definition: ast.Function
    scope: "Scope"


@dataclass(eq=False, slots=True)
class NativeFunction:
    """A function of the compiler. `call(arguments by name, the call)` returns its value.

    A raw one gets no arguments: it looks at the call itself.
    """

    name: str
    parameters: ast.Parameters
    call: "Callable[[dict[str, Value], ast.Call], Value | None]"
    is_raw: bool


@dataclass(eq=False, slots=True)
class Template:
    """A template of airs: its definition, and the blocks that were appended to it."""

    definition: ast.AirTemplate
    scope: "Scope"
    appended: list[ast.AirTemplate] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Container:
    """Names that live as long as the proof, airgroup or air that has them."""

    name: str
    members: "Scope"


Value = Operand | str | Array | FixedTable
Callee = UserFunction | NativeFunction | Template


@dataclass(eq=False, slots=True)
class Variable:
    """A name. `type` is int, expr, string, or what kind of column or value was declared."""

    type: str
    value: Value | None  # None: declared without a value
    is_const: bool = False
    span: Span | None = None  # where it was declared
    is_set: bool = True  # False for a constant that is still to be given its value


def is_expression(value: Any) -> bool:
    """Whether the value has a different value on each row, or in each proof."""
    return isinstance(value, Leaf | Operation | FixedTable)


def describe(value: Any) -> str:
    """What a value is, in words, for errors."""
    if isinstance(value, int):
        return "a field element" if isinstance(value, Fe) else "an int"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Array):
        return f"an array of {len(value.items)}"
    if isinstance(value, FixedTable):
        return "a fixed column"
    if isinstance(value, Leaf):
        return f"`{value.name}`, a {value.kind.name.lower().replace('_', ' ')}"
    return "an expression" if isinstance(value, Operation) else "nothing"
