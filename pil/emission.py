"""From lowered airs to the compiled form: nodes are numbered, operands before what uses them."""

from collections import Counter
from collections.abc import Iterable, Sequence

from zisk_py.pil.compiled import AuthoredAir, Compiled, Computed, Cost, Multiplicity, Place, Recipe
from zisk_py.pil.expander.air import AirBuilder, Claim, Message
from zisk_py.pil.expander.graph import Leaf
from zisk_py.pil.expander.graph import Node as Expression
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes import global_rules, lower_air, values
from zisk_py.pil.passes.buses import Buses, messages_of
from zisk_py.pil.passes.grouping import num_groups
from zisk_py.pil.passes.leaves import Core
from zisk_py.pil.passes.lowered import ROWED, LoweredAir, Rule, Sending, unknown
from zisk_py.pil.system import (
    ONCE_BUS,
    TOTAL_BUS,
    Air,
    Constraint,
    Globals,
    Interaction,
    Node,
    NodeKind,
    Source,
    System,
)


def emit(expander: Expander) -> Compiled:
    """Lower all airs that are proven, one by one. Raises PilError."""
    core = Core(expander, values.collect(expander), Buses(list(messages_of(expander))))
    airs: list[Air] = []
    beside: list[AuthoredAir] = []
    for builder in expander.airs:
        if not builder.is_virtual:
            air = lower_air(core, builder)
            airs.append(_air(air))
            beside.append(_beside(air))
        for table in builder.fixed:
            if table.is_missing:
                core.refuse(f"{table.name}, whose values are missing", table.span, builder.frame)
    lowered = global_rules.lower(core)
    nodes = _Nodes([*(rule.node for rule in lowered.rules), *(n for s in lowered.sendings for n in s.nodes)])
    rules = Globals(
        tuple(nodes.made),
        tuple(_constraints(lowered.rules, nodes)),
        tuple(_interactions(lowered.sendings, nodes)),
    )
    publics = core.values
    buses = dict(core.buses.names)
    if publics.totals:
        buses[TOTAL_BUS] = "totals of airgroups"
    if any(builder.is_single for builder in expander.airs):
        buses[ONCE_BUS] = "airs that have one instance"
    return Compiled(
        System(tuple(airs), publics.publics, publics.num_own, tuple(expander.challenges), globals=rules),
        tuple(beside),
        buses=buses,
        totals={public: tuple(publics.parts.get(public, ())) for public in publics.totals.values()},
        warnings=tuple(expander.warnings),
        unprovable=tuple(core.unprovable),
        authored=tuple(expander.airs),
        places=_places(expander),
        reads=dict(expander.files.reads),
    )


def _places(expander: Expander) -> dict[Source, Place]:
    """Where everything was written that the system has a source of; the first of those that look the same."""
    found: dict[Source, Place] = {}
    made = [air for air in expander.airs if not air.is_virtual]
    uses: list[Claim | Message] = []
    for air in made:
        uses += [*air.claims, *air.messages]
    for use in [*uses, *expander.claims, *expander.messages]:
        found.setdefault(use.span.source(), Place(use.span, use.frame))
    return found


class _Nodes:
    """Numbered nodes: those below some roots, each once."""

    def __init__(self, roots: Iterable[Expression]) -> None:
        self.made: list[Node] = []
        self.numbers: dict[int, int] = {}
        known: dict[Node, int] = {}
        for node in unknown(self.numbers, *roots):
            if isinstance(node, Leaf):
                made = (int(node.kind), node.index, node.offset)
            elif node.kind == NodeKind.NEG:
                made = (int(node.kind), self.of(node.left), 0)
            else:
                made = (int(node.kind), self.of(node.left), self.of(node.right))
            if made not in known:
                known[made] = len(self.made)
                self.made.append(made)
            self.numbers[id(node)] = known[made]

    def of(self, node: Expression) -> int:
        """The number of a node."""
        return self.numbers[id(node)]


def _air(air: LoweredAir) -> Air:
    """The compiled air. Only nodes that a constraint or a message needs are in it."""
    builder = air.builder
    nodes = _Nodes([*(rule.node for rule in air.rules), *(n for s in air.sendings for n in s.nodes)])
    return Air(
        name=builder.name,
        log_height=builder.log_height,
        columns=tuple(air.columns),
        fixed=tuple(air.fixed),
        program=tuple(builder.program),
        air_values=tuple(air.air_values),
        nodes=tuple(nodes.made),
        constraints=tuple(_constraints(air.rules, nodes)),
        interactions=tuple(_interactions(air.sendings, nodes)),
        stage2=tuple(air.stage2),
    )


def _first(rules: Sequence[Rule]) -> list[tuple[int, Rule]]:
    """One rule per node, with its position: lowering may have made two of them equal."""
    made: dict[int, tuple[int, Rule]] = {}
    for number, rule in enumerate(rules):
        made.setdefault(id(rule.node), (number, rule))
    return list(made.values())


def _constraints(rules: Sequence[Rule], nodes: _Nodes) -> list[Constraint]:
    return [
        Constraint(nodes.of(rule.node), rule.node.degree, rule.span.source()) for _, rule in _first(rules)
    ]


def _interactions(sendings: Sequence[Sending], nodes: _Nodes) -> list[Interaction]:
    return [
        Interaction(
            sending.bus,
            sending.sign,
            nodes.of(sending.multiplicity),
            tuple(nodes.of(value) for value in sending.values),
            sending.names,
            sending.span.source(),
        )
        for sending in sendings
    ]


def _beside(air: LoweredAir) -> AuthoredAir:
    builder = air.builder
    computed = [recipe for recipe in air.recipes.values() if not isinstance(recipe, Multiplicity)]
    nodes = _Nodes([*computed, *air.values.values(), *air.late_recipes.values()])
    recipes: dict[int, Recipe] = {
        column: recipe if isinstance(recipe, Multiplicity) else Computed(nodes.of(recipe))
        for column, recipe in sorted(air.recipes.items())
    }
    kept = _first(air.rules)
    return AuthoredAir(
        builder.airgroup,
        builder.template,
        air.marks,
        builder.is_library,
        given=len(builder.columns),
        nodes=tuple(nodes.made),
        recipes=recipes,
        values={value: nodes.of(node) for value, node in sorted(air.values.items())},
        stage2={column: nodes.of(node) for column, node in sorted(air.late_recipes.items())},
        written=sum(number < air.written for number, _ in kept),
        moved=tuple(rule.moved for _, rule in kept),
        sent=tuple(sending.moved for sending in air.sendings),
        cost=_cost(air),
    )


def _cost(air: LoweredAir) -> Cost:
    """What was written, and what is proven."""
    builder: AirBuilder = air.builder
    seen: dict[int, bool] = {}
    offsets: set[int] = set()
    uses: list[Claim | Message] = [*builder.claims, *builder.messages]
    roots = [node for use in uses for node in use.nodes]
    for node in unknown(seen, *roots):
        seen[id(node)] = True
        if isinstance(node, Leaf) and node.kind in ROWED:
            offsets.add(node.offset)
    committed = len(builder.program) + len(air.fixed)
    columns = {0: committed, 1: len(builder.columns), 2: len(builder.stage2)}
    degrees = Counter(claim.node.degree for claim in builder.claims)
    messages = [
        (sending.multiplicity.degree, max((value.degree for value in sending.values), default=0))
        for sending in air.sendings
    ]
    return Cost(
        {stage: number for stage, number in columns.items() if number},
        dict(sorted(degrees.items())),
        len(builder.messages),
        tuple(sorted(offsets)),
        air.added,
        num_groups(messages),
    )
