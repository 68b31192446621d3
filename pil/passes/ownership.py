"""Pass: an air's expressions use its own columns only."""

from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.expander.air import Claim, Message
from zisk_py.pil.expander.graph import Leaf
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lowered import unknown


def check(expander: Expander) -> None:
    """Record an error for each column that belongs to another air."""
    for air in expander.airs:
        seen: dict[int, bool] = {}
        uses: list[Claim | Message] = [*air.claims, *air.messages]
        for use in uses:
            for node in unknown(seen, *use.nodes):
                seen[id(node)] = True
                if isinstance(node, Leaf) and node.air not in (-1, air.serial):
                    expander.record(
                        PilError(
                            f"column {node.name} belongs to air {expander.airs[node.air].name}, "
                            f"not to {air.name}",
                            use.span,
                            use.frame,
                            code=Code.FOREIGN_COLUMN,
                            suggestion="send its value in a message from one air to the other",
                        )
                    )
