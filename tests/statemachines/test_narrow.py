"""Narrow and Shapes: the right bytes, of the right words, and nothing beyond them."""

import random

import numpy as np
import pytest
from harness import broken, empty_records, empty_run, fill, messages, misses
from memory_runs import NARROW, NUMBERS, complaints, find_rows, full_run, loose_cells, shapes, system

from zisk_py.emulator.records import Narrow as Column
from zisk_py.field.goldilocks import P
from zisk_py.isa.memory_map import GUEST_KEY, Region, RegionKind
from zisk_py.statemachines.buses import Bus

KNOWN = {**NUMBERS, int(Bus.SHAPE): shapes()}
HEIGHT = 1024


def is_padding(sheet, row):
    return not sheet[row, "live"]


# Nothing of a padding row is sent. Without a second word, the time since its last access is not read.
FREE = {
    "gap2": lambda sheet, row: not sheet[row, "is_two"],
    **dict.fromkeys(
        (
            *("time", "key", "is_store", "skip", "attribute", "attribute2", "gap"),
            *("above1", "above2", "above4"),
            *(f"value[{i}]" for i in range(8)),
        ),
        is_padding,
    ),
}


def records_of(cases):
    """Narrow records from (shape, old words, value, time), with the loaded value worked out from bytes."""
    rows = []
    for number, (shape, old, old2, value) in enumerate(cases):
        byte, width, is_store, is_two, skip, attribute, attribute2 = shape
        window = old.to_bytes(8, "little") + old2.to_bytes(8, "little")
        row = [0] * len(Column)
        row[Column.TIME] = 4 * number + (3 if is_store else 2)
        row[Column.KEY] = GUEST_KEY + 5000 * number
        row[Column.BYTE], row[Column.WIDTH], row[Column.IS_STORE] = byte, width, is_store
        row[Column.VALUE] = value if is_store else int.from_bytes(window[byte : byte + width], "little")
        row[Column.OLD], row[Column.ATTRIBUTE] = old, attribute
        if is_two:
            row[Column.IS_TWO], row[Column.KEY2] = 1, row[Column.KEY] + 1 + 512 * skip
            row[Column.OLD2], row[Column.ATTRIBUTE2] = old2, attribute2
        rows.append(row)
    return empty_records(narrow=np.array(rows, dtype=np.uint64))


def expected_messages(records):
    """What the rows must say on CHAIN and NARROW, from bytes."""
    found = {}
    for row in records.narrow.tolist():
        time, key, byte, width, is_store, value, old, before, attribute = row[:9]
        is_two, key2, old2, before2, attribute2 = row[9:]
        window = bytearray(old.to_bytes(8, "little") + old2.to_bytes(8, "little"))
        if is_store:
            window[byte : byte + width] = value.to_bytes(8, "little")[:width]
        new, new2 = (int.from_bytes(window[i : i + 8], "little") for i in (0, 8))
        found[int(Bus.NARROW), (time, 8 * key + byte, width, is_store, *halves(value))] = 1
        found[int(Bus.CHAIN), (key, before, *halves(old), attribute)] = P - 1
        found[int(Bus.CHAIN), (key, time, *halves(new), attribute)] = 1
        if is_two:
            found[int(Bus.CHAIN), (key2, before2, *halves(old2), attribute2)] = P - 1
            found[int(Bus.CHAIN), (key2, time, *halves(new2), attribute2)] = 1
    return found


def halves(word):
    return word & 0xFFFFFFFF, word >> 32


@pytest.mark.parametrize("seed", range(2))
def test_every_shape_is_proven_with_the_words_that_bytes_give(seed):
    rng = random.Random(seed)
    words = [0, (1 << 64) - 1, 0x0102030405060708, *(rng.getrandbits(64) for _ in range(20))]
    cases = [(shape, *(rng.choice(words) for _ in range(3))) for shape in sorted(shapes())]
    records = records_of(cases)
    sheet = fill(system(), NARROW, records, HEIGHT, empty_run())
    assert broken(sheet) == []
    assert misses(sheet, KNOWN) == []
    said = {key: count for key, count in messages(sheet).items() if key[0] in (Bus.CHAIN, Bus.NARROW)}
    assert said == expected_messages(records)


def test_the_honest_run_has_every_width_both_forms_and_a_skip():
    run = full_run()
    assert complaints(run) == []
    rows = run.records[0].narrow
    assert {int(width) for width in rows[:, Column.WIDTH]} == {1, 2, 4, 8}
    assert {int(two) for two in rows[:, Column.IS_TWO]} == {0, 1}
    assert any(find_rows(run.sheet(NARROW, 0), skip=1))


def sample():
    """One access of each width, kind and form, and some padding."""
    rng = random.Random(5)
    chosen = {}
    for shape in sorted(shapes()):
        chosen.setdefault(shape[1:5], shape)
    chosen[4, 0, 0, 0, "partial"] = (1, 4, 0, 0, 0, 8 + 8 + 5, 0)
    cases = [(shape, *(rng.getrandbits(64) for _ in range(3))) for shape in chosen.values()]
    return fill(system(), NARROW, records_of(cases), 32, empty_run())


def test_every_changed_cell_is_noticed():
    sheet = sample()
    assert broken(sheet) == []
    run = full_run()
    live = sum(sheet[row, "live"] for row in range(len(sheet.rows)))
    assert loose_cells(run, sheet, range(live + 1), FREE) == []


