"""An air while it is expanded."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from zisk_py.pil.errors import Frame
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Leaf, Node
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
    """A message on a bus: `sign * multiplicity` times `values`, per row, or once per instance if `is_direct`.

    bus      the opid, or an expression that is one of `opids` on every row.
    opids    the opids that it can have, ascending.
    Tuples of one opid have one width, unless `is_dynamic`: then the shorter one is padded with zeros.
    """

    bus: int | Node
    sign: int
    multiplicity: Node
    values: tuple[Node, ...]
    names: tuple[str, ...]
    span: Span
    frame: Frame | None
    opids: tuple[int, ...] = ()
    is_direct: bool = False
    is_dynamic: bool = False
    is_product: bool = False  # on the product bus: apart from messages of the same opid on the sum bus
    is_isolated: bool = False  # no partner is asked for
    is_free: bool = False  # it provides or consumes, as the sign of the multiplicity says on each row

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The expressions that it is made of."""
        return (self.multiplicity, *self.values, *(() if isinstance(self.bus, int) else (self.bus,)))


@dataclass(frozen=True, slots=True)
class Definition:
    """`target <== value`: the prover fills the target, a witness column or an air value, with the value."""

    target: Leaf
    value: Node
    span: Span


@dataclass(frozen=True, slots=True)
class HintData:
    """`@name data`: kept as it was written, for tools. Data is a value, a list, or a dict by name."""

    name: str
    data: object
    span: Span


class Ending(Protocol):
    """What is to be done when the air's body has run: `zisk_py.pil.expander.machine.Pending`."""

    def add(self, call: Callable[[], None], priority: int, key: object) -> None:
        """Add a call."""
        ...

    def run(self) -> None:
        """Run all calls."""
        ...


@dataclass(slots=True)
class AirBuilder:
    """What the template's statements have declared so far."""

    name: str
    serial: int
    log_height: int | None
    scope: Scope
    span: Span
    frame: Frame | None
    pending: Ending
    columns: list[Column] = field(default_factory=list)
    fixed: list[FixedTable] = field(default_factory=list)
    commits: dict[str, tuple[Leaf, ...]] = field(default_factory=dict)  # by name: the publics of its root
    program: list[str] = field(default_factory=list)
    air_values: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)
    airgroup: str = ""
    template: str = ""
    rows: int | None = None  # of a virtual air any number, else a power of two; None: chosen per run
    is_virtual: bool = False  # its fixed columns and messages are collected; no air is made of it
    is_single: bool = False  # it closes its buses alone: a proof has one instance of it
    is_library: bool = False  # made by the standard library: its instances are filled by us
    stage2: list[Column] = field(default_factory=list)
    stage2_values: list[str] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    hints: list[HintData] = field(default_factory=list)
    external: "dict[str, array[int]] | None" = None  # values of fixed columns from a file, by name

    def claim(self, node: Node, span: Span, frame: Frame | None) -> None:
        """Add a constraint, unless the same one is there."""
        if id(node) not in self.claimed:
            self.claimed.add(id(node))
            self.claims.append(Claim(node, span, frame))
