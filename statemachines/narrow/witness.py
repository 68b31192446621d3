"""Witness of Narrow."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zisk_py.emulator.records import Narrow as Column
from zisk_py.emulator.records import Records, U64Array
from zisk_py.isa.operations import Operation
from zisk_py.isa.rom import Rom
from zisk_py.pil.system import Air
from zisk_py.statemachines.columns import bytes_of, high, low, matrix_of
from zisk_py.statemachines.machine import Run, Scope, Trace
from zisk_py.statemachines.tables.machine import TableMachine

ALL_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)

PIL = Path(__file__).with_name("narrow.pil")


@dataclass(frozen=True)
class Narrow:
    """The machine of narrow and unaligned accesses."""

    name: str = "narrow"
    template: str = "Narrow"
    pil: Path = PIL
    scope: Scope = Scope.SEGMENT
    stream: str = "narrow"
    operations: tuple[Operation, ...] = ()
    program_columns: Callable[[Air, Rom], U64Array] | None = None

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """Fill an instance from the chunk's narrow accesses."""
        return Trace(air.name, matrix_of(air, narrow_columns, records.narrow, height))


def narrow_columns(rows: U64Array) -> dict[str, U64Array]:
    """Every column by name for records (rows, len(records.Narrow))."""
    one, eight = np.uint64(1), np.uint64(8)
    byte, width, value = (rows[:, column] for column in (Column.BYTE, Column.WIDTH, Column.VALUE))
    time, key, is_store, is_two = (
        rows[:, column] for column in (Column.TIME, Column.KEY, Column.IS_STORE, Column.IS_TWO)
    )
    old, old2 = rows[:, Column.OLD], rows[:, Column.OLD2]

    # The bytes of the window, as they lie in the first word, and what reaches into the second.
    mask = ALL_ONES >> (np.uint64(64) - eight * width)
    shift = eight * byte
    back = (np.uint64(64) - shift) * is_two  # 0 < back < 64 where there is a second word
    stored = value & mask
    after = np.where(is_store == 1, old & ~(mask << shift) | stored << shift, old)
    after2 = np.where(is_store * is_two == 1, old2 & ~(mask >> back) | stored >> back, old2)
    return {
        "live": np.ones_like(time),
        "time": time,
        "key": key,
        "is_store": is_store,
        "is_two": is_two,
        "skip": is_two * (rows[:, Column.KEY2] != key + one),
        **{f"at[{i}]": (byte == i).astype(np.uint64) for i in range(8)},
        **{f"above{n}": (width > n).astype(np.uint64) for n in (1, 2, 4)},
        "attribute": rows[:, Column.ATTRIBUTE],
        "attribute2": rows[:, Column.ATTRIBUTE2],
        "gap": time - rows[:, Column.BEFORE] - one,
        "gap2": is_two * (time - rows[:, Column.BEFORE2] - one),
        **bytes_of("first", old),
        **bytes_of("second", old2),
        **bytes_of("value", value),
        "after[0]": low(after),
        "after[1]": high(after),
        "after[2]": low(after2),
        "after[3]": high(after2),
    }


_FOLDER = Path(__file__).parent
MACHINES = (Narrow(), TableMachine("shapes", "Shapes", _FOLDER / "shapes.pil"))
