"""Which of the author's columns may be left out: multiplicities of `proves` that nothing else reads."""

from zisk_py.pil.compiled import Multiplicity
from zisk_py.pil.expander.graph import Leaf, Node
from zisk_py.pil.passes.lowered import LoweredAir, unknown
from zisk_py.pil.system import NodeKind


def collect(air: LoweredAir) -> None:
    """Add the recipes of multiplicities."""
    times: dict[int, list[int]] = {}
    others: list[Node] = [rule.node for rule in air.rules]
    for number, sending in enumerate(air.sendings):
        others += sending.values
        node = sending.multiplicity
        if isinstance(node, Leaf) and node.kind == NodeKind.WITNESS and sending.sign > 0:
            times.setdefault(node.index, []).append(number)
        else:
            others.append(node)
    seen: dict[int, bool] = {}
    for node in unknown(seen, *others):
        seen[id(node)] = True
        if isinstance(node, Leaf) and node.kind == NodeKind.WITNESS:
            times.pop(node.index, None)
    for column, numbers in times.items():
        if len(numbers) == 1:
            air.recipes.setdefault(column, Multiplicity(numbers[0]))
