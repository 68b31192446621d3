"""The records of EXPAND, chunk after chunk, to one witness per guest instruction.

An instruction begins at the row that costs a compute unit and ends where the next one begins, be it chunks
later: the rows of the routine of a syscall belong to its call. Rows that a platform has before the first
instruction belong to none, and neither do the reads with which it looks at memory behind an exit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zisk_py.emulator.records import Mode, Narrow, Records, Step, U64Array
from zisk_py.isa.faults import Fault, Outcome
from zisk_py.isa.instruction import Flag
from zisk_py.isa.memory_map import REGISTER_KEY
from zisk_py.isa.rom import ROM_COLUMNS, Rom, signed
from zisk_py.trace.constraints import Satisfaction, merge
from zisk_py.trace.guest import instructions_of
from zisk_py.trace.witness import (
    NUM_GUEST_REGISTERS,
    READ,
    WRITE,
    AirConstraints,
    MemoryData,
    MemoryOperation,
    OpcodeWitness,
    VmStateSnapshot,
)
from zisk_py.transpiler.bpf.encodings import ENCODINGS, Form

SLOT_ROWS = 8  # pcs that a slot owns
(EXIT_OPCODE,) = {row.opcode for row in ENCODINGS if row.form is Form.EXIT}

Positions = NDArray[np.intp]
Registers = tuple[int, ...]
Accesses = list[tuple[MemoryOperation, bytes]]  # with what the place held before


@dataclass
class _Open:
    """An instruction that has begun."""

    slot: int
    registers: Registers
    units: int
    accesses: Accesses = field(default_factory=list)
    constraints: tuple[AirConstraints, ...] | None = None


class Assembler:
    """Takes the records of all chunks of a run, in order."""

    def __init__(self, rom: Rom, satisfaction: Satisfaction | None = None) -> None:
        """Stand before the first step. Raises InputError for a program without its text."""
        self._instruction = instructions_of(rom)
        columns = dict(zip(ROM_COLUMNS, rom.rows.T, strict=True))
        flags = columns["flags"]
        self._slots = columns["pc"] // np.uint64(SLOT_ROWS)
        self._starts = flags & np.uint64(Flag.COST) != 0
        self._is_store = flags & np.uint64(Flag.STORE_INDIRECT) != 0
        self._targets = np.where(flags & np.uint64(Flag.STORE_KEYED) != 0, columns["store_key"], 0)
        self._offsets = np.array([signed(int(value)) for value in columns["offset"]], dtype=np.int64)
        self._widths = columns["width"]
        self._satisfaction = satisfaction
        self._open: _Open | None = None
        self._state: VmStateSnapshot | None = None  # after the last instruction
        self._registers: Registers = (0,) * NUM_GUEST_REGISTERS
        self._units = 0
        self.count = 0  # instructions so far
        self.writes_before: list[MemoryData] = []  # the first instruction
        self.start: VmStateSnapshot | None = None  # registers and units with which that begins

    def add(self, records: Records) -> Iterator[OpcodeWitness]:
        """The instructions that are complete with one more chunk."""
        rows = records.steps[:, Step.ROW].astype(np.intp)
        starts = np.flatnonzero(self._starts[rows])
        registers = self._registers_at(records, rows, np.append(starts, len(rows)))
        bounds, accesses = self._accesses(records, rows, starts)
        held = self._satisfaction.of_chunk(records) if self._satisfaction else None
        steps = [0, *starts.tolist(), len(rows)]
        if self._open is not None:
            self._open.accesses += accesses[: bounds[0]]
            if held and self._open.constraints is not None:
                self._open.constraints = merge(self._open.constraints, held(0, steps[1]))
        slots = self._slots[rows[starts]].tolist()
        units = records.steps[starts, Step.UNITS].tolist()
        if self._open is None:
            self.writes_before += [
                MemoryData(o.address, o.data) for o, _ in accesses[: bounds[0]] if _has_written(o)
            ]
        if self.start is None and slots:
            self.start = VmStateSnapshot(registers[0], slots[0], (), 0, units[0])
        for number, slot in enumerate(slots):
            if self._open is not None:
                yield self._close(slot, registers[number], units[number])
            self._open = _Open(
                slot,
                registers[number],
                units[number],
                accesses[bounds[number] : bounds[number + 1]],
                held(steps[number + 1], steps[number + 2]) if held else None,
            )
        self._registers, self._units = registers[-1], records.end_units

    def finish(self, outcome: Outcome) -> Iterator[OpcodeWitness]:
        """The last instruction, if there is one."""
        if self._open is not None:
            yield self._close(self.end(outcome), self._registers, self._units)

    def end(self, outcome: Outcome) -> int:
        """Where a run stands when it is over: at its last instruction, or where its budget stopped it."""
        if isinstance(outcome, Fault):
            return outcome.pc
        assert self._open is not None, "no run exits without an instruction"
        return self._open.slot

    def final_state(self, outcome: Outcome, pages: tuple[MemoryData, ...]) -> VmStateSnapshot:
        """The state in which a run is over, with those pages."""
        return VmStateSnapshot(self._registers, self.end(outcome), pages, self.count, self._units)

    def _close(self, slot: int, registers: Registers, units: int) -> OpcodeWitness:
        """The witness of the open instruction, from what is true at the start of the next."""
        o, step = self._open, self.count
        assert o is not None
        self.count = step + 1
        instruction = self._instruction(o.slot)
        if instruction.opcode == EXIT_OPCODE:
            o.accesses.clear()
        writes = [access for access in o.accesses if _has_written(access[0])]
        before = tuple([MemoryData(operation.address, old) for operation, old in writes])
        after = tuple([MemoryData(operation.address, operation.data) for operation, _ in writes])
        pre = self._state  # mostly the same object as the last post-state, which then is written once
        if before or pre is None or pre.memory_data:
            pre = VmStateSnapshot(o.registers, o.slot, before, step, o.units)
        post = self._state = VmStateSnapshot(registers, slot, after, step + 1, units)
        return OpcodeWitness(
            step,
            *instruction,
            o.slot,
            slot,
            units - o.units,
            pre,
            post,
            tuple([operation for operation, _ in o.accesses]),
            o.constraints,
        )

    def _registers_at(self, records: Records, rows: Positions, steps: Positions) -> list[Registers]:
        """r0 to r10 before each of the steps: what the last row before it that stores there has stored."""
        targets, results = self._targets[rows], records.steps[:, Step.C]
        columns = []
        for number in range(NUM_GUEST_REGISTERS):
            writes = np.flatnonzero(targets == np.uint64(REGISTER_KEY + number))
            values = np.concatenate([records.chunk.registers[number : number + 1], results[writes]])
            columns.append(values[np.searchsorted(writes, steps)].tolist())
        return list(zip(*columns, strict=True))

    def _accesses(self, records: Records, rows: Positions, starts: Positions) -> tuple[list[int], Accesses]:
        """All guest accesses of the chunk; those of instruction k lie between bounds k and k + 1."""
        modes = records.steps[:, Step.MODE]
        narrow = modes == Mode.NARROW
        steps = np.flatnonzero(narrow | (modes == Mode.ALIGNED) | (modes == Mode.TRAP))
        found, rows = records.steps[steps], rows[steps]
        address = found[:, Step.A] + self._offsets[rows].view(np.uint64)
        old = found[:, Step.STORE_OLD].copy()
        old[narrow[steps]] = _old_values(records.narrow)
        mask = np.uint64(0xFFFFFFFFFFFFFFFF) >> (np.uint64(64) - np.uint64(8) * self._widths[rows])
        accesses: Accesses = []
        for place, value, before, size, is_store, mode in zip(
            address.tolist(),
            (found[:, Step.B] & mask).tolist(),
            (old & mask).tolist(),
            self._widths[rows].tolist(),
            self._is_store[rows].tolist(),
            found[:, Step.MODE].tolist(),
            strict=True,
        ):
            kind, is_valid = WRITE if is_store else READ, mode != Mode.TRAP
            data = value.to_bytes(size, "little") if is_valid else b""
            accesses.append(
                (MemoryOperation(place, data, kind, size, is_valid), before.to_bytes(size, "little"))
            )
        return [*np.searchsorted(steps, starts).tolist(), len(accesses)], accesses


def _has_written(operation: MemoryOperation) -> bool:
    return operation.op_type == WRITE and operation.bounds_valid


def _old_values(narrow: U64Array) -> U64Array:
    """What the places of narrow accesses held before, from the words under them; garbage follows."""
    shift = np.uint64(8) * narrow[:, Narrow.BYTE]
    second = np.where(
        narrow[:, Narrow.IS_TWO] == 1, narrow[:, Narrow.OLD2] << (np.uint64(64) - shift), np.uint64(0)
    )
    return np.bitwise_or(narrow[:, Narrow.OLD] >> shift, second, dtype=np.uint64)
