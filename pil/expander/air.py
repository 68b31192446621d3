"""An air while it is expanded."""

from dataclasses import dataclass, field

from zisk_py.pil.errors import Frame
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Node
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.span import Span
from zisk_py.pil.system import Column


@dataclass(frozen=True, slots=True)
class Claim:
    """A node that must be zero on every row, and where that was written."""

    node: Node
    span: Span
    frame: Frame | None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The expressions that it is made of."""
        return (self.node,)


@dataclass(frozen=True, slots=True)
class Message:
    """A message per row on a bus: `sign * multiplicity` times `values`."""

    bus: int
    sign: int
    multiplicity: Node
    values: tuple[Node, ...]
    names: tuple[str, ...]
    span: Span
    frame: Frame | None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The expressions that it is made of."""
        return (self.multiplicity, *self.values)


@dataclass(slots=True)
class AirBuilder:
    """What the template's statements have declared so far."""

    name: str
    serial: int
    log_height: int | None
    scope: Scope
    span: Span
    frame: Frame | None
    columns: list[Column] = field(default_factory=list)
    fixed: list[FixedTable] = field(default_factory=list)
    commit: str | None = None
    program: list[str] = field(default_factory=list)
    air_values: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)

    def claim(self, node: Node, span: Span, frame: Frame | None) -> None:
        """Add a constraint, unless the same one is there."""
        if id(node) not in self.claimed:
            self.claimed.add(id(node))
            self.claims.append(Claim(node, span, frame))
