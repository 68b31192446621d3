"""Fault: a trap is proven exactly where the access is illegal."""

import pytest
from harness import broken, misses
from memory_runs import (
    FAULT,
    FRAME,
    HEAP,
    INPUT,
    MAIN,
    STACK,
    TEXT,
    complaints,
    known_tables,
    loose_cells,
    regions_of,
    sample_rows,
    shapes,
    system,
    trap_run,
)

from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.memory_map import GUEST_KEY, Region, RegionKind, guest_key
from zisk_py.statemachines.errors import WitnessError
from zisk_py.statemachines.fault.holes import hole_messages, holes
from zisk_py.statemachines.fault.witness import trap_row

TOP = 1 << 64


def is_padding(sheet, row):
    return not sheet[row, "live"]


# Nothing of a padding row is sent; where the hole is no gap, no one asks for the place in one.
FREE = {
    **{column.name: is_padding for column in system().air("Fault").columns if column.name != "live"},
    **{name: lambda sheet, row: not sheet[row, "is_gap"] for name in ("in_gap", "frame")},
}


TRAPS = {
    "below all regions": (8, 8, False),
    "at zero": (0, 1, True),
    "last byte below the text": (TEXT - 1, 1, False),
    "over the start of the text": (TEXT - 1, 8, False),
    "store to the text": (TEXT + 8, 4, True),
    "over the end of the text": (TEXT + 19, 2, False),
    "first byte behind the text": (TEXT + 20, 1, False),
    "first byte of a gap": (STACK + FRAME, 1, False),
    "last byte of a gap": (STACK + 2 * FRAME - 1, 1, True),
    "from a gap into a frame": (STACK + 6 * FRAME - 1, 8, False),
    "over the end of the last frame": (STACK + 7 * FRAME - 1, 2, True),
    "between heap and input": (HEAP + 4096, 4, False),
    "over the end of the input": (INPUT + 16, 2, False),
    "above 2^48": (1 << 48, 8, False),
    "modulo p": (TEXT + (1 << 64) - (1 << 32) + 1, 4, False),
    "the last address": (TOP - 1, 1, False),
    "over the last address": (TOP - 1, 8, True),
    "an address that wraps": (TOP - 4, 8, False),
}


@pytest.mark.parametrize("case", TRAPS.values(), ids=TRAPS.keys())
def test_an_illegal_access_is_proven_to_trap(case):
    run = trap_run(*case)
    assert str(run.outcome) == f"Fault({'STORE' if case[2] else 'LOAD'}_VIOLATION, pc=1)"
    assert complaints(run) == []


@pytest.mark.parametrize(
    "case",
    [
        "over the end of the text",
        "last byte of a gap",
        "over the last address",
        "at zero",
        "store to the text",
    ],
)
def test_every_changed_cell_is_noticed(case):
    run = trap_run(*TRAPS[case])
    sheet = run.sheet(FAULT)
    assert loose_cells(run, sheet, sample_rows(sheet), FREE) == []


def test_a_hole_that_the_verifier_does_not_know_is_refused():
    run = trap_run(*TRAPS["between heap and input"])
    sheet = run.sheet(FAULT)
    assert misses(sheet.forged(0, {"low0": 0, "low1": 0}), known_tables(run))


def test_a_load_does_not_trap_in_a_hole_for_stores():
    run = trap_run(*TRAPS["store to the text"])
    sheet, main = run.sheet(FAULT), run.sheet(MAIN)
    kind = int(FaultKind.LOAD_VIOLATION)
    assert misses(sheet.forged(0, {"kind": kind}), known_tables(run))
    # And Main's kind is that of its row.
    assert broken(main.forged(1, {"c1": kind}))
    assert complaints(run, {FAULT: sheet.forged(0, {"kind": kind}), MAIN: main.forged(1, {"c1": kind})})


def limbs(name, value):
    return {f"{name}[{i}]": value >> 16 * i & 0xFFFF for i in range(4)}


