"""Carry: a state moves forward in bounded time, unchanged, and in no other way."""

from dataclasses import replace

import numpy as np
import pytest
from harness import broken, empty_records, empty_run, fill, messages, misses
from memory_runs import CARRY, NUMBERS, complaints, full_run, loose_cells, sample_rows, system

from zisk_py.field.goldilocks import P
from zisk_py.isa.memory_map import REGISTER_KEY
from zisk_py.statemachines.buses import Bus

# Padding rows send nothing, so all but `live` is free there.
NAMES = ("key", "attribute", "v0", "v1", "steps", "gap[0]", "gap[1]", "gap[2]")
FREE = {name: lambda sheet, row: not sheet[row, "live"] for name in NAMES}


def test_an_honest_second_segment_starts_with_carried_words():
    run = full_run()
    assert len(run.records[1].carry) > 5
    assert complaints(run) == []


def test_every_changed_cell_is_noticed():
    sheet = full_run().sheet(CARRY)
    assert loose_cells(full_run(), sheet, sample_rows(sheet), FREE) == []


@pytest.mark.parametrize("name", ["v0", "v1", "key", "attribute", "gap[0]"])
def test_a_row_cannot_change_what_it_moves(name):
    run = full_run()
    sheet = run.sheet(CARRY)
    assert complaints(run, {CARRY: sheet.forged(0, {name: sheet[0, name] + 1})})


def test_a_state_cannot_move_backwards():
    run = full_run()
    sheet = run.sheet(CARRY)
    # to - before - 1 = -2: the three limbs cannot hold it.
    value = (-2) % P
    limbs = {"gap[0]": value, "gap[1]": 0, "gap[2]": 0}
    assert misses(sheet.forged(0, limbs), NUMBERS)


def test_a_state_cannot_move_around_the_field():
    sheet = full_run().sheet(CARRY)
    steps = (P - 1) // (1 << 16)
    assert misses(sheet.forged(0, {"steps": steps}), NUMBERS)
    assert misses(sheet.forged(0, {"gap[2]": 1 << 16}), NUMBERS)


def test_a_row_cannot_count_negatively():
    sheet = full_run().sheet(CARRY)
    assert broken(sheet.forged(0, {"live": P - 1}))
    assert broken(sheet.forged(len(sheet.rows) - 1, {"live": 2}))


def test_the_start_time_is_that_of_the_segment():
    sheet = full_run().sheet(CARRY)
    assert sheet.air.air_values == ("start_time",)
    assert sheet.air_values == (4 * full_run().records[1].chunk.clk,)


@pytest.mark.parametrize("distance", [1, 1 << 16, (1 << 16) + 1, (1 << 38) - 5])
def test_a_state_moves_any_distance_onto_the_grid(distance):
    start, to = 1 << 38, (1 << 38) + (3 << 16)
    row = [REGISTER_KEY, to - distance, to, 0xFFFFFFFF00000001, 1]
    records = empty_records(carry=np.array([row], dtype=np.uint64))
    records = replace(records, chunk=replace(records.chunk, clk=start // 4))
    sheet = fill(system(), CARRY, records, 32, empty_run())
    assert broken(sheet) == []
    assert misses(sheet, NUMBERS) == []
    chain = {values: count for (bus, values), count in messages(sheet).items() if bus == Bus.CHAIN}
    assert chain == {
        (REGISTER_KEY, to - distance, 1, 0xFFFFFFFF, 1): P - 1,
        (REGISTER_KEY, to, 1, 0xFFFFFFFF, 1): 1,
    }


# ---- why each bound is there: a toy field, times as nodes, rows as edges


def has_cycle(modulus, main_times, span, carry_times, reach, *, negative=False):
    """Whether some chain of rows comes back to a time where it has been: then history can be rewritten."""
    after = [set() for _ in range(modulus)]
    for times, distance in ((main_times, span), (carry_times, reach)):
        for time in times:
            for back in range(1, distance + 1):
                after[(time - back) % modulus].add(time % modulus)
                if negative and times is main_times:
                    after[time % modulus].add((time - back) % modulus)
    alive, before = set(range(modulus)), None
    while alive != before:
        before = alive
        alive = {time for time in alive if after[time] & alive}
    return bool(alive)


MODULUS = 257
MAIN_TIMES = [4 * clk + slot for clk in range(12) for slot in (1, 2, 3)]
GRID = sorted({start + 4 * steps for start in (0, 16, 32) for steps in range(4)})


def test_no_chain_of_rows_returns_in_time():
    assert not has_cycle(MODULUS, MAIN_TIMES, 4, GRID, 64)


@pytest.mark.parametrize(
    "weaker",
    [
        {"carry_times": range(MODULUS)},
        {"carry_times": [4 * steps for steps in range(MODULUS)]},
        {"reach": MODULUS - 10},
        {"negative": True},
        {"main_times": range(1, MODULUS)},
    ],
    ids=["free start", "unbounded steps", "distance as wide as the field", "negative selector", "free clock"],
)
def test_without_any_one_bound_a_chain_returns(weaker):
    rules = {"main_times": MAIN_TIMES, "span": 4, "carry_times": GRID, "reach": 64} | weaker
    assert has_cycle(MODULUS, **rules)
