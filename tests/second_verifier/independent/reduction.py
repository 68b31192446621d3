"""From an air to its program (section 5): groups of interactions become constraints over stage-2 columns."""

from typing import NamedTuple

from .refusal import require
from .system import (
    ADD,
    BINARY,
    CHALLENGE,
    MAX_DEGREE,
    MULTIPLY,
    NEGATE,
    OWN_CHALLENGE,
    OWN_STAGE2,
    STAGE2,
    SUBTRACT,
    Air,
    Interaction,
    Node,
    System,
    node_degrees,
)
from .transcript import integers

Group = list[Interaction]


class Program(NamedTuple):
    """What is zero on every row: nodes, those that are outputs, and the number of stage-2 columns."""

    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    groups: int


def grouped(air: Air) -> list[Group]:
    """The groups of an air's interactions, each joining the first where it fits."""
    degrees = node_degrees(list(air.nodes))
    groups: list[Group] = []
    for interaction in air.interactions:
        for group in groups:
            if group_degree([*group, interaction], degrees) <= MAX_DEGREE:
                group.append(interaction)
                break
        else:
            groups.append([interaction])
    require(
        all(group_degree(group, degrees) <= MAX_DEGREE for group in groups),
        "an interaction is of too high degree",
    )
    return groups


def group_degree(group: Group, degrees: list[int]) -> int:
    """The degree of the constraint of a group."""
    of_values = [max(degrees[node] for node in member.values) for member in group]
    whole = sum(of_values)
    of_terms = [
        degrees[member.multiplicity] + whole - own for member, own in zip(group, of_values, strict=True)
    ]
    return max(1 + whole, *of_terms)


def renamed(system: System, node: Node) -> Node:
    """A node as programs have it: the author's challenges stand behind those of the buses."""
    kind, a, b = node
    if kind == OWN_CHALLENGE:
        return CHALLENGE, system.width + len(system.buses) + a, 0
    return (STAGE2, a, b) if kind == OWN_STAGE2 else node


def reduced(system: System, air: Air) -> Program:
    """The program of an air."""
    nodes = [renamed(system, node) for node in air.nodes]
    known: dict[Node, int] = {}
    for index, node in enumerate(nodes):
        known.setdefault(node, index)

    def place(kind: int, a: int, b: int) -> int:
        """The number of a node, appended where it is not there yet."""
        index = known.setdefault((kind, a, b), len(nodes))
        if index == len(nodes):
            nodes.append((kind, a, b))
        return index

    def fraction(member: Interaction) -> tuple[int, int]:
        """The multiplicity and the denominator of a message."""
        denominator = place(CHALLENGE, system.width + list(system.buses).index(member.bus), 0)
        for k, value in enumerate(member.values):
            term = value if k == 0 else place(MULTIPLY, place(CHALLENGE, k, 0), value)
            denominator = place(SUBTRACT, denominator, term)
        signed = member.multiplicity if member.sign > 0 else place(NEGATE, member.multiplicity, 0)
        return signed, denominator

    def fractions(group: Group) -> tuple[int, int]:
        """The numerator and the denominator of the sum of a group."""
        numerator, denominator = fraction(group[0])
        for member in group[1:]:
            further, other = fraction(member)
            left = place(MULTIPLY, numerator, other)
            numerator = place(ADD, left, place(MULTIPLY, further, denominator))
            denominator = place(MULTIPLY, denominator, other)
        return numerator, denominator

    groups = grouped(air)
    sums = [fractions(group) for group in groups]
    outputs = list(air.constraints)
    shares: int | None = None
    for number, (numerator, denominator) in enumerate(sums):
        column = place(STAGE2, air.own_stage2 + number, 0)
        if number < len(sums) - 1:
            step = column
            shares = column if shares is None else place(ADD, shares, column)
        else:
            step = place(SUBTRACT, place(STAGE2, air.own_stage2 + number, 1), column)
            step = step if shares is None else place(SUBTRACT, step, shares)
            step = place(ADD, step, place(CHALLENGE, 0, 0))
        outputs.append(place(SUBTRACT, place(MULTIPLY, step, denominator), numerator))
    return pruned(nodes, outputs, len(groups))


def pruned(nodes: list[Node], outputs: list[int], groups: int) -> Program:
    """A program of the nodes that some output needs, numbered anew."""
    needed = set(outputs)
    for index in range(len(nodes) - 1, -1, -1):
        kind, a, b = nodes[index]
        if index in needed:
            needed.update((a, b) if kind in BINARY else (a,) if kind == NEGATE else ())
    places: dict[int, int] = {}
    kept: list[Node] = []
    for index in sorted(needed):
        kind, a, b = nodes[index]
        places[index] = len(kept)
        if kind in BINARY:
            kept.append((kind, places[a], places[b]))
        else:
            kept.append((kind, places[a], 0) if kind == NEGATE else (kind, a, b))
    return Program(tuple(kept), tuple(places[output] for output in outputs), groups)


def encoded(program: Program) -> bytes:
    """The encoding of a program that the key digest covers."""
    flat = [field for node in program.nodes for field in node]
    return integers([len(program.nodes), len(program.outputs), *flat, *program.outputs])
