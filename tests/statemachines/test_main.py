"""Main: honest steps are accepted, every changed cell is noticed, and each known forgery is refused."""

import pytest
from harness import Sheet, broken
from memory_runs import (
    HEAP,
    MAIN,
    TEXT,
    Writer,
    complaints,
    find_rows,
    full_run,
    loose_cells,
    make_run,
    regions_of,
    rules_of,
    trap_run,
)

from zisk_py.emulator.records import Mode, Step
from zisk_py.field.goldilocks import P
from zisk_py.isa.instruction import LAST_C, Flag, Store, immediate, register
from zisk_py.isa.memory_map import (
    ENVIRONMENT_WORD,
    GUEST_ADDRESS_LIMIT,
    GUEST_KEY,
    HIDDEN_KEY,
    NUM_REGISTERS,
    OUTPUT_WORD,
    REGISTER_KEY,
)
from zisk_py.isa.rom import ROM_COLUMNS

FLAGS = [flag.name.lower() for flag in Flag if flag.name]


def reads_b(sheet: Sheet, row: int) -> bool:
    here = sheet[row, "aligned"] or not sheet[row, "guest"]
    return bool(sheet[row, "b_keyed"] or (sheet[row, "b_indirect"] and here))


def stores(sheet: Sheet, row: int) -> bool:
    here = sheet[row, "aligned"] or not sheet[row, "guest"]
    return bool(sheet[row, "store_keyed"] or (sheet[row, "store_indirect"] and here))


def traps(sheet: Sheet, row: int) -> bool:
    return bool(sheet[row, "guest"] and not sheet[row, "aligned"] and not sheet[row, "narrow"])


# Cells that nothing reads where they are free: no message with them is sent and no constraint looks at them.
FREE = {
    "a_gap": lambda sheet, row: not sheet[row, "a_keyed"],
    "b_gap": lambda sheet, row: not reads_b(sheet, row),
    "b_word": lambda sheet, row: not reads_b(sheet, row),
    "b_attribute": lambda sheet, row: not reads_b(sheet, row),
    "store_gap": lambda sheet, row: not stores(sheet, row),
    "store_word": lambda sheet, row: not stores(sheet, row),
    "store_attribute": lambda sheet, row: not stores(sheet, row),
    "old0": lambda sheet, row: not stores(sheet, row),
    "old1": lambda sheet, row: not stores(sheet, row),
    "wrap": lambda sheet, row: not (sheet[row, "aligned"] or sheet[row, "narrow"]),
    "b0": lambda sheet, row: traps(sheet, row) and sheet[row, "b_indirect"],
    "b1": lambda sheet, row: traps(sheet, row) and sheet[row, "b_indirect"],
    **{
        name: lambda sheet, row: not sheet[row, "live"] for name in ROM_COLUMNS if name not in ("pc", "flags")
    },
}


@pytest.mark.parametrize("public", [False, True], ids=["private input", "public input"])
def test_an_honest_run_of_every_access_and_source_is_accepted(public):
    assert complaints(full_run(public)) == []


def test_the_run_has_every_mode_of_access():
    modes = {int(mode) for records in full_run().records for mode in records.steps[:, Step.MODE]}
    assert modes == {Mode.NONE, Mode.ALIGNED, Mode.NARROW, Mode.HIDDEN}


def test_every_flag_is_set_on_some_row():
    run = full_run()
    rows = [(run.sheet(MAIN, segment), row) for segment in (0, 1) for row in range(32)]
    assert [name for name in FLAGS if not any(sheet[row, name] for sheet, row in rows)] == []


@pytest.mark.parametrize("segment", [0, 1])
def test_every_changed_cell_is_noticed(segment):
    sheet = full_run().sheet(MAIN, segment)
    assert loose_cells(full_run(), sheet, range(len(sheet.rows)), FREE) == []


@pytest.mark.parametrize("is_store", [False, True], ids=["load", "store"])
def test_every_changed_cell_of_a_trap_is_noticed(is_store):
    run = trap_run(TEXT - 8, 8, is_store)
    assert complaints(run) == []
    sheet = run.sheet(MAIN)
    assert traps(sheet, 1)
    assert loose_cells(run, sheet, range(5), FREE) == []


