"""The committed columns of Rom and Image. Their witness is only multiplicities, which the system counts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zisk_py.emulator.records import Records, U64Array
from zisk_py.errors import InputError
from zisk_py.isa.instruction import Flag
from zisk_py.isa.memory_map import RegionKind, guest_key
from zisk_py.isa.operations import Operation
from zisk_py.isa.rom import ROM_COLUMNS, Rom
from zisk_py.pil.system import MIN_LOG_HEIGHT, Air
from zisk_py.statemachines.columns import high, low
from zisk_py.statemachines.machine import Run, Scope, Trace

COUNTED = {"is_instruction": Flag.COST, "is_memory_operation": Flag.GUEST}  # columns of Rom beside the row


@dataclass(frozen=True)
class ProgramTable:
    """A table that is committed with the program and serves the whole run."""

    name: str
    template: str
    pil: Path
    program_columns: Callable[[Air, Rom], U64Array] | None
    scope: Scope = Scope.RUN
    operations: tuple[Operation, ...] = ()

    @property
    def stream(self) -> str:
        """Its own name: its rows are the program's."""
        return self.name

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """The multiplicities before counting: zero."""
        return Trace(air.name, np.zeros((height, len(air.columns)), dtype=np.uint64))


def rom_columns(air: Air, rom: Rom) -> U64Array:
    """The rows of a program and what counts them, (2^k, 14); padding repeats the last row."""
    columns = dict(zip(ROM_COLUMNS, rom.rows.T, strict=True))
    for name, flag in COUNTED.items():
        columns[name] = (columns["flags"] & np.uint64(flag) != 0).astype(np.uint64)
    return _pad(np.stack([columns[name] for name in air.program], axis=1))


def image_columns(air: Air, rom: Rom) -> U64Array:
    """Key and halves of every word of every image region, (2^k, 3), ascending.

    What no segment covers is zero; a program without image regions gets rows of zeros. Raises InputError
    where a segment lies in no image region.
    """
    buffers = {}
    for rule in sorted(rom.rules.regions, key=lambda rule: rule.address):
        if rule.kind is RegionKind.IMAGE:
            if not isinstance(rule.size, int):
                raise InputError(
                    f"the image region at {rule.address:#x} has a size that depends on the claim"
                )
            buffers[rule.address] = bytearray((rule.size + 7) // 8 * 8)
    for segment in rom.image:
        base = max((address for address in buffers if address <= segment.address), default=None)
        start = segment.address - (base or 0)
        if base is None or start + len(segment.data) > len(buffers[base]):
            raise InputError(f"the image segment at {segment.address:#x} lies in no image region")
        buffers[base][start : start + len(segment.data)] = segment.data

    keys, words = [], []
    for base, buffer in buffers.items():
        words.append(np.frombuffer(buffer, dtype="<u8").astype(np.uint64))
        keys.append(np.arange(len(words[-1]), dtype=np.uint64) + np.uint64(guest_key(base)))
    if not keys:
        # No word of any region has key 0, so nothing looks this row up.
        return np.zeros((1 << MIN_LOG_HEIGHT, len(air.program)), dtype=np.uint64)
    key, word = np.concatenate(keys), np.concatenate(words)
    columns = {"key": key, "v0": low(word), "v1": high(word)}
    return _pad(np.stack([columns[name] for name in air.program], axis=1))


def _pad(rows: U64Array) -> U64Array:
    height = max(1 << MIN_LOG_HEIGHT, 1 << (len(rows) - 1).bit_length())
    return np.ascontiguousarray(np.concatenate([rows, np.repeat(rows[-1:], height - len(rows), axis=0)]))


_FOLDER = Path(__file__).parent
MACHINES = (
    ProgramTable("rom", "Rom", _FOLDER / "rom.pil", rom_columns),
    ProgramTable("image", "Image", _FOLDER / "image.pil", image_columns),
)
