"""Values of a whole proof: publics, the prover's own values, and totals over the instances of an airgroup.

The core knows publics alone. Proof values stand behind the author's publics, behind them a total for each
value of an airgroup that is a sum. In an air such a value is an air value v, and a message of v times the
tuple (number) on a bus of its own says what each instance has; the verifier takes the total back from that
bus.
"""

from dataclasses import dataclass, field

from zisk_py.pil.expander.machine import Expander, GroupValue


@dataclass(slots=True)
class GlobalValues:
    """The publics of the core, and where the language's values stand among them."""

    publics: tuple[str, ...]
    num_author: int
    groups: tuple[GroupValue, ...]
    totals: dict[int, int]  # by group value: the public that is its total; the others are unprovable
    parts: dict[int, list[tuple[str, int]]] = field(default_factory=dict)  # by public: air, air value

    @property
    def num_own(self) -> int:
        """How many of the publics are the prover's own."""
        return len(self.publics) - self.num_author

    def proof_value(self, index: int) -> int:
        """The public that a proof value is."""
        return self.num_author + index


def collect(expander: Expander) -> GlobalValues:
    """The values of all that was expanded."""
    names = [*expander.publics, *expander.proof_values]
    totals: dict[int, int] = {}
    for index, group in enumerate(expander.group_values):
        if not group.is_product and group.stage == 1:
            totals[index] = len(names)
            names.append(f"{group.airgroup}.{group.name}")
    return GlobalValues(tuple(names), len(expander.publics), tuple(expander.group_values), totals)
