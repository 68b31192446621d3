"""What compiling gives: the system that is proven, how its own columns are filled, and what is said."""

from dataclasses import dataclass, field

from zisk_py.pil.errors import Diagnostic
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.system import Air, System


@dataclass(frozen=True, slots=True)
class Computed:
    """The column is the value of a node of its air on every row. What the node reads is filled before it."""

    node: int


@dataclass(frozen=True, slots=True)
class Multiplicity:
    """The column is how often the tuple of that interaction (a `proves`) is missing on its bus, per row."""

    interaction: int


Recipe = Computed | Multiplicity


@dataclass(frozen=True, slots=True)
class Cost:
    """What an air costs, as it was written and as it is proven."""

    columns: dict[int, int]  # by stage; 0: fixed
    constraints: dict[int, int]  # how many of each degree, as written
    interactions: int
    offsets: tuple[int, ...]  # rows that are read, as written
    added: int  # columns that lowering added
    stage2: int  # columns of the buses, elements of K


@dataclass(frozen=True, slots=True)
class AuthoredAir:
    """What is known of an air beside its compiled form."""

    airgroup: str
    template: str
    is_library: bool  # its instance is made by us
    given: int  # the first columns are the author's; those after them are added
    recipes: dict[int, Recipe]  # by witness column; an author's column with a recipe may be left out
    values: dict[int, int]  # by air value: the node that it is, on the first row
    stage2: dict[int, int]  # by column of stage 2: the node that it is
    cost: Cost


@dataclass(frozen=True)
class Compiled:
    """The result of a compilation.

    system     what is checked, proven and verified.
    airs       beside system.airs, in the same order.
    buses      names of buses, for reports.
    totals     by public (its index): (air name, air value) pairs that it is the sum of over all instances.
    warnings   what is legal but hardly meant.
    authored   the airs before lowering; empty if the result came from the cache.
    """

    system: System
    airs: tuple[AuthoredAir, ...]
    buses: dict[int, str] = field(default_factory=dict)
    totals: dict[int, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    warnings: tuple[Diagnostic, ...] = ()
    authored: tuple[AirBuilder, ...] = ()

    def air(self, name: str) -> tuple[Air, AuthoredAir]:
        """An air in both forms. Raises KeyError."""
        index = self.system.airs.index(self.system.air(name))
        return self.system.airs[index], self.airs[index]


__all__ = ["AuthoredAir", "Compiled", "Computed", "Cost", "Multiplicity", "Recipe"]
