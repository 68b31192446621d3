"""Pass: fixed columns that are 1 on the first or last row only are no columns; rows are this and the next."""

from dataclasses import replace

from zisk_py.pil.errors import Frame, PilError
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import COLUMN_KINDS, Graph, Leaf, Node
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.span import Span
from zisk_py.pil.system import NodeKind


def apply(expander: Expander) -> None:
    """Rewrite claims and messages. Raises PilError for a row offset other than 0 and +1."""
    for air in expander.airs:
        forms = {table.index: form(table, air.frame) for table in air.fixed}
        kept = [table for table in air.fixed if forms[table.index] == NodeKind.FIXED]
        numbers = {table.index: number for number, table in enumerate(kept)}
        air.fixed = kept
        air.claims = [
            replace(claim, node=_rewrite(expander.graph, claim.node, forms, numbers, claim.span, claim.frame))
            for claim in air.claims
        ]
        air.messages = [
            replace(
                message,
                multiplicity=_rewrite(
                    expander.graph, message.multiplicity, forms, numbers, message.span, message.frame
                ),
                values=tuple(
                    _rewrite(expander.graph, value, forms, numbers, message.span, message.frame)
                    for value in message.values
                ),
            )
            for message in air.messages
        ]


def form(table: FixedTable, frame: Frame | None = None) -> NodeKind:
    """FIRST, LAST or FIXED. Raises PilError for a column that has no values."""
    if table.values is not None:
        if table.values.count(0) == len(table.values) - 1:
            if table.values[0] == 1:
                return NodeKind.FIRST
            if table.values[-1] == 1:
                return NodeKind.LAST
        return NodeKind.FIXED
    if table.cells is None:
        raise PilError(f"fixed column {table.name} is never given values", table.span, frame)
    return NodeKind.FIRST if table.cells.is_first() else NodeKind.LAST


def _rewrite(
    graph: Graph,
    node: Node,
    forms: dict[int, NodeKind],
    numbers: dict[int, int],
    span: Span,
    frame: Frame | None,
) -> Node:
    def leaf(old: Leaf) -> Leaf:
        if old.kind not in COLUMN_KINDS:
            return old
        kind = forms[old.index] if old.kind == NodeKind.FIXED else old.kind
        # 1 on the row before the first one is 1 on the last one: rows are cyclic.
        if kind == NodeKind.FIRST and old.offset == 1:
            return graph.leaf(NodeKind.LAST, 0, 0, old.air, f"{old.name}'")
        if kind in (NodeKind.FIRST, NodeKind.LAST) and old.offset == 0:
            return graph.leaf(kind, 0, 0, old.air, old.name)
        if kind in (NodeKind.FIRST, NodeKind.LAST) or old.offset not in (0, 1):
            raise PilError(
                f"column {old.name} is read {_rows(old.offset)}; this prover opens rows 0 and +1", span, frame
            )
        index = numbers[old.index] if old.kind == NodeKind.FIXED else old.index
        return graph.leaf(kind, index, old.offset, old.air, old.name)

    return graph.rebuild(node, leaf)


def _rows(offset: int) -> str:
    return f"{abs(offset)} row{'s' * (abs(offset) > 1)} {'later' if offset > 0 else 'earlier'}"
