"""What the verifier draws once stage 1 of all instances is fixed, and how a system's own challenges are read.

The two challenges of the buses come first, then the author's. The columns of stage 2 that the author's
challenges lead to are committed together with those of the buses.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from zisk_py.field.extension import Element
from zisk_py.pil.system import Air, Node, NodeKind
from zisk_py.stark.errors import SystemRefused
from zisk_py.stark.program import CHALLENGE, STAGE2, operands
from zisk_py.stark.transcript import Transcript

_LATE: Mapping[int, int] = {NodeKind.CHALLENGE: CHALLENGE, NodeKind.STAGE2: STAGE2}
_LAST_KIND = max(NodeKind.NEG, *_LATE)  # kinds above stand in no compiled system


class Challenges(NamedTuple):
    """Elements of K that all segments share: those of the buses, and the author's in the system's order."""

    alpha: Element
    beta: Element
    own: tuple[Element, ...] = ()


def draw_challenges(transcript: Transcript, count: int) -> Challenges:
    """Draw those of the buses and `count` of the author's; everything of stage 1 has been absorbed."""
    alpha, beta = transcript.challenge("alpha"), transcript.challenge("beta")
    return Challenges(alpha, beta, tuple(transcript.challenge("author") for _ in range(count)))


def late_nodes(air: Air, first: int) -> list[Node]:
    """The nodes of an air as its programs have them, numbers unchanged.

    first   index of the author's first challenge among the challenges of an instance
    Raises  SystemRefused for a node that a compiled system cannot have, and for a message that reads a
            challenge or a column of stage 2: the buses need messages that are fixed before the challenges.
    """
    late: list[bool] = []
    nodes: list[Node] = []
    for node in air.nodes:
        kind, a, b = node
        if not 0 <= kind <= _LAST_KIND or kind in (CHALLENGE, STAGE2):
            raise SystemRefused(f"air {air.name} has a node of kind {kind}; compile its source again")
        late.append(kind in _LATE or any(late[operand] for operand in operands(node)))
        nodes.append((_LATE.get(kind, kind), a + first if kind == NodeKind.CHALLENGE else a, b))
    for message in air.interactions:
        if any(late[node] for node in (message.multiplicity, *message.values)):
            raise SystemRefused(
                f"{message.source.file}:{message.source.line}: a message of air {air.name} reads a challenge "
                "or a column of stage 2; send values of stage 1 only"
            )
    return nodes


def check_late_columns(air: Air, challenges: Sequence[str]) -> None:
    """Raise SystemRefused where an air reads a challenge or a column of stage 2 that there is not."""
    counts: Mapping[int, int] = {
        NodeKind.CHALLENGE: len(challenges),
        NodeKind.STAGE2: len(air.stage2),
    }
    for kind, index, offset in air.nodes:
        if kind in counts and not (0 <= index < counts[kind] and offset in (0, 1)):
            raise SystemRefused(
                f"air {air.name} reads {NodeKind(kind).name.lower()} {index} at row {offset:+d}, "
                f"but there are {counts[kind]}; compile its source again"
            )
