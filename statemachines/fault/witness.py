"""Witness of Fault."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zisk_py.emulator.records import Records, Trap, U64Array
from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import Operation
from zisk_py.isa.rom import Rom
from zisk_py.pil.system import Air
from zisk_py.statemachines.columns import matrix_of
from zisk_py.statemachines.errors import WitnessError
from zisk_py.statemachines.fault.holes import Hole, holes
from zisk_py.statemachines.machine import Run, Scope, Trace

MASK32 = 0xFFFFFFFF

PIL = Path(__file__).with_name("fault.pil")


@dataclass(frozen=True)
class Fault:
    """The machine of trapped accesses: at most one row per run."""

    name: str = "fault"
    template: str = "Fault"
    pil: Path = PIL
    scope: Scope = Scope.SEGMENT
    stream: str = "traps"
    operations: tuple[Operation, ...] = ()
    program_columns: Callable[[Air, Rom], U64Array] | None = None

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """Fill an instance. Raises WitnessError if an access lies in no hole."""
        places = holes(run.rom.rules.start_regions(run.claim))
        names = [column.name for column in air.columns]

        def columns(traps: U64Array) -> dict[str, U64Array]:
            rows = [trap_row([int(value) for value in trap], places) for trap in traps]
            return {name: np.array([row[name] for row in rows], dtype=np.uint64) for name in names}

        return Trace(air.name, matrix_of(air, columns, records.traps, height))


def trap_row(trap: list[int], places: list[Hole]) -> dict[str, int]:
    """The columns of one trap."""
    a, offset, width = trap[Trap.A], trap[Trap.OFFSET], trap[Trap.WIDTH]
    offset -= (offset >> 63) << 64
    address = (a + offset) % (1 << 64)
    hole = next((h for h in places if h.kind == trap[Trap.KIND] and h.contains(address, width)), None)
    if hole is None:
        raise WitnessError(
            f"the access of {width} bytes at {address:#x} lies in no hole of kind {trap[Trap.KIND]}: "
            "the trap is wrong"
        )

    # a0 + offset = address0 + 2^32 * carry, a1 + carry = address1 + 2^32 * wrap
    carry = ((a & MASK32) + offset) >> 32
    wrap = ((a >> 32) + carry) >> 32
    end = address + (0 if hole.is_gap else width - 1)
    from_low, to_top = end - hole.low, hole.top - address
    # The carries between the halves of these two, from the halves of `address`.
    from_low_carry = ((address & MASK32) + end - address - (hole.low & MASK32)) >> 32
    to_top_below = (hole.top & MASK32) < (address & MASK32)
    # 65 bits: the limbs hold the first 64, or all ones below the one above them.
    from_low_top = from_low >> 64
    in_gap = from_low & 0xFFF if hole.is_gap else 0
    return {
        "live": 1,
        "a0": a & MASK32,
        "a1": a >> 32,
        "offset": offset % P,
        "width": width,
        "kind": trap[Trap.KIND],
        "is_gap": int(hole.is_gap),
        "low0": hole.low & MASK32,
        "low1": hole.low >> 32,
        "top0": hole.top & MASK32,
        "top1": hole.top >> 32,
        **{f"address[{i}]": address >> 16 * i & 0xFFFF for i in range(4)},
        "carry": carry % P,
        "wrap": wrap % P,
        **_from_low_limbs(from_low, from_low_top),
        "from_low_carry": from_low_carry % P,
        "from_low_top": from_low_top,
        **{f"to_top[{i}]": to_top >> 16 * i & 0xFFFF for i in range(4)},
        "to_top_below": int(to_top_below),
        "in_gap": in_gap,
        "frame": (from_low & 0xFFFF) >> 13 if hole.is_gap else 0,
    }


def _from_low_limbs(from_low: int, top: int) -> dict[str, int]:
    # The high half is limb 2 + 2^16 * limb 3 + top: with top = 1 it is 2^32, so the limbs hold 2^32 - 1.
    halves = (from_low & MASK32) | ((from_low >> 32) - top) << 32
    return {f"from_low[{i}]": halves >> 16 * i & 0xFFFF for i in range(4)}


MACHINE = Fault()
