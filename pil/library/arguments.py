"""Lookups and permutations: every use becomes a message on a bus, sent on each row.

PIL2's library makes columns of running sums (`gsum`, `im`), running products (`gprod`) and a global
constraint of them. Here these are the prover's business: a message is all that an argument leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.air import AirBuilder, Message
from zisk_py.pil.expander.graph import Node, Operand, text
from zisk_py.pil.expander.values import Array, Value
from zisk_py.pil.library import virtual_tables
from zisk_py.pil.library.constants import (
    BUS_PROD,
    BUS_SUM,
    MODE_ONE_INSTANCE,
    SURNAME_DYNAMIC,
    SURNAME_ISOLATED,
)
from zisk_py.pil.library.state import Library, Native

ASSUMES, PROVES = -1, 1


@dataclass(frozen=True, slots=True)
class Manner:
    """How a message is sent, beside its tuple and how often."""

    opids: tuple[int, ...] = ()  # of a bus that is an expression
    surname: int = 0
    is_product: bool = False
    is_global: bool = False
    is_direct: bool = False  # written to be sent once; without it a warning says so
    is_range: bool = False
    is_free: bool = False  # the multiplicity says whether it provides or consumes


def send(
    library: Library,
    node: ast.Call,
    bus: Value,
    values: Value,
    sign: int,
    multiplicity: Operand,
    manner: Manner = Manner(),
) -> None:
    """Add a message: `sign * multiplicity` times the tuple. Nothing is sent where that is the constant 0."""
    expander, graph = library.expander, library.expander.graph
    assert isinstance(values, Array)
    air = None if manner.is_global else expander.current_air("a message on a bus", node.span)
    if air is not None and air.is_virtual:
        raise library.error(
            Code.TABLE,
            f"air {air.name} is virtual: all that it can do is to prove lookups",
            node.span,
            "call lookup_proves, or instantiate the template without `virtual`",
        )
    operands = [expander.operand(value, node.span) for value in values.items]
    if not operands:
        raise library.error(Code.BUS, "a message needs at least one value", node.span, "give one: [value]")
    names = values.names or [""] * len(operands)
    labels = tuple(name or text(operand) for name, operand in zip(names, operands, strict=True))
    opids, number = _bus(library, node, bus, manner)
    for opid in opids:
        # A direct message may consume what a range has; if it provided it, the range would be larger.
        if manner.surname != SURNAME_ISOLATED and (sign == PROVES or not manner.is_direct):
            library.claim_opid(opid, node.span, is_range=manner.is_range, is_product=manner.is_product)
        if air is not None and library.setting("STD_MODE") == MODE_ONE_INSTANCE:
            _keep_apart(library, node, air, opid)
    if isinstance(multiplicity, int) and multiplicity == 0:
        return
    nodes = tuple(graph.node(operand) for operand in operands)
    times = graph.node(multiplicity)
    is_direct = all(
        part.degree == 0 for part in (times, *nodes, *(() if isinstance(number, int) else (number,)))
    )
    if is_direct and not (manner.is_direct or manner.is_range):
        expander.warn(
            Code.ONCE_PER_INSTANCE,
            "this message has no columns: it is sent once per instance, not per row",
            node.span,
            "say so with direct_update_assumes or direct_update_proves, or multiply by a selector column",
        )
    message = Message(
        number,
        sign,
        times,
        nodes,
        labels,
        node.span,
        expander.frame,
        opids=() if isinstance(number, int) else opids,
        is_direct=is_direct,
        is_dynamic=manner.surname == SURNAME_DYNAMIC,
        is_product=manner.is_product,
        is_isolated=manner.surname == SURNAME_ISOLATED,
        is_free=manner.is_free,
    )
    (expander.messages if air is None else air.messages).append(message)


def _bus(library: Library, node: ast.Call, bus: Value, manner: Manner) -> tuple[tuple[int, ...], int | Node]:
    """The opids that a message can have, and its bus."""
    number = library.expander.operand(bus, node.span)
    if not isinstance(number, int):
        return tuple(sorted(set(manner.opids))), number
    if manner.opids and number not in manner.opids:
        raise library.error(
            Code.BUS, f"busid is {number}, which is none of the opids", node.span, "add it to the opids"
        )
    return (number,), number


def _keep_apart(library: Library, node: ast.Call, air: AirBuilder, opid: int) -> None:
    """Raise PilError for an opid of two airs that are to close their buses alone.

    Instances of one air are not told apart on a bus: with this mode a proof has one of each.
    """
    air.is_single = True
    home = library.homes.setdefault(opid, air)
    if home is not air:
        raise library.error(
            Code.BUS,
            f"with STD_MODE_ONE_INSTANCE every air closes its own bus, and opid {opid} is one of air "
            f"{home.name} too",
            node.span,
            "give the airs opids of their own, or leave set_std_mode out",
        )


def selector(library: Library, node: ast.Call, value: Value, is_known: Value, *, ternary: bool) -> Operand:
    """A selector, constrained to 0 and 1 (ternary: and -1) unless the author says that it is."""
    expander = library.expander
    operand = expander.operand(value, node.span)
    if isinstance(operand, int):
        allowed = (-1, 0, 1) if ternary else (0, 1)
        if operand not in allowed:
            raise library.error(
                Code.SELECTOR,
                f"a constant selector is one of {allowed}, not {operand}",
                node.span,
                "for a multiplicity call lookup_proves or lookup",
            )
        return operand
    if expander.to_integer(is_known, node.span) == 0:
        graph = expander.graph
        zero = graph.mul(operand, graph.sub(1, operand))
        if ternary:
            zero = graph.mul(zero, graph.add(operand, 1))
        expander.current_air("a selector", node.span).claim(graph.node(zero), node.span, expander.frame)
    return operand


def surname(library: Library, node: ast.Call, arguments: dict[str, Value], default: int = 0) -> int:
    """The surname of an argument: isolated, dynamic, or neither."""
    value = library.expander.to_integer(arguments["surname"], node.span) or default
    if value not in (0, SURNAME_ISOLATED, SURNAME_DYNAMIC):
        raise library.error(
            Code.BUS,
            f"there is no surname {value}",
            node.span,
            "take PIOP_SURNAME_ISOLATED or PIOP_SURNAME_DYNAMIC, or leave it out",
        )
    return value


def lookup_assumes(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Consume the tuple where sel is 1."""
    times = selector(library, node, arguments["sel"], arguments["sel_is_binary"], ternary=False)
    manner = Manner(surname=surname(library, node, arguments))
    send(library, node, arguments["opid"], arguments["expressions"], ASSUMES, times, manner)


