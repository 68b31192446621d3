"""Buses of a trace that holds: what another message would need, and which tuples of tables can be counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zisk_py.pil import vectors
from zisk_py.pil.authoring.kernel_blocks import kernel_blocks
from zisk_py.pil.bus_balance import Messages, fingerprints, sent_by, sent_by_verifier
from zisk_py.pil.compiled import AuthoredAir, Multiplicity
from zisk_py.pil.system import Interaction
from zisk_py.pil.trace_evaluation import Instance

U64 = NDArray[np.uint64]
Mask = NDArray[np.bool_]

_NOTHING: U64 = np.zeros(0, dtype=np.uint64)


@dataclass(frozen=True)
class _Sums:
    """By fingerprint, ascending: what multiplicities add up to, how many rows of tables have the tuple."""

    hashes: U64
    demand: U64
    offered: NDArray[np.int64]

    def find(self, hashes: U64) -> tuple[U64, NDArray[np.int64]]:
        """Both sums of each tuple."""
        if not len(self.hashes):
            return np.zeros_like(hashes), np.zeros(len(hashes), dtype=np.int64)
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        is_here = self.hashes[at] == hashes
        return np.where(is_here, self.demand[at], np.uint64(0)), np.where(is_here, self.offered[at], 0)


@dataclass
class _Parts:
    """Sums before they are added up."""

    hashes: list[U64] = field(default_factory=list)
    demand: list[U64] = field(default_factory=list)
    offered: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, hashes: U64, demand: U64 | None) -> None:
        """Add messages, or rows of a table (None)."""
        self.hashes.append(hashes)
        self.demand.append(np.zeros_like(hashes) if demand is None else demand)
        self.offered.append(np.full(len(hashes), demand is None, dtype=np.int64))

    def sums(self) -> _Sums:
        """All of them, added up."""
        if not any(map(len, self.hashes)):
            return _Sums(_NOTHING, _NOTHING, np.zeros(0, dtype=np.int64))
        hashes = np.concatenate(self.hashes)
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
        demand = vectors.group_sums(np.concatenate(self.demand)[order], starts)
        offered = np.add.reduceat(np.concatenate(self.offered)[order], starts)
        return _Sums(hashes[starts], demand, offered)


class BusState:
    """The buses with tables that we count: what is looked up there, and what there is."""

    def __init__(
        self,
        made: Sequence[Instance],
        beside: Mapping[str, AuthoredAir],
        messages: Messages = (),
        counted: Sequence[tuple[int, Sequence[int]]] = (),
    ) -> None:
        """Add up the messages of a trace that holds.

        messages  the verifier's own beside those that the file sends once per proof: (bus, values,
                  multiplicity).
        counted   those of the verifier whose multiplicity the prover states: (bus, values).
        """
        self.refilled = {
            (name, recipe.interaction)
            for name, air in beside.items()
            for recipe in air.recipes.values()
            if isinstance(recipe, Multiplicity)
        }
        buses = {bus for bus, _ in counted}
        for one in made:
            buses |= {
                interaction.bus
                for number, interaction in enumerate(one.air.interactions)
                if (one.air.name, number) in self.refilled
            }
        parts = {bus: _Parts() for bus in buses}
        for one in made:
            self._add(one, parts)
        is_counted = {(bus, tuple(values)) for bus, values in counted}
        own = [message for message in messages if (message[0], tuple(message[1])) not in is_counted]
        for sent in sent_by_verifier(own):
            if sent.bus in buses:
                parts[sent.bus].add(fingerprints(sent.values), sent.counts)
        for sent in sent_by_verifier([(bus, values, 1) for bus, values in counted]):
            parts[sent.bus].add(fingerprints(sent.values), None)
        self.sums = {bus: part.sums() for bus, part in parts.items()}

    def _add(self, one: Instance, parts: Mapping[int, _Parts]) -> None:
        refilled = [
            interaction
            for number, interaction in enumerate(one.air.interactions)
            if (one.air.name, number) in self.refilled
        ]
        others = frozenset(
            id(interaction) for interaction in one.air.interactions if interaction.bus in parts
        ).difference(map(id, refilled))
        roots = [
            node
            for interaction in one.air.interactions
            if interaction.bus in parts
            for node in (interaction.multiplicity, *interaction.values)
        ]
        for start, stop, values in kernel_blocks(one, roots) if roots else ():
            for sent in sent_by(one, start, stop, values, parts.keys()):
                if id(sent.interaction) in others:
                    parts[sent.bus].add(fingerprints(sent.values), sent.counts)
            for interaction in refilled:
                columns = [np.broadcast_to(values[node], stop - start) for node in interaction.values]
                parts[interaction.bus].add(fingerprints(columns), None)

    def changes(self, is_counted: Mask) -> "Changes":
        """A collector of what changes do to the buses.

        is_counted  (changes,): whether it changes a column of multiplicities, which is then not counted anew.
        """
        return Changes(self, is_counted)


class Changes:
    """What each of many changes, alone, does to the buses."""

    def __init__(self, state: BusState, is_counted: Mask) -> None:
        self._state, self._is_counted = state, is_counted
        self._parts: dict[int, tuple[list[NDArray[np.intp]], _Parts]] = {}

    def add(
        self,
        air: str,
        number: int,
        interaction: Interaction,
        old: tuple[U64, U64],
        new: tuple[U64, U64],
    ) -> None:
        """Add what an interaction sends: multiplicities and fingerprints, (changes, rows) each."""
        is_table = (air, number) in self._state.refilled
        differs = (old[0] != new[0]) | (old[1] != new[1])
        change, row = np.nonzero(differs)
        owners, parts = self._parts.setdefault(interaction.bus, ([], _Parts()))
        counted = self._is_counted[change]
        for (counts, hashes), sign in ((old, -interaction.sign), (new, interaction.sign)):
            found = counts[change, row]
            signed = found if sign > 0 else vectors.neg(found)
            if is_table:
                offered = np.full(len(change), 1 if sign == interaction.sign else -1, dtype=np.int64)
                offered[counted] = 0
                signed = np.where(counted, signed, np.uint64(0))
            else:
                offered = np.zeros(len(change), dtype=np.int64)
            owners.append(change)
            parts.hashes.append(hashes[change, row])
            parts.demand.append(signed)
            parts.offered.append(offered)

    def unmatched(self) -> Mask:
        """(changes,): whether some tuple has no match any more."""
        found = np.zeros(len(self._is_counted), dtype=bool)
        for bus, (owners, parts) in self._parts.items():
            owner, hashes = np.concatenate(owners), np.concatenate(parts.hashes)
            if not len(owner):
                continue
            order = np.lexsort((hashes, owner))
            owner, hashes = owner[order], hashes[order]
            is_new = (owner[1:] != owner[:-1]) | (hashes[1:] != hashes[:-1])
            starts = np.flatnonzero(np.concatenate([[True], is_new]))
            demand = vectors.group_sums(np.concatenate(parts.demand)[order], starts)
            offered = np.add.reduceat(np.concatenate(parts.offered)[order], starts)
            owner, hashes = owner[starts], hashes[starts]
            if bus in self._state.sums:
                # A counted column takes part as it stands: before its change, the tuple matches.
                owed, rows = self._state.sums[bus].find(hashes)
                anew = ~self._is_counted[owner]
                demand = np.where(anew, vectors.add(demand, owed), demand)
                offered = np.where(anew, offered + rows, 0)
            found[owner[(demand != 0) & (offered <= 0)]] = True
        return found
