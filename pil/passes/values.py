"""Values of a whole proof: publics, the prover's own values, and totals over the instances of an airgroup.

The core knows publics alone. A public that is the root of a commit is none of them: the verifier is given
the commitment itself, which has another form. Proof values stand behind the author's publics, behind them a
total for each value of an airgroup that is a sum. In an air such a value is an air value v, and a message of
v times the tuple (number) on a bus of its own says what each instance has; the verifier takes the total back
from that bus.
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
    numbers: dict[int, int]  # by public of the language: its number here; roots of commits have none
    parts: dict[int, list[tuple[str, int]]] = field(default_factory=dict)  # by public: air, air value

    @property
    def num_own(self) -> int:
        """How many of the publics are the prover's own."""
        return len(self.publics) - self.num_author

    def public(self, index: int) -> int:
        """The number of a public; below 0 if it is the root of a commit."""
        return self.numbers.get(index, -1 - index)

    def proof_value(self, index: int) -> int:
        """The public that a proof value is."""
        return self.num_author + index


def collect(expander: Expander) -> GlobalValues:
    """The values of all that was expanded."""
    commits = [publics for air in expander.airs for publics in air.commits.values()]
    roots = {leaf.index for publics in commits for leaf in publics}
    own = [index for index in range(len(expander.publics)) if index not in roots]
    names = [*(expander.publics[index] for index in own), *expander.proof_values]
    totals: dict[int, int] = {}
    for index, group in enumerate(expander.group_values):
        if not group.is_product and group.stage == 1:
            totals[index] = len(names)
            names.append(f"{group.airgroup}.{group.name}")
    numbers = {index: number for number, index in enumerate(own)}
    return GlobalValues(tuple(names), len(own), tuple(expander.group_values), totals, numbers)