@pytest.mark.parametrize("name", [*FLAGS, "aligned", "narrow"])
def test_a_row_that_is_not_live_selects_nothing(name):
    sheet = full_run().sheet(MAIN)
    assert complaints(full_run(), {MAIN: sheet.forged(len(sheet.rows) - 1, {name: 1})})


def one_step(**fields):
    """A run whose step 1 is that row, between a constant in r2 and the exit."""
    w = Writer()
    w.move(2, immediate(0x0000000700000009))
    w.row(**fields)
    w.exit()
    return make_run(w.rows, rules_of(w.rows), b"12345678")


@pytest.mark.parametrize(
    "fields",
    [
        {"b": register(2)},
        {"a": immediate(1), "b": register(2), "store_key": HIDDEN_KEY, "store": Store.KEYED},
    ],
    ids=["copy", "push to a hidden word"],
)
def test_a_fault_cannot_be_claimed_where_the_access_is_not_to_guest_space(fields):
    run = one_step(**fields)
    sheet = run.sheet(MAIN).forged(1, {"flag": 1, "c0": 8, "c1": 1})
    assert complaints(run, {MAIN: sheet})


def test_a_fault_on_a_legal_access_finds_no_hole():
    w = Writer()
    w.move(2, immediate(HEAP))
    w.load(3, 2, 0)
    w.exit()
    run = make_run(w.rows, rules_of(w.rows), b"12345678")
    row, sheet = 1, run.sheet(MAIN)
    pc = sheet[row, "pc"]
    forged = sheet.forged(row, {"aligned": 0, "flag": 1, "c0": pc, "c1": 1, "next_pc": pc + sheet[row, "j1"]})
    left = complaints(run, {MAIN: forged})
    assert any(text.startswith("FAULT") for text in left)


