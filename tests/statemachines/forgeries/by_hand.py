"""Forgeries that no search finds, each with the thought behind it."""

from collections.abc import Callable

from forgeries.honest import cases_of
from forgeries.rules import Rule
from forgeries.search import Case, Forgery
from harness import Sheet

from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import OPERATIONS
from zisk_py.pil.system import Air

HALF = 1 << 32


def remainder_above_the_divisor(case: Case) -> Sheet:
    """2^32 / 1 = 0, remainder 2^32: a borrow of 1 - 2^32 is 1 in the low half and 2^32 - 1 in the high one.

    2^32 * (1 - 2^32) = 2^32 - 2^64 = 1 modulo p.
    """
    codes = {operation.name: operation.code for operation in OPERATIONS}
    assert "divu" in {name.lower() for name in codes}
    sheet = case.sheet
    row = next(row for row in range(len(sheet.rows)) if sheet[row, "is_divu"])
    zeros = [f"{name}[{i}]" for name in ("x", "y", "low", "high") for i in range(4)]
    zeros += [*(f"carry[{i}]" for i in range(3)), *(f"carry_top[{i}]" for i in range(4))]
    forged = sheet.forged(row, dict.fromkeys([*zeros, "a0", "flag", "c0", "c1"], 0))
    forged = forged.forged(row, {"a1": 1, "y[0]": 1, "low[2]": 1, "borrow": 1 - HALF})
    return forged.forged(row, {"high[0]": 1, "high[2]": (1 << 16) - 2, "high[3]": (1 << 16) - 1})


def traps_that_cancel(case: Case) -> Sheet:
    """A false trap with a limb beyond its range; a row said -1 times with the same limb; and the true trap again.

    What is looked up beyond the range sums to zero, and so does the true trap but for once.
    """
    sheet = case.sheet.copy()
    sheet.rows[2] = list(sheet.rows[0])  # true, once more
    # False: the address is another one, at the top; its distance to the hole is a limb that is no number below 2^16.
    limb = sheet[0, "from_low[0]"] + (1 << 16)
    sheet.rows[1] = list(sheet.rows[0])
    sheet[1, "live"] = P - 1
    sheet[1, "from_low[0]"], sheet[1, "from_low[1]"] = limb, sheet[0, "from_low[1]"] - 1
    # On row 0 the limb stands where it moves the address up by as much.
    distance = limb - sheet[0, "from_low[0]"]
    sheet[0, "from_low[0]"] = limb
    for name in ("a0", "address[1]"):
        sheet[0, name] += distance if name == "a0" else 1
    sheet[0, "to_top[1]"] -= 1
    return sheet


Maker = Callable[[Case], Sheet]
MAKERS: dict[tuple[str, str, str], Maker] = {
    ("Arith", "borrow * (1 - borrow) === 0", "Arith"): remainder_above_the_divisor,
}


def made(air: Air, rule: Rule) -> Forgery | None:
    """The forgery of a rule that was written by hand, if there is one."""
    for (name, text, case_name), maker in MAKERS.items():
        if (name, text) == (rule.air, rule.text(air)):
            case = next(case for case in cases_of(name) if case.name == case_name)
            forged = maker(case)
            cells = tuple(
                ((row, column), value)
                for row, honest in enumerate(case.sheet.rows)
                for column, value in enumerate(forged.rows[row])
                if value != honest[column]
            )
            return Forgery(case_name, rule, cells, True)
    return None
