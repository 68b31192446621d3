"""Lowering: leaves of the language become leaves of the core.

Fixed columns that are 1 on the first or last row only are no columns; proof values and totals are publics;
a value of the airgroup is an air value; messages go to buses of the core. Row offsets and degrees stay what
they are.
"""

from array import array
from functools import partial

from zisk_py.pil.errors import Code, Diagnostic, Frame, PilError
from zisk_py.pil.expander.air import AirBuilder, Claim, Message
from zisk_py.pil.expander.fixed import Cells, FixedTable
from zisk_py.pil.expander.graph import Leaf, Node, Operand
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.buses import Buses
from zisk_py.pil.passes.lowered import LoweredAir, Rewriting, Rule, Sending, unknown
from zisk_py.pil.passes.values import GlobalValues
from zisk_py.pil.span import Span
from zisk_py.pil.system import ONCE_BUS, TOTAL_BUS, FixedColumn, NodeKind

UNPROVABLE = {
    NodeKind.STAGE2_VALUE: "an air value of stage 2",
    NodeKind.GROUP_VALUE: "a value of an airgroup that is a product, or of stage 2",
}
ROOT = "the root of a commit, which is no number here: who verifies is given the whole commitment"


class Core:
    """What the airs share: values of the proof, buses, what cannot be proven."""

    def __init__(self, expander: Expander, values: GlobalValues, buses: Buses) -> None:
        self.expander = expander
        self.values = values
        self.buses = buses
        self.unprovable: list[Diagnostic] = []

    def refuse(self, what: str, span: Span, frame: Frame | None) -> None:
        """Note what this prover cannot do."""
        found = Diagnostic(
            Code.UNPROVABLE,
            f"this reads {what}; the file compiles, but this prover cannot prove it",
            span,
            frame,
        )
        self.unprovable.append(found)


def resolve(core: Core, builder: AirBuilder) -> LoweredAir:
    """The air over leaves of the core. Raises PilError for a fixed column without values."""
    return _Resolver(core, builder).run()


def form(table: FixedTable, frame: Frame | None = None) -> NodeKind:
    """FIRST, LAST or FIXED. Raises PilError for a column that has no values."""
    cells = table.cells
    if cells is not None and (cells.is_first() or cells.is_last()):
        return NodeKind.FIRST if cells.is_first() else NodeKind.LAST
    values = column_of(table, frame).values
    for row, kind in ((0, NodeKind.FIRST), (-1, NodeKind.LAST)):
        if values[row] == 1 and values.count(0) == len(values) - 1:
            return kind
    return NodeKind.FIXED


def column_of(table: FixedTable, frame: Frame | None = None) -> FixedColumn:
    """The column; one that was written as a sequence is made when it is used. Raises PilError."""
    if table.stored is not None:
        return FixedColumn(table.name, table.stored)
    if table.cells is None or table.rows is None:
        raise PilError(
            f"fixed column {table.name} is never given values", table.span, frame, code=Code.NO_VALUE
        )
    return FixedColumn(table.name, partial(_resolved, table.cells, table.rows))


def _resolved(cells: Cells, rows: int) -> "array[int]":
    return array("Q", cells.resolve(rows).tobytes())