@pytest.mark.parametrize("address", [HEAP, HEAP + 4095, INPUT, INPUT + 16, STACK, STACK + 2 * FRAME])
def test_no_hole_takes_a_legal_access(address):
    run = trap_run(*TRAPS["between heap and input"])
    sheet, known = run.sheet(FAULT), known_tables(run)
    for hole in holes(regions_of(run)):
        row = {
            "a0": (address - 5) & 0xFFFFFFFF,
            "a1": (address - 5) >> 32,
            "width": 1,
            "kind": int(hole.kind),
            "is_gap": int(hole.is_gap),
            "low0": hole.low & 0xFFFFFFFF,
            "low1": hole.low >> 32,
            "top0": hole.top & 0xFFFFFFFF,
            "top1": hole.top >> 32,
            "carry": ((address - 5 & 0xFFFFFFFF) + 5) >> 32,
            "wrap": 0,
            **limbs("address", address),
            "from_low_top": 0,
        }
        # A prover may choose every carry, and any limbs that the equations then allow.
        for carry in (-1, 0, 1):
            for below in (0, 1):
                low0 = ((address & 0xFFFFFFFF) - (hole.low & 0xFFFFFFFF) - (carry << 32)) % P
                low1 = ((address >> 32) + carry - (hole.low >> 32)) % P
                top0 = ((hole.top & 0xFFFFFFFF) - (address & 0xFFFFFFFF) + (below << 32)) % P
                top1 = ((hole.top >> 32) - (address >> 32) - below) % P
                forged = sheet.forged(
                    0,
                    {
                        **row,
                        **split("from_low", low0, low1),
                        **split("to_top", top0, top1),
                        "from_low_carry": carry,
                        "to_top_below": below,
                        "in_gap": low0 & 0xFFF,
                        "frame": (low0 & 0xFFFF) >> 13,
                    },
                )
                assert broken(forged) or misses(forged, known)


def split(name, low, high):
    """Two limbs per half; what does not fit 32 bits goes to the higher limb, where the lookup sees it."""
    return {
        f"{name}[0]": low & 0xFFFF,
        f"{name}[1]": low >> 16,
        f"{name}[2]": high & 0xFFFF,
        f"{name}[3]": high >> 16,
    }


def test_a_row_of_no_hole_is_an_error_of_the_witness():
    run = trap_run(*TRAPS["at zero"])
    with pytest.raises(WitnessError, match="lies in no hole"):
        trap_row([HEAP, 0, 8, int(FaultKind.LOAD_VIOLATION)], holes(regions_of(run)))


# ---- exactly one outcome: at all edges, an access is provable or a trap is, never both, with the right bytes


def region(address, size, writable, gapped=False):
    return Region(RegionKind.ZERO, guest_key(address), size, writable, gapped)


V0 = (
    region(1 << 32, 9999, False),
    region(2 << 32, 63 * 8192 + 4096, True, True),
    region(3 << 32, 32768, True),
    region(4 << 32, 31401, True),
)
V3 = (
    region(0, 4096 + 24, False),
    region(2 << 32, 262144, True),
    region(3 << 32, 32768, True),
    region(4 << 32, 31401, True),
)


def host_bytes(regions, address, width, is_store):
    """Where the bytes lie in the host's buffers, as an sBPF virtual machine maps them; None: a violation."""
    for number, r in enumerate(regions):
        offset = address - r.address
        if r.gapped:
            if 0 <= offset < 2 * 64 * FRAME:
                place = (offset >> 13 << 12) | (offset & (FRAME - 1))
                if offset & FRAME or place + width > 64 * FRAME or (is_store and not r.writable):
                    return None
                return [(number, place + i) for i in range(width)]
        elif offset >= 0 and offset + width <= r.size:
            return None if is_store and not r.writable else [(number, offset + i) for i in range(width)]
    return None


def word_attribute(regions, key):
    """(region number, word, attribute) of a word that Boundary can open; None if there is none."""
    for number, r in enumerate(regions):
        word = key - r.start
        if 0 <= word < r.num_words:
            if r.gapped and word >> 9 & 1:
                return None
            return number, word, r.last_attribute if word == r.num_words - 1 else r.whole_attribute
    return None


