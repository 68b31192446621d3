"""Lowering of what is checked once per proof: constraints over publics, and messages of the verifier."""

from dataclasses import dataclass, field

from zisk_py.pil.expander.graph import Graph, Leaf, Node
from zisk_py.pil.passes.leaves import ROOT, Core
from zisk_py.pil.passes.lowered import Rewriting, Rule, Sending, unknown
from zisk_py.pil.system import ONCE_BUS, TOTAL_BUS, NodeKind

_ALLOWED = (NodeKind.CONSTANT, NodeKind.PUBLIC)


@dataclass(slots=True)
class GlobalRules:
    """Rules without rows, and messages that are sent once."""

    rules: list[Rule] = field(default_factory=list)
    sendings: list[Sending] = field(default_factory=list)


def lower(core: Core) -> GlobalRules:
    """The global rules over the publics of the core."""
    graph, values, result = Graph(), core.values, GlobalRules()

    def leaf(old: Leaf) -> Node:
        if old.kind == NodeKind.PUBLIC:
            return graph.leaf(NodeKind.PUBLIC, values.public(old.index), 0, -1, old.name)
        if old.kind == NodeKind.PROOF_VALUE:
            return graph.leaf(NodeKind.PUBLIC, values.proof_value(old.index), 0, -1, old.name)
        if old.kind == NodeKind.GROUP_VALUE and old.index in values.totals:
            return graph.leaf(NodeKind.PUBLIC, values.totals[old.index], 0, -1, old.name)
        return graph.leaf(old.kind, old.index, old.offset, old.air, old.name)

    rewrite = Rewriting(graph, leaf)
    for claim in core.expander.claims:
        node = rewrite(claim.node)
        reason = _reason(node)
        if reason:
            core.refuse(reason, claim.span, claim.frame)
            node = graph.constant(1)
        result.rules.append(Rule(node, claim.span, claim.frame))
    for message in core.expander.messages:
        nodes = [rewrite(node) for node in message.nodes]
        reason = _reason(*nodes)
        if reason:
            core.refuse(reason, message.span, message.frame)
            result.rules.append(Rule(graph.constant(1), message.span, message.frame))
        else:
            result.sendings.append(core.buses.sending(graph, message, nodes[0], nodes[1:]))
    for number, public in values.totals.items():
        group = values.groups[number]
        total = graph.leaf(NodeKind.PUBLIC, public, 0, -1, group.name)
        names = (group.name,)
        result.sendings.append(
            Sending(TOTAL_BUS, -1, total, (graph.constant(number),), names, group.span, None)
        )
    one = graph.constant(1)
    for air in core.expander.airs:
        if air.is_single and not air.is_virtual:
            known = (graph.constant(air.serial),)
            result.sendings.append(Sending(ONCE_BUS, -1, one, known, ("air",), air.span, air.frame))
    return result


def _reason(*nodes: Node) -> str:
    """What the verifier does not know below the nodes; empty if it knows all."""
    seen: dict[int, bool] = {}
    for node in unknown(seen, *nodes):
        seen[id(node)] = True
        if isinstance(node, Leaf) and node.kind == NodeKind.PUBLIC and node.index < 0:
            return ROOT
        if isinstance(node, Leaf) and node.kind not in _ALLOWED:
            is_group = node.kind == NodeKind.GROUP_VALUE
            return (
                "a value of an airgroup that is a product, or of stage 2"
                if is_group
                else f"{node.name} globally"
            )
    return ""
