"""Buses of the language and of the core.

An opid is a bus of the core, with one width. Opids that can meet in one message (its bus is an expression),
and those with tuples of several widths, share a bus: its tuples are (opid, values..., 0 up to the widest).
Opids of the product bus are apart from those of the sum bus; both are the same argument here: all tuples
match.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.expander.air import Message
from zisk_py.pil.expander.graph import Graph, Leaf, Node
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lowered import Sending
from zisk_py.pil.system import NodeKind

PRODUCT_BUSES = 1 << 63  # the number of a product bus is this plus the opid
MAX_OPID = (1 << 62) - 1

Opid = tuple[bool, int]  # is it one of the product bus, number


@dataclass(frozen=True, slots=True)
class Bus:
    """A bus of the core. `width` counts the values of its messages, the opid not included."""

    number: int
    opids: tuple[int, ...]
    is_shared: bool
    width: int
    is_product: bool

    @property
    def name(self) -> str:
        """For reports."""
        numbers = ", ".join(map(str, self.opids))
        kind = "product " if self.is_product else ""
        return f"{kind}{numbers}"


def opids_of(message: Message) -> tuple[int, ...]:
    """The opids that a message can have. Raises PilError if there are none, or one out of range."""
    bus = message.bus
    if isinstance(bus, Leaf) and bus.kind == NodeKind.CONSTANT:
        bus = bus.index
    opids = message.opids or ((bus,) if isinstance(bus, int) else ())
    if not opids:
        raise PilError(
            "the opid of this message is an expression, and no opid is known that it could be",
            message.span,
            message.frame,
            code=Code.BUS,
        )
    for opid in opids:
        if not 0 <= opid <= MAX_OPID:
            raise PilError(
                f"an opid is a number from 0 to 2^62 - 1, not {opid}",
                message.span,
                message.frame,
                code=Code.BUS,
            )
    return opids


def messages_of(expander: Expander) -> Iterator[Message]:
    """All messages of all airs that are proven, then the global ones."""
    for air in expander.airs:
        if not air.is_virtual:
            yield from air.messages
    yield from expander.messages


def check(expander: Expander) -> None:
    """Record an error for messages of one opid whose tuples differ in length, unless they are dynamic.

    Tuples are compressed to sums of powers: (1, 2) and (1, 2, 0) would be the same message.
    """
    first: dict[Opid, Message] = {}
    dynamic = {
        (message.is_product, opid)
        for message in messages_of(expander)
        if message.is_dynamic
        for opid in opids_of(message)
    }
    for message in messages_of(expander):
        for opid in opids_of(message):
            other = first.setdefault((message.is_product, opid), message)
            if len(other.values) != len(message.values) and (message.is_product, opid) not in dynamic:
                expander.record(
                    PilError(
                        f"this message on bus {opid} has {len(message.values)} values, the one at "
                        f"{other.span.location} has {len(other.values)}",
                        message.span,
                        message.frame,
                        code=Code.WIDTH,
                        suggestion="give both the same values, or the two kinds of tuples opids of their own",
                    )
                )


class Buses:
    """Which bus of the core each message goes to."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._parents: dict[Opid, Opid] = {}
        widths: dict[Opid, int] = {}
        shared: set[Opid] = set()
        for message in messages:
            first, *others = ((message.is_product, opid) for opid in opids_of(message))
            for opid in others:
                self._parents[self._root(opid)] = self._root(first)
            if others or message.is_dynamic or not isinstance(message.bus, int):
                shared.add(first)
            widths[first] = max(widths.get(first, 0), len(message.values))
            self._root(first)
        classes: dict[Opid, list[Opid]] = {}
        for opid in self._parents:
            classes.setdefault(self._root(opid), []).append(opid)
        self._buses: dict[Opid, Bus] = {}
        for root, members in classes.items():
            is_product, opids = root[0], sorted(opid for _, opid in members)
            self._buses[root] = Bus(
                opids[0] + PRODUCT_BUSES * is_product,
                tuple(opids),
                not shared.isdisjoint(members),
                max(widths.get(member, 0) for member in members),
                is_product,
            )

    def _root(self, opid: Opid) -> Opid:
        parents = self._parents
        parents.setdefault(opid, opid)
        while parents[opid] != opid:
            parents[opid] = parents[parents[opid]]
            opid = parents[opid]
        return opid

    def of(self, message: Message) -> Bus:
        """The bus of a message."""
        return self._buses[self._root((message.is_product, opids_of(message)[0]))]

    def sending(self, graph: Graph, message: Message, multiplicity: Node, values: Sequence[Node]) -> Sending:
        """The message on its bus. `values` are those of the message, then its bus if that is a node."""
        bus = self.of(message)
        count = len(message.values)
        tuple_, names = tuple(values[:count]), message.names
        if bus.is_shared:
            opid = graph.constant(message.bus) if isinstance(message.bus, int) else values[count]
            missing = bus.width - count
            tuple_ = (opid, *tuple_, *(graph.constant(0) for _ in range(missing)))
            names = ("opid", *names, *("",) * missing)
        return Sending(bus.number, message.sign, multiplicity, tuple_, names, message.span, message.frame)

    @property
    def names(self) -> dict[int, str]:
        """Names of the buses that are no plain opid, by number."""
        return {bus.number: bus.name for bus in self._buses.values() if bus.is_shared or bus.is_product}
