"""Every constraint and lookup of the memory machines is needed: some forgery is refused by it alone.

Two kinds of forgeries: each cell of honest sheets changed on its own, and the forgeries below, which change
several cells such that all else holds. What they say on the buses between machines is not judged here, for a
prover could have another machine answer. Two constraints that are one rule (bits that are packed into one
number) may refuse together.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from harness import Sheet, changes, empty_run, fill, messages
from memory_runs import (
    BOUNDARY,
    CARRY,
    FAULT,
    FRAME,
    HEAP,
    MAIN,
    NARROW,
    STACK,
    STATEFUL,
    TEXT,
    MemoryRun,
    Writer,
    all_reasons,
    find_rows,
    full_run,
    known_tables,
    make_run,
    reasons,
    regions_of,
    rules_of,
    system,
    trap_run,
)
from test_narrow import records_of, sample

from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, UNITS, Flag, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, HIDDEN_KEY
from zisk_py.isa.operations import ADD
from zisk_py.statemachines.machine import Machine

Forgery = tuple[MemoryRun, Sheet]
FLAGS = {flag.name.lower(): int(flag) for flag in Flag if flag.name}
INVERSE_16 = pow(1 << 16, -1, P)


def run_of(write: Callable[[Writer], None], **options: int) -> MemoryRun:
    w = Writer()
    write(w)
    return make_run(w.rows, rules_of(w.rows), b"12345678", **options)


def with_air_values(sheet: Sheet, **more: int) -> Sheet:
    """A copy with air values increased."""
    sheet = sheet.copy()
    values = zip(sheet.air.air_values, sheet.air_values, strict=True)
    sheet.air_values = tuple((value + more.get(name, 0)) % P for name, value in values)
    return sheet


def shift(sheet: Sheet, first: int, more: dict[str, int], **air_values: int) -> Sheet:
    """A copy with columns increased from row `first` on."""
    sheet = with_air_values(sheet, **air_values)
    for row in range(first, len(sheet.rows)):
        for name, value in more.items():
            sheet[row, name] = sheet[row, name] + value
    return sheet


# ---- Main


def idle(w: Writer) -> None:
    """Rows without flags; the second would jump to where it goes anyway."""
    for _ in range(3):
        w.row(cost=False, j1=w.pc + 8)
    w.row(cost=False, j2=EXIT_PC - w.pc)


def forged_bits() -> Iterator[Forgery]:
    """A flag of 2, and another that makes up for it in the packed word; c is 0, so a charge adds nothing."""
    run = run_of(idle)
    for name, bit in FLAGS.items():
        spare = "negative" if name == "charge" else "charge"
        cells = {name: 2}
        if name.endswith("_indirect"):
            cells[name.replace("indirect", "word")] = HIDDEN_KEY
        total = 2 * bit
        if name == "guest":  # below
            continue
        cells[spare] = -total * pow(FLAGS[spare], -1, P)
        sheet = run.sheet(MAIN).forged(1, cells)
        yield run, shift(sheet, 2, {"units": 2}, end_units=2) if name == "cost" else sheet
    # Narrow's access and a trap at once, on a row whose c is what a trap leaves and whose jumps are the same.
    run = run_of(lambda w: (w.row(cost=False, b=immediate(FaultKind.LOAD_VIOLATION << 32), j1=8), w.exit()))
    units = -2 * FLAGS["guest"] * pow(FLAGS["cost"], -1, P) % P
    cells = {"guest": 2, "narrow": 1, "flag": 1, "cost": units}
    yield run, shift(run.sheet(MAIN).forged(0, cells), 1, {"units": units}, end_units=units)


def forged_selectors() -> Iterator[Forgery]:
    run = full_run()
    sheet = run.sheet(MAIN, 0)
    yield run, sheet.forged(next(find_rows(sheet, aligned=1)), {"aligned": 2, "narrow": -1})
    run = run_of(idle)
    yield run, shift(run.sheet(MAIN).forged(3, {"live": 2}), 4, {"clk": 1}, end_clk=1)
    # A trap of -1 on an external row whose c, its b, is what a trap leaves.
    run = run_of(lambda w: (w.row(op=ADD, a=LAST_C, b=immediate(1 << 32)), w.exit()))
    yield run, run.sheet(MAIN).forged(0, {"narrow": 1})
    run = run_of(lambda w: (w.row(op=ADD, b=immediate(5)), w.exit()))
    yield run, run.sheet(MAIN).forged(0, {"flag": 2})
    # Four bytes, aligned in a word, as if they were eight.
    run = run_of(lambda w: (w.move(2, immediate(HEAP)), w.load(3, 2, 8, 4), w.exit()))
    sheet = run.sheet(MAIN)
    key = next(r.start for r in regions_of(run) if r.is_guest and r.address == HEAP) + 1
    yield run, sheet.forged(1, {"aligned": 1, "narrow": 0, "b_word": key})


def forged_paths() -> Iterator[Forgery]:
    run = full_run()
    sheet = run.sheet(MAIN)
    live = sum(sheet[row, "live"] for row in range(len(sheet.rows)))
    # A pause before the last step.
    pause = sheet.rows[live][:]
    paused = sheet.copy()
    paused.rows = [*sheet.rows[: live - 1], pause, *sheet.rows[live - 1 : -1]]
    for name in ("pc", "clk", "units"):
        paused[live - 1, name] = sheet[live - 1, name]
    paused[live - 1, "next_pc"] = sheet[live - 1, "pc"]
    for operand in "abc":
        for half in "01":
            paused[live - 1, operand + half] = sheet[live - 2, f"c{half}"]
    yield run, paused
    for name in sheet.air.air_values:
        yield run, with_air_values(sheet, **{name: 1})
    # Elsewhere: where a step goes, between two rows, and on a row that is not live.
    moved = shift(sheet, live, {"pc": 1, "next_pc": 1}, end_pc=1)
    yield run, moved.forged(live - 1, {"next_pc": moved[live - 1, "next_pc"] + 1})
    yield run, moved
    yield (
        run,
        shift(sheet, live + 1, {"pc": 1, "next_pc": 1}, end_pc=1).forged(
            live, {"next_pc": sheet[live, "next_pc"] + 1}
        ),
    )
    run = run_of(lambda w: w.row(b=immediate(2), set_pc=True, j1=EXIT_PC - 16))
    sheet = shift(run.sheet(MAIN), 1, {"pc": 1, "next_pc": 1}, end_pc=1)
    yield run, sheet.forged(0, {"next_pc": EXIT_PC + 1})
    run = run_of(lambda w: (w.move(2, immediate(2)), w.row(b=register(2), set_pc=True, j1=0), w.exit()))
    yield run, run.sheet(MAIN).forged(1, {"b1": 1, "c1": 1}).forged(2, {"a1": 1})


def forged_operands() -> Iterator[Forgery]:
    def sums(w: Writer) -> None:
        w.row(op=ADD, a=immediate(3), b=immediate(4))
        w.row(op=ADD, a=immediate(3), b=LAST_C)
        w.row(op=ADD, a=immediate(3), b=UNITS)
        w.row(op=ADD, a=LAST_C, b=immediate(4))
        w.exit()

    run = run_of(sums)
    for row in range(4):
        for operand in ("a0", "a1", "b0", "b1"):
            yield run, run.sheet(MAIN).forged(row, {operand: run.sheet(MAIN)[row, operand] + 1})
    for fields in ({"a": LAST_C, "b": immediate(1)}, {"a": immediate(1), "b": LAST_C}):
        run = run_of(
            lambda w, fields=fields: (w.row(b=immediate(3)), w.row(**fields), w.exit()), chunk_size=1
        )
        sheet = fill(system(), MAIN, run.records[1], 1 << 1, run.run)
        for half in "01":
            yield run, with_air_values(sheet, **{f"start_c{half}": 1})
    run = trap_run(TEXT - 8, 8, False)
    for half in "01":
        yield (
            run,
            shift(run.sheet(MAIN), 2, {x + half: 1 for x in "abc"}, **{f"end_c{half}": 1}).forged(
                1, {f"c{half}": run.sheet(MAIN)[1, f"c{half}"] + 1}
            ),
        )
    run = full_run()
    for segment in (0, 1):
        sheet = run.sheet(MAIN, segment)
        for row in find_rows(sheet, guest=0, b_indirect=1):
            yield run, sheet.forged(row, {"b_word": HIDDEN_KEY})


# ---- Narrow


def forged_narrow() -> Iterator[Forgery]:
    run = full_run()

    def one(shape: tuple[int, ...], old: int = 0, old2: int = 0, value: int = 0) -> Sheet:
        return fill(system(), NARROW, records_of([(shape, old, old2, value)]), 32, empty_run())

    # Of words of zeros, any window is zero: widths from bits that are none, places that are one only in sum.
    for name, value in (("above1", 3), ("above2", pow(2, -1, P)), ("above4", pow(4, -1, P))):
        yield run, one((0, 1, 0, 0, 0, 1, 0)).forged(0, {name: value})
    for odd in range(8):
        low, high = next(
            (a, b) for a in range(8) for b in range(a) if odd not in (a, b) and 0 <= a + b - odd < 8
        )
        places = {f"at[{i}]": {odd: -1, low: 1, high: 1}.get(i, 0) for i in range(8)}
        yield run, one((0, 1, 0, 0, 0, 1, 0)).forged(0, places)
    yield run, one((3, 1, 1, 0, 0, 1, 0)).forged(0, {"live": 2, "at[3]": 0, "at[1]": 1, "at[2]": 1})
    yield run, one((3, 1, 1, 0, 0, 1, 0)).forged(31, {"is_two": 1})
    # A loaded byte that is not the word's, in each half.
    for half, shape, index in (
        (0, (0, 4, 0, 0, 0, 1, 0), 0),
        (1, (4, 4, 0, 0, 0, 1, 0), 0),
        (2, (7, 8, 0, 1, 0, 1, 1), 1),
        (3, (7, 8, 0, 1, 0, 1, 1), 5),
    ):
        yield run, one(shape).forged(0, {f"value[{index}]": 1, f"after[{half}]": 1})
    # 256 more in one byte, one less in the next.
    ones = (1 << 64) - 1
    wide = one((7, 8, 1, 1, 0, 1, 1), ones, ones, ones)
    for word in ("first", "second"):
        for index in range(0, 8, 2):
            cells = {f"{word}[{index}]": 255 + 256, f"{word}[{index + 1}]": 254}
            yield run, wide.forged(0, cells).settle(0, "after[0]", "after[1]", "after[2]", "after[3]")


# ---- Boundary, Carry, Fault


def forged_pairs(run: MemoryRun, sheet: Sheet, row: int, name: str, first: int) -> Iterator[Forgery]:
    """Two limbs of 16 bits with the same sum: the lower one too large, the higher one a fraction."""
    low, high = f"{name}[{first}]", f"{name}[{first + 1}]"
    step = 1 if sheet[row, high] else -1
    yield run, sheet.forged(row, {low: sheet[row, low] + (step << 16), high: sheet[row, high] - step})
    back = -1 if sheet[row, low] == 0xFFFF else 1
    yield run, sheet.forged(row, {low: sheet[row, low] + back, high: sheet[row, high] - back * INVERSE_16})


def forged_boundary() -> Iterator[Forgery]:
    run = full_run()
    sheet = run.sheet(BOUNDARY)
    live = sum(sheet[row, "live"] for row in range(len(sheet.rows)))
    none = sheet.copy()
    none.rows = [sheet.rows[-1][:] for _ in sheet.rows]
    yield run, with_air_values(none, first=none.air_values[1] - none.air_values[0])
    yield run, with_air_values(sheet, first=1)
    yield run, with_air_values(sheet, last=1)
    yield run, sheet.forged(live - 1, {"live": 2, "is_published": 0})
    pause = sheet.copy()
    pause.rows[4] = sheet.rows[3][:]
    distance = (sheet[5, "number"] - sheet[3, "number"] << 32) + sheet[5, "word"] - sheet[3, "word"] - 1
    steps = {f"step[{i}]": distance >> 16 * i & 0xFFFF for i in range(3)}
    yield run, pause.forged(4, {"live": 0, "is_published": 0}).forged(5, steps)
    row = next(find_rows(sheet, is_last=1, is_private=1, live=1))
    yield run, sheet.forged(row, {"is_last": 2}).settle(row, "attribute")
    for place in (3, row):
        for name in ("word", "slack"):
            fraction = sheet[place, f"{name}_high"] + INVERSE_16
            yield run, sheet.forged(place, {f"{name}_high": fraction})
            yield run, sheet.forged(place, {f"{name}_high": fraction - 2 * INVERSE_16})
    private = next(find_rows(sheet, is_private=1, live=1))
    for first in (0, 2):
        yield from forged_pairs(run, sheet, private, "limb", first)


def forged_carry() -> Iterator[Forgery]:
    run = full_run()
    yield run, run.sheet(CARRY).forged(0, {"live": 2})


def forged_fault() -> Iterator[Forgery]:
    run = trap_run(HEAP + 4096 + 8, 4, False)
    sheet = run.sheet(FAULT)
    yield run, sheet.forged(0, {"live": 2})
    for name in ("address", "from_low", "to_top"):
        for first in (0, 2):
            yield from forged_pairs(run, sheet, 0, name, first)
    gapped = next(r for r in regions_of(run) if r.gapped)
    run = trap_run(gapped.address + 3 * 8192 - 5, 1, False)
    sheet = run.sheet(FAULT)
    frame, in_gap = sheet[0, "frame"], sheet[0, "in_gap"]
    yield run, sheet.forged(0, {"in_gap": in_gap + (1 << 13), "frame": frame - 1})
    yield run, sheet.forged(0, {"in_gap": in_gap - 1, "frame": frame + pow(1 << 13, -1, P)})


# ---- all of them


FORGERIES = {
    MAIN: (forged_bits, forged_selectors, forged_paths, forged_operands),
    NARROW: (forged_narrow,),
    BOUNDARY: (forged_boundary,),
    CARRY: (forged_carry,),
    FAULT: (forged_fault,),
}


def honest_sheets() -> Iterator[tuple[MemoryRun, Sheet, range]]:
    """Sheets whose cells are changed one by one, and the rows of these."""
    run = full_run()
    yield run, run.sheet(MAIN, 0), range(32)
    yield run, run.sheet(MAIN, 1), range(16)
    yield run, run.sheet(BOUNDARY), range(0, len(run.sheet(BOUNDARY).rows), 2)
    yield full_run(True), full_run(True).sheet(BOUNDARY), range(10)
    yield run, run.sheet(CARRY), range(2)
    yield run, sample(), range(16)
    for case in (
        (TEXT - 1, 8, False),
        (TEXT + 19, 2, False),
        ((1 << 64) - 1, 8, True),
        (STACK + FRAME, 4, True),
    ):
        yield trap_run(*case), trap_run(*case).sheet(FAULT), range(2)


def refusals_of_single_cells() -> Iterator[set[str]]:
    rng = random.Random(2)
    for run, honest, rows in honest_sheets():
        known, sheet = known_tables(run), honest.copy()
        for row in rows:
            around = {row, (row - 1) % len(sheet.rows)}
            for column in range(len(sheet.rows[row])):
                old = sheet.rows[row][column]
                for new in changes(sheet, row, column, rng):
                    sheet.rows[row][column] = new
                    yield reasons(sheet, known, around)
                sheet.rows[row][column] = old


@pytest.fixture(scope="module")
def alone() -> set[str]:
    """What refuses some change of a single cell alone."""
    return set().union(*(found for found in refusals_of_single_cells() if len(found) == 1))


@pytest.mark.parametrize("machine", FORGERIES, ids=lambda machine: machine.name)
def test_every_constraint_and_lookup_refuses_some_forgery_alone(machine, alone):
    needed = set(alone)
    for forgeries in FORGERIES[machine]:
        for run, sheet in forgeries():
            found = reasons(sheet, known_tables(run), range(len(sheet.rows)))
            assert found, f"{forgeries.__name__}: a forgery is accepted"
            if len(found) <= 2:
                needed |= found
    sheet = full_run().sheet(machine) if machine is not FAULT else trap_run(TEXT - 1, 8, False).sheet(FAULT)
    assert sorted(all_reasons(sheet) - needed) == []


def stateful_interactions() -> Iterator[tuple[Machine, int]]:
    for machine in FORGERIES:
        for index, interaction in enumerate(system().air(machine.template).interactions):
            if interaction.bus in STATEFUL:
                yield machine, index


@pytest.mark.parametrize(
    ("machine", "index"),
    list(stateful_interactions()),
    ids=lambda value: value.name if hasattr(value, "name") else f"message {value}",
)
def test_without_any_message_between_machines_an_honest_run_is_not_in_balance(machine, index):
    def without(run: MemoryRun) -> Sheet:
        sheet = run.sheet(machine, 0) if machine in (MAIN, NARROW) else run.sheet(machine)
        kept = [x for number, x in enumerate(sheet.air.interactions) if number != index]
        return replace(sheet, air=replace(sheet.air, interactions=tuple(kept)))

    # An honest run is in balance, so it is not where one of its messages is missing.
    runs = (full_run(), trap_run(TEXT - 1, 8, False))
    sheets = [without(run) for run in runs if any(i.machine is machine for i in run.instances)]
    assert any(
        messages(sheet) != messages(replace(sheet, air=system().air(machine.template))) for sheet in sheets
    )
