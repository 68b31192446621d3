"""The compiled form of PIL: what the checker, the prover and the verifier work on.

A system is a list of airs. An air has columns, a graph of expressions (nodes in topological order, equal
nodes shared), constraints (nodes that are zero on every row) and interactions (messages on a bus). Standard
library only: the verifier uses this module.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

# Buses apart from all opids of PIL files, `zisk_py.pil.passes.buses`.
TOTAL_BUS = (1 << 63) + (1 << 62)  # totals over the instances of an airgroup, each instance with its share
ONCE_BUS = TOTAL_BUS + 1  # airs that have one instance in each proof


class NodeKind(IntEnum):
    """What a node is; the meaning of its two operands is beside it. The numbers are hashed."""

    CONSTANT = 0  # value, 0
    WITNESS = 1  # index of the column, row offset (0 or 1)
    FIXED = 2  # index of the fixed column, row offset (0 or 1)
    PROGRAM = 3  # index of the column that is committed with the program, row offset
    FIRST = 4  # 1 on the first row, else 0
    LAST = 5  # 1 on the last row, else 0
    AIR_VALUE = 6  # index
    PUBLIC = 7  # index
    ADD = 8  # node, node
    SUB = 9
    MUL = 10
    NEG = 11  # node, 0
    # 12 and 13 are `zisk_py.stark.program`'s own: they exist only once a proof is under way.
    CHALLENGE = 14  # index among the system's challenges: an element of K, drawn when stage 1 is fixed
    STAGE2 = 15  # index of the air's column of stage 2, row offset: elements of K
    # The others stand only between expansion and lowering; the compiled form has none of them.
    PROOF_VALUE = 32  # index
    GROUP_VALUE = 33  # index among the system's group values
    STAGE2_VALUE = 34  # index among the air's values of stage 2


Node = tuple[int, int, int]  # kind, operand, operand


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was written: file, line, column, and its text."""

    file: str
    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A witness column; `bits` is the declared range (documentation: it adds no constraint), or 0."""

    name: str
    bits: int
    source: Source
    is_signed: bool = False  # of `bits`

    @property
    def range(self) -> tuple[int, int] | None:
        """The least and the largest declared value; None if any element of the field is meant."""
        if not 0 < self.bits < 64:
            return None
        half = 1 << (self.bits - 1)
        return (-half, half - 1) if self.is_signed else (0, 2 * half - 1)

    @property
    def feature(self) -> str:
        """The range as it is declared, "" if there is none."""
        return f"bits({self.bits}{', signed' * self.is_signed})" if self.bits else ""


class FixedColumn:
    """A column of the air's own table, of exactly 2^log_height values below p, kept as 64-bit words.

    Raises OverflowError for a value that is no 64-bit word.
    """

    __slots__ = ("_values", "name")

    def __init__(self, name: str, values: "Sequence[int] | Callable[[], array[int]]") -> None:
        """Values are given, or made each time that they are asked for: a large table that is easily made."""
        self.name = name
        self._values = values if callable(values) or isinstance(values, array) else array("Q", values)

    @property
    def values(self) -> "array[int]":
        """One value per row."""
        return self._values() if callable(self._values) else self._values

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FixedColumn)
            and self.name == other.name
            and (self._values is other._values or self.values == other.values)
        )

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"FixedColumn({self.name!r}, {len(self.values)} values)"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A node that must be zero on every row."""

    node: int
    degree: int
    source: Source


@dataclass(frozen=True, slots=True)
class Interaction:
    """A message per row: `sign * multiplicity` times the tuple `values`, on bus `bus`.

    sign is +1 for `proves` and -1 for `assumes`. Over all rows of all instances, and the verifier's own
    messages, the multiplicities of each distinct (bus, values) add up to zero.
    """

    bus: int
    sign: int
    multiplicity: int  # node
    values: tuple[int, ...]  # nodes
    names: tuple[str, ...]  # text of each value, for reports
    source: Source


@dataclass(frozen=True, slots=True)
class Air:
    """One table of rows with its rules."""

    name: str
    log_height: int | None  # None: chosen per run, at least MIN_LOG_HEIGHT
    columns: tuple[Column, ...]
    fixed: tuple[FixedColumn, ...]
    program: tuple[str, ...]  # names of the columns that are committed with the program
    air_values: tuple[str, ...]
    nodes: tuple[Node, ...]
    constraints: tuple[Constraint, ...]
    interactions: tuple[Interaction, ...]
    stage2: tuple[str, ...] = ()  # columns of elements of K, filled once the challenges are known

    def column(self, name: str) -> int:
        """Index of the witness column of that name. Raises KeyError."""
        for index, column in enumerate(self.columns):
            if column.name == name:
                return index
        raise KeyError(f"air {self.name} has no witness column {name!r}")


@dataclass(frozen=True, slots=True)
class Globals:
    """What is checked once per proof: constraints over publics, and messages of the verifier made of them.

    Nodes are CONSTANT, PUBLIC and arithmetic. A constraint's node is zero; an interaction is sent once.
    """

    nodes: tuple[Node, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    interactions: tuple[Interaction, ...] = ()


@dataclass(frozen=True, slots=True)
class System:
    """All airs, in the order in which instances of them stand in a proof.

    publics       names of all values that every air can read. The last `proof_values` of them are not part of
                  the statement: the prover chooses them, and they stand in the proof's header.
    challenges    names of the elements of K that are drawn when stage 1 of all instances is fixed.
    """

    airs: tuple[Air, ...]
    publics: tuple[str, ...] = ()
    proof_values: int = 0
    challenges: tuple[str, ...] = ()
    globals: Globals = Globals()

    def air(self, name: str) -> Air:
        """The air of that name. Raises KeyError."""
        for air in self.airs:
            if air.name == name:
                return air
        raise KeyError(f"the system has no air {name!r}")


MIN_LOG_HEIGHT = 5
MAX_LOG_HEIGHT = 24
