"""Corrupts one step of a run while its witness is made, and builds all that a prover would then send.

Ways to go on after the corruption:

    RUN     EXECUTE, COUNT and EXPAND go on from the corrupted state: the rest is consistent with the lie, and
            the statement says what the run then did
    EXPAND  only EXPAND goes on from it; the statement says what its records end with
    RECORD  nothing goes on: one cell of one record is another
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from unittest.mock import patch

import numpy as np

from attack_free import is_explained, is_listed, is_live
from attack_runs import Run, Segments, is_table
from forged_runs import Lies, lying
from zisk_py import emulator
from zisk_py.emulator import reference
from zisk_py.emulator.limits import ended
from zisk_py.emulator.records import Counts, Mode, Records, Step, Touch, U64Array
from zisk_py.errors import ZiskError
from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import Instruction, Operand, Source, register
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC, NUM_REGISTERS, REGISTER_KEY, Region
from zisk_py.isa.operations import OPERATIONS
from zisk_py.pil.system import Air
from zisk_py.statemachines.fault import witness as fault_witness
from zisk_py.statemachines.fault.holes import Hole
from zisk_py.statemachines.machine import Trace
from zisk_py.statemachines.statement import Statement

WORD = 1 << 64
EVERYWHERE = [
    Hole(kind, False, 0, WORD - 1) for kind in (FaultKind.LOAD_VIOLATION, FaultKind.STORE_VIOLATION)
]
MAX_STEPS = 4096  # a corrupted run may never end


class Way(Enum):
    """Who believes the corruption."""

    RUN = auto()
    EXPAND = auto()
    RECORD = auto()


class Site(Enum):
    """What is corrupted in a step."""

    INSTRUCTION = auto()  # a field of the row that is run
    ROW = auto()  # another row of the ROM is run
    PC = auto()
    REGISTER = auto()
    OPERAND = auto()  # a or b, as it is read
    MEMORY = auto()  # the word that an access finds
    REGIONS = auto()  # where accesses may go, and whether they trap
    RESULT = auto()
    FLAG = auto()
    UNITS = auto()
    CLOCK = auto()


# An execution has one clock; and where an access traps, or no longer does, a run has another length.
ONLY = {Site.CLOCK: Way.EXPAND, Site.REGIONS: Way.RUN}


@dataclass(frozen=True)
class Fault:
    """One corruption; `number` decides all that is left open."""

    way: Way
    site: Site | None  # None for a record
    step: int
    number: int


def twisted(value: int, rng: random.Random) -> int:
    """Another 64-bit word, most often a near one."""
    change = rng.randrange(7)
    return (
        value ^ 1 << rng.randrange(64),
        value + 1,
        value - 1,
        0,
        rng.getrandbits(64),
        value + P,
        rng.getrandbits(16),
    )[change] % WORD


# ---- the processor that fails once


def failing(fault: Fault) -> type[reference.Processor]:
    """The processor of the reference emulator, but for one step."""

    class Failing(reference.Processor):
        def __init__(self, rom, regions, start, fetch, put):
            self.rng = random.Random(fault.number)
            self.is_replay = start.num_steps > 0
            self.memory = fetch, put
            self.has_failed = self.has_found = False
            super().__init__(rom, regions, start, self.find, put)

        def is_now(self, *sites):
            return self.clk == fault.step and fault.site in sites

        def step(self):
            if self.has_failed or self.clk != fault.step:
                return super().step()
            self.has_failed = True
            regions = self.regions
            self.fail()
            event = super().step()
            self.regions = regions
            return event

        def fail(self):
            rng = self.rng
            if fault.site is Site.PC:
                self.pc = rng.choice(sorted(self.row_of))
            elif fault.site is Site.REGISTER:
                number = self.some_register()
                self.registers[number] = twisted(self.registers[number], rng)
            elif fault.site is Site.UNITS:
                self.units = twisted(self.units, rng) % (1 << 20)
            elif fault.site is Site.CLOCK:
                self.clk += rng.choice((1, 2, 100, 1 << 14))
            elif fault.site is Site.REGIONS:
                self.regions = [other_region(region, fault.number % 3) for region in self.regions]

        def some_register(self):
            _, i = super().next_instruction()
            read = [o.value - REGISTER_KEY for o in (i.a, i.b) if o.source is Source.KEYED]
            known = [number for number in read if number < NUM_REGISTERS]
            return self.rng.choice([*known, *known, self.rng.randrange(12)])

        def next_instruction(self):
            row, i = super().next_instruction()
            if not self.is_now(Site.INSTRUCTION, Site.ROW, Site.RESULT, Site.FLAG):
                return row, i
            rng = random.Random(fault.number)
            if fault.site is Site.INSTRUCTION:
                return row, corrupted(i, rng)
            if fault.site is Site.ROW:
                other = rng.randrange(len(self.rom.rows))
                return other, self.rom.instruction(other)
            return row, replace(i, op=replace(i.op, semantics=wrong(i, fault.site, fault.number)))

        def operand(self, operand, slot, accesses):
            value = super().operand(operand, slot, accesses)
            is_hit = self.is_now(Site.OPERAND) and slot == 1 + fault.number % 2
            return twisted(value, random.Random(fault.number)) if is_hit else value

        def find(self, key):
            fetch, put = self.memory
            is_hit = self.is_now(Site.MEMORY) and not self.has_found
            if is_hit and not self.is_replay and fault.way is Way.RUN:
                put(key, twisted(0, random.Random(fault.number)))
            value = fetch(key)
            if is_hit and fault.way is Way.EXPAND:
                value = twisted(value, random.Random(fault.number))
            self.has_found |= is_hit
            return value

    return Failing


def other_region(region: Region, change: int) -> Region:
    """A region of nearly no bytes, one that may be written, or one without gaps."""
    return replace(region, **({"size": 4}, {"writable": True}, {"gapped": False})[change])


def wrong(i: Instruction, site: Site, number: int):
    """The semantics of a row, with a wrong result or a wrong flag."""

    def semantics(a: int, b: int) -> tuple[int, int]:
        c, flag = i.op.semantics(a, b)
        return (c, 1 - flag) if site is Site.FLAG else (twisted(c, random.Random(number)), flag)

    return semantics


def corrupted(i: Instruction, rng: random.Random) -> Instruction:
    """The row with another value in one of its fields."""
    name = rng.choice(
        ("op", "a", "b", "store_key", "offset", "width", "set_pc", "cost", "charge", "j1", "j2")
    )
    value = getattr(i, name)
    match value:
        case Operand(source=Source.IMMEDIATE):
            value = Operand(Source.IMMEDIATE, twisted(value.value, rng))
        case Operand():
            value = rng.choice(
                (register(rng.randrange(12)), Operand(Source.LAST_C), Operand(Source.IMMEDIATE))
            )
        case bool():
            value = not value
        case int():
            other = {"store_key": REGISTER_KEY + rng.randrange(12), "width": rng.choice((1, 2, 4, 8))}
            value = other.get(name, value + rng.choice((-8, -1, 1, 8)))
        case _:
            value = rng.choice(list(OPERATIONS))
    return replace(i, **{name: value})


# ---- the witness of a run that failed


@contextmanager
def failing_emulator(fault: Fault) -> Iterator[None]:
    """The reference emulator stands for the compiled one, and fails."""
    merge = emulator.merge

    def merge_anyhow(counts: list[Counts]) -> tuple[tuple[U64Array, ...], U64Array]:
        """The chunks as if each found every word as the one before left it."""
        last: dict[int, int] = {}
        for touched in (chunk.touched for chunk in counts):
            for row in touched:
                row[Touch.FIRST] = last.get(int(row[Touch.KEY]), int(row[Touch.FIRST]))
                last[int(row[Touch.KEY])] = int(row[Touch.VALUE])
        return merge(counts)

    with ExitStack() as stack:
        stack.enter_context(lying(Lies()))
        stack.enter_context(patch.object(reference, "Processor", failing(fault)))
        stack.enter_context(patch.object(emulator, "merge", merge_anyhow))
        known = fault_witness.holes
        stack.enter_context(
            patch.object(fault_witness, "holes", lambda regions: [*known(regions), *EVERYWHERE])
        )
        yield


def build(run: Run, fault: Fault) -> tuple[Statement, Segments]:
    """Statement and traces of the failed run. Raises ZiskError where none can be made."""
    if fault.way is Way.RUN:
        return _build_run(run, fault)
    index = _segment_of(run, fault.step)
    with ExitStack() as stack:
        if fault.way is Way.EXPAND:
            stack.enter_context(failing_emulator(fault))
        else:
            records, ledger = _with_another_cell(run, index, fault)
            stack.enter_context(patch.object(emulator, "expand", lambda *arguments: records))
            honest = run.witness._run
            stack.enter_context(patch.object(run.witness, "_run", replace(honest, ledger=ledger)))
            index = len(run.segments) - 1 if ledger is not honest.ledger else index
        made = _canonical(run.witness.segment(index))
    segments = [made if number == index else segment for number, segment in enumerate(run.segments)]
    return _stating_the_end(run, segments), segments


def _build_run(run: Run, fault: Fault) -> tuple[Statement, Segments]:
    subject = run.subject
    with failing_emulator(fault):
        execution = emulator.execute(
            subject.rom, run.claim, subject.data, chunk_size=subject.chunk_size, max_steps=MAX_STEPS
        )
        witness = run.witness_of(execution)
        segments = [_canonical(witness.segment(index)) for index in range(witness.num_segments)]
    return witness.statement(), segments


def _canonical(segment: list[Trace]) -> list[Trace]:
    """Cells below p: a corrupted record can make others, which are the same field elements."""
    p = np.uint64(P)
    return [replace(t, matrix=np.where(t.matrix < p, t.matrix, t.matrix - p)) for t in segment]


def _segment_of(run: Run, step: int) -> int:
    return max(chunk.index for chunk in run.execution.chunks if chunk.clk <= step)


def _stating_the_end(run: Run, segments: Segments) -> Statement:
    """The statement of the honest run, with the end of the last segment."""
    main = segments[-1][0]
    end = dict(zip(run.system.air("Main").air_values, main.air_values, strict=True))
    outcome = run.statement.outcome
    if end["end_pc"] in (EXIT_PC, FAULT_PC):
        outcome = ended(end["end_pc"], end["end_c0"] | end["end_c1"] << 32)
    return replace(run.statement, outcome=outcome, steps=end["end_clk"], compute_units=end["end_units"])


def _with_another_cell(run: Run, index: int, fault: Fault) -> tuple[Records, U64Array]:
    """The records of a chunk and the ledger, with one cell changed in either."""
    rng = random.Random(fault.number)
    records, ledger = run.records[index], run.witness._run.ledger
    streams = {name: getattr(records, name) for name in ("steps", "narrow", "carry", "traps")}
    streams |= records.operations
    places = [name for name, rows in streams.items() if len(rows)]
    place = rng.choice([*places, *["steps"] * 3, "ledger", "end_pc", "end_c", "end_units"])
    if place.startswith("end_"):
        return replace(records, **{place: twisted(getattr(records, place), rng)}), ledger
    rows = (ledger if place == "ledger" else streams[place]).copy()
    row, column = rng.randrange(len(rows)), rng.randrange(rows.shape[1])
    if place == "steps":
        row = fault.step - records.chunk.clk
    value = twisted(int(rows[row, column]), rng)
    rows[row, column] = value % len(run.subject.rom.rows) if (place, column) == ("steps", Step.ROW) else value
    if place == "ledger":
        return run.records[-1], rows
    if place in records.operations:
        return replace(records, operations={**records.operations, place: rows}), ledger
    return replace(records, **{place: rows}), ledger


# ---- what came of it


class Fate(Enum):
    """What came of a corruption."""

    IMPOSSIBLE = "no witness can be made"
    NOTHING = "nothing is changed"
    FREE = "only free cells are changed"
    REFUSED = "refused"
    ACCEPTED = "accepted"


def input_of(run: Run, segments: Segments) -> bytes:
    """The private input of traces: what Boundary opens, and the honest input where no word is opened."""
    boundary = next(trace for trace in segments[-1] if trace.air == "Boundary")
    air, data = run.system.air("Boundary"), bytearray(run.subject.data)
    for row in boundary.matrix:
        cell = partial(_cell, air, row)
        if cell("live") and cell("is_private"):
            word = (cell("initial0") | cell("initial1") << 32).to_bytes(8, "little")
            start = 8 * cell("word")
            data[start : start + 8] = word[: len(data) - start]
    return bytes(data)


def fate(run: Run, fault: Fault) -> tuple[Fate, set[str]]:
    """Corrupt, build, judge; the fate and the refusals."""
    try:
        statement, segments = build(run, fault)
    except ZiskError as error:
        return Fate.IMPOSSIBLE, {type(error).__name__}
    refusals = run.refusals(statement, segments)
    if refusals:
        return Fate.REFUSED, refusals
    honest = replace(run.statement, multiplicities=statement.multiplicities)
    if statement != honest or _shape(segments) != _shape(run.segments):
        return Fate.ACCEPTED, set()
    changed = list(_changed_cells(run, segments))
    if all(changed):
        return Fate.FREE if changed else Fate.NOTHING, set()
    return Fate.ACCEPTED, set()


def _shape(segments: Segments) -> list[list[tuple[str, int, tuple[int, ...]]]]:
    return [[(trace.air, len(trace.matrix), trace.air_values) for trace in segment] for segment in segments]


def _changed_cells(run: Run, segments: Segments) -> Iterator[bool]:
    """For each cell that is not that of the honest run: whether it is free.

    Either the tests of the machine list it, or its README names it and the row says what it said before: then
    cells that only each other read have changed together.
    """
    for honest_segment, segment in zip(run.segments, segments, strict=True):
        for honest, trace in zip(honest_segment, segment, strict=True):
            changed = np.argwhere(trace.matrix != honest.matrix)
            if is_table(trace.air) or not len(changed):
                continue
            air, judge = run.system.air(trace.air), run.judges[trace.air]
            says_else = judge.judge(trace).said != judge.judge(honest).said
            for row, column in changed.tolist():
                cell = partial(_cell, air, honest.matrix[row])
                name = air.columns[column].name
                is_tied = not says_else[row] and is_explained(air.name, name, is_live(air.name, cell))
                yield is_tied or is_listed(air.name, name, row, cell)


def _cell(air: Air, cells: U64Array, name: str) -> int:
    return int(cells[air.column(name)])


def faults(run: Run, count: int, seed: int) -> Iterator[Fault]:
    """Random corruptions; those of memory at steps that make an access."""
    rng = random.Random(seed)
    steps = np.concatenate([records.steps[:, Step.MODE] for records in run.records])
    accesses = np.flatnonzero(steps != Mode.NONE).tolist() or [0]
    for _ in range(count):
        way = rng.choice(list(Way))
        site = None if way is Way.RECORD else rng.choice(list(Site))
        way = ONLY.get(site, way)
        at_access = site in (Site.MEMORY, Site.REGIONS)
        yield Fault(
            way, site, rng.choice(accesses) if at_access else rng.randrange(len(steps)), rng.getrandbits(64)
        )