def provable_accesses(regions, address, width, is_store):
    """The host bytes of every way in which Main or Narrow can make the access."""
    key, byte = GUEST_KEY + address // 8, address % 8
    first = word_attribute(regions, key)
    if first is None:
        return []
    is_aligned = width == 8 and byte == 0 and first[2] in ((1, 2) if is_store else (0, 1, 2))
    found = []
    if is_aligned or (byte, width, int(is_store), 0, 0, first[2], 0) in shapes():
        found.append([first])
    for skip in (0, 1):
        second = word_attribute(regions, key + 1 + 512 * skip)
        if second and (byte, width, int(is_store), 1, skip, first[2], second[2]) in shapes():
            found.append([first, second])
    return [
        [host_of(regions, words[(byte + i) // 8], (byte + i) % 8) for i in range(width)] for words in found
    ]


def host_of(regions, place, byte):
    number, word, _ = place
    offset = 8 * word + byte
    return number, (offset >> 13 << 12) | (offset & (FRAME - 1)) if regions[number].gapped else offset


def edge_addresses(regions):
    found = (
        {(1 << 64) - n for n in range(1, 40)} | {(0xFFFFFFFF << 32) + n for n in range(64)} | set(range(64))
    )
    for r in regions:
        for edge in (r.address, r.address + r.size):
            found |= {(edge + n) % TOP for n in range(-24, 25)}
        for offset in range(0, min(r.size, 3 * 8192), 1024):
            found |= {r.address + offset + n for n in range(-9, 10)}
        if r.gapped:
            frames = (0, 1, 2, 62, 63, 64)
            edges = [r.address + frame * 2 * FRAME + half for frame in frames for half in (0, FRAME)]
            found |= {edge + n for edge in edges for n in range(-16, 17)}
    return sorted(address % TOP for address in found)


@pytest.mark.parametrize("regions", [V0, V3], ids=["v0", "v3"])
@pytest.mark.parametrize("is_store", [False, True], ids=["load", "store"])
@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_an_access_or_its_trap_is_provable_never_both(regions, is_store, width):
    kind = FaultKind.STORE_VIOLATION if is_store else FaultKind.LOAD_VIOLATION
    places = [hole for hole in holes(regions) if hole.kind is kind]
    for address in edge_addresses(regions):
        truth = host_bytes(regions, address, width, is_store)
        ways = provable_accesses(regions, address, width, is_store)
        assert all(way == truth for way in ways), hex(address)
        assert len(ways) == (truth is not None), hex(address)
        assert any(hole.contains(address, width) for hole in places) == (truth is None), hex(address)


@pytest.mark.parametrize("regions", [V0, V3], ids=["v0", "v3"])
def test_the_messages_are_distinct_and_of_32_bit_halves(regions):
    found = hole_messages(regions)
    assert len(set(found)) == len(found)
    assert all(len(message) == 6 and all(0 <= value < 1 << 32 for value in message) for message in found)


@pytest.mark.parametrize("regions", [V0, V3], ids=["v0", "v3"])
@pytest.mark.parametrize("width", [1, 8])
def test_the_witness_of_every_trap_at_an_edge_satisfies_the_machine(regions, width):
    run = trap_run(*TRAPS["at zero"])
    sheet = run.sheet(FAULT)
    places = holes(regions)
    numbers = {bus: table for bus, table in known_tables(run).items() if bus != 9}
    addresses = [a for a in edge_addresses(regions) if host_bytes(regions, a, width, False) is None][::17]
    assert len(addresses) > 15
    for address in addresses:
        for offset in (0, 7, -7):
            a = (address - offset) % TOP
            row = trap_row([a, offset % TOP, width, int(FaultKind.LOAD_VIOLATION)], places)
            forged = sheet.forged(0, row)
            assert not broken(forged)
            assert not misses(forged, numbers)
