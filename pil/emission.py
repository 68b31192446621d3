"""From what expansion left to the compiled form: nodes are numbered, operands before what uses them."""

from zisk_py.pil.compiled import AuthoredAir, Compiled, Cost
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.graph import Leaf, post_order
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.system import Air, Constraint, FixedColumn, Interaction, Node, NodeKind, System


def emit(expander: Expander) -> Compiled:
    """The compiled form of all airs, with what is known beside it."""
    airs = tuple(_emit_air(air) for air in expander.airs)
    beside = tuple(_beside(air) for air in expander.airs)
    return Compiled(
        System(airs, tuple(expander.publics)),
        beside,
        warnings=tuple(expander.warnings),
        authored=tuple(expander.airs),
    )


def _beside(air: AirBuilder) -> AuthoredAir:
    cost = Cost({}, {}, len(air.messages), (), 0, 0)
    return AuthoredAir(
        air.airgroup,
        air.template,
        air.is_library,
        given=len(air.columns),
        nodes=(),
        recipes={},
        values={},
        stage2={},
        written=len(air.claims),
        moved=(0,) * len(air.claims),
        sent=(0,) * len(air.messages),
        cost=cost,
    )


def _emit_air(builder: AirBuilder) -> Air:
    """The compiled air. Only nodes that a constraint or a message needs are in it."""
    numbers: dict[int, int] = {}
    nodes: list[Node] = []
    known: dict[Node, int] = {}
    roots = [node for claim in builder.claims for node in claim.nodes]
    roots += [node for message in builder.messages for node in message.nodes]
    for node in post_order(*roots):
        if isinstance(node, Leaf):
            made = (int(node.kind), node.index, node.offset)
        elif node.kind == NodeKind.NEG:
            made = (int(node.kind), numbers[id(node.left)], 0)
        else:
            made = (int(node.kind), numbers[id(node.left)], numbers[id(node.right)])
        if made not in known:
            known[made] = len(nodes)
            nodes.append(made)
        numbers[id(node)] = known[made]
    return Air(
        name=builder.name,
        log_height=builder.log_height,
        columns=tuple(builder.columns),
        fixed=tuple(FixedColumn(table.name, table.values or ()) for table in builder.fixed),
        program=tuple(builder.program),
        air_values=tuple(builder.air_values),
        nodes=tuple(nodes),
        constraints=tuple(_constraints(builder, numbers)),
        interactions=tuple(
            Interaction(
                message.bus if isinstance(message.bus, int) else -1,
                message.sign,
                numbers[id(message.multiplicity)],
                tuple(numbers[id(value)] for value in message.values),
                message.names,
                message.span.source(),
            )
            for message in builder.messages
        ),
    )


def _constraints(builder: AirBuilder, numbers: dict[int, int]) -> list[Constraint]:
    """One constraint per node: the passes may have made two of them equal."""
    made: dict[int, Constraint] = {}
    for claim in builder.claims:
        number = numbers[id(claim.node)]
        made.setdefault(number, Constraint(number, claim.node.degree, claim.span.source()))
    return list(made.values())
