"""Whole runs for the tests of the memory machines: small ROMs, the records of the reference emulator, sheets.

The bus CHAIN closes only over all machines of a run, so the tests look at all of them together. Lookups are
judged by what they mean (a number below 2^16, a pair of bytes), not by our own tables.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from harness import (
    Change,
    Message,
    Sheet,
    build,
    evaluate,
    fill,
    messages,
    operation_messages,
    row_says,
    tamper,
)

from zisk_py.emulator import reference
from zisk_py.emulator.ledger import merge
from zisk_py.emulator.records import Operands, Records, Touch
from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import Outcome
from zisk_py.isa.instruction import (
    INDIRECT,
    LAST_C,
    UNITS,
    Instruction,
    Operand,
    Store,
    hidden,
    immediate,
    register,
)
from zisk_py.isa.memory_map import (
    ENVIRONMENT_WORD,
    EXIT_PC,
    FAULT_PC,
    HIDDEN_KEY,
    OUTPUT_WORD,
    REGISTER_KEY,
    Region,
    RegionKind,
)
from zisk_py.isa.operations import ADD, LTU, OPERATIONS
from zisk_py.isa.rom import ImageSegment, Rom
from zisk_py.isa.rules import (
    ENVIRONMENT_RULE,
    NO_BUDGET,
    Claim,
    Quantity,
    RegionRule,
    RegisterRule,
    Rules,
)
from zisk_py.pil.system import System
from zisk_py.statemachines.boundary import MACHINE as BOUNDARY
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.carry import MACHINE as CARRY
from zisk_py.statemachines.fault.witness import MACHINE as FAULT
from zisk_py.statemachines.machine import Machine, Run
from zisk_py.statemachines.main import MACHINE as MAIN
from zisk_py.statemachines.narrow import MACHINES as NARROW_MACHINES
from zisk_py.statemachines.rom import MACHINES as ROM_MACHINES
from zisk_py.statemachines.statement import counted_messages, output_messages

NARROW, SHAPES = NARROW_MACHINES
ROM, IMAGE = ROM_MACHINES

TEXT, STACK, HEAP, INPUT = 1 << 32, 2 << 32, 3 << 32, 4 << 32
FRAME = 4096


# ---- programs


class Writer:
    """Writes rows one behind the other, from pc 0 in steps of 8 (each row is an instruction start)."""

    def __init__(self) -> None:
        """Start without rows."""
        self.rows: list[Instruction] = []

    @property
    def pc(self) -> int:
        """Where the next row will stand."""
        return 8 * len(self.rows)

    def row(self, **fields: object) -> None:
        """Add a row that goes on to the next one, and to the fault end where a guest access traps."""
        row = Instruction(self.pc, **{"cost": True, "j2": 8, "j1": 8, **fields})
        if row.is_indirect and row.guest:
            row = replace(row, j1=FAULT_PC - self.pc)
        self.rows.append(row)

    def move(self, to: int, b: Operand, **fields: object) -> None:
        """Copy a value to a register."""
        self.row(b=b, store=Store.KEYED, store_key=REGISTER_KEY + to, **fields)

    def load(self, to: int, base: int, offset: int, width: int = 8, **fields: object) -> None:
        """Load from guest memory at register `base` + offset."""
        self.move(to, INDIRECT, a=register(base), offset=offset, width=width, **fields)

    def store(self, base: int, offset: int, b: Operand, width: int = 8, **fields: object) -> None:
        """Store to guest memory at register `base` + offset."""
        self.row(a=register(base), b=b, store=Store.INDIRECT, offset=offset, width=width, **fields)

    def exit(self) -> None:
        """End the run with r0."""
        self.row(b=register(0), j2=EXIT_PC - self.pc)


def rules_of(rows: Sequence[Instruction], *, gapped: bool = True, input_size: int | Quantity = 0) -> Rules:
    """Four regions as Solana has them: read-only text, stack (v0: gapped), heap, input; r1 is the input."""
    return Rules(
        "test",
        len(rows),
        0,
        (
            RegionRule(RegionKind.IMAGE, TEXT, 20, writable=False),
            RegionRule(RegionKind.ZERO, STACK, 3 * 2 * FRAME + FRAME, writable=True, gapped=gapped),
            RegionRule(RegionKind.ZERO, HEAP, 4096, writable=True),
            RegionRule(RegionKind.INPUT, INPUT, input_size or Quantity.INPUT_LENGTH, writable=True),
            ENVIRONMENT_RULE,
        ),
        (
            RegisterRule(1, INPUT),
            RegisterRule(10, STACK + FRAME),
            RegisterRule(11, 0, Quantity.BUDGET),
        ),
    )


IMAGE_BYTES = bytes(range(1, 20))  # one short of the region: its last byte is zero


# ---- runs


@dataclass
class Instance:
    """One filled instance."""

    machine: Machine
    segment: int
    sheet: Sheet
    said: Counter[Message] = field(default_factory=Counter)


@dataclass
class MemoryRun:
    """A run with all instances of the memory machines."""

    rom: Rom
    run: Run
    records: tuple[Records, ...]
    outcome: Outcome
    instances: list[Instance]

    def sheet(self, machine: Machine, segment: int = -1) -> Sheet:
        """The sheet of a machine in a segment; by default the last one that has it."""
        found = [i for i in self.instances if i.machine is machine]
        return next(i.sheet for i in found if i.segment == segment) if segment >= 0 else found[-1].sheet

    def others(self, *replaced: Machine) -> Counter[Message]:
        """The stateful messages of the run, but for the last instances of some machines."""
        out = {id(self.sheet(machine)) for machine in replaced}
        total = self.outside()
        for instance in self.instances:
            if id(instance.sheet) not in out:
                add(total, stateful(instance.said))
        return clean(total)

    def outside(self) -> Counter[Message]:
        """What operation machines say, and the outputs that the verifier consumes."""
        total: Counter[Message] = Counter()
        for records in self.records:
            cases = [
                (OPERATIONS.by_code(int(row[Operands.CODE])), int(row[Operands.A]), int(row[Operands.B]))
                for rows in records.operations.values()
                for row in rows
            ]
            add(total, operation_messages(cases))
        for bus, values in output_messages(self.run.outputs):
            total[int(bus), values] -= 1
        return total


@lru_cache(maxsize=1)
def system() -> System:
    """All memory machines, compiled."""
    return build(MAIN, NARROW, CARRY, BOUNDARY, FAULT, ROM, IMAGE, SHAPES)


def height_of(rows: int) -> int:
    """The least height that holds the rows and one of padding, so that every sheet has a padding row."""
    return max(32, 1 << rows.bit_length())


def make_run(
    rows: Sequence[Instruction],
    rules: Rules,
    data: bytes = b"",
    *,
    chunk_size: int = 64,
    public: bool = False,
    budget: int = NO_BUDGET,
    environment: bytes = b"",
) -> MemoryRun:
    """Execute, expand and fill."""
    rom = Rom.from_instructions(rows, [ImageSegment(TEXT, IMAGE_BYTES)], rules)
    claim = Claim(len(data), budget=budget, public_input=data if public else None, environment=environment)
    regions = rules.start_regions(claim)
    execution = reference.execute(rom, claim, data, chunk_size=chunk_size)
    counts = [reference.count(rom, regions, chunk) for chunk in execution.chunks]
    arrivals, ledger = merge(counts)
    run = Run(rom, claim, data, with_output_words(ledger, execution.outputs), execution.outputs)
    records = tuple(
        reference.expand(rom, regions, chunk, arrival)
        for chunk, arrival in zip(execution.chunks, arrivals, strict=True)
    )
    instances = []
    for index, chunk in enumerate(records):
        sizes = {
            MAIN: len(chunk.steps) if index < len(records) - 1 else height_of(len(chunk.steps)),
            NARROW: len(chunk.narrow) and height_of(len(chunk.narrow)),
            CARRY: len(chunk.carry) and height_of(len(chunk.carry)),
            FAULT: len(chunk.traps) and height_of(len(chunk.traps)),
            BOUNDARY: height_of(len(run.ledger)) if index == len(records) - 1 else 0,
        }
        for machine, height in sizes.items():
            if height:
                sheet = fill(system(), machine, chunk, height, run)
                instances.append(Instance(machine, index, sheet, messages(sheet)))
    return MemoryRun(rom, run, records, execution.outcome, instances)


def with_output_words(ledger: np.ndarray, outputs: bytes) -> np.ndarray:
    """The ledger with a row for each output word that the verifier reads."""
    wanted = {values[0] for _, values in output_messages(outputs)} - set(ledger[:, Touch.KEY].tolist())
    rows = np.array([(key, 0, 0, 1, 0) for key in sorted(wanted)], dtype=np.uint64).reshape(-1, len(Touch))
    merged = np.concatenate([ledger, rows])
    return merged[np.argsort(merged[:, Touch.KEY])]


# ---- what lookups mean


@dataclass(frozen=True)
class Where(Container[tuple[int, ...]]):
    """A table that is a rule."""

    rule: Callable[[tuple[int, ...]], bool]

    def __contains__(self, values: object) -> bool:
        """Whether the table has the tuple."""
        return self.rule(values)  # type: ignore[arg-type]


NUMBERS = {
    int(Bus.RANGE16): Where(lambda values: values[0] < 1 << 16),
    int(Bus.BYTES): Where(lambda values: values[0] < 256 and values[1] < 256),
}


def known_tables(run: MemoryRun) -> Mapping[int, Container[tuple[int, ...]]]:
    """Every table of a run: bus -> tuples."""
    air = system().air
    found: dict[int, set[tuple[int, ...]]] = {int(Bus.SHAPE): set(shapes())}
    found[int(Bus.ROM)] = {tuple(row) for row in run.rom.rows.tolist()}
    found[int(Bus.INIT)] = {tuple(row) for row in IMAGE.program_columns(air("Image"), run.rom).tolist()}
    for bus, values in counted_messages(run.rom.rules, run.run.claim):
        found.setdefault(int(bus), set()).add(tuple(values))
    return {**NUMBERS, **found}


@lru_cache(maxsize=1)
def shapes() -> frozenset[tuple[int, ...]]:
    """The rows of Shapes, as compiled."""
    columns = {column.name: column.values for column in system().air("Shapes").fixed}
    names = ("BYTE", "WIDTH", "IS_STORE", "IS_TWO", "SKIP", "ATTRIBUTE", "ATTRIBUTE2")
    return frozenset(zip(*(columns[name] for name in names), strict=True))


STATEFUL = {int(Bus.CHAIN), int(Bus.NARROW), int(Bus.FAULT), int(Bus.OPERATION), int(Bus.OUT)}


def stateful(said: Counter[Message]) -> Counter[Message]:
    """The messages that are not lookups."""
    return Counter({key: count for key, count in said.items() if key[0] in STATEFUL})


def add(total: Counter[Message], more: Mapping[Message, int]) -> None:
    """Add counts modulo p."""
    for key, count in more.items():
        total[key] = (total[key] + count) % P


def clean(total: Counter[Message]) -> Counter[Message]:
    """Without what sums to zero."""
    return Counter({key: count % P for key, count in total.items() if count % P})


# ---- judging a run, and forgeries of it


def complaints(run: MemoryRun, forged: Mapping[Machine, Sheet] | None = None) -> list[str]:
    """All that is wrong with a run whose last instances of some machines are replaced by forged ones."""
    forged = forged or {}
    sheets = [forged[m] for m in forged] if forged else [i.sheet for i in run.instances]
    total = run.others(*forged) if forged else run.outside()
    known = known_tables(run)
    found = []
    for sheet in sheets:
        for row in range(len(sheet.rows)):
            found += row_says(sheet, row).broken
        said = messages(sheet)
        add(total, stateful(said))
        for (bus, values), count in said.items():
            if bus in known and (values not in known[bus] or P - count > 64 * len(sheet.rows)):
                found.append(f"{sheet.air.name}: {Bus(bus).name} has no {values}")
            elif bus not in known and bus not in STATEFUL:
                found.append(f"{sheet.air.name}: nobody answers {Bus(bus).name} {values}")
    found += [
        f"{Bus(bus).name} {values} is left over {count}" for (bus, values), count in clean(total).items()
    ]
    return found


def reasons(sheet: Sheet, known: Mapping[int, Container[tuple[int, ...]]], rows: Iterable[int]) -> set[str]:
    """Why rows are refused: constraints that fail and lookups that no table has, `air: text #index` each.

    The multiplicity of a lookup is not judged: a table may answer any number of times.
    """
    found = set()
    for row in rows:
        values = evaluate(sheet, row)
        for index, constraint in enumerate(sheet.air.constraints):
            if values[constraint.node]:
                found.add(f"{sheet.air.name}: {constraint.source.text} #c{index}")
        for index, lookup in enumerate(sheet.air.interactions):
            is_lookup = lookup.sign < 0 and lookup.bus in known and values[lookup.multiplicity]
            if is_lookup and tuple(values[node] for node in lookup.values) not in known[lookup.bus]:
                found.add(f"{sheet.air.name}: {lookup.source.text} #i{index}")
    return found


def all_reasons(sheet: Sheet) -> set[str]:
    """Every constraint and lookup of an air, as `reasons` names them."""
    lookups = {*NUMBERS, int(Bus.SHAPE), int(Bus.ROM), int(Bus.INIT), int(Bus.REGION), int(Bus.HOLE)}
    found = {f"{sheet.air.name}: {c.source.text} #c{index}" for index, c in enumerate(sheet.air.constraints)}
    return found | {
        f"{sheet.air.name}: {lookup.source.text} #i{index}"
        for index, lookup in enumerate(sheet.air.interactions)
        if lookup.sign < 0 and lookup.bus in lookups
    }


Used = Callable[[Sheet, int], bool]


def loose_cells(run: MemoryRun, sheet: Sheet, rows: Iterable[int], free: Mapping[str, Used]) -> list[Change]:
    """Changes of single cells that nothing notices, but for those that `free` (column -> when) allows."""
    return tamper(
        sheet,
        known_tables(run),  # type: ignore[arg-type]
        rows,
        allowed=lambda change: change.column in free and free[change.column](sheet, change.row),
    )


def sample_rows(sheet: Sheet, live: str = "live") -> list[int]:
    """First, middle and last live row, and the first and last padding row."""
    num_live = sum(sheet[row, live] for row in range(len(sheet.rows)))
    return sorted({0, num_live // 2, num_live - 1, min(num_live, len(sheet.rows) - 1), len(sheet.rows) - 1})


def find_rows(sheet: Sheet, **cells: int) -> Iterator[int]:
    """Rows that have these values."""
    for row in range(len(sheet.rows)):
        if all(sheet[row, name] == value for name, value in cells.items()):
            yield row


# ---- the programs that the tests share


def everything(last: Callable[[Writer], None] = Writer.exit) -> Writer:
    """One of each kind of access, source and store; `last` writes the end."""
    w = Writer()
    w.move(2, immediate(0x1122334455667788))
    w.move(3, immediate(HEAP))
    w.move(4, immediate(TEXT))
    w.move(5, immediate(0xFFFFFFFFFFFFFFF8))  # HEAP is reached from it by a sum that wraps
    w.move(6, immediate(STACK + FRAME - 3))  # the last bytes of frame 0
    # Aligned words: stack, heap through offsets of both signs, read-only text, input.
    w.store(10, -8, register(2))
    w.load(7, 10, -8)
    w.store(3, 16, LAST_C)
    w.load(7, 4, 8)
    w.load(7, 1, 0)
    w.row(op=ADD, a=register(5), b=immediate(8 + HEAP), store=Store.KEYED, store_key=REGISTER_KEY + 8)
    # Narrow: each width, both ends of a word, two words of a frame, across the gap, the last partial word.
    for width in (1, 2, 4):
        w.load(7, 4, 8 - width, width)
        w.store(3, 24 - width, register(2), width)
    for width, offset in ((8, 1), (4, 6), (2, 7), (8, 7)):
        w.store(3, 32 + offset, register(2), width)
        w.load(7, 3, 32 + offset, width)
    w.store(6, 0, register(2))
    w.load(7, 6, 0)
    w.load(7, 6, 1, 4)
    w.load(7, 4, 16, 4)
    w.load(7, 4, 13, 4)
    w.store(1, 16, register(2), 1)
    w.load(7, 1, 16, 1)
    # Hidden words by constant key and by number in a register; last c as a and b; units; a computed jump.
    w.row(b=register(2), store=Store.KEYED, store_key=HIDDEN_KEY + 5)
    w.move(9, hidden(5), cost=False)
    w.move(12, immediate(3))
    w.row(a=LAST_C, b=register(2), store=Store.INDIRECT, guest=False, offset=4)
    w.row(a=register(12), b=INDIRECT, store=Store.KEYED, store_key=REGISTER_KEY + 13, guest=False, offset=4)
    w.move(14, UNITS)
    w.row(b=immediate(7), charge=True)
    w.row(op=LTU, a=immediate(3), b=immediate(9), j1=16, j2=8)  # taken
    w.row()  # not run
    w.row(b=immediate(w.pc // 8 + 2), set_pc=True, j1=0)
    w.row()  # not run
    # The output: eight bytes.
    w.row(b=immediate(8), store=Store.KEYED, store_key=HIDDEN_KEY + OUTPUT_WORD)
    w.row(b=register(2), store=Store.KEYED, store_key=HIDDEN_KEY + OUTPUT_WORD + 1)
    w.move(0, immediate(42))
    last(w)
    return w


INPUT_BYTES = bytes(range(100, 117))  # two whole words and one byte
ENVIRONMENT_BYTES = bytes(range(1, 33))


@lru_cache(maxsize=4)
def full_run(public: bool = False, chunk_size: int = 32) -> MemoryRun:
    """The run of `everything`, in two segments."""
    w = everything()
    return make_run(w.rows, rules_of(w.rows), INPUT_BYTES, public=public, chunk_size=chunk_size)


@lru_cache(maxsize=1)
def environment_run() -> MemoryRun:
    """A run that reads words of the environment by key and by number, and writes one of them."""
    w = Writer()
    w.move(2, hidden(ENVIRONMENT_WORD + 1))
    w.row(
        a=immediate(ENVIRONMENT_WORD),
        b=INDIRECT,
        store=Store.KEYED,
        store_key=HIDDEN_KEY + ENVIRONMENT_WORD,
        guest=False,
        offset=3,
    )
    w.move(0, hidden(ENVIRONMENT_WORD))
    w.exit()
    return make_run(w.rows, rules_of(w.rows), environment=ENVIRONMENT_BYTES)


@lru_cache(maxsize=16)
def trap_run(address: int, width: int, is_store: bool, gapped: bool = True) -> MemoryRun:
    """A run whose second step is an access at `address`."""
    w = Writer()
    w.move(2, immediate((address - 5) % (1 << 64)))
    if is_store:
        w.store(2, 5, register(3), width)
    else:
        w.load(3, 2, 5, width)
    w.exit()
    return make_run(w.rows, rules_of(w.rows, gapped=gapped), INPUT_BYTES)


def regions_of(run: MemoryRun) -> tuple[Region, ...]:
    """The regions of a run."""
    return run.rom.rules.start_regions(run.run.claim)
