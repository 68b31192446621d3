"""A writable image and writable zeros may touch, and accesses cross from one to the other; no others may."""

from itertools import product

import pytest

from zisk_py.emulator import execute, reference
from zisk_py.errors import InputError
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import INDIRECT, LAST_C, Instruction, Store, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC, RegionKind, is_continued, join_regions
from zisk_py.isa.rom import ImageSegment, Rom
from zisk_py.isa.rules import Claim, RegionRule, Rules
from zisk_py.statemachines.fault.holes import holes
from zisk_py.zkvm import Program

BASE = 0x1000
JOINED = (
    RegionRule(RegionKind.ZERO, BASE, 16, writable=True),
    RegionRule(RegionKind.IMAGE, BASE + 16, 24, writable=True),
    RegionRule(RegionKind.ZERO, BASE + 40, 13, writable=True),
)
OTHERS = (
    RegionRule(RegionKind.IMAGE, 0x500, 16, writable=False),
    RegionRule(RegionKind.ZERO, 0x2000, 16, writable=True),
)
IMAGE = (ImageSegment(BASE + 16, bytes(range(1, 25))), ImageSegment(0x500, bytes(16)))
END = BASE + 53
WIDTHS = (1, 2, 4, 8)
PLACES = (*range(BASE + 8, BASE + 18), *range(BASE + 32, BASE + 46))


def rom_of(accesses: list[tuple[int, int, bool]]) -> Rom:
    """Loads and stores, each eight pcs long, one behind the other, and an exit."""
    rows = []
    for number, (address, width, is_store) in enumerate(accesses):
        pc = 8 * number
        how = {"b": register(33), "store": Store.INDIRECT} if is_store else {"b": INDIRECT}
        fields = {"a": immediate(address), "width": width, "j1": FAULT_PC - pc, "j2": 8, "cost": True, **how}
        rows.append(Instruction(pc, **fields))
    last = 8 * len(rows)
    rows.append(Instruction(last, b=LAST_C, j1=EXIT_PC - last, j2=EXIT_PC - last, cost=True))
    rules = Rules("test", len(rows), 0, (*JOINED, *OTHERS), ())
    return Rom.from_instructions(rows, IMAGE, rules)


def test_accesses_cross_from_one_into_the_other():
    accesses = [(place, width, is_store) for place, width, is_store in product(PLACES, WIDTHS, (False, True))]
    rom = rom_of([access for access in accesses if access[0] + access[1] <= END])
    ours, slow = (run(rom, Claim(0), b"", chunk_size=64) for run in (execute, reference.execute))
    assert ours.outcome == slow.outcome
    assert ours.memory == slow.memory
    report = Program(rom).check(chunk_size=1 << 10)
    assert report.ok, report


@pytest.mark.parametrize("address", [BASE - 1, BASE - 7, END - 7, END])
@pytest.mark.parametrize("is_store", [False, True])
def test_beside_them_is_a_hole(address, is_store):
    program = Program(rom_of([(address, 8, is_store)]))
    kind = FaultKind.STORE_VIOLATION if is_store else FaultKind.LOAD_VIOLATION
    assert program.execute().outcome.kind is kind
    assert program.check(chunk_size=1 << 10).ok


@pytest.mark.parametrize("kind", [FaultKind.LOAD_VIOLATION, FaultKind.STORE_VIOLATION])
def test_an_access_is_either_possible_or_in_a_hole(kind):
    regions = rom_of([]).rules.start_regions(Claim(0))
    found = [hole for hole in holes(regions) if hole.kind is kind]
    reached = [r for r in join_regions(regions) if r.writable or kind is FaultKind.LOAD_VIOLATION]
    for address, width in product(range(0x4F0, 0x2020), WIDTHS):
        is_possible = any(r.address <= address and address + width <= r.address + r.size for r in reached)
        assert is_possible != any(hole.contains(address, width) for hole in found), (hex(address), width)


KINDS = (RegionKind.IMAGE, RegionKind.ZERO, RegionKind.INPUT)


@pytest.mark.parametrize("kinds", [*product(KINDS, KINDS)], ids=str)
def test_only_writable_images_and_zeros_may_touch(kinds):
    flags = (False, True)
    for writable, gapped, size in product(product(flags, flags), product(flags, flags), (16, 13)):
        low, high = (
            RegionRule(kind, address, length, may, gaps)
            for kind, address, length, may, gaps in zip(
                kinds, (BASE, BASE + 16), (size, 16), writable, gapped, strict=True
            )
        )
        try:
            rules = Rules("test", 1, 0, (low, high), ())
        except InputError:
            continue  # two inputs, two gapped regions, a gapped region that is read-only
        is_good = set(kinds) == {RegionKind.IMAGE, RegionKind.ZERO} and all(writable) and not any(gapped)
        if is_good and size % 8 == 0:
            assert is_continued(*rules.start_regions(Claim(16))[:2])
        else:
            with pytest.raises(InputError, match="overlap or touch"):
                rules.start_regions(Claim(16))
