"""Buses: over all messages, the multiplicities of each distinct tuple add up to zero modulo p."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil import vectors
from zisk_py.pil.system import Air, Interaction, NodeKind
from zisk_py.pil.trace_evaluation import Instance, TraceError, below
from zisk_py.pil.vectors import Vector

PENDING = 1 << 21  # messages of a bus that are collected before equal tuples are added up
_OF_TABLE = frozenset((NodeKind.CONSTANT, NodeKind.FIXED, NodeKind.PROGRAM))

Messages = Sequence[tuple[int, Sequence[int], int]]  # bus, values, multiplicity


@dataclass(frozen=True, slots=True)
class Sent:
    """Messages of one interaction on some rows, or of the verifier. Multiplicities have their sign."""

    bus: int
    interaction: Interaction | None
    instance: Instance | None
    rows: NDArray[np.intp]  # of the verifier: numbers of its messages
    values: tuple[Vector, ...]  # (rows,) each
    counts: Vector

    def take(self, chosen: NDArray[np.intp]) -> "Sent":
        """Some of them, by position."""
        values = tuple(column[chosen] for column in self.values)
        return Sent(self.bus, self.interaction, self.instance, self.rows[chosen], values, self.counts[chosen])


def sent_by(
    instance: Instance,
    start: int,
    stop: int,
    values: Sequence[Vector],
    buses: Collection[int] | None = None,
    *,
    offered: bool = False,
) -> Iterator[Sent]:
    """What an instance says on some rows, from the values of its nodes there.

    buses    only these.
    offered  rows of tables that nobody looks up too: their multiplicity is 0.
    """
    for interaction in instance.air.interactions:
        if buses is not None and interaction.bus not in buses:
            continue
        counts = np.broadcast_to(values[interaction.multiplicity], stop - start)
        everything = offered and is_table(instance.air, interaction)
        rows = np.arange(stop - start) if everything else np.flatnonzero(counts)
        if not len(rows):
            continue
        columns = tuple(np.broadcast_to(values[node], stop - start)[rows] for node in interaction.values)
        signed = counts[rows] if interaction.sign > 0 else vectors.neg(counts[rows])
        yield Sent(interaction.bus, interaction, instance, rows + start, columns, signed)


def sent_by_verifier(messages: Messages) -> Iterator[Sent]:
    """The verifier's messages: (bus, values, multiplicity), negative where it assumes."""
    by_width: dict[tuple[int, int], list[int]] = {}
    for position, (bus, values, _) in enumerate(messages):
        by_width.setdefault((bus, len(values)), []).append(position)
    for (bus, width), positions in by_width.items():
        columns = tuple(
            np.array([int(messages[i][1][part]) for i in positions], dtype=np.uint64) for part in range(width)
        )
        counts = np.array([messages[i][2] % P for i in positions], dtype=np.uint64)
        yield Sent(bus, None, None, np.array(positions), columns, counts)


@lru_cache(maxsize=1024)
def is_table(air: Air, interaction: Interaction) -> bool:
    """Whether the message offers rows of a table: it proves what only fixed and program columns tell."""
    if interaction.sign < 0:
        return False
    leaves = {
        kind
        for (kind, _, _), is_used in zip(air.nodes, below(air.nodes, interaction.values), strict=True)
        if is_used and not NodeKind.ADD <= kind <= NodeKind.NEG
    }
    return leaves <= _OF_TABLE and not leaves <= {NodeKind.CONSTANT}


def fingerprints(values: Sequence[Vector]) -> Vector:
    """(rows,): a hash of each tuple, the same in every run. That of one value is another for another value.

    Two other tuples share it with a chance of 2^-64.
    """
    total: Vector = np.zeros(len(values[0]), dtype=np.uint64)
    for column, odd in zip(values, _multipliers(len(values)), strict=True):
        mixed = column * odd
        mixed ^= mixed >> np.uint64(32)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
        total += mixed * np.uint64(0x94D049BB133111EB)
    return total


@lru_cache(maxsize=64)
def _multipliers(width: int) -> NDArray[np.uint64]:
    return np.random.default_rng(0x5EED).integers(0, 2**63, width, dtype=np.uint64) | np.uint64(1)


@dataclass(slots=True)
class _Bus:
    """One bus: sorted fingerprints with what their multiplicities add up to, and what is not added yet."""

    width: int
    hashes: list[Vector] = field(default_factory=list)
    counts: list[Vector] = field(default_factory=list)
    pending: int = 0

    def add(self, hashes: Vector, counts: Vector) -> None:
        self.hashes.append(hashes)
        self.counts.append(counts)
        self.pending += len(hashes)
        if self.pending > max(PENDING, 2 * len(self.hashes[0])):
            self.settle()

    def settle(self) -> None:
        """Add up equal tuples; those that match are forgotten."""
        hashes, counts = np.concatenate(self.hashes), np.concatenate(self.counts)
        if not len(hashes):
            return
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
        sums = vectors.group_sums(counts[order], starts)
        kept = np.flatnonzero(sums)
        self.hashes, self.counts, self.pending = [hashes[starts[kept]]], [sums[kept]], 0


@dataclass
class Balance:
    """Adds messages up, bus by bus: 16 bytes for every tuple that has no match yet are kept, no tuples."""

    num_messages: int = 0
    _buses: dict[int, _Bus] = field(default_factory=dict)

    def add(self, sent: Sent) -> None:
        """Add some messages. Raises TraceError if the bus has messages of another length."""
        width = len(sent.values)
        bus = self._buses.setdefault(sent.bus, _Bus(width))
        if bus.width != width:
            raise TraceError(
                f"messages on bus {sent.bus} have {bus.width} and {width} values; one bus has one width"
            )
        if any(column.ndim != 1 for column in (*sent.values, sent.counts)):
            raise TraceError(f"a message on bus {sent.bus} reads a value of stage 2")
        bus.add(fingerprints(sent.values), sent.counts)
        self.num_messages += len(sent.rows)

    def unmatched(self) -> Mapping[int, Vector]:
        """By bus, if it does not balance: the fingerprints, ascending, of the tuples that do not match."""
        for bus in self._buses.values():
            bus.settle()
        return {number: bus.hashes[0] for number, bus in sorted(self._buses.items()) if len(bus.hashes[0])}
