"""What a verifier is given: the key of a system, and the commitment of a program's columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from zisk_py.field.extension import DEGREE
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT, Air, NodeKind, System
from zisk_py.stark.challenges import check_late_columns
from zisk_py.stark.errors import CommitmentMismatch, SystemRefused
from zisk_py.stark.hashing import DIGEST_SIZE
from zisk_py.stark.logup import Buses, Reduction, buses_of, reduce_interactions
from zisk_py.stark.options import (
    LOG_ARITY,
    LOG_BLOWUP,
    LOG_CAP,
    LOG_FINAL,
    MAX_DEGREE,
    MAX_SEGMENTS,
    PROTOCOL,
    QUOTIENT_CHUNKS,
)
from zisk_py.stark.program import STAGE2, Builder, operands
from zisk_py.stark.transcript import Transcript

Cap = tuple[bytes, ...]  # the 2^LOG_CAP nodes that stand for a Merkle tree, or () where there is no tree


@dataclass(frozen=True, slots=True)
class AirKey:
    """An air as prover and verifier use it: its reduced constraints, and what is opened of it."""

    air: Air
    reduction: Reduction

    @property
    def stage2_width(self) -> int:
        """Base columns of stage 2: the author's, then those of the buses."""
        return DEGREE * (len(self.air.stage2) + self.reduction.columns)

    def width(self, kind: int) -> int:
        """How many base columns the air has of a kind of `zisk_py.stark.program.COLUMN_KINDS`."""
        return {
            NodeKind.WITNESS: len(self.air.columns),
            NodeKind.FIXED: len(self.air.fixed),
            NodeKind.PROGRAM: len(self.air.program),
            STAGE2: self.stage2_width,
        }[kind]

    def next_columns(self, kind: int) -> tuple[int, ...]:
        """The base columns of that kind that are opened one row further too."""
        columns = self.reduction.constraints.columns_read(kind, 1)
        if kind != STAGE2:
            return columns
        return tuple(DEGREE * column + i for column in columns for i in range(DEGREE))


@dataclass(frozen=True)
class VerifyingKey:
    """A system and the commitment of its fixed columns (empty if it has none).

    Raises SystemRefused for a system that cannot be proven, CommitmentMismatch for a cap of the wrong size.
    """

    system: System
    fixed_cap: Cap

    def __post_init__(self) -> None:
        """Check the system and reduce its airs."""
        for air in self.system.airs:
            _check(air)
            check_late_columns(air, self.system.challenges)
        _check_globals(self.system)
        # Were there p messages or more, a multiplicity could be zero modulo p without being zero.
        interactions = sum(len(air.interactions) for air in self.system.airs)
        interactions += len(self.system.globals.interactions)
        if MAX_SEGMENTS * interactions << MAX_LOG_HEIGHT >= P:
            raise SystemRefused(f"{interactions} interactions could add up to p messages; use fewer")
        check_cap("the fixed columns", self.fixed_cap, any(air.fixed for air in self.system.airs))
        _ = self.airs

    @cached_property
    def buses(self) -> Buses:
        """The buses of the system."""
        return buses_of(self.system)

    @cached_property
    def airs(self) -> tuple[AirKey, ...]:
        """The airs in the order of the system."""
        return tuple(AirKey(air, reduce_interactions(air, self.buses)) for air in self.system.airs)

    @cached_property
    def digest(self) -> bytes:
        """Binds everything that the verifier uses, except profile and program: 32 bytes."""
        hashed = Transcript(PROTOCOL)
        hashed.absorb("field", P.to_bytes(8, "little") + b"x^3 - x - 1")
        shape = (LOG_BLOWUP, MAX_DEGREE, QUOTIENT_CHUNKS, LOG_CAP, LOG_ARITY, LOG_FINAL, MAX_LOG_HEIGHT)
        hashed.absorb_integers("shape", shape)
        hashed.absorb_integers(
            "buses", [n for entry in self.buses.widths for n in (*entry, self.buses.width)]
        )
        hashed.absorb_integers("counts", [len(self.system.airs), len(self.system.publics)])
        self._absorb_authored(hashed)
        for key in self.airs:
            air = key.air
            hashed.absorb("air", air.name.encode())
            for name in air.air_values:
                hashed.absorb("air value", name.encode())
            widths = (len(air.columns), len(air.fixed), len(air.program), len(air.air_values))
            hashed.absorb_integers("widths", [*widths, key.stage2_width, len(air.interactions)])
            if air.stage2:
                hashed.absorb_integers("stage 2 columns", [len(air.stage2)])
            hashed.absorb_integers("height", [] if air.log_height is None else [air.log_height])
            hashed.absorb("constraints", key.reduction.constraints.encode())
        hashed.absorb_digests("fixed", self.fixed_cap)
        return hashed.state

    def _absorb_authored(self, hashed: Transcript) -> None:
        """Take in what only systems of authors have; nothing for one without public values and challenges."""
        system, checks = self.system, self.system.globals
        for name in system.publics:
            hashed.absorb("public", name.encode())
        if system.proof_values:
            hashed.absorb_integers("proof values", [system.proof_values])
        for name in system.challenges:
            hashed.absorb("author's challenge", name.encode())
        if checks.constraints or checks.interactions:
            sent = [n for m in checks.interactions for n in (m.bus, m.sign % P, len(m.values))]
            outputs = [constraint.node for constraint in checks.constraints]
            outputs += [node for m in checks.interactions for node in (m.multiplicity, *m.values)]
            hashed.absorb_integers("global messages", sent)
            hashed.absorb("global", Builder(checks.nodes).build(outputs).encode())


