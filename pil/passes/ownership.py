"""Pass: an air's expressions use its own columns only."""

from zisk_py.pil.errors import PilError
from zisk_py.pil.expander.air import Claim, Message
from zisk_py.pil.expander.graph import Leaf, post_order
from zisk_py.pil.expander.machine import Expander


def check(expander: Expander) -> None:
    """Raise PilError for a column that belongs to another air."""
    for air in expander.airs:
        uses: list[Claim | Message] = [*air.claims, *air.messages]
        for use in uses:
            for node in post_order(*use.nodes):
                if isinstance(node, Leaf) and node.air not in (-1, air.serial):
                    raise PilError(
                        f"column {node.name} belongs to air {expander.airs[node.air].name}, "
                        f"not to {air.name}",
                        use.span,
                        use.frame,
                    )
