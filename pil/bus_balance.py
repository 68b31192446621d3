"""Buses: over all messages, the multiplicities of each distinct tuple add up to zero modulo p."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil import vectors
from zisk_py.pil.report import Origin, Unmatched, signed
from zisk_py.pil.system import Interaction
from zisk_py.pil.trace_evaluation import Instance, TraceError
from zisk_py.pil.vectors import Vector

MAX_ORIGINS = 4  # messages that are named for one tuple


@dataclass(slots=True)
class _Sent:
    """Messages of one interaction (or of the verifier) on some rows; multiplicities have their sign."""

    interaction: Interaction | None
    instance: Instance | None
    rows: NDArray[np.intp]
    tuples: NDArray[np.uint64]
    counts: Vector


@dataclass
class Balance:
    """Collects messages, then finds what does not match."""

    buses: dict[int, list[_Sent]] = field(default_factory=dict)
    num_messages: int = 0

    def add_block(self, instance: Instance, start: int, stop: int, values: list[Vector]) -> None:
        """Add the messages of some rows of an instance."""
        for interaction in instance.air.interactions:
            counts = np.broadcast_to(values[interaction.multiplicity], stop - start)
            rows = np.flatnonzero(counts)
            if not len(rows):
                continue
            columns = [np.broadcast_to(values[node], stop - start)[rows] for node in interaction.values]
            counts = counts[rows] if interaction.sign > 0 else vectors.neg(counts[rows])
            self._add(
                interaction.bus, _Sent(interaction, instance, rows + start, np.stack(columns, axis=1), counts)
            )

    def add_messages(self, messages: Sequence[tuple[int, Sequence[int], int]]) -> None:
        """Add the verifier's messages: (bus, values, multiplicity), negative where it assumes."""
        by_width: dict[tuple[int, int], list[int]] = {}
        for position, (bus, values, _) in enumerate(messages):
            by_width.setdefault((bus, len(values)), []).append(position)
        for (bus, _), positions in by_width.items():
            tuples = np.array([[int(v) for v in messages[i][1]] for i in positions], dtype=np.uint64)
            counts = np.array([messages[i][2] % P for i in positions], dtype=np.uint64)
            self._add(bus, _Sent(None, None, np.array(positions), tuples, counts))

    def _add(self, bus: int, sent: _Sent) -> None:
        others = self.buses.setdefault(bus, [])
        if others and others[0].tuples.shape[1] != sent.tuples.shape[1]:
            widths = f"{others[0].tuples.shape[1]} and {sent.tuples.shape[1]}"
            raise TraceError(f"messages on bus {bus} have {widths} values; one bus has one width")
        others.append(sent)
        self.num_messages += len(sent.rows)

    def unmatched(self, names: Mapping[int, str], limit: int) -> tuple[list[Unmatched], int]:
        """The first unmatched tuples of each bus (at most `limit`), and how many there are in all."""
        found: list[Unmatched] = []
        total = 0
        for bus, sent in sorted(self.buses.items()):
            some, count = _unmatched(bus, names.get(bus, str(bus)), sent, limit)
            found += some
            total += count
        return found, total


def _unmatched(bus: int, name: str, sent: list[_Sent], limit: int) -> tuple[list[Unmatched], int]:
    tuples = np.concatenate([part.tuples for part in sent])
    counts = np.concatenate([part.counts for part in sent])
    order, starts = _grouped(tuples)
    sums = vectors.group_sums(counts[order], starts)
    failing = np.flatnonzero(sums)
    if not len(failing):
        return [], 0
    ends = np.append(starts[1:], len(order))
    firsts = np.array([order[starts[group] : ends[group]].min() for group in failing])
    failing = failing[np.argsort(firsts)]  # in the order in which they were sent
    labels = next((part.interaction.names for part in sent if part.interaction), ())
    labels = labels or tuple(f"[{i}]" for i in range(tuples.shape[1]))
    is_proven = sums[failing] <= np.uint64(P // 2)
    representatives = tuples[order[starts[failing]]]
    offered = {
        sign: np.concatenate([representatives[is_proven == (sign > 0)], _of_sign(sent, sign)])
        for sign in (1, -1)
    }
    found = []
    for position, group in enumerate(failing[:limit]):
        members = np.sort(order[starts[group] : ends[group]])
        values = representatives[position]
        count = signed(int(sums[group]))
        found.append(
            Unmatched(
                bus,
                name,
                _names_of(sent, int(members[0]), labels),
                tuple(int(value) for value in values),
                count,
                len(members),
                tuple(_origin(sent, int(member)) for member in members[:MAX_ORIGINS]),
                _nearest(values, offered[-1 if count > 0 else 1]),
            )
        )
    return found, len(failing)


def _grouped(tuples: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """An order in which equal tuples are neighbours, and where each group of them begins.

    Tuples are sorted by a hash; should two different ones share it, by all their values.
    """
    # The multipliers are odd and fixed: a report does not change from run to run.
    odd = np.random.default_rng(0x5EED).integers(0, 2**63, tuples.shape[1], dtype=np.uint64) | np.uint64(1)
    mixed = tuples * odd
    mixed ^= mixed >> np.uint64(29)
    hashes = (mixed * np.uint64(0xBF58476D1CE4E5B9)).sum(axis=1, dtype=np.uint64)
    order = np.argsort(hashes, kind="stable")
    is_new = np.any(tuples[order][1:] != tuples[order][:-1], axis=1)
    if np.any(is_new & (hashes[order][1:] == hashes[order][:-1])):
        order = np.lexsort(tuples.T[::-1])
        is_new = np.any(tuples[order][1:] != tuples[order][:-1], axis=1)
    return order, np.concatenate([[0], np.flatnonzero(is_new) + 1]).astype(np.intp)


def _of_sign(sent: list[_Sent], sign: int) -> NDArray[np.uint64]:
    """All tuples that were proven, or all that were assumed."""
    parts = [part.tuples[(part.counts <= np.uint64(P // 2)) == (sign > 0)] for part in sent]
    return np.concatenate(parts)


def _nearest(values: NDArray[np.uint64], candidates: NDArray[np.uint64]) -> tuple[int, ...] | None:
    """The candidate that agrees in most values, the first of these; None if none agrees in any."""
    same = candidates == values
    agreeing = same.sum(axis=1)
    agreeing[same.all(axis=1)] = 0
    if not len(agreeing) or agreeing.max() == 0:
        return None
    return tuple(int(value) for value in candidates[agreeing.argmax()])


def _locate(sent: list[_Sent], member: int) -> tuple[_Sent, int]:
    for part in sent:
        if member < len(part.rows):
            return part, member
        member -= len(part.rows)
    raise IndexError(member)


def _names_of(sent: list[_Sent], member: int, default: tuple[str, ...]) -> tuple[str, ...]:
    part, _ = _locate(sent, member)
    return part.interaction.names if part.interaction else default


def _origin(sent: list[_Sent], member: int) -> Origin:
    part, at = _locate(sent, member)
    count, row = int(part.counts[at]), int(part.rows[at])
    if part.interaction is None or part.instance is None:
        sign = 1 if signed(count) >= 0 else -1
        return Origin(None, -1, row, None, sign, count * sign % P)
    interaction, instance = part.interaction, part.instance
    return Origin(
        instance.air.name,
        instance.number,
        row,
        interaction.source,
        interaction.sign,
        count * interaction.sign % P,
    )
