"""Which cells of a machine are free, from the lists of its own tests and from its README.

The tests of a machine list its free columns: as predicates of a row, or with the reason. A README has a
paragraph that begins with "Free" and says why that is harmless.
"""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

import test_add_compare
import test_arith
import test_boundary
import test_carry
import test_fault
import test_logic
import test_main
import test_narrow
import test_shift

from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.registry import MACHINES

Cells = Callable[[str], int]  # column -> its value on the row

PREDICATES = {
    "Main": test_main.FREE,
    "Narrow": test_narrow.FREE,
    "Carry": test_carry.FREE,
    "Boundary": test_boundary.FREE,
    "Fault": test_fault.FREE,
}
REASONS = {
    "AddCompare": test_add_compare.UNUSED,
    "Logic": test_logic.BYTES,
    "Shift": test_shift.PADDING,
    "Arith": test_arith.PADDING,
}
# Reasons that tell which rows read a column; all others are about rows without an operation.
READ = {
    "read where eq finds a difference": lambda cell: cell("is_eq") and not cell("flag"),
    "read on lt rows": lambda cell: cell("is_lt"),
    "read on lt rows and those of words": lambda cell: cell("is_lt") or cell("is_word"),
    "read on comparisons": lambda cell: cell("is_ltu") or cell("is_lt") or cell("is_eq"),
    "read on sra rows": lambda cell: cell("is_sra"),
}


class Row:
    """One row of an instance, as the predicates of the tests read it."""

    def __init__(self, number: int, cell: Cells) -> None:
        """Row `number`."""
        self.number, self.cell = number, cell

    def __getitem__(self, place: tuple[int, str]) -> int:
        """The cell of (row, column)."""
        assert place[0] == self.number
        return self.cell(place[1])


def is_live(air: str, cell: Cells) -> bool:
    """Whether a row of a machine is in use."""
    if air in PREDICATES:
        return cell("live") != 0
    columns = constraint_system().air(air).columns
    return any(cell(column.name) for column in columns if column.name.startswith("is_"))


def is_listed(air: str, column: str, number: int, cell: Cells) -> bool:
    """Whether the tests of the machine list the column as free on that row."""
    if air in PREDICATES:
        free = PREDICATES[air].get(column)
        return free is not None and bool(free(Row(number, cell), number))
    reason = REASONS.get(air, {}).get(column)
    if reason is None:
        return False
    return not READ[reason](cell) if reason in READ else not is_live(air, cell)


def free_paragraph(air: str) -> str:
    """What the README of the machine says of free cells; "" if nothing."""
    text = (MACHINES.by_air(air).pil.parent / "README.md").read_text()
    found = re.search(r"^Free\b.*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def is_explained(air: str, column: str, live: bool) -> bool:
    """Whether the README gives a reason: it names the column, or speaks of rows that are not in use."""
    text = free_paragraph(air)
    if not live and re.search(r"padding rows|rows that are\s+not live", text):
        return True
    name = column.split("[")[0]
    patterns = re.findall(r"`([^`]+)`", text)
    word = name.rstrip("01")  # the two halves of a value have one name
    return any(fnmatchcase(name, pattern) for pattern in patterns) or bool(re.search(rf"\b{word}\b", text))
