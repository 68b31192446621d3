"""The values of expressions over publics, which are the same on all rows of all instances."""

from collections.abc import Sequence

from zisk_py.field.goldilocks import P
from zisk_py.pil.report import signed
from zisk_py.pil.system import Globals, NodeKind

Message = tuple[int, tuple[int, ...], int]  # bus, values, multiplicity; negative where it is assumed


def evaluate_globals(made: Globals, publics: Sequence[int]) -> list[int]:
    """The value of every node. Raises ValueError for a node that is none of a global expression."""
    values: list[int] = []
    for kind, left, right in made.nodes:
        if kind == NodeKind.CONSTANT:
            values.append(left % P)
        elif kind == NodeKind.PUBLIC:
            values.append(publics[left])
        elif kind == NodeKind.ADD:
            values.append((values[left] + values[right]) % P)
        elif kind == NodeKind.SUB:
            values.append((values[left] - values[right]) % P)
        elif kind == NodeKind.MUL:
            values.append(values[left] * values[right] % P)
        elif kind == NodeKind.NEG:
            values.append(-values[left] % P)
        else:
            raise ValueError(f"a global expression has no node of kind {kind}")
    return values


def verifier_messages(made: Globals, publics: Sequence[int]) -> tuple[Message, ...]:
    """The messages that the verifier sends."""
    values = evaluate_globals(made, publics)
    return tuple(
        (
            interaction.bus,
            tuple(values[node] for node in interaction.values),
            interaction.sign * signed(values[interaction.multiplicity]),
        )
        for interaction in made.interactions
    )