@pytest.mark.parametrize("selector", ["aligned", "narrow"])
def test_a_success_on_an_illegal_access_finds_no_word(selector):
    run = trap_run(TEXT + 64, 8, False)
    sheet = run.sheet(MAIN)
    forged = sheet.forged(1, {selector: 1, "flag": 0, "c0": 0, "c1": 0, "b0": 0, "b1": 0, "next_pc": 16})
    forged = forged.forged(1, {"b_word": GUEST_KEY + (TEXT + 64) // 8, "b_gap": 5})
    assert complaints(run, {MAIN: forged})


@pytest.mark.parametrize(("is_store", "attribute"), [(False, 17), (True, 17), (True, 0)])
def test_an_aligned_access_takes_no_partial_word_and_stores_to_no_read_only_one(is_store, attribute):
    w = Writer()
    w.move(2, immediate(HEAP))
    w.store(2, 0, register(2)) if is_store else w.load(3, 2, 0)
    w.exit()
    run = make_run(w.rows, rules_of(w.rows), b"12345678")
    name = "store_attribute" if is_store else "b_attribute"
    forged = run.sheet(MAIN).forged(1, {name: attribute})
    assert any(name in text and "row 1" in text for text in broken(forged))


def test_a_register_read_that_skips_a_write_is_noticed():
    w = Writer()
    w.move(2, immediate(5))
    w.move(2, immediate(6))
    w.move(3, register(2))
    w.exit()
    run = make_run(w.rows, rules_of(w.rows), b"12345678")
    sheet = run.sheet(MAIN)
    # The read takes the state of the first write, at time 3.
    forged = sheet.forged(2, {"b0": 5, "c0": 5, "b_gap": 4 * 2 + 2 - 3 - 1})
    assert complaints(run, {MAIN: forged})


def test_a_memory_read_that_skips_a_write_is_noticed():
    w = Writer()
    w.move(2, immediate(HEAP))
    w.store(2, 0, register(2))
    w.store(2, 0, immediate(6))
    w.load(3, 2, 0)
    w.exit()
    run = make_run(w.rows, rules_of(w.rows), b"12345678")
    sheet = run.sheet(MAIN)
    low, high = HEAP & 0xFFFFFFFF, HEAP >> 32
    forged = sheet.forged(3, {"b0": low, "b1": high, "c0": low, "c1": high, "b_gap": 4 * 3 + 2 - (4 + 3) - 1})
    assert complaints(run, {MAIN: forged})


def test_a_jump_into_the_middle_of_an_instruction_is_refused():
    run = full_run()
    segment, row = next((s, r) for s in (0, 1) for r in find_rows(run.sheet(MAIN, s), set_pc=1))
    sheet = run.sheet(MAIN, segment)
    target = sheet[row, "next_pc"]
    forged = sheet.forged(row, {"next_pc": target + 3}).forged(row + 1, {"pc": target + 3})
    assert any("next_pc" in text for text in broken(forged))
    assert broken(sheet.forged(row, {"b1": 1, "c1": 1}))


def test_compute_units_cannot_be_left_out():
    sheet = full_run().sheet(MAIN, 0)
    row = next(find_rows(sheet, cost=1))
    forged = sheet.copy()
    for later in range(row + 1, len(sheet.rows)):
        forged[later, "units"] = sheet[later, "units"] - 1
    assert any("units" in text for text in broken(forged))


def test_steps_cannot_pause_and_go_on():
    sheet = full_run().sheet(MAIN, 0).copy()
    row = 10
    for name in ["live", *FLAGS]:
        sheet[row, name] = 0
    assert any("live'" in text for text in broken(sheet))


def test_a_row_that_is_not_live_keeps_the_result():
    sheet = full_run().sheet(MAIN)
    row = next(find_rows(sheet, live=0))
    values = {f"{operand}0": 7 for operand in "abc"}
    assert broken(sheet.forged(row, {**values}))


def test_time_cannot_be_restarted():
    run = full_run()
    sheet = run.sheet(MAIN).copy()
    start = sheet[0, "clk"]
    for row in range(len(sheet.rows)):
        sheet[row, "clk"] = sheet[row, "clk"] - start
    names = sheet.air.air_values
    values = dict(zip(names, sheet.air_values, strict=True))
    values |= {"start_clk": 0, "end_clk": values["end_clk"] - start}
    sheet.air_values = tuple(values[name] for name in names)
    assert any(text.startswith("CHAIN") for text in complaints(run, {MAIN: sheet}))


@pytest.mark.parametrize(
    "name",
    [
        "start_pc",
        "start_c0",
        "start_clk",
        "start_units",
        "end_pc",
        "end_c0",
        "end_c1",
        "end_clk",
        "end_units",
    ],
)
def test_the_air_values_are_the_state_before_and_after(name):
    sheet = full_run(False, 32).sheet(MAIN)
    names = sheet.air.air_values
    sheet = sheet.copy()
    sheet.air_values = tuple(v + (n == name) for n, v in zip(names, sheet.air_values, strict=True))
    # A start c that no row takes as an operand is not read: that of a segment whose first row is `last c` is.
    reads_start = not name.startswith("start_c") or name == "start_clk" or sheet[0, "a_immediate"] == 0
    assert bool(broken(sheet)) == reads_start


@pytest.mark.parametrize("operand", ["a", "b"])
def test_the_first_row_of_a_segment_takes_the_result_of_the_one_before(operand):
    w = Writer()
    for _ in range(31):
        w.move(2, immediate(0x0000000700000009))
    w.move(3, immediate(0x0000000300000004))
    w.row(a=LAST_C, b=LAST_C)
    w.exit()
    run = make_run(w.rows, rules_of(w.rows), b"12345678", chunk_size=32)
    assert complaints(run) == []
    sheet = run.sheet(MAIN, 1)
    assert (sheet[0, f"{operand}0"], sheet[0, f"{operand}1"]) == (4, 3)
    assert broken(sheet.forged(0, {f"{operand}0": 9}))
    assert broken(sheet.forged(0, {f"{operand}1": 9}))


# ---- addresses: every solution of the equations over the field, at all edges, is the 64-bit address


OFFSETS = (0, 1, 2, 6, 7, 8, -1, -2, -7, -8, -9, 32767, -32768, 4, -4, 2**31 - 1, -(2**31) + 1)
V0 = ((1 << 32, 100312), (2 << 32, 63 * 8192 + 4096), (3 << 32, 32768), (4 << 32, 31401))
V3 = ((0, 4096), (2 << 32, 262144), (3 << 32, 32768), (4 << 32, 31401))
HIGHEST = ((GUEST_ADDRESS_LIMIT - 4096, 4096),)


def edge_keys(regions, registers, hidden):
    """(is_guest, key) of the words at the edges of the regions, of all registers and of hidden words."""
    for start, size in regions:
        count, first = (size + 7) // 8, GUEST_KEY + start // 8
        yield from ((True, first + n) for n in {*range(min(40, count)), *range(max(0, count - 40), count)})
    yield from ((False, registers + n) for n in range(NUM_REGISTERS))
    for first in (0, OUTPUT_WORD, ENVIRONMENT_WORD):
        yield from ((False, hidden + first + n) for n in range(300))


def solutions(key, byte, offset):
    """All (a, wrap) with which main.pil's `place` is 8 * key + byte in the field, and m in its range."""
    negative = int(offset < 0)
    for wrap in (0, 1):
        value = (8 * key + byte - offset) % P
        for lift in (value, value - P):  # 2^32 * m + a0 lies between 0 and 2^49
            m, a0 = divmod(lift, 1 << 32)
            a1 = (m - 1 + (wrap << 32)) % P
            if 0 <= m - negative < 1 << 16 and a1 < 1 << 32:
                yield a0 | a1 << 32, wrap


def wrong_solutions(regions, registers=REGISTER_KEY, hidden=HIDDEN_KEY):
    wrong, right = [], 0
    for is_guest, key in edge_keys(regions, registers, hidden):
        for offset in OFFSETS:
            for byte in range(8):
                for a, _ in solutions(key, byte, offset):
                    if is_guest and (a + offset) % (1 << 64) == 8 * (key - GUEST_KEY) + byte:
                        right += 1
                    else:
                        wrong.append((key, hex(a), offset, byte))
    return wrong, right


@pytest.mark.parametrize("regions", [V0, V3, HIGHEST], ids=["v0", "v3", "highest"])
def test_every_solution_of_the_address_is_the_64_bit_sum(regions):
    wrong, right = wrong_solutions(regions)
    assert wrong == []
    words = sum(1 for is_guest, _ in edge_keys(regions, REGISTER_KEY, HIDDEN_KEY) if is_guest)
    assert right == words * 8 * len(OFFSETS)


@pytest.mark.parametrize(("registers", "hidden"), [(0, 1 << 62), (1 << 61, 1 << 60), (REGISTER_KEY, 1 << 61)])
def test_other_bases_of_keys_would_be_reached_by_guest_addresses(registers, hidden):
    assert wrong_solutions(V0, registers, hidden)[0]


ALIASES = (
    P,
    P + 8,
    (1 << 64) - 1,
    (1 << 64) - 8,
    0xFFFF_FFFF_0000_0008,
    HIDDEN_KEY,
    8 * HIDDEN_KEY % (1 << 64),
)


@pytest.mark.parametrize("address", ALIASES, ids=hex)
@pytest.mark.parametrize("offset", [0, 8, -8])
def test_an_address_with_an_alias_modulo_p_reaches_no_word(address, offset):
    w = Writer()
    w.move(2, immediate((address - offset) % (1 << 64)))
    w.load(3, 2, offset)
    w.exit()
    run = make_run(w.rows, rules_of(w.rows), b"12345678")
    sheet = run.sheet(MAIN)
    assert traps(sheet, 1)
    for wrap in (0, 1):
        m = (sheet[1, "a1"] + 1 - (wrap << 32)) % P
        key = ((m << 32) + sheet[1, "a0"] + offset) * pow(8, -1, P) % P
        assert (m - (offset < 0)) % P >= 1 << 16 or not any(
            region.start <= key < region.start + region.num_words for region in regions_of(run)
        )


def test_an_address_of_32_bits_above_a_region_is_no_hidden_word():
    w = Writer()
    w.move(2, immediate(0x1_0000_0006))
    w.load(3, 2, 0)
    w.exit()
    run = make_run(w.rows, rules_of(w.rows), b"12345678")
    assert complaints(run) == []
    assert run.sheet(MAIN)[1, "narrow"] == 1
