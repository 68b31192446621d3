"""The verifier's own messages (section 8.2): what memory is and starts with, and what the outputs are."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from .field import P
from .refusal import require
from .statement import ENVIRONMENT, IMAGE, INPUT, LONGEST_OUTPUT, OUTPUT, REGISTERS, ZERO, Statement
from .values import WORD

GUEST_KEY = 2**29
HIDDEN_KEY = 2**59
OUTPUT_KEY = 2**60 + 2**20
ENVIRONMENT_KEY = 2**60 + 2**21
HIGHEST_END = 2**48 - 2**32
MOST_REGIONS = 16
LOAD, STORE = 1, 2
REGION_BUS, START_BUS, OUTPUT_BUS, HOLE_BUS, COUNT_BUS = 6, 7, 8, 9, 15


class Message(NamedTuple):
    """A message of a bus, so many times."""

    bus: int
    multiplicity: int
    values: tuple[int, ...]


class Region(NamedTuple):
    """A region of memory; start is its first key."""

    kind: int
    start: int
    size: int
    writable: bool = True
    gapped: bool = False

    @property
    def words(self) -> int:
        """The size in words of 8 bytes."""
        return -(-self.size // 8)

    @property
    def address(self) -> int:
        """The address of a region of the guest."""
        return 8 * (self.start - GUEST_KEY)


FIXED_REGIONS = (
    Region(REGISTERS, HIDDEN_KEY, 128),
    Region(ZERO, HIDDEN_KEY + 16, 384),
    Region(ZERO, 2**60, 8 * 2**16),
    Region(OUTPUT, OUTPUT_KEY, 8 + LONGEST_OUTPUT),
)


def messages(statement: Statement) -> list[Message]:
    """All messages, those with multiplicity 0 left out."""
    regions = guest_regions(statement)
    counted = [
        *_region_messages(statement, [*regions, *FIXED_REGIONS, *environment_region(statement)]),
        *_register_messages(statement),
        *_input_messages(statement, regions),
        *_environment_messages(statement),
        *_hole_messages(regions),
    ]
    require(len(counted) == len(statement.multiplicities), "there are not as many multiplicities as messages")
    pairs = zip(counted, statement.multiplicities, strict=True)
    sent = [Message(bus, times, values) for (bus, values), times in pairs if times]
    outputs = [(OUTPUT_KEY, *halves(len(statement.outputs)))]
    outputs += _keyed_words(OUTPUT_KEY + 1, statement.outputs)
    sent += [Message(OUTPUT_BUS, P - 1, values) for values in outputs]
    return sent + [
        Message(COUNT_BUS, P - count, (what,)) for what, count in enumerate(statement.counts) if count
    ]


def guest_regions(statement: Statement) -> list[Region]:
    """The regions of the guest by rules and claim, ascending."""
    regions = []
    for rule in statement.rules.regions:
        require(rule.address % 8 == 0, "a region starts within a word")
        if rule.kind == ENVIRONMENT:
            continue
        size = statement.amount(rule.size)
        if rule.kind == INPUT and statement.public_input is not None:
            require(size == statement.scalars["input_length"], "a public input does not fill its region")
        if size:
            regions.append(Region(rule.kind, GUEST_KEY + rule.address // 8, size, rule.writable, rule.gapped))
    regions.sort(key=lambda region: region.start)
    others = len(FIXED_REGIONS) + len(environment_region(statement))
    require(len(regions) + others <= MOST_REGIONS, "there are too many regions")
    require(all(row.address + row.size <= HIGHEST_END for row in regions), "a region ends too high")
    apart = all(
        low.start + low.words < high.start or _continues(low, high) for low, high in pairwise(regions)
    )
    require(apart, "regions overlap or touch")
    return regions


def _continues(low: Region, high: Region) -> bool:
    """Whether a region goes on in the next: an image and zeros that touch, both writable and plain."""
    return (
        sorted((low.kind, high.kind)) == [IMAGE, ZERO]
        and low.start + low.words == high.start
        and low.size % 8 == 0
        and low.writable
        and high.writable
        and not (low.gapped or high.gapped)
    )


def environment_region(statement: Statement) -> list[Region]:
    """The region of the environment, if that is not empty."""
    size = len(statement.environment)
    return [Region(ENVIRONMENT, ENVIRONMENT_KEY, size)] if size else []


def halves(number: int) -> tuple[int, int]:
    """The low and the high 32 bits."""
    return number % 2**32, number >> 32


def _keyed_words(key: int, data: bytes) -> list[tuple[int, int, int]]:
    """Key, low and high half of each word of the data, padded with zeros."""
    words = (int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8))
    return [(key + i, *halves(word)) for i, word in enumerate(words)]


def _region_messages(
    statement: Statement, regions: Iterable[Region]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """What each region is and starts with."""
    public = statement.public_input is not None
    for index, region in enumerate(regions):
        whole = 2 if region.gapped else int(region.writable)
        last = 8 + 8 * whole + region.size % 8 if region.size % 8 else whole
        given = region.kind in (IMAGE, REGISTERS, ENVIRONMENT) or (region.kind == INPUT and public)
        private = region.kind == INPUT and not public
        flags = (given, private, region.kind == OUTPUT, region.gapped)
        yield REGION_BUS, (index, region.start, region.words, whole, last, *map(int, flags))


def _register_messages(statement: Statement) -> Iterator[tuple[int, tuple[int, ...]]]:
    """What registers start with."""
    registers = [0] * 16
    for rule in statement.rules.registers:
        empty = rule.zero_if_empty and statement.scalars["input_length"] == 0
        registers[rule.register] = 0 if empty else (rule.base + statement.amount(rule.quantity)) % WORD
    for index, value in enumerate(registers):
        yield START_BUS, (HIDDEN_KEY + index, *halves(value))


def _input_messages(statement: Statement, regions: list[Region]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The words of a public input."""
    start = next((region.start for region in regions if region.kind == INPUT), 0)
    for values in _keyed_words(start, statement.public_input or b""):
        yield START_BUS, values


def _environment_messages(statement: Statement) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The words of the environment."""
    for values in _keyed_words(ENVIRONMENT_KEY, statement.environment):
        yield START_BUS, values


def _hole_messages(regions: list[Region]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Where a load or a store faults: between regions, and in the gaps of gapped ones."""
    for kind in (LOAD, STORE):
        reached = [region for region in regions if kind == LOAD or region.writable]
        low = 0
        holes = []
        for index, region in enumerate(reached):
            if region.address and not (index and _continues(reached[index - 1], region)):
                holes.append((0, low, region.address - 1))
            low = region.address + region.size
        holes.append((0, low, WORD - 1))
        holes += [
            (1, region.address, region.address + region.size - 1) for region in reached if region.gapped
        ]
        for gap, bottom, top in holes:
            yield HOLE_BUS, (kind, gap, *halves(bottom), *halves(top))