class _Resolver:
    def __init__(self, core: Core, builder: AirBuilder) -> None:
        self.core = core
        self.builder = builder
        self.forms: dict[int, NodeKind] = {}
        self.numbers: dict[int, int] = {}
        fixed: list[FixedColumn] = []
        marks: dict[NodeKind, str] = {}
        for table in builder.fixed:
            if table.is_temporary:
                continue
            kind = self.forms[table.index] = form(table, builder.frame)
            if kind != NodeKind.FIXED:
                marks.setdefault(kind, table.name)
            else:
                self.numbers[table.index] = len(fixed)
                fixed.append(column_of(table))
        self.air = LoweredAir(
            builder,
            fixed,
            columns=list(builder.columns),
            stage2=[column.name for column in builder.stage2],
            air_values=list(builder.air_values),
            marks=marks,
        )
        self.graph = self.air.graph
        self.groups: dict[int, Leaf] = {}  # by group value: the air value that it is here
        self.rewrite = Rewriting(self.graph, self.leaf)
        self.reasons: dict[int, str] = {}  # by node: why it cannot be proven, or ""
        self.uses: Claim | Message | None = None

    def run(self) -> LoweredAir:
        air, builder = self.air, self.builder
        for claim in builder.claims:
            self.uses = claim
            self.add_rule(self.rewrite(claim.node), claim)
        for message in builder.messages:
            self.uses = message
            self.add_message(message)
        air.written = len(air.rules)
        for definition in builder.definitions:
            target, value = definition.target, self.rewrite(definition.value)
            if self.reason(value):
                continue
            if target.kind == NodeKind.WITNESS:
                if air.is_late(value):
                    raise PilError(
                        f"column {target.name} is of stage 1, and its value is known in stage 2 only",
                        definition.span,
                        builder.frame,
                        code=Code.STAGE,
                        suggestion=f"declare it as `col witness stage(2) {target.name}`",
                    )
                air.recipes.setdefault(target.index, self.moved(value, -target.offset))
            elif target.kind == NodeKind.STAGE2:
                air.late_recipes.setdefault(target.index, self.moved(value, -target.offset))
            elif target.kind != NodeKind.STAGE2_VALUE:
                own = self.rewrite(target)
                assert isinstance(own, Leaf)
                air.values.setdefault(own.index, value)
        self.add_defaults()
        if builder.is_single:
            self.add_count()
        return air

    # ---- leaves

    def leaf(self, old: Leaf) -> Node:
        """The leaf of the core; those that the core cannot have stay, to be found by `reason`."""
        air, offset = self.air, self.near(old.offset)
        kind = old.kind
        if kind == NodeKind.FIXED:
            if old.index not in self.forms:
                raise self.error(f"fixed column {old.name} is temporary, no column of the air")
            kind = self.forms[old.index]
        if kind == NodeKind.FIXED:
            return air.leaf(kind, self.numbers[old.index], offset, old.name)
        if kind in (NodeKind.FIRST, NodeKind.LAST):
            # Rows are cyclic: the last row is the one before the first.
            distance = offset + (kind == NodeKind.LAST)
            if distance == 1:
                return air.leaf(NodeKind.LAST, 0, 0, old.name + "'" * offset)
            return air.leaf(NodeKind.FIRST, 0, distance, old.name)
        if kind == NodeKind.PUBLIC:
            return air.leaf(kind, self.core.values.public(old.index), 0, old.name)
        if kind == NodeKind.PROOF_VALUE:
            return air.leaf(NodeKind.PUBLIC, self.core.values.proof_value(old.index), 0, old.name)
        if kind == NodeKind.GROUP_VALUE and old.index in self.core.values.totals:
            return self.group_value(old.index)
        return air.leaf(kind, old.index, offset, old.name)

    def near(self, offset: int) -> int:
        """The same row, counted the short way around."""
        rows = self.air.rows
        return offset if rows is None else (offset + rows // 2) % rows - rows // 2

    def group_value(self, number: int) -> Leaf:
        """The air value that stands for a value of the airgroup."""
        if number not in self.groups:
            group, air = self.core.values.groups[number], self.air
            if group.airgroup != self.builder.airgroup:
                raise self.error(
                    f"{group.name} is a value of airgroup {group.airgroup}, and this air is one of "
                    f"{self.builder.airgroup}"
                )
            name = group.name if group.name not in air.air_values else f"{group.airgroup}.{group.name}"
            own = air.leaf(NodeKind.AIR_VALUE, len(air.air_values), 0, name)
            air.air_values.append(name)
            self.groups[number] = own
        return self.groups[number]

    def moved(self, node: Node, rows: int) -> Node:
        return self.graph.shift(node, rows)

    def error(self, text: str) -> PilError:
        assert self.uses is not None
        return PilError(text, self.uses.span, self.uses.frame, code=Code.FOREIGN_COLUMN)

    def reason(self, *nodes: Node) -> str:
        """What the core cannot have below the nodes; empty if they are fine."""
        reasons = self.reasons
        for inner in unknown(reasons, *nodes):
            if isinstance(inner, Leaf):
                is_root = inner.kind == NodeKind.PUBLIC and inner.index < 0
                reasons[id(inner)] = ROOT if is_root else UNPROVABLE.get(inner.kind, "")
            else:
                reasons[id(inner)] = reasons[id(inner.left)] or reasons[id(inner.right)]
        return next((reasons[id(node)] for node in nodes if reasons[id(node)]), "")

    # ---- rules and messages

    def add_rule(self, node: Node, claim: Claim) -> None:
        reason = self.reason(node)
        if reason:
            self.core.refuse(reason, claim.span, claim.frame)
            node = self.graph.constant(1)  # never holds: what cannot be proven is never proven
        self.air.rules.append(Rule(node, claim.span, claim.frame))

    def add_message(self, message: Message) -> None:
        nodes = [self.rewrite(node) for node in message.nodes]
        reason = self.reason(*nodes)
        if not reason and any(self.air.is_late(node) for node in nodes):
            reason = "a challenge or a column of stage 2 in a message"
        if reason:
            self.core.refuse(reason, message.span, message.frame)
            self.air.rules.append(Rule(self.graph.constant(1), message.span, message.frame))
            return
        multiplicity = self.once(nodes[0]) if message.is_direct else nodes[0]
        self.air.sendings.append(self.core.buses.sending(self.graph, message, multiplicity, nodes[1:]))

    def once(self, multiplicity: Node) -> Node:
        """The multiplicity on the first row, 0 on the others."""
        is_number = isinstance(multiplicity, Leaf) and multiplicity.kind == NodeKind.CONSTANT
        factor: Operand = multiplicity.index if is_number and isinstance(multiplicity, Leaf) else multiplicity
        first = self.air.leaf(NodeKind.FIRST, 0, 0, "first row")
        return self.graph.node(self.graph.mul(first, factor))

    def add_count(self) -> None:
        """Send the air's number once per instance; the verifier takes back one of each."""
        builder, number = self.builder, self.graph.constant(self.builder.serial)
        first = self.air.leaf(NodeKind.FIRST, 0, 0, "first row")
        self.air.sendings.append(
            Sending(ONCE_BUS, 1, first, (number,), ("air",), builder.span, builder.frame)
        )

    def add_defaults(self) -> None:
        """Airs that do not mention a value of their airgroup have its default; then all values are sent."""
        values, air = self.core.values, self.air
        for number, public in values.totals.items():
            group = values.groups[number]
            if group.airgroup != self.builder.airgroup:
                continue
            if number not in self.groups:
                if group.default == 0:
                    continue
                own = self.group_value(number)
                rule = self.graph.node(self.graph.sub(own, group.default))
                air.rules.append(Rule(rule, group.span, self.builder.frame))
                air.values[own.index] = self.graph.constant(group.default)
            own = self.groups[number]
            values.parts.setdefault(public, []).append((self.builder.name, own.index))
            air.sendings.append(
                Sending(
                    TOTAL_BUS,
                    1,
                    self.once(own),
                    (self.graph.constant(number),),
                    (group.name,),
                    group.span,
                    self.builder.frame,
                )
            )
