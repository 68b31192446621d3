"""The shipped system (section 5): its airs, checked as far as a verifier leans on them."""

import zlib
from typing import NamedTuple

from .field import P
from .refusal import Refused, require
from .stream import Cap
from .values import cap, items, members, number, parsed, text

LARGEST_FILE = 2**20
MOST_INTERACTIONS = 1024
MAX_DEGREE = 3
CONSTANT, WITNESS, FIXED, PROGRAM, FIRST, LAST, AIR_VALUE, PUBLIC = range(8)
ADD, SUBTRACT, MULTIPLY, NEGATE, CHALLENGE, STAGE2, OWN_CHALLENGE, OWN_STAGE2 = range(8, 16)
BINARY = (ADD, SUBTRACT, MULTIPLY)
COLUMNS = (WITNESS, FIXED, PROGRAM, STAGE2, OWN_STAGE2)

Node = tuple[int, int, int]


class Interaction(NamedTuple):
    """A message of each row: on a bus, with a sign, a multiplicity and values that are nodes."""

    bus: int
    sign: int
    multiplicity: int
    values: tuple[int, ...]


class Air(NamedTuple):
    """What a verifier needs of an air."""

    name: str
    log_height: int | None
    columns: int
    fixed: int
    program: int
    air_values: tuple[str, ...]
    nodes: tuple[Node, ...]
    constraints: tuple[int, ...]
    interactions: tuple[Interaction, ...]
    own_stage2: int


class Whole(NamedTuple):
    """What holds once per proof, over public values."""

    nodes: tuple[Node, ...]
    constraints: tuple[int, ...]
    interactions: tuple[Interaction, ...]


class System(NamedTuple):
    """Airs in proof order, number of values of each bus, and what is not part of an air."""

    airs: tuple[Air, ...]
    buses: dict[int, int]
    fixed_cap: Cap
    publics: tuple[str, ...]
    proof_values: int
    challenges: tuple[str, ...]
    whole: Whole

    @property
    def width(self) -> int:
        """W: the largest number of values of any message, at least 1."""
        return max(self.buses.values(), default=1)

    def number_of(self, name: str) -> int:
        """The number of the air of this name."""
        names = [air.name for air in self.airs]
        require(names.count(name) == 1, f"the system has no air {name}, or several")
        return names.index(name)


def read_system(data: bytes) -> System:
    """The system of a shipped file."""
    try:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(data, LARGEST_FILE)
        outer = members(parsed(raw.decode("utf-8")))
    except (zlib.error, ValueError) as error:
        raise Refused("the system is no zlib stream of a text") from error
    require(
        unpacker.eof and not unpacker.unused_data,
        "the system's stream has not its end, or something after it",
    )
    inner = members(parsed(text(outer.get("system"))))
    publics, challenges = (tuple(map(text, items(inner.get(key, [])))) for key in ("publics", "challenges"))
    counts = {PUBLIC: len(publics), OWN_CHALLENGE: len(challenges)}
    airs = tuple(_read_air(row, counts) for row in items(inner.get("airs")))
    nothing: dict[str, object] = {"nodes": [], "constraints": [], "interactions": []}
    whole = _read_whole(members(inner.get("globals", nothing)), len(publics))
    interactions = [interaction for air in airs for interaction in air.interactions]
    interactions += whole.interactions
    require(
        2**16 * 2**24 * len(interactions) < P, "the system has so many interactions that counts could wrap"
    )
    return System(
        airs=airs,
        buses=_buses(interactions),
        fixed_cap=cap(outer.get("fixed_cap")) if any(air.fixed for air in airs) else (),
        publics=publics,
        proof_values=number(inner.get("proof_values", 0), len(publics) + 1),
        challenges=challenges,
        whole=whole,
    )


def _buses(interactions: list[Interaction]) -> dict[int, int]:
    """The buses, ascending, each with its one number of values."""
    widths: dict[int, int] = {}
    for interaction in interactions:
        width = widths.setdefault(interaction.bus, len(interaction.values))
        require(width == len(interaction.values) > 0, "messages of a bus have different numbers of values")
    return dict(sorted(widths.items()))