@dataclass(frozen=True, slots=True)
class ProgramCommitment:
    """The commitment of a program's columns: a cap, and the log height of each air that has such columns."""

    cap: Cap
    log_heights: Mapping[str, int]

    def heights(self, system: System) -> Mapping[str, int]:
        """Log height by air in the order of the system. Raises CommitmentMismatch if it is of another."""
        names = [air.name for air in system.airs if air.program]
        if self.log_heights.keys() != set(names):
            raise CommitmentMismatch("the program commitment is of other airs", names, list(self.log_heights))
        for name, log_height in self.log_heights.items():
            if not MIN_LOG_HEIGHT <= log_height <= MAX_LOG_HEIGHT:
                allowed = f"{MIN_LOG_HEIGHT} to {MAX_LOG_HEIGHT}"
                raise CommitmentMismatch(
                    f"the log height of {name} in the program commitment", allowed, log_height
                )
        check_cap("the program", self.cap, bool(names))
        return {name: self.log_heights[name] for name in names}


def check_cap(name: str, cap: Sequence[bytes], present: bool) -> None:
    """Raise CommitmentMismatch unless `cap` has its nodes, or none where nothing is committed."""
    expected = 1 << LOG_CAP if present else 0
    if len(cap) != expected or any(len(node) != DIGEST_SIZE for node in cap):
        raise CommitmentMismatch(f"the cap of {name} has a wrong number of 32-byte nodes", expected, len(cap))


def _check_globals(system: System) -> None:
    """Raise SystemRefused where the expressions of the whole proof are not made of public values."""
    limits: dict[int, int] = {NodeKind.CONSTANT: P, NodeKind.PUBLIC: len(system.publics)}
    if not 0 <= system.proof_values <= len(system.publics):
        raise SystemRefused(f"{system.proof_values} of {len(system.publics)} public values are the prover's")
    for number, (kind, a, b) in enumerate(system.globals.nodes):
        inner = operands((kind, a, b))
        if not (all(0 <= node < number for node in inner) if inner else 0 <= a < limits.get(kind, 0)):
            raise SystemRefused(
                f"an expression of the whole proof has a node ({kind}, {a}, {b}); compile again"
            )


def _check(air: Air) -> None:
    """Raise SystemRefused where the shape of an air is not one that can be committed."""
    if not air.columns:
        raise SystemRefused(f"air {air.name} has no witness column; give it one")
    if not air.constraints and not air.interactions:
        raise SystemRefused(f"air {air.name} has neither constraints nor interactions; remove it")
    if air.fixed and air.log_height is None:
        raise SystemRefused(f"air {air.name} has fixed columns but no fixed height; give it one")
    if air.log_height is not None and not MIN_LOG_HEIGHT <= air.log_height <= MAX_LOG_HEIGHT:
        raise SystemRefused(
            f"air {air.name} has 2^{air.log_height} rows; "
            f"between 2^{MIN_LOG_HEIGHT} and 2^{MAX_LOG_HEIGHT} are allowed"
        )
    for column in air.fixed:
        if len(column.values) != 1 << (air.log_height or 0):
            raise SystemRefused(
                f"fixed column {air.name}.{column.name} does not have 2^{air.log_height} values"
            )
