"""Constraints, on every row or on the rows of a domain, and definitions of columns."""

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import declarations
from zisk_py.pil.expander.air import AirBuilder, Claim, Definition
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Leaf, Node, post_order
from zisk_py.pil.expander.machine import Expander, Signal, executes
from zisk_py.pil.expander.sequences import sequence
from zisk_py.pil.expander.values import Variable, describe
from zisk_py.pil.system import NodeKind


@executes(ast.Constraint)
def constraint(expander: Expander, node: ast.Constraint) -> None:
    """`left === right` on every row of the air; outside of airs, once per proof."""
    left_value = expander.evaluate(node.left)
    left = expander.operand(left_value, node.left.span)
    right = expander.operand(expander.evaluate(node.right), node.right.span)
    zero = expander.graph.sub(left, right)
    if node.is_definition:
        _define(expander, node, left, expander.graph.node(right))
    if isinstance(zero, int):
        if zero % P:
            text = f"this constraint never holds: {left} is not {right}"
            raise expander.error(text, node.span, code=Code.NEVER_HOLDS)
        return
    if expander.air is None:
        _claim_globally(expander, zero, node)
        return
    if expander.air.is_virtual:
        raise expander.error(
            f"air {expander.air.name} is virtual: it has no rows on which a constraint could hold",
            node.span,
            code=Code.AIR,
        )
    selector = _selector(expander, node.domain) if node.domain is not None else None
    if selector is None and expander.domains:
        selector = expander.domains[-1]
    if selector is not None:
        zero = expander.graph.mul(selector, zero)
    expander.air.claim(expander.graph.node(zero), node.span, expander.frame)


def _claim_globally(expander: Expander, zero: Node, node: ast.Constraint) -> None:
    if expander.airgroup is not None:
        expander.current_air("a constraint", node.span)
    if node.domain is not None:
        raise expander.error("a domain stands outside of an air", node.domain.span, code=Code.OUTSIDE)
    for inner in post_order(zero):
        if isinstance(inner, Leaf) and inner.air != -1:
            text = f"a constraint over {describe(inner)}, stands outside of an air"
            raise expander.error(text, node.span, code=Code.OUTSIDE)
    expander.claims.append(Claim(zero, node.span, expander.frame))


def _define(expander: Expander, node: ast.Constraint, target: object, value: Node) -> None:
    """`target <== value`: the column can be computed."""
    air = expander.current_air("`<==`", node.span)
    kinds = (NodeKind.WITNESS, NodeKind.STAGE2, NodeKind.AIR_VALUE, NodeKind.STAGE2_VALUE)
    if not isinstance(target, Leaf) or target.kind not in kinds:
        raise expander.error(
            f"the left side of `<==` is a witness column or a value of the air, not {describe(target)}",
            node.left.span,
            code=Code.ASSIGNMENT,
            suggestion="write `===`",
        )
    if node.domain is None and not expander.domains:  # on other rows it would be free
        moved = expander.graph.shift(value, -target.offset)
        base = expander.graph.leaf(target.kind, target.index, 0, target.air, target.name)
        air.definitions.append(Definition(base, moved, node.span))


# ---- domains


@executes(ast.Domain)
def domain(expander: Expander, node: ast.Domain) -> None:
    """`domain D = [...]`: the rows on which a repeated sequence of 0 and 1 is 1."""
    air = expander.current_air("a domain", node.span)
    cells = sequence(expander, node.sequence)
    for part in (cells.head, cells.fill, cells.tail):
        if len(part) and int(part.max()) > 1:
            text = f"domain {node.name} is a sequence of 0 and 1"
            raise expander.error(text, node.sequence.span, code=Code.FIXED)
    if node.name in expander.scope.variables:
        raise declarations.declared_already(expander, node.name, node.span)
    table = _table(air, node)
    table.assign(cells, node.sequence.span)
    expander.scope.variables[node.name] = Variable("domain", table, True, node.span)


def _table(air: AirBuilder, node: ast.Domain) -> FixedTable:
    table = FixedTable(node.name, len(air.fixed), air.serial, air.rows, node.span)
    air.fixed.append(table)
    return table


def _selector(expander: Expander, use: ast.DomainUse) -> Node:
    """1 on the rows of the domain, else 0."""
    expander.current_air("a domain", use.span)
    found = expander.scope.find(use.name)
    if found is None or found.type != "domain":
        text = f"there is no domain `{use.name}`"
        raise expander.error(
            text,
            use.span,
            code=Code.UNKNOWN_NAME,
            suggestion=f"declare it: domain {use.name} = [1, 0...]",
        )
    selector = expander.operand(found.value, use.span)
    return expander.graph.node(expander.graph.sub(1, selector) if use.is_complement else selector)


@executes(ast.DomainBlock)
def domain_block(expander: Expander, node: ast.DomainBlock) -> Signal | None:
    """`domain D { ... }`: the innermost domain counts."""
    expander.domains.append(_selector(expander, node.use))
    try:
        return expander.execute_inner(node.body)
    finally:
        expander.domains.pop()
