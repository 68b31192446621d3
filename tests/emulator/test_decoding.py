"""A ROM whose rows no transpiler writes is refused before the first step."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from zisk_py import emulator
from zisk_py.emulator.errors import EmulatorError
from zisk_py.field.goldilocks import P
from zisk_py.isa.instruction import INDIRECT, Flag, Instruction, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC
from zisk_py.isa.operations import COPY, OPERATIONS
from zisk_py.isa.rom import ROM_COLUMNS, Rom

ROWS = [
    Instruction(0, OPERATIONS["add"], immediate(1), immediate(2), j1=8, j2=8),
    Instruction(8, COPY, register(3), INDIRECT, offset=-8, width=4, j1=FAULT_PC - 8, j2=8),
    Instruction(16, COPY, immediate(0), INDIRECT, guest=False, j1=8, j2=8),
    Instruction(24, b=register(0), j1=EXIT_PC - 24, j2=EXIT_PC - 24),
]
GUEST, HIDDEN, LAST = 1, 2, 3


def flip(flag: Flag) -> Callable[[int], int]:
    return lambda word: word ^ flag


DAMAGE: dict[str, tuple[int, str, Callable[[int], int]]] = {
    "unknown operation": (0, "op", lambda _: 0xEE),
    "operation above 255": (0, "op", lambda _: 0x10A),
    "wide half of an immediate": (0, "a_lo", lambda _: 1 << 32),
    "two sources of a": (0, "flags", flip(Flag.A_KEYED)),
    "two sources of b": (0, "flags", flip(Flag.B_UNITS)),
    "not sent to its machine": (0, "flags", flip(Flag.EXTERNAL)),
    "copy sent to a machine": (LAST, "flags", flip(Flag.EXTERNAL)),
    "pc above 32 bits": (LAST, "pc", lambda pc: pc + (1 << 32)),
    "unknown register": (LAST, "b_lo", lambda key: key + 64),
    "add in memory": (GUEST, "op", lambda _: OPERATIONS["add"].code),
    "load and store": (GUEST, "flags", flip(Flag.STORE_INDIRECT)),
    "three bytes": (GUEST, "width", lambda _: 3),
    "more than 255 bytes": (GUEST, "width", lambda _: 260),
    "far offset": (GUEST, "offset", lambda _: 1 << 31),
    "far negative offset": (GUEST, "offset", lambda _: P - (1 << 31)),
    "computed jump with a guest access": (GUEST, "flags", flip(Flag.SET_PC)),
    "trap elsewhere": (GUEST, "j1", lambda _: 8),
    "narrow hidden word": (HIDDEN, "width", lambda _: 4),
}


def test_the_undamaged_rom_runs(simple_case: Any) -> None:
    case = simple_case(ROWS)
    assert emulator.execute(case.rom, case.claim, b"", chunk_size=16).steps == 4


@pytest.mark.parametrize(("row", "column", "change"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_row_is_refused(
    row: int, column: str, change: Callable[[int], int], simple_case: Any
) -> None:
    case = simple_case(ROWS)
    rows = case.rom.rows.copy()
    number = ROM_COLUMNS.index(column)
    rows[row, number] = np.uint64(change(int(rows[row, number])))
    with pytest.raises(EmulatorError):
        emulator.execute(Rom(rows, (), case.rom.rules), case.claim, b"", chunk_size=16)


def test_a_new_operation_is_seen_after_a_first_run(simple_case: Any, foreign: Any) -> None:
    case = simple_case([Instruction(0, foreign, j1=EXIT_PC, j2=EXIT_PC)])
    OPERATIONS.remove(foreign)
    with pytest.raises(EmulatorError, match="nothing proves it"):
        emulator.execute(case.rom, case.claim, b"", chunk_size=16)
    OPERATIONS.add(foreign)
    assert emulator.execute(case.rom, case.claim, b"", chunk_size=16).steps == 1
