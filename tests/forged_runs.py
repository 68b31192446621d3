"""Whole runs to be forged, and a judge that decides as verification does, but without cryptography.

A forgery is told in two ways, which can be combined:

    Lies     the reference emulator is lied to (a result, a word that is read, where an address leads) and
             goes on from there, so that the lie is the same on all machines and in all segments
    cells    the cells, air values and statement of a `ForgedRun` are changed by hand

`ForgedRun.refusals` then counts all lookups anew, from the forged cells: a table refuses only tuples that
it does not have. Each run is made once without lies too, and that twin must be accepted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import mul
from types import MappingProxyType
from unittest.mock import patch

import numpy as np

from zisk_py import emulator
from zisk_py.emulator import reference
from zisk_py.emulator.records import Touch
from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import Outcome
from zisk_py.isa.instruction import INDIRECT, Instruction, Operand, Store, register
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC, NUM_REGISTERS, REGISTER_KEY, RegionKind
from zisk_py.isa.rom import ImageSegment, Rom
from zisk_py.isa.rules import Claim, Quantity, RegionRule, RegisterRule, Rules
from zisk_py.pil.checker import check
from zisk_py.pil.report import Unmatched
from zisk_py.pil.system import FixedColumn, Interaction, System
from zisk_py.stark import commit_program, profile, prover
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.key import ProgramCommitment, VerifyingKey
from zisk_py.stark.layout import Instance
from zisk_py.stark.options import LOG_CAP
from zisk_py.stark.proving_key import ProvingKey, setup
from zisk_py.stark.statement import check_statement
from zisk_py.statemachines import witness as run_witness
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.constraint_system import constraint_system, proving_key, verifying_key
from zisk_py.statemachines.fault import witness as fault_witness
from zisk_py.statemachines.fault.holes import Hole
from zisk_py.statemachines.machine import Scope, Trace
from zisk_py.statemachines.multiplicities import Tally
from zisk_py.statemachines.registry import MACHINES
from zisk_py.statemachines.statement import (
    ProgramHeader,
    Statement,
    check_claim,
    check_instances,
    counted_messages,
)
from zisk_py.statemachines.verification import statement_messages, verify_run
from zisk_py.statemachines.witness import Witness, fixed_matrix, program_matrices
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

TEXT, STACK, HEAP, INPUT = 1 << 32, 2 << 32, 3 << 32, 4 << 32
FRAME = 4096
COUNTED = {"instructions": "is_instruction", "memory_operations": "is_memory_operation"}
IMAGE = bytes(range(1, 21))  # the last word is partial: four bytes

STANDARD_REGIONS = (
    RegionRule(RegionKind.IMAGE, TEXT, len(IMAGE), writable=False),
    RegionRule(RegionKind.ZERO, STACK, 3 * 2 * FRAME + FRAME, writable=True, gapped=True),
    RegionRule(RegionKind.ZERO, HEAP, 4096, writable=True),
    RegionRule(RegionKind.INPUT, INPUT, Quantity.INPUT_LENGTH, writable=True),
)


# ---- programs


def bpf(source: str) -> Rom:
    """A program from eBPF assembly."""
    return transpile(assemble(source).text, target="ebpf")


class Rows:
    """Writes the rows of a ROM one behind the other, from pc 0 in steps of 8: each starts an instruction."""

    def __init__(self) -> None:
        """Start without rows."""
        self.rows: list[Instruction] = []

    @property
    def pc(self) -> int:
        """Where the next row will stand."""
        return 8 * len(self.rows)

    def row(self, **fields: object) -> "Rows":
        """A row that goes on to the next one, and to the fault end where a guest access traps."""
        row = Instruction(**{"pc": self.pc, "cost": True, "j2": 8, "j1": 8, **fields})
        if row.is_indirect and row.guest:
            row = replace(row, j1=FAULT_PC - self.pc)
        self.rows.append(row)
        return self

    def move(self, to: int, b: Operand, **fields: object) -> "Rows":
        """Copy a value to a register."""
        return self.row(b=b, store=Store.KEYED, store_key=REGISTER_KEY + to, **fields)

    def load(self, to: int, base: int, offset: int = 0, width: int = 8, **fields: object) -> "Rows":
        """Load from memory at register `base` + offset."""
        return self.move(to, INDIRECT, a=register(base), offset=offset, width=width, **fields)

    def store(self, base: int, offset: int, b: Operand, width: int = 8, **fields: object) -> "Rows":
        """Store to memory at register `base` + offset."""
        return self.row(a=register(base), b=b, store=Store.INDIRECT, offset=offset, width=width, **fields)

    def exit(self, regions: Sequence[RegionRule] = STANDARD_REGIONS) -> Rom:
        """End the run with r0; the program. r2 to r5 point at the standard regions, r10 at a frame's end.

        r11 is the budget.
        """
        self.row(b=register(0), j2=EXIT_PC - self.pc)
        rules = Rules(
            "test",
            len(self.rows),
            0,
            tuple(regions),
            (
                RegisterRule(2, TEXT),
                RegisterRule(3, STACK),
                RegisterRule(4, HEAP),
                RegisterRule(5, INPUT),
                RegisterRule(10, STACK + FRAME),
                RegisterRule(11, 0, Quantity.BUDGET),
            ),
        )
        has_image = any(rule.kind is RegionKind.IMAGE for rule in regions)
        return Rom.from_instructions(self.rows, [ImageSegment(TEXT, IMAGE)] if has_image else [], rules)


# ---- lies


@dataclass(frozen=True)
class Lies:
    """What the emulator is made to believe. Steps are counted over the run; times are 4 * step + slot."""

    results: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # step -> c, flag
    instructions: Mapping[int, Callable[[Instruction], Instruction]] = field(default_factory=dict)  # step ->
    reads: Mapping[int, int] = field(default_factory=dict)  # time -> the word that is read
    loads: Mapping[int, int] = field(default_factory=dict)  # step -> the value that is loaded
    reach: Mapping[int, list[tuple[int, int]]] = field(default_factory=dict)  # address -> keys and attributes
    words: Mapping[int, int] = field(default_factory=dict)  # key of a word that is in no region -> its value
    stop: Mapping[int, Outcome] = field(default_factory=dict)  # step -> the run ends before it
    holes: tuple[Hole, ...] = ()  # holes that Fault believes in before the true ones


def _processor(lies: Lies, clock: list[int]) -> type[reference.Processor]:
    """The processor that believes the lies; it leaves the step in `clock`."""

    class Liar(reference.Processor):
        def __init__(self, rom, regions, start, fetch, put):
            self.unknown = dict(lies.words)
            self.known = (fetch, put)
            super().__init__(rom, regions, start, self.find, self.replace)

        def find(self, key):
            if REGISTER_KEY <= key < REGISTER_KEY + NUM_REGISTERS:
                return self.registers[key - REGISTER_KEY]
            return self.unknown[key] if key in self.unknown else self.known[0](key)

        def replace(self, key, value):
            if REGISTER_KEY <= key < REGISTER_KEY + NUM_REGISTERS:
                self.registers[key - REGISTER_KEY] = value
            elif key in self.unknown:
                self.unknown[key] = value
            else:
                self.known[1](key, value)

        def next_instruction(self):
            row, instruction = super().next_instruction()
            if self.clk in lies.instructions:
                instruction = lies.instructions[self.clk](instruction)
            if self.clk in lies.results:
                result = lies.results[self.clk]
                instruction = replace(instruction, op=replace(instruction.op, semantics=lambda a, b: result))
            return row, instruction

        def step(self):
            clock[0] = self.clk
            return super().step()

        def access(self, time, key, new=None, attribute=1):
            found = super().access(time, key, new, attribute)
            value = lies.reads.get(time, found.old)
            return replace(found, old=value, new=value if new is None else new)

    return Liar


@contextmanager
def lying(lies: Lies) -> Iterator[None]:
    """The reference emulator, in place of the compiled one, believes the lies."""
    clock = [0]
    cut, reach, merge, outcome = reference.cut, reference.reach, emulator.merge, reference._outcome
    holes = fault_witness.holes

    def merge_known(counts):
        arrivals, ledger = merge(counts)
        return arrivals, ledger[~np.isin(ledger[:, Touch.KEY], np.array(list(lies.words), dtype=np.uint64))]

    patches = {
        (reference, "Processor"): _processor(lies, clock),
        (reference, "cut"): lambda words, byte, width: lies.loads.get(clock[0], cut(words, byte, width)),
        (reference, "reach"): lambda regions, address, *rest: lies.reach.get(
            address, reach(regions, address, *rest)
        ),
        (reference, "check_hidden"): lambda key, pc, num_environment: None,
        (reference, "_outcome"): lambda p, budget: lies.stop.get(p.clk) or outcome(p, budget),
        (reference, "check_limits"): lambda *limits: None,
        (reference, "check_units"): lambda *units: None,
        (fault_witness, "holes"): lambda regions: [*lies.holes, *holes(regions)],
        (emulator, "merge"): merge_known,
        (run_witness, "Tally"): _NoTally,
        (run_witness, "fixed_matrix"): lambda system, name: _fixed_matrix(name),
        **{(emulator, name): getattr(reference, name) for name in ("execute", "count", "expand")},
    }
    with ExitStack() as stack:
        for (module, name), value in patches.items():
            stack.enter_context(patch.object(module, name, value, create=True))
        yield


# ---- runs


class Cells:
    """One instance, by row and column name; `values` are its air values."""

    def __init__(self, system: System, trace: Trace) -> None:
        """Take a copy of a trace."""
        self.system, self.air = system, system.air(trace.air)
        self.matrix = trace.matrix.copy()
        self.values = dict(zip(self.air.air_values, trace.air_values, strict=True))

    def __getitem__(self, cell: tuple[int, str]) -> int:
        """The cell of (row, column name)."""
        return int(self.matrix[cell[0], self.air.column(cell[1])])

    def __setitem__(self, cell: tuple[int, str], value: int) -> None:
        """Change the cell of (row, column name)."""
        self.matrix[cell[0], self.air.column(cell[1])] = value % P

    def put(self, row: int, cells: Mapping[str, int] | None = None, **more: int) -> None:
        """Change some cells of a row."""
        for name, value in {**(cells or {}), **more}.items():
            self[row, name] = value

    def find(self, **cells: int) -> list[int]:
        """The rows that have these values."""
        columns = [self.matrix[:, self.air.column(name)] == np.uint64(v % P) for name, v in cells.items()]
        return [int(row) for row in np.flatnonzero(np.logical_and.reduce(columns))]

    def only(self, **cells: int) -> int:
        """The one row that has these values."""
        (row,) = self.find(**cells)
        return row

    def insert(self, row: int, copied: int) -> None:
        """Put a copy of row `copied` before `row`; the rows from there on move down, the last is lost."""
        self.matrix = np.insert(self.matrix, row, self.matrix[copied], axis=0)[:-1]

    def trace(self) -> Trace:
        """The instance as it is now."""
        values = tuple(self.values[name] % P for name in self.air.air_values)
        return Trace(self.air.name, np.ascontiguousarray(self.matrix), values)


def _header(rom: Rom, matrices: Mapping[str, np.ndarray]) -> ProgramHeader:
    """The header of a program; the judge does not look at its commitment."""
    heights = {name: (len(matrix) - 1).bit_length() for name, matrix in matrices.items()}
    return ProgramHeader(rom.rules, (), tuple(sorted(heights.items())))


class _NoTally:
    """Counts nothing: `ForgedRun` counts when it is judged."""

    def __init__(self, system: System, tables: object, messages: Sequence[object]) -> None:
        self.add = self.fill = lambda trace: None
        self.message_counts = lambda: (0,) * len(messages)


@lru_cache(maxsize=32)
def _fixed_matrix(air: str) -> np.ndarray:
    return fixed_matrix(constraint_system(), air)


class _Recount(Tally):
    """Counts like the tally of a witness, but passes over tuples that no table has."""

    about: object = None  # what its tables depend on

    def reset(self) -> None:
        """Start again from zero."""
        for part in (part for parts in self._tables.values() for part in parts):
            part.counts[:] = 0

    def _count(
        self, air_name: str, lookup: Interaction, weights: np.ndarray, tuples: np.ndarray, first_row: int = 0
    ) -> None:
        parts, index = self._tables[lookup.bus], self._indexes[lookup.bus]
        size = sum(len(part.rows) for part in parts)
        asked = np.flatnonzero(weights)
        tuples, weights = np.ascontiguousarray(tuples[asked]), weights[asked]
        if index.count(tuples, weights, np.zeros(size, dtype=np.uint64)) >= 0:
            known = {row.tobytes() for part in parts for row in part.rows}
            weights = np.where([row.tobytes() in known for row in tuples], weights, np.uint64(0))
        super()._count(air_name, lookup, weights, tuples, first_row)


class ForgedRun:
    """A run whose cells and statement can be changed at will."""

    def __init__(self, rom: Rom, data: bytes, claim: Claim, chunk_size: int) -> None:
        """Execute, count, expand and fill; with the emulator that stands in `zisk_py.emulator` now."""
        self.rom, self.system = rom, constraint_system()
        self.matrices = program_matrices(self.system, rom)
        header = _header(rom, self.matrices)
        execution = emulator.execute(rom, claim, data, chunk_size=chunk_size)
        witness = Witness(self.system, header, rom, self.matrices, claim, data, execution)
        traces = [witness.segment(index) for index in range(witness.num_segments)]
        self.segments = [[Cells(self.system, trace) for trace in segment] for segment in traces]
        self.statement = witness.statement()
        self.tally: _Recount | None = None
        self.extra_counts: dict[int, int] = {}  # message of the verifier -> added to its multiplicity
        self.states_counts = True  # whatever Rom counts is stated
        self.after_recount: Callable[[ForgedRun], None] = lambda run: None

    def part(self, air: str, segment: int = -1) -> Cells:
        """The instance of an air in a segment, by default in the last one."""
        return next(cells for cells in self.segments[segment] if cells.air.name == air)

    def add(self, air: str, segment: int, height: int = 32, **values: int) -> Cells:
        """Add an instance of an air, all zero, with these air values."""
        order = [one.name for one in self.system.airs]
        columns, names = len(self.system.air(air).columns), self.system.air(air).air_values
        matrix = np.zeros((height, columns), dtype=np.uint64)
        cells = Cells(self.system, Trace(air, matrix, tuple(values[name] for name in names)))
        self.segments[segment].append(cells)
        self.segments[segment].sort(key=lambda one: order.index(one.air.name))
        return cells

    def remove(self, air: str, segment: int = -1) -> None:
        """Take an instance out."""
        self.segments[segment].remove(self.part(air, segment))

    def boundary_row(self, key: int) -> tuple[Cells, int]:
        """Boundary, and its first row of that key."""
        cells = self.part("Boundary")
        start, word = (cells.matrix[:, cells.air.column(name)] for name in ("start", "word"))
        return cells, int(np.flatnonzero(start + word == np.uint64(key))[0])

    def state(self, **fields: object) -> None:
        """State something else."""
        self.statement = replace(self.statement, **fields)

    def state_end(self, outcome: Outcome, **values: int) -> None:
        """State another outcome, with these air values of the last Main (`pc`, `c0`, `c1`, `units`)."""
        self.part("Main").values.update({f"end_{name}": value for name, value in values.items()})
        self.state(outcome=outcome)

    def state_program(self, rom: Rom) -> None:
        """State that the run is one of another program."""
        self.rom, self.matrices, self.tally = rom, program_matrices(self.system, rom), None
        self.state(program=_header(rom, self.matrices))

    def _recount(self) -> None:
        claim, rules = self.statement.claim, self.statement.program.rules
        if self.tally is None or self.tally.about != (claim, rules):
            empty = np.zeros((0, 0), dtype=np.uint64)
            tables = {
                air.name: (_fixed_matrix(air.name), self.matrices.get(air.name, empty))
                for air in self.system.airs
                if air.fixed or air.name in self.matrices
            }
            self.tally = _Recount(self.system, tables, counted_messages(rules, claim))
            self.tally.about = (claim, rules)
        tally = self.tally
        tally.reset()
        for cells in (cells for segment in self.segments for cells in segment):
            tally.add(cells.trace())
        for cells in (cells for segment in self.segments for cells in segment):
            if MACHINES.by_air(cells.air.name).scope is not Scope.SEGMENT:
                trace = cells.trace()
                tally.fill(trace)
                cells.matrix = trace.matrix
        counts = [n + self.extra_counts.get(i, 0) for i, n in enumerate(tally.message_counts())]
        self.statement = replace(self.statement, multiplicities=tuple(counts))
        self.after_recount(self)
        if self.states_counts:
            self._state_counts()

    def _state_counts(self) -> None:
        """State what Rom counts."""
        rom, matrix = self.part("Rom"), self.matrices["Rom"]
        multiplicity = rom.matrix[:, rom.air.column("multiplicity")].tolist()
        for name, column in COUNTED.items():
            counted = matrix[:, rom.air.program.index(column)].tolist()
            self.statement = replace(self.statement, **{name: sum(map(mul, multiplicity, counted)) % P})

    def refusals(self) -> set[str]:
        """All that refuses the run: `<air>: <constraint>`, `<bus>: <airs>`, `Statement: <sentence>`."""
        try:
            self._recount()
            check_claim(self.statement)
        except VerifierError as error:
            return {f"Statement: {error}"}
        found = set()
        numbers = {air.name: number for number, air in enumerate(self.system.airs)}
        traces = [[cells.trace() for cells in segment] for segment in self.segments]
        instances = [
            [Instance(numbers[t.air], t.log_height, t.air_values) for t in segment] for segment in traces
        ]
        messages = statement_messages(self.statement)
        commitment = ProgramCommitment(
            (bytes(32),) * (1 << LOG_CAP), dict(self.statement.program.log_heights)
        )
        for judge in (
            lambda: check_instances(self.system, self.statement, instances),
            lambda: check_statement(_key(), commitment, instances, messages, ()),
        ):
            try:
                judge()
            except VerifierError as error:
                found.add(f"Statement: {error}")
        report = check(
            self.system,
            [trace for segment in traces for trace in segment],
            program=self.matrices,
            messages=[(m.bus, m.values, m.multiplicity) for m in messages],
            bus_names={bus.value: bus.name for bus in Bus},
            limit=1000,
        )
        found |= {f"{f.air}: {' '.join(f.source.text.split())}" for f in report.constraint_failures}
        return found | {_bus_reason(tuple_) for tuple_ in report.unmatched}


@lru_cache(maxsize=1)
def _key() -> VerifyingKey:
    return verifying_key()


def _bus_reason(found: Unmatched) -> str:
    """The bus, what a number of one value is there, and the airs."""
    airs = sorted({origin.air or "verifier" for origin in found.origins})
    name = f"({found.names[0]})" if len(found.names) == 1 else ""
    return f"{found.bus_name}{name}: {', '.join(airs)}"


@lru_cache(maxsize=256)
def _twin_refusals(rom: bytes, data: bytes, claim: Claim, chunk_size: int) -> frozenset[str]:
    with lying(Lies()):
        return frozenset(ForgedRun(Rom.from_bytes(rom), data, claim, chunk_size).refusals())


def forged_run(
    rom: Rom,
    data: bytes = b"",
    lies: Lies | None = None,
    *,
    chunk_size: int = 64,
    public: bool = False,
    budget: int | None = None,
    environment: bytes | None = None,
    has_twin: bool = True,
) -> ForgedRun:
    """The run of a program with lies. Its twin, the run without any, is made too and must be accepted.

    has_twin  False where the emulator runs the program only if it is lied to
    """
    claim = make_claim(rom.rules, data, budget=budget, public=public, environment=environment)
    if has_twin:
        refusals = _twin_refusals(rom.to_bytes(), data, claim, chunk_size)
        assert not refusals, f"the honest twin is refused by {sorted(refusals)}"
    with lying(lies or Lies()):
        return ForgedRun(rom, data, claim, chunk_size)


def assert_refused(run: ForgedRun, *expected: str) -> None:
    """Assert that exactly the expected rules refuse the run; each is named by a part of its reason."""
    found = run.refusals()
    assert found, "the forgery is accepted"
    missing = [part for part in expected if not any(part in reason for reason in found)]
    others = [reason for reason in found if not any(part in reason for part in expected)]
    assert missing + others == [], f"refused by {sorted(found)}, expected {expected}"


# ---- through the proof system


class _Anything(tuple[int, ...]):
    """Nothing differs from it."""

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = tuple.__hash__


def prove_forged(
    run: ForgedRun,
    *,
    dishonest: bool = True,
    fixed: Mapping[str, np.ndarray] = MappingProxyType({}),
    program: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> tuple[str, bytes]:
    """The program's id, and a proof of the run as it is.

    dishonest  the prover does not look whether instances fit, constraints hold and buses balance; an honest
               one does, and raises ProverError
    fixed      by air: a table that stands for the true one in all that the prover does
    program    by air: the same, of a program's columns
    """
    honest = Program(run.rom)
    run.refusals()  # counts anew
    statement = replace(run.statement, program=honest.header)
    segments = [[cells.trace() for cells in segment] for segment in run.segments]
    key = _key_with(fixed)
    data = commit_program(key, {**run.matrices, **program})
    data = replace(data, commitment=replace(data.commitment, cap=honest.header.cap))
    with ExitStack() as stack:
        if dishonest:
            stack.enter_context(patch.object(prover, "check_statement", lambda *arguments: None))
            stack.enter_context(patch.object(prover, "holds", lambda *arguments: True))
            stack.enter_context(patch.object(prover, "ZERO", _Anything(prover.ZERO)))
        proof = prover.prove(
            key,
            data,
            [lambda traces=traces: traces for traces in segments],
            statement.to_bytes(),
            statement_messages(statement),
            profile("test"),
            threads=1,
        )
    return honest.id, proof


def _key_with(fixed: Mapping[str, np.ndarray]) -> ProvingKey:
    """The true verifying key, and other tables behind it."""
    key = proving_key()
    if not fixed:
        return key
    airs = [
        replace(
            air,
            fixed=tuple(
                FixedColumn(column.name, tuple(values))
                for column, values in zip(air.fixed, fixed[air.name].T.tolist(), strict=True)
            ),
        )
        if air.name in fixed
        else air
        for air in key.verifying_key.system.airs
    ]
    return replace(key, fixed=setup(replace(key.verifying_key.system, airs=tuple(airs)), threads=1).fixed)


def verify_forged(program_id: str, proof: bytes) -> Statement:
    """What a verified proof states."""
    key = proving_key().verifying_key
    return verify_run(key, program_id, proof, min_bits=0, allow_test_profile=True).statement
