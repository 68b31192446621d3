"""Of buses that do not balance: which tuples do not match, who sent them, and what would match."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from zisk_py.field.goldilocks import P
from zisk_py.pil import vectors
from zisk_py.pil.bus_balance import Sent, fingerprints
from zisk_py.pil.report import Nearest, Origin, Unmatched, signed
from zisk_py.pil.vectors import Vector

MAX_ORIGINS = 4  # messages that are named for one tuple

Senders = Callable[[bool], Iterable[Sent]]


@dataclass
class _Found:
    """What is known of a tuple that does not match."""

    bus: int
    values: tuple[int, ...]
    names: tuple[str, ...]
    proven: int = 0
    assumed: int = 0
    num_origins: int = 0
    origins: list[Origin] = field(default_factory=list)
    rank: tuple[float, ...] = (0,)  # of the nearest, as `_compare` has it
    nearest: Nearest | None = None


def find_unmatched(
    failing: Mapping[int, Vector], senders: Senders, names: Mapping[int, str], limit: int
) -> list[Unmatched]:
    """The first tuples of each bus that do not match, at most `limit`, in the order in which they were sent.

    failing  by bus: the fingerprints of all of them, ascending.
    senders  sends all messages of these buses again; True: and rows of tables that nobody looks up.
    """
    shown = _first(failing, senders, limit)
    for sent in senders(False):
        _count(sent, shown[sent.bus])
    for sent in senders(True):
        for found in shown[sent.bus].values():
            _compare(sent, found, failing[sent.bus])
    return [
        Unmatched(
            bus,
            names.get(bus, str(bus)),
            found.names,
            found.values,
            signed((found.proven - found.assumed) % P),
            found.proven,
            found.assumed,
            found.num_origins,
            tuple(found.origins),
            found.nearest,
        )
        for bus, tuples in shown.items()
        for found in tuples.values()
    ]


def _first(failing: Mapping[int, Vector], senders: Senders, limit: int) -> dict[int, dict[int, _Found]]:
    """By bus and fingerprint. Names of values are those of the first message that has some."""
    shown: dict[int, dict[int, _Found]] = {bus: {} for bus in failing}
    wanted = {bus: min(limit, len(hashes)) for bus, hashes in failing.items()}
    labels: dict[int, tuple[str, ...]] = {}
    for sent in senders(False):
        tuples = shown[sent.bus]
        if sent.interaction is not None:
            labels.setdefault(sent.bus, sent.interaction.names)
        if len(tuples) < wanted[sent.bus]:
            hashes = fingerprints(sent.values)
            for position in np.flatnonzero(_is_in(hashes, failing[sent.bus])):
                if len(tuples) == wanted[sent.bus]:
                    break
                names = sent.interaction.names if sent.interaction else ()
                values = tuple(int(column[position]) for column in sent.values)
                tuples.setdefault(int(hashes[position]), _Found(sent.bus, values, names))
        elif all(len(shown[bus]) == count for bus, count in wanted.items()) and len(labels) == len(shown):
            break
    for bus, tuples in shown.items():
        for found in tuples.values():
            found.names = found.names or labels.get(bus) or tuple(f"[{i}]" for i in range(len(found.values)))
    return shown


def _is_in(hashes: Vector, wanted: Vector) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    at = np.minimum(np.searchsorted(wanted, hashes), len(wanted) - 1)
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = wanted[at] == hashes
    return found


def _count(sent: Sent, tuples: Mapping[int, _Found]) -> None:
    """Add the messages that sent one of the tuples."""
    hashes = fingerprints(sent.values)
    shown = np.sort(np.array(list(tuples), dtype=np.uint64))
    for position in np.flatnonzero(_is_in(hashes, shown)):
        found = tuples[int(hashes[position])]
        count = signed(int(sent.counts[position]))
        if count > 0:
            found.proven += count
        else:
            found.assumed -= count
        found.num_origins += 1
        if len(found.origins) < MAX_ORIGINS:
            found.origins.append(_origin(sent, int(position)))


def _compare(sent: Sent, found: _Found, failing: Vector) -> None:
    """Keep the message of the other side that is nearest.

    Most values agree; then it has no match either; then the first value that differs stands later (results
    stand behind what they follow from); then it differs by less.
    """
    is_excess = signed((found.proven - found.assumed) % P) > 0
    is_proven = sent.counts <= np.uint64(P // 2)
    same = np.stack([c == np.uint64(value) for c, value in zip(sent.values, found.values, strict=True)])
    agreeing = same.sum(axis=0)
    agreeing[(is_proven == is_excess) | (agreeing == len(found.values))] = 0
    most = int(agreeing.max())
    if most == 0 or most < found.rank[0]:
        return
    chosen = np.flatnonzero(agreeing == most)
    near = sent.take(chosen)
    is_open = _is_in(fingerprints(near.values), failing)
    first = same[:, chosen].argmin(axis=0)
    distances = np.zeros(len(chosen))
    for column, value in zip(near.values, found.values, strict=True):
        difference = vectors.sub(column, np.full_like(column, value))
        distances += np.minimum(difference, vectors.neg(difference))
    best = int(np.lexsort((distances, -first, ~is_open))[0])
    rank = (most, float(is_open[best]), float(first[best]), -float(distances[best]))
    if rank > found.rank:
        found.rank = rank
        values = tuple(int(column[best]) for column in near.values)
        found.nearest = Nearest(values, _origin(near, best))


def _origin(sent: Sent, position: int) -> Origin:
    count, row = int(sent.counts[position]), int(sent.rows[position])
    interaction, instance = sent.interaction, sent.instance
    if interaction is None or instance is None:
        sign = 1 if signed(count) >= 0 else -1
        return Origin(None, -1, row, None, sign, count * sign % P, -1)
    return Origin(
        instance.air.name if instance.number >= 0 else None,
        instance.number,
        row,
        interaction.source,
        interaction.sign,
        count * interaction.sign % P,
        instance.air.interactions.index(interaction),
    )
