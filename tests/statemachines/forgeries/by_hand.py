"""Forgeries that no search finds, each with the thought behind it."""

from collections.abc import Callable

from forgeries.honest import cases_of
from forgeries.rules import Rule
from forgeries.search import AIR_VALUES, Case, Forgery
from harness import Sheet
from memory_runs import HEAP

from zisk_py.field.goldilocks import P
from zisk_py.isa.memory_map import GUEST_KEY
from zisk_py.pil.system import Air

HALF = 1 << 32
Maker = Callable[[Case], Sheet]


def remainder_above_the_divisor(case: Case) -> Sheet:
    """2^32 / 1 = 0, remainder 2^32: a borrow of 1 - 2^32 is 1 in the low half and 2^32 - 1 in the high one.

    2^32 * (1 - 2^32) = 2^32 - 2^64 = 1 modulo p.
    """
    sheet = case.sheet
    row = next(row for row in range(len(sheet.rows)) if sheet[row, "is_divu"])
    zeros = [f"{name}[{i}]" for name in ("x", "y", "low", "high") for i in range(4)]
    zeros += [*(f"carry[{i}]" for i in range(3)), *(f"carry_top[{i}]" for i in range(4))]
    forged = sheet.forged(row, dict.fromkeys([*zeros, "a0", "flag", "c0", "c1"], 0))
    forged = forged.forged(row, {"a1": 1, "y[0]": 1, "low[2]": 1, "borrow": 1 - HALF})
    return forged.forged(row, {"high[0]": 1, "high[2]": (1 << 16) - 2, "high[3]": (1 << 16) - 1})


def traps_that_cancel(case: Case) -> Sheet:
    """A false trap whose lookup in vain is taken back by a true one that is said -1 times, and said again.

    Row 0 is true, of an address that ends in 0xffff. Row 1 says it -1 times, with -1 for the lowest limb.
    Row 2 claims a trap at the first byte of a region: its distance to the end of the hole has the limb -1.
    """
    sheet = case.sheet.copy()
    sheet.rows[1], sheet.rows[2] = list(sheet.rows[0]), list(sheet.rows[0])
    assert (sheet[0, "address[0]"], sheet[0, "low0"], sheet[0, "low1"]) == (0xFFFF, 0, 0)
    assert (sheet[0, "offset"], sheet[0, "top0"], sheet[0, "top1"]) == (5, HALF - 1, 0)
    sheet = sheet.forged(1, {"live": P - 1, "address[0]": -1, "address[1]": sheet[0, "address[1]"] + 1})
    sheet = sheet.forged(2, {"a0": HALF - 5, "a1": 0, "carry": 1, "address[0]": 0, "address[2]": 1})
    sheet = sheet.forged(2, {"from_low[0]": sheet[0, "width"] - 1, "from_low[1]": 0, "from_low[2]": 1})
    return sheet.forged(2, {"to_top[0]": 0xFFFF, "to_top[1]": 0xFFFF, "to_top[2]": -1})


def a_trap_that_leaves(name: str, change: int) -> Maker:
    """Another c of a trap, which the rows behind it carry to the end."""

    def maker(case: Case) -> Sheet:
        sheet = case.sheet.copy()
        row = next(row for row in range(len(sheet.rows)) if not sheet[row, "live"]) - 1
        half = name[-1]
        for below in range(row, len(sheet.rows)):
            for column in (f"a{half}", f"b{half}", f"c{half}")[2 * (below == row) :]:
                sheet[below, column] += change
        values = list(sheet.air_values)
        values[sheet.air.air_values.index(f"end_{name}")] += change
        sheet.air_values = tuple(values)
        return sheet

    return maker


def a_whole_word_for_four_bytes(case: Case) -> Sheet:
    """A load of four bytes at the start of a word is made by Main, which takes the whole word."""
    sheet = case.sheet
    row = next(row for row in range(len(sheet.rows)) if sheet[row, "narrow"])
    key = GUEST_KEY + HEAP // 8
    return sheet.forged(row, {"narrow": 0, "aligned": 1, "b_word": key, "b_attribute": 1, "b_gap": 0})


def a_word_that_starts_as_it_likes(case: Case) -> Sheet:
    """The last word once more, -1 times: its initial state is taken back, and any state is given instead.

    Its distance to the row before, less one, is -1. That is looked up in vain -1 times; a row that is 2^32
    behind the one before it looks up -1 too, for 2^32 - 1 is -1 + 2^32 as well.
    """
    sheet = case.sheet.copy()
    first = next(row for row in range(len(sheet.rows)) if not sheet[row, "live"])
    far = next(
        row for row in range(1, first) if [sheet[row, f"step[{i}]"] for i in range(3)] == [0xFFFF, 0xFFFF, 0]
    )
    sheet.rows[first] = list(sheet.rows[first - 1])
    again = {"live": -1, "is_published": 0, "step[0]": -1, "step[1]": 0, "step[2]": 0, "final0": 7, "time": 0}
    return sheet.forged(first, again).forged(far, {"step[0]": -1, "step[1]": 0, "step[2]": 1})


KIND = "FAULT_LOAD_VIOLATION - (FAULT_STORE_VIOLATION - FAULT_LOAD_VIOLATION) * store_indirect"
MAKERS: dict[tuple[str, str], tuple[str, Maker]] = {
    ("Arith", "borrow * (1 - borrow) === 0"): ("Arith", remainder_above_the_divisor),
    ("Boundary", "live * (1 - live) === 0"): (
        "the first words of two regions, segment 0",
        a_word_that_starts_as_it_likes,
    ),
    ("Fault", "live * (1 - live) === 0"): ("a load traps at 0xffff, segment 0", traps_that_cancel),
    ("Main", "trap * (c0 - pc) === 0"): ("a load traps at the end, segment 0", a_trap_that_leaves("c0", 8)),
    ("Main", f"trap * (c1 - {KIND}) === 0"): (
        "a load traps at the end, segment 0",
        a_trap_that_leaves("c1", 1),
    ),
    ("Main", "aligned * (width - 8) === 0"): (
        "four bytes at the start of a word, segment 0",
        a_whole_word_for_four_bytes,
    ),
}


def made(air: Air, rule: Rule) -> Forgery | None:
    """The forgery of a rule that was written by hand, if there is one."""
    if (rule.air, rule.text(air)) not in MAKERS:
        return None
    case_name, maker = MAKERS[rule.air, rule.text(air)]
    case = next(case for case in cases_of(rule.air) if case.name == case_name)
    forged = maker(case)
    cells = [
        ((row, column), value)
        for row, honest in enumerate(case.sheet.rows)
        for column, value in enumerate(forged.rows[row])
        if value != honest[column]
    ]
    pairs = enumerate(zip(forged.air_values, case.sheet.air_values, strict=True))
    cells += [((AIR_VALUES, index), now) for index, (now, honest) in pairs if now != honest]
    return Forgery(case_name, rule, tuple(cells), True)
