"""Systems and traces as `stark.prove` takes them, made by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import Element
from zisk_py.pil.system import Air, Column, Constraint, FixedColumn, Interaction, NodeKind, Source, System
from zisk_py.stark import ProvingKey, setup
from zisk_py.stark.program import Builder, operands

U64 = NDArray[np.uint64]
Stage2 = Callable[[tuple[Element, ...]], Mapping[int, U64]]
HERE = Source("hand.pil", 7, 1, "x === 0")
LEAVES_OF_DEGREE_1 = {
    NodeKind.WITNESS,
    NodeKind.FIXED,
    NodeKind.PROGRAM,
    NodeKind.FIRST,
    NodeKind.LAST,
    NodeKind.STAGE2,
}


@dataclass(frozen=True)
class Findings:
    """What compiling found."""

    unprovable: Sequence[object] = ()


@dataclass(frozen=True)
class AuthoredSystem:
    """A system with its key."""

    system: System
    compiled: Findings = Findings()

    @cached_property
    def proving_key(self) -> ProvingKey:
        return setup(self.system, threads=1)


@dataclass(frozen=True)
class AirTrace:
    """One instance of an air."""

    air: str
    matrix: U64
    air_values: tuple[int, ...] = ()
    number: int = 0


def no_stage2(challenges: tuple[Element, ...]) -> Mapping[int, U64]:
    """For systems without stage 2."""
    return {}


@dataclass(frozen=True)
class AuthoredTrace:
    """All instances of a system."""

    system: AuthoredSystem
    instances: tuple[AirTrace, ...]
    publics: tuple[int, ...] = ()
    program: Mapping[str, U64] = field(default_factory=dict)
    stage2: Stage2 = no_stage2

    @property
    def core(self) -> System:
        return self.system.system

    @property
    def stated(self) -> dict[str, int]:
        """The author's publics by name."""
        names = self.core.publics[: len(self.core.publics) - self.core.proof_values]
        return dict(zip(names, self.publics, strict=False))


def degree_of(nodes: Sequence[tuple[int, int, int]], node: int) -> int:
    """The degree of a node of a compiled system."""
    kind, a, b = nodes[node]
    if kind == NodeKind.MUL:
        return degree_of(nodes, a) + degree_of(nodes, b)
    inner = operands((kind, a, b))
    return max((degree_of(nodes, one) for one in inner), default=int(kind in LEAVES_OF_DEGREE_1))


@dataclass
class AirDraft:
    """Collects nodes, constraints and messages of an air, or of the whole proof."""

    name: str
    columns: Sequence[str] = ()
    fixed: Sequence[FixedColumn] = ()
    program: Sequence[str] = ()
    air_values: Sequence[str] = ()
    stage2: Sequence[str] = ()
    log_height: int | None = None
    nodes: Builder = field(default_factory=Builder)
    constraints: list[int] = field(default_factory=list)
    interactions: list[tuple[int, int, int, tuple[int, ...]]] = field(default_factory=list)

    def leaf(self, kind: NodeKind, index: int = 0, offset: int = 0) -> int:
        return self.nodes.node(kind, index, offset)

    def zero(self, node: int) -> None:
        self.constraints.append(node)

    def send(self, bus: int, sign: int, multiplicity: int, *values: int) -> None:
        self.interactions.append((bus, sign, multiplicity, values))

    def written(self) -> tuple[tuple[Constraint, ...], tuple[Interaction, ...]]:
        """Constraints and interactions in compiled form."""
        degrees = (degree_of(self.nodes.nodes, node) for node in self.constraints)
        return (
            tuple(Constraint(n, d, HERE) for n, d in zip(self.constraints, degrees, strict=True)),
            tuple(Interaction(b, s, m, v, tuple(map(str, v)), HERE) for b, s, m, v in self.interactions),
        )

    def build(self) -> Air:
        return Air(
            self.name,
            self.log_height,
            tuple(Column(name, 0, HERE) for name in self.columns),
            tuple(self.fixed),
            tuple(self.program),
            tuple(self.air_values),
            tuple(self.nodes.nodes),
            *self.written(),
            tuple(self.stage2),
        )
