"""Lint: `bits(n)` adds no constraint, and nothing else keeps the column in that range."""

from collections import defaultdict
from collections.abc import Iterator

from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.graph import Leaf, Node, Operation
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lints.uses import authored, leaves, place
from zisk_py.pil.system import NodeKind

FULL = 64  # bits of any element of the field


def find(expander: Expander) -> Iterator[Diagnostic]:
    """Columns with bits that are in no message, and that no constraint keeps to a few values by itself."""
    for air in authored(expander):
        kept = _in_messages(air) | _in_own_constraints(air)
        for index, column in enumerate(air.columns):
            if not 0 < column.bits < FULL or index in kept or column.source is None:
                continue
            span = place(expander, column.source)
            if span is not None:
                name, bits = column.name, column.bits
                bounds, remedy = f"below 2^{bits}", f"range_check({name}, 0, 2**{bits} - 1)"
                if column.is_signed:
                    bounds = f"from -2^{bits - 1} to 2^{bits - 1} - 1"
                    remedy = f"range_check({name}, -2**{bits - 1}, 2**{bits - 1} - 1)"
                elif bits == 1:
                    remedy = f"{name} * (1 - {name}) === 0"
                yield Diagnostic(
                    Code.UNDISCHARGED_RANGE,
                    f"nothing keeps {name} {bounds}: `{column.feature}` adds no constraint",
                    span,
                    air.frame,
                    f"add `{remedy};`",
                )


def _in_messages(air: AirBuilder) -> set[int]:
    """Columns that are in a value of a message: its partner says what they can be."""
    values = [value for message in air.messages for value in message.values]
    return {leaf.index for leaf in leaves(values) if leaf.kind == NodeKind.WITNESS}


def _in_own_constraints(air: AirBuilder) -> set[int]:
    """Columns with a constraint of degree 2 or more that has no other column, but for a selector in front."""
    found: set[int] = set()
    for claim in air.claims:
        degrees: dict[int, int] = defaultdict(int)
        for factor in _factors(claim.node):
            columns = {leaf.index for leaf in leaves([factor]) if leaf.kind == NodeKind.WITNESS}
            if len(columns) == 1:
                degrees[columns.pop()] += factor.degree
        found.update(index for index, degree in degrees.items() if degree > 1)
    return found


def _factors(node: Node) -> list[Node]:
    """What is multiplied in it, each factor once."""
    factors: dict[int, Node] = {}
    stack = [node]
    while stack:
        inner = stack.pop()
        if isinstance(inner, Operation) and inner.kind in (NodeKind.MUL, NodeKind.NEG):
            stack += {id(inner.left): inner.left, id(inner.right): inner.right}.values()
        elif not (isinstance(inner, Leaf) and inner.kind == NodeKind.CONSTANT):
            factors[id(inner)] = inner
    return list(factors.values())
