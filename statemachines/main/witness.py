"""Witness of Main."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zisk_py.emulator.records import Mode, Records, Step, U64Array
from zisk_py.isa.instruction import Flag
from zisk_py.isa.operations import Operation
from zisk_py.isa.rom import ROM_COLUMNS, Rom
from zisk_py.pil.system import Air
from zisk_py.statemachines.columns import BLOCK, high, low
from zisk_py.statemachines.errors import WitnessError
from zisk_py.statemachines.machine import Run, Scope, Trace

ROM_CELLS = (*ROM_COLUMNS[:-1], *(flag.name.lower() for flag in Flag if flag.name))

PIL = Path(__file__).with_name("main.pil")


@dataclass(frozen=True)
class Main:
    """The machine of steps."""

    name: str = "main"
    template: str = "Main"
    pil: Path = PIL
    scope: Scope = Scope.SEGMENT
    stream: str = "steps"
    operations: tuple[Operation, ...] = ()
    program_columns: Callable[[Air, Rom], U64Array] | None = None

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """Fill the instance of a chunk. Raises WitnessError if its steps do not fit."""
        chunk, steps = records.chunk, records.steps
        if len(steps) > height:
            raise WitnessError(f"{len(steps)} steps do not fit {height} rows of Main")
        matrix = np.zeros((height, len(air.columns)), dtype=np.uint64)
        position = {column.name: index for index, column in enumerate(air.columns)}
        # the rows of the ROM as rows of this air, so that a row is copied at once
        rom_cells = np.zeros((len(run.rom.rows), len(air.columns)), dtype=np.uint64)
        rom_cells[:, [position[name] for name in ROM_CELLS]] = rom_table(run.rom)
        rom_rows = steps[:, Step.ROW].astype(np.intp)
        num_steps = len(steps)
        next_pc = np.full(num_steps, records.end_pc, dtype=np.uint64)
        next_pc[:-1] = run.rom.rows[rom_rows[1:], 0]
        for start in range(0, num_steps, BLOCK):
            end = min(start + BLOCK, num_steps)
            block = matrix[start:end]
            np.take(rom_cells, rom_rows[start:end], axis=0, out=block, mode="clip")  # clip: without a copy
            rom = {name: block[:, position[name]] for name in ROM_CELLS}
            clk = np.arange(chunk.clk + start, chunk.clk + end, dtype=np.uint64)
            for name, values in step_columns(steps[start:end], rom, clk).items():
                block[:, position[name]] = values
            block[:, position["next_pc"]] = next_pc[start:end]

        # Rows behind the last step copy its c to nowhere.
        for name, value in {
            "clk": chunk.clk + num_steps,
            "units": records.end_units,
            "pc": records.end_pc,
            "next_pc": records.end_pc,
            **{f"{operand}0": records.end_c & 0xFFFFFFFF for operand in "abc"},
            **{f"{operand}1": records.end_c >> 32 for operand in "abc"},
            "b_attribute": 1,
            "store_attribute": 1,
        }.items():
            matrix[num_steps:, position[name]] = value
        air_values = {
            "start_pc": chunk.pc,
            "start_c0": chunk.c & 0xFFFFFFFF,
            "start_c1": chunk.c >> 32,
            "start_clk": chunk.clk,
            "start_units": chunk.units,
            "end_pc": records.end_pc,
            "end_c0": records.end_c & 0xFFFFFFFF,
            "end_c1": records.end_c >> 32,
            "end_clk": chunk.clk + num_steps,
            "end_units": records.end_units,
        }
        return Trace(air.name, matrix, tuple(air_values[name] for name in air.air_values))


def rom_table(rom: Rom) -> U64Array:
    """The rows of the ROM with their flags taken apart: (rows, len(ROM_CELLS))."""
    flags = rom.rows[:, -1:]
    bits = [(flags & np.uint64(flag) != 0).astype(np.uint64) for flag in Flag if flag.name]
    return np.concatenate([rom.rows[:, :-1], *bits], axis=1)


def step_columns(steps: U64Array, rom: dict[str, U64Array], clk: U64Array) -> dict[str, U64Array]:
    """The columns of steps that are not the ROM's, by name; `next_pc` is left out."""
    one = np.uint64(1)
    a, b, c, old = (steps[:, column] for column in (Step.A, Step.B, Step.C, Step.STORE_OLD))
    mode, key, attribute = (steps[:, column] for column in (Step.MODE, Step.KEY, Step.ATTRIBUTE))
    time = clk << np.uint64(2)
    aligned = (mode == Mode.ALIGNED).astype(np.uint64)
    narrow = (mode == Mode.NARROW).astype(np.uint64)
    here = (mode == Mode.HIDDEN).astype(np.uint64) + aligned
    loads, stores = rom["b_indirect"] * here, rom["store_indirect"] * here
    reads_b, writes = rom["b_keyed"] + loads, rom["store_keyed"] + stores
    # A legal guest address is below 2^48, so its sum has passed 2^64 where the high half of a is not small.
    wrap = (aligned + narrow) * (a >> np.uint64(63))
    return {
        "live": np.ones_like(clk),
        "clk": clk,
        "units": steps[:, Step.UNITS],
        "a0": low(a),
        "a1": high(a),
        "b0": low(b),
        "b1": high(b),
        "c0": low(c),
        "c1": high(c),
        "flag": steps[:, Step.FLAG],
        # gap = time of the access - time of the one before - 1
        "a_gap": rom["a_keyed"] * (time - steps[:, Step.A_BEFORE]),
        "b_gap": reads_b * (time + one - steps[:, Step.B_BEFORE]),
        "store_gap": writes * (time + np.uint64(2) - steps[:, Step.STORE_BEFORE]),
        "b_word": rom["b_keyed"] * rom["b_lo"] + loads * key,
        "store_word": rom["store_keyed"] * rom["store_key"] + stores * key,
        "b_attribute": one + loads * (attribute - one),
        "store_attribute": one + stores * (attribute - one),
        "old0": low(old),
        "old1": high(old),
        "wrap": wrap,
        "aligned": aligned,
        "narrow": narrow,
    }


MACHINE = Main()
