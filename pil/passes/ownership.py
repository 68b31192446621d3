"""Pass: an air's expressions use its own columns only."""

from zisk_py.pil.errors import PilError
from zisk_py.pil.expander.air import AirBuilder, Claim, Message
from zisk_py.pil.expander.graph import Graph, Leaf, post_order


def check(airs: list[AirBuilder], graph: Graph) -> None:
    """Raise PilError for a column that belongs to another air."""
    for air in airs:
        uses: list[Claim | Message] = [*air.claims, *air.messages]
        for use in uses:
            for node in post_order(*use.nodes):
                if isinstance(node, Leaf) and node.air not in (-1, air.serial):
                    raise PilError(
                        f"column {node.name} belongs to air {airs[node.air].name}, not to {air.name}",
                        use.span,
                        use.frame,
                    )
