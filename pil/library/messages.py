"""PIL2's standard library, native: lookups, permutations and range checks become messages on buses."""

from collections.abc import Callable

from zisk_py.pil import ast
from zisk_py.pil.expander.air import Message
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Operand, text
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.expander.values import Array, Value

Native = Callable[[Expander, dict[str, Value], ast.Call], Value | None]

RANGE_BUS = "BUS_RANGE16"
RANGE_MAX = 0xFFFF
PRODUCT_BUS = 2  # bus_type PIOP_BUS_PROD


def send(
    expander: Expander, node: ast.Call, bus: Value, values: Value, sign: int, multiplicity: Operand
) -> None:
    """Add a message per row: `sign * multiplicity` times the tuple."""
    air = expander.current_air("a message on a bus", node.span)
    assert isinstance(values, Array)
    names = values.names or [f"[{i}]" for i in range(len(values.items))]
    operands = [expander.operand(value, node.span) for value in values.items]
    if not values.items:
        raise expander.error("a message needs at least one value", node.span)
    if isinstance(multiplicity, int) and multiplicity == 0:
        return
    graph = expander.graph
    nodes = tuple(graph.node(operand) for operand in operands)
    labels = tuple(name or text(operand) for name, operand in zip(names, operands, strict=True))
    times = graph.node(multiplicity)
    if times.degree == 0 and all(value.degree == 0 for value in nodes):
        raise expander.error(
            "a message without columns is sent once per instance, not per row; this is not supported yet: "
            "multiply by a selector column",
            node.span,
        )
    number = expander.to_integer(bus, node.span)
    air.messages.append(Message(number, sign, times, nodes, labels, node.span, expander.frame))


def selector(expander: Expander, node: ast.Call, value: Value, is_known: Value, *, ternary: bool) -> Operand:
    """A selector, constrained to 0 and 1 (ternary: and -1) unless the author says that it is."""
    operand = expander.operand(value, node.span)
    if isinstance(operand, int):
        allowed = (-1, 0, 1) if ternary else (0, 1)
        if operand not in allowed:
            raise expander.error(f"a constant selector is one of {allowed}, not {operand}", node.span)
        return operand
    if expander.to_integer(is_known, node.span) == 0:
        graph = expander.graph
        zero = graph.mul(operand, graph.sub(1, operand))
        if ternary:
            zero = graph.mul(zero, graph.add(operand, 1))
        expander.current_air("a selector", node.span).claim(graph.node(zero), node.span, expander.frame)
    return operand


def _sum_bus(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    if arguments["bus_type"] == PRODUCT_BUS:
        raise expander.error("the product bus is not supported; leave bus_type out", node.span)


def lookup_assumes(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Consume the tuple where sel is 1."""
    times = selector(expander, node, arguments["sel"], arguments["sel_is_binary"], ternary=False)
    send(expander, node, arguments["opid"], arguments["e"], -1, times)


def lookup_proves(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple mul times."""
    if arguments.get("table_id", -1) != -1:
        raise expander.error("virtual tables are not supported yet; leave table_id out", node.span)
    send(expander, node, arguments["opid"], arguments["e"], 1, expander.operand(arguments["mul"], node.span))


def permutation_assumes(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Consume the tuple where sel is 1."""
    _sum_bus(expander, arguments, node)
    lookup_assumes(expander, arguments, node)


def permutation_proves(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple where sel is 1."""
    _sum_bus(expander, arguments, node)
    times = selector(expander, node, arguments["sel"], arguments["sel_is_binary"], ternary=False)
    send(expander, node, arguments["opid"], arguments["e"], 1, times)


def permutation(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple where sel is 1, consume it where it is -1."""
    _sum_bus(expander, arguments, node)
    times = selector(expander, node, arguments["sel"], arguments["sel_is_ternary"], ternary=True)
    send(expander, node, arguments["opid"], arguments["e"], 1, times)


def range_check(expander: Expander, arguments: dict[str, Value], node: ast.Call) -> None:
    """`min <= e <= max` where sel is 1. The only table is that of 16 bits."""
    bounds = (arguments["min"], arguments["max"])
    if bounds != (0, RANGE_MAX):
        raise expander.error(
            f"only the range from 0 to {RANGE_MAX} has a table, not {bounds[0]} to {bounds[1]}; "
            "write the range with limbs of 16 bits",
            node.span,
        )
    bus = expander.proof_scope.variables.get(RANGE_BUS)
    if bus is None or bus.value is None:
        raise expander.error(f"range_check needs the constant {RANGE_BUS}, the bus of the table", node.span)
    value = arguments["e"]
    argument = next((a.value for a in node.arguments if a.name == "e"), node.arguments[0].value)
    name = value.name if isinstance(value, FixedTable) else argument.span.one_line
    times = expander.operand(arguments["sel"], node.span)
    send(expander, node, bus.value, Array([value], [name]), -1, times)


NATIVE: dict[str, Native] = {
    "lookup_assumes": lookup_assumes,
    "lookup_proves": lookup_proves,
    "lookup": lookup_proves,
    "permutation_assumes": permutation_assumes,
    "permutation_proves": permutation_proves,
    "permutation": permutation,
    "range_check": range_check,
}
