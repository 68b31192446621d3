"""The emulator in plain Python, over `isa.semantics`: the specification of the compiled one.

Nothing here is fast. The tests hold the compiled phases equal to these, bit for bit.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.limits import (
    MAX_BYTES,
    MAX_CLOCK,
    check_chunk,
    check_environment,
    check_limits,
    check_regions,
    check_units,
    ended,
    limit_reached,
    out_of_budget,
)
from zisk_py.emulator.memory import (
    FIRST_ENVIRONMENT,
    environment_words,
    hidden_index,
    initial_memory,
    named_environment_words,
)
from zisk_py.emulator.records import Chunk, Counts, Execution, Mode, Narrow, Records, Step, U64Array
from zisk_py.isa.faults import FaultKind, Outcome
from zisk_py.isa.instruction import Instruction, Operand, Source, Store
from zisk_py.isa.memory_map import (
    EXIT_PC,
    FAULT_PC,
    HIDDEN_KEY,
    NUM_HIDDEN_WORDS,
    NUM_REGISTERS,
    REGISTER_KEY,
    Region,
    join_regions,
)
from zisk_py.isa.operations import OPERATIONS
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim

SPAN = 1 << 16  # an access and the one before it are at most this far apart
FRAME = 4096  # bytes of a frame, and of the gap after it, in a gapped region


@dataclass(frozen=True, slots=True)
class Access:
    """One word that a row reached: its value before and after, and its place in time."""

    time: int
    key: int
    old: int
    new: int
    attribute: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """What one step did. `accesses` is in order; those of a narrow access stand in `narrow` too."""

    row: int
    instruction: Instruction
    a: int
    b: int
    c: int
    flag: int
    units: int
    mode: Mode
    byte: int
    kind: FaultKind | None
    accesses: tuple[Access, ...]
    indirect: tuple[Access, ...]


class Processor:
    """The state of a run and its one step. `fetch` finds the old value of a word that is no register."""

    def __init__(
        self,
        rom: Rom,
        regions: Sequence[Region],
        start: Chunk,
        fetch: Callable[[int], int],
        put: Callable[[int, int], None],
    ) -> None:
        """Stand at the start of a chunk."""
        self.rom, self.regions, self.fetch, self.put = rom, join_regions(regions), fetch, put
        self.pc, self.c, self.clk, self.units = start.pc, start.c, start.clk, start.units
        self.registers = [int(value) for value in start.registers]
        self.row_of = {int(pc): row for row, pc in enumerate(rom.rows[:, 0])}
        self.instructions = self.accesses = 0
        self.num_environment = environment_words(regions)
        check_environment(self.num_environment, named_environment_words(rom))
        self.decoded: dict[int, tuple[int, Instruction]] = {}

    def next_instruction(self) -> tuple[int, Instruction]:
        """The row at pc, with its number."""
        if self.pc not in self.row_of:
            raise EmulatorError(f"the ROM has no row at pc {self.pc:#x}; build the program again")
        if self.pc not in self.decoded:
            row = self.row_of[self.pc]
            self.decoded[self.pc] = (row, self.rom.instruction(row))
        return self.decoded[self.pc]

    def step(self) -> Event:
        """Run the row at pc."""
        row, i = self.next_instruction()
        accesses: list[Access] = []
        mode, byte, kind, places = Mode.NONE, 0, None, []
        is_store = i.store is Store.INDIRECT

        a = self.operand(i.a, 1, accesses)
        if i.is_indirect and not i.guest:
            key = HIDDEN_KEY + (a & 0xFFFFFFFF) + i.offset
            check_hidden(key, self.pc, self.num_environment)
            mode, places = Mode.HIDDEN, [(key, 1)]
        elif i.is_indirect:
            address = (a + i.offset) % (1 << 64)
            if i.set_pc or self.pc + i.j1 != FAULT_PC:
                raise EmulatorError(f"the guest access at pc {self.pc:#x} does not jump to the fault end")
            places, byte = reach(self.regions, address, i.width, is_store), address % 8
            if not places:
                kind = FaultKind.STORE_VIOLATION if is_store else FaultKind.LOAD_VIOLATION
                mode, byte = Mode.TRAP, 0
            else:
                mode = Mode.ALIGNED if i.width == 8 and byte == 0 else Mode.NARROW

        indirect: list[Access] = []
        if i.b.source is Source.INDIRECT:
            indirect = [self.access(4 * self.clk + 2, key, attribute=attribute) for key, attribute in places]
            accesses += indirect
            b = cut([access.old for access in indirect], byte, i.width)
        else:
            b = self.operand(i.b, 2, accesses)

        if kind is None:
            c, flag = i.op.semantics(a, b)
        else:
            c, flag = self.pc | int(kind) << 32, 1

        if i.store is Store.KEYED:
            accesses.append(self.access(4 * self.clk + 3, i.store_key, c))
        elif is_store and places:
            old = [self.fetch(key) for key, _ in places]
            new = paste(old, byte, i.width, c)
            for (key, attribute), before, after in zip(places, old, new, strict=True):
                self.put(key, after)
                indirect.append(Access(4 * self.clk + 3, key, before, after, attribute))
            accesses += indirect

        event = Event(row, i, a, b, c, flag, self.units, mode, byte, kind, tuple(accesses), tuple(indirect))
        self.advance(i, c, flag)
        return event

    def operand(self, operand: Operand, slot: int, accesses: list[Access]) -> int:
        """The value of a source that is not indirect."""
        if operand.source is Source.LAST_C:
            return self.c
        if operand.source is Source.IMMEDIATE:
            return operand.value
        if operand.source is Source.UNITS:
            return self.units
        accesses.append(self.access(4 * self.clk + slot, operand.value))
        return accesses[-1].old

    def access(self, time: int, key: int, new: int | None = None, attribute: int = 1) -> Access:
        """Read a word, or replace it by `new`."""
        if REGISTER_KEY <= key < REGISTER_KEY + NUM_REGISTERS:
            old = self.registers[key - REGISTER_KEY]
            self.registers[key - REGISTER_KEY] = old if new is None else new
        else:
            check_hidden(key, self.pc, self.num_environment)
            old = self.fetch(key)
            if new is not None:
                self.put(key, new)
        return Access(time, key, old, old if new is None else new, attribute)

    def advance(self, i: Instruction, c: int, flag: int) -> None:
        """Go to the next row."""
        self.instructions += i.cost
        self.accesses += i.is_indirect and i.guest
        self.units += i.cost + i.charge * (c & 0xFFFFFFFF)
        if i.set_pc:
            if c >> 32:
                raise EmulatorError(f"the row at pc {self.pc:#x} jumps to slot {c:#x}, above 2^32")
            self.pc = 8 * c + i.j1
        else:
            self.pc += i.j1 if flag else i.j2
        self.c = c
        self.clk += 1


def check_hidden(key: int, pc: int, num_environment: int) -> None:
    """Refuse a key of hidden space that names no word."""
    index = hidden_index(key)
    if key >= REGISTER_KEY and (index is None or index >= FIRST_ENVIRONMENT + num_environment):
        raise EmulatorError(f"the row at pc {pc:#x} reaches hidden key {key:#x}, which names no word")


def reach(regions: Sequence[Region], address: int, width: int, is_store: bool) -> list[tuple[int, int]]:
    """Keys and attributes of the words under a guest access; none if it must trap."""
    for region in regions:
        start = address - region.address
        if not (region.is_guest and 0 <= start < region.size):
            continue
        crosses = region.gapped and start % FRAME + width > FRAME
        end = start + width + (FRAME if crosses else 0)
        if end > region.size or (is_store and not region.writable) or (region.gapped and start & FRAME):
            return []
        numbers = [start // 8]
        if start % 8 + width > 8:
            numbers.append(start // 8 + 1 + (FRAME // 8 if crosses else 0))
        last = region.num_words - 1
        return [
            (region.start + n, region.last_attribute if n == last else region.whole_attribute)
            for n in numbers
        ]
    return []


def cut(words: Sequence[int], byte: int, width: int) -> int:
    """The `width` bytes from `byte` on, zero-extended; 0 where a trap reached no word."""
    window = sum(word << 64 * n for n, word in enumerate(words))
    return window >> 8 * byte & (1 << 8 * width) - 1


def paste(words: Sequence[int], byte: int, width: int, value: int) -> list[int]:
    """The words with the low `width` bytes of `value` put in from `byte` on."""
    window = sum(word << 64 * n for n, word in enumerate(words))
    mask = ((1 << 8 * width) - 1) << 8 * byte
    window = window & ~mask | value << 8 * byte & mask
    return [window >> 64 * n & (1 << 64) - 1 for n in range(len(words))]


def execute(
    rom: Rom,
    claim: Claim,
    data: bytes,
    *,
    chunk_size: int,
    max_steps: int = MAX_CLOCK,
    max_bytes: int = MAX_BYTES,
    keep_chunks: bool = True,
    progress: Callable[[int], None] | None = None,
    take: Callable[[Chunk], None] | None = None,
) -> Execution:
    """Run the program; see `zisk_py.emulator.execute`."""
    check_limits(chunk_size, max_steps)
    regions = rom.rules.start_regions(claim)
    held = check_regions(regions, max_bytes)
    memory = initial_memory(rom, regions, claim, data)
    log: list[int] = []

    def fetch(key: int) -> int:
        log.append(memory.word(key))
        return log[-1]

    registers = [*rom.rules.start_registers(claim)]
    registers += [0] * (NUM_REGISTERS - len(registers))
    chunks = [_chunk(0, rom.rules.entry, 0, 0, 0, registers)]
    processor = Processor(rom, regions, chunks[0], fetch, memory.put)
    outcome: Outcome | None = None
    violation: tuple[int, int] | None = None
    while outcome is None:
        outcome = _outcome(processor, claim.budget)
        if outcome is None and processor.clk == max_steps:
            raise limit_reached(max_steps)
        if processor.clk == chunks[-1].clk + chunk_size or outcome is not None:
            chunks[-1] = _close(chunks[-1], processor.clk, log)
            if keep_chunks:
                held = check_chunk(chunks[-1], held, max_bytes)
            if take is not None:
                take(chunks[-1])
            if progress is not None:
                progress(processor.clk)
        if outcome is None:
            if chunks[-1].num_steps:
                p = processor
                chunks.append(_chunk(len(chunks), p.pc, p.c, p.clk, p.units, p.registers))
            event = processor.step()
            if event.mode is Mode.TRAP:
                i = event.instruction
                violation = ((event.a + i.offset) % (1 << 64), i.width)
    check_units(processor.units, claim.budget)
    return Execution(
        outcome,
        processor.clk,
        processor.units,
        processor.instructions,
        processor.accesses,
        memory.outputs(),
        tuple(chunks) if keep_chunks else (),
        memory.final_bytes(),
        processor.pc,
        processor.c,
        memory.hidden[:NUM_HIDDEN_WORDS],
        np.array(processor.registers, dtype=np.uint64),
        violation,
    )


def _outcome(processor: Processor, budget: int) -> Outcome | None:
    if processor.pc in (EXIT_PC, FAULT_PC):
        return ended(processor.pc, processor.c)
    _, instruction = processor.next_instruction()
    if instruction.cost and processor.units >= budget:
        return out_of_budget(processor.pc)
    return None


def _chunk(index: int, pc: int, c: int, clk: int, units: int, registers: Sequence[int]) -> Chunk:
    return Chunk(
        index, pc, c, clk, units, 0, np.array(registers, dtype=np.uint64), np.zeros(0, dtype=np.uint64)
    )


def _close(chunk: Chunk, clk: int, log: list[int]) -> Chunk:
    words = np.array(log, dtype=np.uint64)
    log.clear()
    return Chunk(
        chunk.index,
        chunk.pc,
        chunk.c,
        chunk.clk,
        chunk.units,
        clk - chunk.clk,
        chunk.registers,
        words,
    )


def _replay(rom: Rom, regions: Sequence[Region], chunk: Chunk) -> tuple[Processor, Iterator[Event]]:
    words = iter(chunk.words.tolist())

    def fetch(_: int) -> int:
        word: int | None = next(words, None)
        if word is None:
            raise EmulatorError(f"chunk {chunk.index} reaches more words than it holds")
        return word

    processor = Processor(rom, regions, chunk, fetch, lambda *_: None)
    return processor, (processor.step() for _ in range(chunk.num_steps))


class Tracker:
    """The words that a chunk touches, and the Carry rows between their accesses."""

    def __init__(self, chunk: Chunk, arrivals: Sequence[int] | None) -> None:
        """Start with nothing touched. Without arrivals, first touches count as coming from time 0."""
        self.chunk, self.arrivals = chunk, arrivals
        self.touched: dict[int, list[int]] = {}
        self.carry: list[list[int]] = []

    def before(self, access: Access) -> int:
        """The time that the access consumes, which is that of a Carry row where the rule asks for one."""
        start = 4 * self.chunk.clk
        if access.key not in self.touched:
            if self.arrivals is not None and len(self.touched) >= len(self.arrivals):
                raise EmulatorError(f"chunk {self.chunk.index} touches more words than there are arrivals")
            last = int(self.arrivals[len(self.touched)]) if self.arrivals is not None else 0
            is_carried = self.chunk.index > 0 or access.time > SPAN
        else:
            last = self.touched[access.key][1]
            is_carried = access.time - last > SPAN
        if is_carried:
            grid = start + (access.time - 1 - start) // SPAN * SPAN
            self.carry.append([access.key, last, grid, access.old, access.attribute])
            last = grid
        first = self.touched.get(access.key, [0, 0, 0, 0, access.old])[4]
        self.touched[access.key] = [access.key, access.time, access.new, access.attribute, first]
        return last


def count(rom: Rom, regions: Sequence[Region], chunk: Chunk) -> Counts:
    """Count the rows of every stream; see `zisk_py.emulator.count`."""
    streams = dict.fromkeys(("steps", "narrow", "carry", "traps"), 0)
    streams |= {op.machine: 0 for op in OPERATIONS if op.is_external}
    tracker = Tracker(chunk, None)
    for event in _replay(rom, regions, chunk)[1]:
        streams["steps"] += 1
        streams["narrow"] += event.mode is Mode.NARROW
        streams["traps"] += event.mode is Mode.TRAP
        if event.instruction.op.is_external:
            streams[event.instruction.op.machine] += 1
        for access in event.accesses:
            tracker.before(access)
    streams["carry"] = len(tracker.carry)
    return Counts(streams, _table(list(tracker.touched.values()), 5))


def expand(rom: Rom, regions: Sequence[Region], chunk: Chunk, arrivals: U64Array) -> Records:
    """Write the records of a chunk; see `zisk_py.emulator.expand`."""
    operations: dict[str, list[list[int]]] = {op.machine: [] for op in OPERATIONS if op.is_external}
    steps: list[list[int]] = []
    narrow: list[list[int]] = []
    traps: list[list[int]] = []
    tracker = Tracker(chunk, arrivals.tolist())
    processor, events = _replay(rom, regions, chunk)
    for event in events:
        i, e = event.instruction, event
        befores = {id(access): tracker.before(access) for access in e.accesses}
        step = [0] * len(Step)
        step[:6] = [e.row, e.a, e.b, e.c, e.flag, e.units]
        step[Step.MODE], step[Step.ATTRIBUTE] = e.mode, 1
        if e.indirect:
            step[Step.KEY], step[Step.BYTE] = e.indirect[0].key, e.byte
        if e.mode is Mode.ALIGNED:
            step[Step.ATTRIBUTE] = e.indirect[0].attribute
        for access in e.accesses:
            if e.mode is Mode.NARROW and access in e.indirect:
                continue
            slot = access.time % 4
            step[Step.A_BEFORE + slot - 1] = befores[id(access)]
            if slot == 3:
                step[Step.STORE_OLD] = access.old
        steps.append(step)
        if e.mode is Mode.NARROW:
            words = [(w.key, w.old, befores[id(w)], w.attribute) for w in e.indirect]
            key, old, before, attribute = words[0]
            is_store = int(i.store is Store.INDIRECT)
            head = [e.indirect[0].time, key, e.byte, i.width, is_store, e.c, old, before, attribute]
            narrow.append(head + ([1, *words[1]] if len(words) == 2 else [0] * 5))
        if e.kind is not None:
            traps.append([e.a, i.offset % (1 << 64), i.width, e.kind])
        if i.op.is_external:
            operations[i.op.machine].append([i.op.code, e.a, e.b, e.c, e.flag])
    return Records(
        chunk,
        _table(steps, len(Step)),
        {machine: _table(rows, 5) for machine, rows in operations.items()},
        _table(narrow, len(Narrow)),
        _table(tracker.carry, 5),
        _table(traps, 4),
        processor.pc,
        processor.c,
        processor.units,
    )


def _table(rows: Sequence[Sequence[int]], width: int) -> U64Array:
    return np.array(rows, dtype=np.uint64).reshape(len(rows), width)
