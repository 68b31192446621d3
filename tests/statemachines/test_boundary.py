"""Boundary: one initial and one final state per word, by the rule of its region."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from harness import Sheet, broken, messages, misses
from memory_runs import (
    BOUNDARY,
    HEAP,
    INPUT,
    STACK,
    TEXT,
    Writer,
    complaints,
    environment_run,
    full_run,
    known_tables,
    loose_cells,
    make_run,
    regions_of,
    rules_of,
    sample_rows,
    system,
)

from zisk_py.field.goldilocks import P
from zisk_py.isa.instruction import immediate
from zisk_py.isa.memory_map import (
    ENVIRONMENT_WORD,
    HIDDEN_KEY,
    OUTPUT_WORD,
    REGISTER_KEY,
    RegionKind,
    guest_key,
)
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.errors import WitnessError

REGION = (
    "number",
    "start",
    "words",
    "attribute_whole",
    "attribute_last",
    "is_init",
    "is_private",
    "is_output",
    "gapped",
)


def is_padding(sheet: Sheet, row: int) -> bool:
    return not sheet[row, "live"]


def limb_is_free(index: int):
    """A limb is read in a private region, and but for the last one in a gapped region."""
    return lambda sheet, row: (
        is_padding(sheet, row)
        or not (sheet[row, "is_private"] or (sheet[row, "gapped"]))
        or (index == 3 and not sheet[row, "is_private"])
    )


# On padding rows nothing is sent; what remains tied there is `order`, and columns to each other.
FREE = {
    **{f"limb[{index}]": limb_is_free(index) for index in range(4)},
    **{f"step[{index}]": lambda sheet, row: is_padding(sheet, row) or row == 0 for index in range(3)},
    **dict.fromkeys((*REGION, "word_high", "slack_high", "is_last", "attribute"), is_padding),
    **dict.fromkeys(("initial0", "initial1", "final0", "final1", "time"), is_padding),
}


@pytest.mark.parametrize("public", [False, True], ids=["private input", "public input"])
def test_every_changed_cell_is_noticed(public):
    run = full_run(public)
    sheet = run.sheet(BOUNDARY)
    rows = {sheet[row, "number"]: row for row in range(len(sheet.rows)) if sheet[row, "live"]}
    lasts = [row for row in range(len(sheet.rows)) if sheet[row, "live"] and sheet[row, "is_last"]]
    assert lasts
    assert loose_cells(run, sheet, sorted({*sample_rows(sheet), *rows.values(), *lasts}), FREE) == []


def test_the_words_of_every_kind_of_region_are_there():
    kinds = set()
    for run in (full_run(), environment_run()):
        regions, sheet = regions_of(run), run.sheet(BOUNDARY)
        kinds |= {regions[sheet[row, "number"]].kind for row in range(len(sheet.rows)) if sheet[row, "live"]}
    assert kinds == set(RegionKind)


def environment_rows(sheet: Sheet) -> list[int]:
    key = HIDDEN_KEY + ENVIRONMENT_WORD
    return [row for row in range(len(sheet.rows)) if sheet[row, "live"] and sheet[row, "start"] == key]


def test_the_words_of_the_environment_start_as_the_claim_says():
    run = environment_run()
    assert complaints(run) == []
    sheet = run.sheet(BOUNDARY)
    rows = environment_rows(sheet)
    assert [sheet[row, "word"] for row in rows] == [0, 1, 3]
    assert loose_cells(run, sheet, rows, FREE) == []
    for row in rows:
        forged = sheet.forged(row, {"initial0": sheet[row, "initial0"] ^ 1})
        assert any("INIT has no" in text for text in complaints(run, {BOUNDARY: forged}))


def test_the_environment_has_no_word_behind_its_last_and_none_that_starts_freely():
    run = environment_run()
    sheet = run.sheet(BOUNDARY)
    row = environment_rows(sheet)[-1]
    beyond = {"word": sheet[row, "word"] + 1, "is_last": 0}
    assert any(
        "slack" in text or "RANGE16" in text
        for text in complaints(run, {BOUNDARY: sheet.forged(row, beyond)})
    )
    for name, value in (("is_init", 0), ("is_private", 1), ("words", 5), ("attribute_whole", 0)):
        assert any(
            "REGION has no" in text for text in complaints(run, {BOUNDARY: sheet.forged(row, {name: value})})
        )


def test_a_word_cannot_have_two_rows():
    run = full_run()
    sheet = run.sheet(BOUNDARY)
    live = sum(sheet[row, "live"] for row in range(len(sheet.rows)))
    # The padding row behind the last word becomes a second row of it; step is then -1.
    forged = sheet.forged(live, {"live": 1, "step[0]": P - 1})
    assert complaints(run, {BOUNDARY: forged})
    assert broken(sheet.forged(live, {"live": 1}))


def test_keys_cannot_descend():
    run = full_run()
    sheet = run.sheet(BOUNDARY).copy()
    sheet.rows[3], sheet.rows[4] = sheet.rows[4], sheet.rows[3]
    assert broken(sheet)
    distance = (order(sheet, 4) - order(sheet, 3) - 1) % P
    limbs = {"step[0]": distance, "step[1]": 0, "step[2]": 0}
    assert misses(sheet.forged(4, limbs), known_tables(run))


def order(sheet, row):
    return (sheet[row, "number"] << 32) + sheet[row, "word"]


def test_rows_cannot_pause_and_go_on():
    sheet = full_run().sheet(BOUNDARY)
    assert any("live'" in text for text in broken(sheet.forged(2, {"live": 0})))


def test_there_is_a_first_row():
    sheet = full_run().sheet(BOUNDARY).copy()
    for row in range(len(sheet.rows)):
        sheet[row, "live"] = 0
    assert broken(sheet)


def test_first_and_last_are_those_of_the_live_rows():
    sheet = full_run().sheet(BOUNDARY)
    live = sum(sheet[row, "live"] for row in range(len(sheet.rows)))
    assert sheet.air_values == (order(sheet, 0), order(sheet, live - 1))
    for first, last in ((0, 1), (1, 0)):
        forged = sheet.copy()
        forged.air_values = (sheet.air_values[0] + first, sheet.air_values[1] + last)
        assert broken(forged)
    # Rows that are not live hold the order, so they cannot carry `last` elsewhere.
    assert broken(sheet.forged(len(sheet.rows) - 1, {"word": sheet[live, "word"] + 1}))


def row_of(sheet, key):
    return next(
        row
        for row in range(len(sheet.rows))
        if sheet[row, "live"] and (sheet[row, "start"] + sheet[row, "word"]) == key
    )


def test_an_image_word_cannot_open_as_zero():
    run = full_run()
    sheet = run.sheet(BOUNDARY)
    row = row_of(sheet, guest_key(TEXT) + 1)
    assert misses(sheet.forged(row, {"initial0": 0, "initial1": 0}), known_tables(run))


def test_an_image_word_cannot_open_through_a_region_of_zeros():
    run = full_run()
    sheet = run.sheet(BOUNDARY)
    row, other = row_of(sheet, guest_key(TEXT) + 1), row_of(sheet, HIDDEN_KEY + 5)
    key = guest_key(TEXT) + 1
    cells = {name: sheet[other, name] for name in (*REGION, "attribute", "is_last")}
    word = (key - cells["start"]) % P
    forged = sheet.forged(row, {**cells, "word": word, "word_high": 0, "initial0": 0, "initial1": 0})
    assert broken(forged) or misses(forged, known_tables(run))
    # Even with the limbs that the prover would choose.
    for high in range(0, 1 << 16, 4099):
        assert misses(forged.forged(row, {"word_high": high}), known_tables(run))


@pytest.mark.parametrize("key", [HIDDEN_KEY + 5, guest_key(HEAP) + 2, guest_key(STACK) + 511])
def test_a_word_of_a_region_of_zeros_cannot_start_otherwise(key):
    sheet = full_run().sheet(BOUNDARY)
    row = row_of(sheet, key)
    assert broken(sheet.forged(row, {"initial0": 1}))
    assert broken(sheet.forged(row, {"initial1": 1}))


def test_a_register_cannot_start_otherwise():
    run = full_run()
    sheet = run.sheet(BOUNDARY)
    row = row_of(sheet, REGISTER_KEY + 1)
    assert misses(sheet.forged(row, {"initial0": 5}), known_tables(run))


@pytest.mark.parametrize("half", [0, 1])
def test_a_private_half_of_2_32_or_more_is_refused(half):
    run = full_run()
    sheet = run.sheet(BOUNDARY)
    row = row_of(sheet, guest_key(INPUT))
    forged = sheet.forged(
        row, {f"initial{half}": 1 << 32, f"limb[{2 * half}]": 0, f"limb[{2 * half + 1}]": 1 << 16}
    )
    assert not broken(forged)
    assert misses(forged, known_tables(run))


def test_a_public_input_word_cannot_start_otherwise():
    run = full_run(True)
    sheet = run.sheet(BOUNDARY)
    row = row_of(sheet, guest_key(INPUT))
    assert misses(sheet.forged(row, {"initial0": sheet[row, "initial0"] ^ 1}), known_tables(run))


def test_the_last_word_cannot_claim_to_be_whole():
    run = full_run()
    sheet = run.sheet(BOUNDARY)
    row = row_of(sheet, guest_key(INPUT) + 2)
    assert sheet[row, "attribute"] == 8 + 8 + 1
    forged = sheet.forged(row, {"is_last": 0, "attribute": sheet[row, "attribute_whole"]})
    assert broken(forged) or misses(forged, known_tables(run))


def test_a_word_that_is_not_last_cannot_claim_to_be_partial():
    sheet = full_run().sheet(BOUNDARY)
    row = row_of(sheet, guest_key(INPUT))
    assert broken(sheet.forged(row, {"is_last": 1, "attribute": sheet[row, "attribute_last"]}))


@pytest.mark.parametrize("word", [512, 1023, 512 + 1024, 700 + 2048])
def test_a_word_in_a_gap_has_no_state(word):
    run = full_run()
    sheet = run.sheet(BOUNDARY)
    row = row_of(sheet, guest_key(STACK) + 511)
    known = known_tables(run)
    base = sheet.forged(row, {"word": word, "word_high": 0, "slack_high": 0})
    for high in range(4):
        low = (word - 1024 * high) % P
        forged = base.forged(row, {"limb[0]": low, "limb[1]": 128 * low % P, "limb[2]": high})
        assert any(
            values in ((low,), (128 * low % P,))
            for bus, values in misses(forged, known)
            if bus == Bus.RANGE16
        )
    # A fraction for the low bits fails too.
    low = pow(128, -1, P) * 3 % P
    high = (word - low) * pow(1024, -1, P) % P
    assert misses(base.forged(row, {"limb[0]": low, "limb[1]": 3, "limb[2]": high}), known)


def test_a_row_that_is_not_live_publishes_nothing():
    sheet = full_run().sheet(BOUNDARY)
    assert broken(sheet.forged(len(sheet.rows) - 1, {"is_published": 1}))


def test_only_words_of_the_output_region_are_published():
    sheet = full_run().sheet(BOUNDARY)
    assert broken(sheet.forged(row_of(sheet, REGISTER_KEY + 1), {"is_published": 1}))


def test_the_published_words_are_the_output():
    run = full_run()
    found = {
        values
        for (bus, values), count in messages(run.sheet(BOUNDARY)).items()
        if bus == Bus.OUT and count == 1
    }
    base = HIDDEN_KEY + OUTPUT_WORD
    assert run.run.outputs == (0x1122334455667788).to_bytes(8, "little")
    assert found == {(base, 8, 0), (base + 1, 0x55667788, 0x11223344)}


def test_a_wrong_output_is_noticed():
    run = full_run()
    sheet = run.sheet(BOUNDARY)
    row = row_of(sheet, HIDDEN_KEY + OUTPUT_WORD + 1)
    assert complaints(run, {BOUNDARY: sheet.forged(row, {"final0": 1})})
    assert complaints(run, {BOUNDARY: sheet.forged(row, {"is_published": 0})})


def test_a_run_without_a_step_has_an_untouched_output():
    w = Writer()
    w.move(0, immediate(1))
    w.exit()
    run = make_run(w.rows, rules_of(w.rows), b"12345678", budget=0)
    assert [len(records.steps) for records in run.records] == [0]
    assert complaints(run) == []


def test_a_ledger_with_a_word_of_no_region_is_refused():
    run = full_run()
    for key in (guest_key(TEXT) - 1, guest_key(TEXT) + 3, REGISTER_KEY - 1):
        ledger = run.run.ledger.copy()
        ledger[0, 0] = np.uint64(key)
        with pytest.raises(WitnessError, match="lies in no region"):
            BOUNDARY.fill(system().air("Boundary"), run.records[-1], replace(run.run, ledger=ledger), 64)


# ---- why the order and `live` are bound as they are: all rows over a toy field


TOY = 13
LEGAL = range(4)


def double_opening(rows, *, everywhere, monotone, first):
    """Some rows that open one key twice under a weaker rule, or None."""
    for live in itertools.product((0, 1), repeat=rows):
        if (monotone and any(b > a for a, b in itertools.pairwise(live))) or (first and not live[0]):
            continue
        for keys in itertools.product(range(TOY), repeat=rows):
            if any(on and key not in LEGAL for on, key in zip(live, keys, strict=True)):
                continue
            pairs = zip(itertools.pairwise(keys), itertools.pairwise(live), strict=True)
            if all((b - a - 1) % TOY < TOY // 2 for (a, b), on in pairs if everywhere or all(on)):
                opened = [key for key, on in zip(keys, live, strict=True) if on]
                if len(set(opened)) < len(opened):
                    return live, keys
    return None


def test_keys_in_order_on_live_rows_that_come_first_open_once():
    assert double_opening(4, everywhere=False, monotone=True, first=True) is None


def test_keys_in_order_open_twice_where_live_may_return():
    assert double_opening(3, everywhere=False, monotone=False, first=False)
    assert double_opening(4, everywhere=True, monotone=False, first=False)
