"""Fault so small that every witness is tried: a trap is provable exactly where the access lies in a hole.

The compiled constraints with limbs of 2 bits, so 256 addresses, over the field of 131 elements. What a cell
may be by itself follows from the constraints and ranges too, of all the field. Then the machine is taken in
parts that share few columns; a part is all that reads only its columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pytest

from attack_models import Model, every
from zisk_py.pil.system import Air
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.constraint_system import constraint_system

FAULT = constraint_system().air("Fault")
PRIME, LIMB, HALF, SPACE = 131, 4, 16, 256
CONSTANTS = {2**16: LIMB, 2**32: HALF, 2**12: 2, 2**13: 4, 2**4: 2}  # bit 1 of a distance says gap or frame
OFFSETS, WIDTHS = range(-HALF, HALF + 1), (1, 2, 4, 8)
LOAD, STORE = 0, 1

Row = tuple[int, ...]


@dataclass(frozen=True)
class Hole:
    """Where accesses of one kind trap: between two regions, or in the gaps of one."""

    kind: int
    is_gap: int
    low: int
    top: int

    def contains(self, address: int, width: int) -> bool:
        if self.is_gap:
            return self.low <= address <= self.top and bool((address - self.low) & 2)
        return address + width > self.low and address <= self.top


# Regions: read-only from 17 to 29; frames of 2 bytes and gaps of 2 from 64 to 87; from 128 to 140.
HOLES = [
    *(Hole(LOAD, 0, low, top) for low, top in ((0, 16), (30, 63), (88, 127), (141, 255))),
    *(Hole(STORE, 0, low, top) for low, top in ((0, 63), (88, 127), (141, 255))),
    *(Hole(kind, 1, 64, 87) for kind in (LOAD, STORE)),
]

# Columns that are given, and columns that are chosen: all constraints and ranges lie within some part.
ADDRESS_LOW = ("a0", "offset"), ("address[0]", "address[1]", "carry")
ADDRESS_HIGH = ("a1", "carry"), ("address[2]", "address[3]", "wrap")
FROM_LOW = (
    ("address[0]", "address[1]", "width", "is_gap", "low0"),
    ("from_low_carry", "from_low[0]", "from_low[1]"),
)
FROM_HIGH = (
    ("address[2]", "address[3]", "low1", "from_low_carry"),
    ("from_low[2]", "from_low[3]", "from_low_top"),
)
TO_LOW = ("address[0]", "address[1]", "top0"), ("to_top_below", "to_top[0]", "to_top[1]")
TO_HIGH = ("address[2]", "address[3]", "top1", "to_top_below"), ("to_top[2]", "to_top[3]")
GAP = ("is_gap", "from_low[0]"), ("in_gap", "frame")
PARTS = (ADDRESS_LOW, ADDRESS_HIGH, FROM_LOW, FROM_HIGH, TO_LOW, TO_HIGH, GAP)


def limbs(value: int) -> Row:
    return value % LIMB, value // LIMB


class SmallFault:
    """What an air proves of traps."""

    def __init__(
        self, air: Air, constants: dict[int, int] = CONSTANTS, limb: int = LIMB, prime: int = PRIME
    ) -> None:
        self.model, self.limb = Model(air, constants, prime), limb

    @cached_property
    def values(self) -> dict[str, list[int]]:
        """What each chosen column may be by itself, of all the field; those of gaps where there is one."""
        found = {}
        for name in {name for _, chosen in PARTS for name in chosen}:
            every_value = np.arange(self.model.prime)
            fine = self.allows({"live": 1, "is_gap": 1, name: every_value})
            found[name] = np.flatnonzero(np.broadcast_to(fine, every_value.shape)).tolist()
        return found

    def allows(self, cells: dict) -> np.ndarray:
        return self.model.allows(cells, Bus.RANGE16, self.limb)

    @cache  # noqa: B019
    def choices(self, part: tuple[Sequence[str], Sequence[str]], given: Row) -> list[Row]:
        """The values of a part's chosen columns that the given ones allow."""
        names, chosen = part
        cells = self._grid(tuple(chosen))
        fine = self.allows({"live": 1, **dict(zip(names, given, strict=True)), **cells})
        rows = np.stack(list(cells.values()), axis=1)
        return list(map(tuple, rows[np.broadcast_to(fine, len(rows))].tolist()))

    @cache  # noqa: B019
    def _grid(self, chosen: tuple[str, ...]) -> dict[str, np.ndarray]:
        grid = every(**{f"x{number}": self.values[name] for number, name in enumerate(chosen)})
        return dict(zip(chosen, grid.values(), strict=True))

    def addresses(self, a0: int, a1: int, offset: int) -> set[int]:
        """The addresses of an access that some witness has."""
        return {
            low0 + LIMB * low1 + HALF * (high0 + LIMB * high1)
            for low0, low1, carry in self.choices(ADDRESS_LOW, (a0, offset))
            for high0, high1, _ in self.choices(ADDRESS_HIGH, (a1, carry))
        }

    def lies_in(self, address: int, width: int, hole: Hole) -> bool:
        """Whether some witness says that an access lies in a hole."""
        low, high = limbs(address % HALF), limbs(address // HALF)
        is_above = any(
            self.choices(FROM_HIGH, (*high, hole.low // HALF, carry))
            and (not hole.is_gap or self.choices(GAP, (1, first)))
            for carry, first, _ in self.choices(FROM_LOW, (*low, width, hole.is_gap, hole.low % HALF))
        )
        return is_above and any(
            self.choices(TO_HIGH, (*high, hole.top // HALF, below))
            for below, *_ in self.choices(TO_LOW, (*low, hole.top % HALF))
        )


WHOLE = SmallFault(FAULT)


def test_every_rule_belongs_to_a_part_or_says_what_is_sent():
    parts = [{"live", *given, *chosen} for given, chosen in PARTS]
    rules = [WHOLE.model.columns(c.node) for c in FAULT.constraints]
    for lookup in WHOLE.model.messages(Bus.RANGE16):
        rules.append(WHOLE.model.columns(lookup.values[0]) | WHOLE.model.columns(lookup.multiplicity))
    assert all(any(rule <= part for part in parts) for rule in rules)
    others = {i.bus for i in FAULT.interactions} - {Bus.RANGE16}
    assert others == {Bus.FAULT, Bus.HOLE}
    (fault,), (hole,) = WHOLE.model.messages(Bus.FAULT), WHOLE.model.messages(Bus.HOLE)
    assert fault.multiplicity == hole.multiplicity
    # The kind that is sent is that of the hole.
    assert fault.values[4] == hole.values[0]


def test_what_a_cell_may_be_by_itself():
    half = (PRIME + 1) // 2
    groups = {
        ("carry", "wrap", "from_low_carry"): [0, 1, PRIME - 1],
        ("from_low_top", "to_top_below"): [0, 1],
        ("in_gap",): [0, 1, half, half + 1],
    }
    special = {name: values for names, values in groups.items() for name in names}
    assert WHOLE.values == {name: special.get(name, list(range(LIMB))) for name in WHOLE.values}
    assert np.flatnonzero(WHOLE.allows({"live": np.arange(PRIME)})).tolist() == [0, 1]


def test_an_access_has_one_address():
    for a in range(SPACE):
        for offset in OFFSETS:
            assert WHOLE.addresses(a % HALF, a // HALF, offset) == {(a + offset) % SPACE}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_trap_is_provable_exactly_where_the_access_lies_in_a_hole_of_its_kind(width):
    for hole in HOLES:
        for address in range(SPACE):
            assert WHOLE.lies_in(address, width, hole) == hole.contains(address, width), (address, hole)


@pytest.mark.parametrize("bits", [3, 4, 5])
def test_a_gap_is_where_the_bit_of_the_distance_is_set(bits):
    """With larger limbs, so that there are frames below; in a field that in_gap + frames cannot cross."""
    limb = 1 << bits
    for bit in range(1, bits - 1):
        constants = {**CONSTANTS, 2**12: 1 << bit, 2**13: 2 << bit, 2**4: limb >> bit}
        small = SmallFault(FAULT, constants, limb, prime=12289)
        found = [low for low in range(limb) if small.choices(GAP, (1, low))]
        assert found == [low for low in range(limb) if low >> bit & 1]


# ---- without any one rule, an access that is legal can be proven to trap

RULES = {f"constraint {c.source.text}": number for number, c in enumerate(FAULT.constraints)}
RANGES = {
    f"range of {'/'.join(sorted(WHOLE.model.columns(lookup.values[0])))}": lookup
    for lookup in WHOLE.model.messages(Bus.RANGE16)
}
LEGAL = [(load, 1) for load in (17, 18, 29, 64, 65, 84, 128, 140)] + [(21, 8), (17, 4), (132, 8), (133, 8)]


def without(name: str) -> SmallFault:
    if name in RULES:
        kept = tuple(c for number, c in enumerate(FAULT.constraints) if number != RULES[name])
        return SmallFault(replace(FAULT, constraints=kept))
    kept = tuple(i for i in FAULT.interactions if i is not RANGES[name])
    return SmallFault(replace(FAULT, interactions=kept))


@pytest.mark.parametrize("name", [*RULES, *RANGES])
def test_without_any_one_rule_a_legal_access_traps(name):
    small = without(name)
    if name == "constraint live * (1 - live) === 0":
        # One row then stands for any number of traps.
        assert small.allows({"live": np.arange(PRIME)}).all()
        return
    lies = [
        (address, width, hole)
        for address, width in LEGAL
        for hole in HOLES
        if hole.kind == LOAD and small.lies_in(address, width, hole)
    ]
    moved = [
        (a, offset, address)
        for a, offset in ((17, 0), (18, 3), (30, -2))
        for address in small.addresses(a % HALF, a // HALF, offset)
        if address != a + offset
    ]
    assert lies or moved
    assert not any(WHOLE.lies_in(*lie) for lie in lies)


def test_without_the_lookup_of_the_hole_a_legal_access_traps():
    assert WHOLE.lies_in(20, 1, Hole(LOAD, 0, 0, 255))


def test_the_legal_accesses_lie_in_no_hole_for_loads():
    for address, width in LEGAL:
        assert not any(hole.contains(address, width) for hole in HOLES if hole.kind == LOAD)