def _read_air(value: object, counts: dict[int, int]) -> Air:
    """An air of the JSON object; counts are those of public values and challenges."""
    found = members(value)
    log_height = found.get("log_height")
    air = Air(
        name=text(found.get("name")),
        log_height=None if log_height is None else number(log_height, 25),
        columns=len(items(found.get("columns"))),
        fixed=len(items(found.get("fixed"))),
        program=len(items(found.get("program"))),
        air_values=tuple(map(text, items(found.get("air_values")))),
        nodes=(),
        constraints=_read_constraints(found),
        interactions=tuple(map(_read_interaction, items(found.get("interactions")))),
        own_stage2=len(items(found.get("stage2", []))),
    )
    require(
        len(air.interactions) <= MOST_INTERACTIONS, "an air has more interactions than this verifier takes"
    )
    require(all(name.isascii() for name in (air.name, *air.air_values)), "a name is not ASCII")
    limits = {CONSTANT: P, WITNESS: air.columns, FIXED: air.fixed, PROGRAM: air.program, FIRST: 1, LAST: 1}
    limits |= {AIR_VALUE: len(air.air_values), OWN_STAGE2: air.own_stage2} | counts
    nodes = _read_nodes(found, limits)
    _check_uses(air.constraints, air.interactions, len(nodes))
    degrees = node_degrees(nodes)
    require(
        all(degrees[node] <= MAX_DEGREE for node in air.constraints), "a constraint has too large a degree"
    )
    late = _depending(nodes, (OWN_CHALLENGE, OWN_STAGE2))
    require(
        not any(late[node] for row in air.interactions for node in (row.multiplicity, *row.values)),
        "an interaction depends on a challenge",
    )
    return air._replace(nodes=tuple(nodes))


def _read_whole(found: dict[str, object], publics: int) -> Whole:
    """The globals of the JSON object."""
    nodes = _read_nodes(found, {CONSTANT: P, PUBLIC: publics})
    interactions = tuple(map(_read_interaction, items(found.get("interactions"))))
    whole = Whole(tuple(nodes), _read_constraints(found), interactions)
    _check_uses(whole.constraints, interactions, len(nodes))
    return whole


def _read_constraints(found: dict[str, object]) -> tuple[int, ...]:
    """The nodes that are zero."""
    return tuple(number(items(row, 2)[0]) for row in items(found.get("constraints")))


def _read_nodes(found: dict[str, object], limits: dict[int, int]) -> list[Node]:
    """The nodes; the first operand of a leaf is below the limit of its kind."""
    nodes: list[Node] = []
    for row in items(found.get("nodes")):
        kind, a, b = map(number, items(row, 3))
        before = len(nodes)
        first = before if kind in (*BINARY, NEGATE) else limits.get(kind, 0)
        second = before if kind in BINARY else 2 if kind in COLUMNS else 1
        require(a < first and b < second, "a node points nowhere")
        nodes.append((kind, a, b))
    return nodes


def _check_uses(constraints: tuple[int, ...], interactions: tuple[Interaction, ...], nodes: int) -> None:
    """Refuse a constraint or an interaction of what is no node."""
    used = [*constraints, *(node for row in interactions for node in (row.multiplicity, *row.values))]
    require(all(node < nodes for node in used), "a constraint or an interaction has no node")


def _depending(nodes: list[Node], kinds: tuple[int, ...]) -> list[bool]:
    """Which nodes depend on leaves of these kinds."""
    found: list[bool] = []
    for kind, a, b in nodes:
        inner = (a, b) if kind in BINARY else (a,) if kind == NEGATE else ()
        found.append(kind in kinds or any(found[node] for node in inner))
    return found


def _read_interaction(value: object) -> Interaction:
    """An interaction of the JSON object."""
    bus, sign, multiplicity, values = items(value, 4)
    if sign not in (1, -1) or type(sign) is not int:
        raise Refused("the sign of an interaction is neither 1 nor -1")
    return Interaction(number(bus, P - 1), sign, number(multiplicity), tuple(map(number, items(values))))


def node_degrees(nodes: list[Node]) -> list[int]:
    """The degree of each node; all that is larger than allowed counts as one more than is."""
    degrees: list[int] = []
    for kind, a, b in nodes:
        if kind in (*COLUMNS, FIRST, LAST):
            degrees.append(1)
        elif kind == MULTIPLY:
            degrees.append(min(degrees[a] + degrees[b], MAX_DEGREE + 1))
        elif kind in (ADD, SUBTRACT):
            degrees.append(max(degrees[a], degrees[b]))
        else:
            degrees.append(degrees[a] if kind == NEGATE else 0)
    return degrees