def row_with(sheet, **shape):
    width = shape.pop("width")
    bits = {"above1": int(width > 1), "above2": int(width > 2), "above4": int(width > 4)}
    return next(find_rows(sheet, live=1, **bits, **shape))


@pytest.mark.parametrize("width", [1, 2, 4])
def test_the_high_bytes_of_a_loaded_value_are_zero(width):
    sheet = sample()
    row = row_with(sheet, width=width, is_store=0)
    for index in range(width, 8):
        assert broken(sheet.forged(row, {f"value[{index}]": 1}))


def test_high_bytes_cannot_cancel():
    sheet = sample()
    row = row_with(sheet, width=1, is_store=0)
    forged = sheet.forged(row, {"value[2]": 1, "value[3]": P - 1})
    assert misses(forged, KNOWN)


def test_a_load_changes_no_word():
    sheet = sample()
    row = row_with(sheet, width=2, is_store=0)
    assert broken(sheet.forged(row, {"after[0]": sheet[row, "after[0]"] + 1}))


def test_a_loaded_byte_cannot_differ_by_a_byte_that_is_none():
    sheet = sample()
    row = row_with(sheet, width=2, is_store=0, is_two=0)
    # 256 less below, one more above: the half stays, but the lower is no byte.
    low, high = (sheet[row, f"value[{i}]"] for i in (0, 1))
    forged = sheet.forged(row, {"value[0]": low - 256, "value[1]": high + 1})
    assert not broken(forged)
    assert misses(forged, KNOWN)


def test_a_store_changes_only_its_window():
    sheet = sample()
    row = row_with(sheet, width=1, is_store=1)
    for index in range(4):
        assert broken(sheet.forged(row, {f"after[{index}]": sheet[row, f"after[{index}]"] + (1 << 8)}))


def test_the_place_is_one():
    sheet = sample()
    row = row_with(sheet, width=1, is_store=0)
    here = next(i for i in range(8) if sheet[row, f"at[{i}]"])
    there = (here + 1) % 8
    assert broken(sheet.forged(row, {f"at[{there}]": 1}))
    assert broken(sheet.forged(row, {f"at[{here}]": 2, f"at[{there}]": P - 1}))


@pytest.mark.parametrize(
    "shape",
    [
        (0, 1, 1, 0, 0, 0, 0),
        (7, 2, 0, 0, 0, 1, 0),
        (0, 2, 0, 0, 0, 8 + 1, 0),
        (0, 2, 0, 1, 0, 1, 1),
        (7, 2, 0, 1, 1, 1, 1),
        (7, 2, 0, 1, 1, 0, 0),
        (5, 4, 0, 1, 0, 1, 8 + 8),
        (7, 8, 0, 1, 0, 1, 8 + 8 + 6),
        (7, 2, 1, 1, 0, 0, 0),
        (7, 2, 0, 1, 0, 8 + 8 + 7, 1),
        (7, 2, 0, 1, 0, 0, 1),
        (0, 3, 0, 0, 0, 1, 0),
        (0, 4, 0, 0, 1, 2, 0),
    ],
    ids=[
        "store to a read-only word",
        "one word for two bytes over its end",
        "beyond a partial word",
        "a second word that is not reached",
        "a skip in an ungapped region",
        "a skip in a read-only region",
        "no valid byte",
        "beyond a second partial word",
        "store over two read-only words",
        "over the end of a partial word",
        "words of two regions",
        "three bytes",
        "a skip without a second word",
    ],
)
def test_an_illegal_shape_is_in_no_table(shape):
    assert shape not in shapes()


def test_widths_that_are_none_are_in_no_table():
    assert {shape[1] for shape in shapes()} == {1, 2, 4, 8}


def test_padding_reaches_no_second_word():
    sheet = sample()
    assert broken(sheet.forged(len(sheet.rows) - 1, {"is_two": 1}))


# ---- Shapes against what a region allows, byte by byte


REGIONS = [
    Region(RegionKind.ZERO, GUEST_KEY + 1024, size, writable, gapped)
    for size in (1024, *range(1025, 1032))
    for writable in (False, True)
    for gapped in (False, True)
    if writable or not gapped
]


def legal_shapes(region):
    """Every narrow access of a region, from the addresses of its bytes."""
    last = region.num_words - 1
    for word in (last - 2, last - 1, last):
        attribute = region.last_attribute if word == last else region.whole_attribute
        next_attribute = region.last_attribute if word + 1 == last else region.whole_attribute
        for width in (1, 2, 4, 8):
            for byte in range(8):
                is_two = byte + width > 8
                if 8 * word + byte + width > region.size or (width == 8 and byte == 0):
                    continue
                for is_store in (False, True)[: 1 + region.writable]:
                    second = next_attribute if is_two else 0
                    yield byte, width, int(is_store), int(is_two), 0, attribute, second
                    if is_two and region.gapped:
                        yield byte, width, int(is_store), 1, 1, attribute, second


def test_shapes_are_exactly_the_legal_accesses():
    assert shapes() == {shape for region in REGIONS for shape in legal_shapes(region)}


def test_padding_of_shapes_repeats_a_shape():
    columns = [column.values for column in system().air("Shapes").fixed]
    assert len(columns[0]) == 1 << 10
    assert all(tuple(row) in shapes() for row in zip(*columns, strict=True))
    assert 0 not in {row[1] for row in zip(*columns, strict=True)}