def lookup_proves(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple mul times. In a virtual air the tuples are a table, which is collected."""
    if library.expander.current_air("a lookup", node.span).is_virtual:
        virtual_tables.collect(library, arguments, node)
        return
    _with_multiplicity(library, arguments, node, is_free=False)


def lookup(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple mul times; a negative multiplicity consumes."""
    _with_multiplicity(library, arguments, node, is_free=True)


def _with_multiplicity(
    library: Library, arguments: dict[str, Value], node: ast.Call, *, is_free: bool
) -> None:
    times = library.expander.operand(arguments["mul"], node.span)
    manner = Manner(surname=surname(library, node, arguments), is_free=is_free)
    send(library, node, arguments["opid"], arguments["expressions"], PROVES, times, manner)


def _opids(library: Library, node: ast.Call, values: Value) -> tuple[int, ...]:
    assert isinstance(values, Array)
    opids = tuple(library.expander.to_integer(value, node.span) for value in values.items)
    if not opids:
        raise library.error(
            Code.BUS, "a dynamic lookup needs opids", node.span, "list those that busid can be"
        )
    return opids


def lookup_assumes_dynamic(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Consume the tuple sel times on the bus that `busid`, one of `opids`, says."""
    _dynamic(library, arguments, node, ASSUMES, "sel")


def lookup_proves_dynamic(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple mul times on the bus that `busid`, one of `opids`, says."""
    _dynamic(library, arguments, node, PROVES, "mul")


def _dynamic(library: Library, arguments: dict[str, Value], node: ast.Call, sign: int, times: str) -> None:
    manner = Manner(
        opids=_opids(library, node, arguments["opids"]),
        surname=surname(library, node, arguments, SURNAME_DYNAMIC),
    )
    multiplicity = library.expander.operand(arguments[times], node.span)
    send(library, node, arguments["busid"], arguments["expressions"], sign, multiplicity, manner)


def permutation_manner(library: Library, arguments: dict[str, Value], node: ast.Call) -> Manner:
    """How a permutation is sent: on which bus, with which surname."""
    given = library.expander.to_integer(arguments["bus_type"], node.span)
    bus_type = library.bus_type(given, "PERMUTATION_BUS_TYPE", node.span)
    assert bus_type in (BUS_SUM, BUS_PROD)
    return Manner(
        surname=surname(library, node, arguments) if "surname" in arguments else 0,
        is_product=bus_type == BUS_PROD,
    )


def permutation_assumes(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Consume the tuple where sel is 1."""
    _permutation(library, arguments, node, ASSUMES, "sel_is_binary")


def permutation_proves(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple where sel is 1."""
    _permutation(library, arguments, node, PROVES, "sel_is_binary")


def permutation(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple where sel is 1, consume it where it is -1."""
    _permutation(library, arguments, node, PROVES, "sel_is_ternary")


def _permutation(
    library: Library, arguments: dict[str, Value], node: ast.Call, sign: int, known: str
) -> None:
    ternary = known == "sel_is_ternary"
    manner = replace(permutation_manner(library, arguments, node), is_free=ternary)
    times = selector(library, node, arguments["sel"], arguments[known], ternary=ternary)
    send(library, node, arguments["opid"], arguments["expressions"], sign, times, manner)


NATIVE: dict[str, Native] = {
    "lookup_assumes": lookup_assumes,
    "lookup_proves": lookup_proves,
    "lookup": lookup,
    "lookup_assumes_dynamic": lookup_assumes_dynamic,
    "lookup_proves_dynamic": lookup_proves_dynamic,
    "permutation_assumes": permutation_assumes,
    "permutation_proves": permutation_proves,
    "permutation": permutation,
}
