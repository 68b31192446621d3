"""What compiling gives: the system that is proven, how its own columns are filled, and what is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from zisk_py.pil.errors import Diagnostic, Frame
from zisk_py.pil.span import Span
from zisk_py.pil.system import Air, Node, NodeKind, Source, System

if TYPE_CHECKING:  # what was compiled before needs no compiler
    from zisk_py.pil.expander.air import AirBuilder
    from zisk_py.pil.expander.machine import Use


@dataclass(frozen=True, slots=True)
class Computed:
    """The column is the value of a node of `AuthoredAir.nodes` on every row; what it reads comes first."""

    node: int


@dataclass(frozen=True, slots=True)
class Multiplicity:
    """The column is how often the tuple of that interaction (a `proves`) is missing on its bus, per row.

    The multiplicity of the interaction is the column at some row offset, nearly always 0.
    """

    interaction: int


Recipe = Computed | Multiplicity


@dataclass(frozen=True, slots=True)
class Cost:
    """What an air costs, as it was written and as it is proven."""

    columns: dict[int, int]  # by stage, as written; 0: fixed columns and those of commits
    constraints: dict[int, int]  # how many of each degree, as written
    interactions: int
    offsets: tuple[int, ...]  # rows that are read, as written
    added: int  # columns that lowering added, of stage 1 and 2
    stage2: int  # columns of the buses, elements of K


@dataclass(frozen=True, slots=True)
class AuthoredAir:
    """What is known of an air beside its compiled form.

    marks      how the author calls FIRST and LAST: fixed columns that are 1 there only.
    given      the first so many witness columns are the author's; those behind them are added.
    nodes      the graph of the recipes: like `Air.nodes`, but every row offset is possible, also of FIRST
               and LAST (their second operand), and `zisk_py.pil.system` has no limit on degrees here.
    recipes    by witness column; an author's column with a recipe may be left out.
    values     by air value: the node of `nodes` that it is, on the first row; it may be left out.
    stage2     by column of stage 2: the node of `nodes` that it is, an element of K; it may be left out.
    written    the first so many constraints are the author's; those behind them define added columns.
    moved      beside `Air.constraints`: on row r stands what was written, on row r + moved, cyclically.
    sent       the same beside `Air.interactions`.
    """

    airgroup: str
    template: str
    marks: dict[NodeKind, str]
    is_library: bool  # its instance is made by us
    given: int
    nodes: tuple[Node, ...]
    recipes: dict[int, Recipe]
    values: dict[int, int]
    stage2: dict[int, int]
    written: int
    moved: tuple[int, ...]
    sent: tuple[int, ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written, and how the compiler came there."""

    span: Span
    frame: Frame | None


@dataclass(frozen=True)
class Compiled:
    """The result of a compilation.

    system      what is checked, proven and verified.
    airs        beside system.airs, in the same order.
    buses       names of buses, for reports.
    places      where each constraint and message was written, by what the system says of it.
    totals      by public (its index): (air name, air value) pairs that it is the sum of over all instances.
    warnings    what is legal but hardly meant.
    unprovable  what is legal, but this prover cannot do; a trace or a proof is refused with it. In the system
                a constraint that never holds stands in its place, so no proof of it is possible.
    authored    the airs before lowering; empty if the result came from the cache.
    reads       digest of each file that was read, None for each that was looked for and is not there.
    uses        by file name, start and end of a name: what it means there; if that was asked for.
    """

    system: System
    airs: tuple[AuthoredAir, ...]
    buses: dict[int, str] = field(default_factory=dict)
    totals: dict[int, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    warnings: tuple[Diagnostic, ...] = ()
    unprovable: tuple[Diagnostic, ...] = ()
    authored: "tuple[AirBuilder, ...]" = ()
    reads: Mapping[Path, bytes | None] = field(default_factory=dict)
    places: Mapping[Source, Place] = field(default_factory=dict)
    uses: "Mapping[tuple[str, int, int], Use]" = field(default_factory=dict)

    def air(self, name: str) -> tuple[Air, AuthoredAir]:
        """An air in both forms. Raises KeyError."""
        index = self.system.airs.index(self.system.air(name))
        return self.system.airs[index], self.airs[index]


__all__ = ["AuthoredAir", "Compiled", "Computed", "Cost", "Multiplicity", "Place", "Recipe"]
