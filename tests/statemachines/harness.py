"""Tests of machines: compile, fill, check, tamper. Plain Python integers, row by row, no kernels of ours.

As in:

    system = build(MACHINE)
    sheet = fill(system, MACHINE, operation_records(MACHINE, [(ADD, 1, 2)]), height=32)
    assert accepts(sheet, fixed_tables())
    assert_tight(sheet, fixed_tables(), rows=[0], free={"inverse": "no row is eq"})
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from zisk_py.emulator.records import Carry, Chunk, Narrow, Operands, Records, Step, Trap
from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import Operation
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim, Rules
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.system import Air, NodeKind, System
from zisk_py.statemachines import operation_machine
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.constants import pil_constants
from zisk_py.statemachines.machine import Machine, Run
from zisk_py.statemachines.tables import MACHINES as TABLES

Message = tuple[int, tuple[int, ...]]  # bus, values
MASK64 = (1 << 64) - 1
EDGES = sorted(
    {
        *(0, 1, 2, 3, 5, 7, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 255, 256, 65535, 65536),
        *((1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, (1 << 48) - 1, 1 << 48),
        *((1 << 63) - 1, 1 << 63, (1 << 63) + 1, P - 1, P, P + 1, MASK64 - 1, MASK64),
        *(0x0123456789ABCDEF, 0xFEDCBA9876543210, 0xFFFFFFFF00000000, 0x00FF00FF00FF00FF),
    }
)


# ---- systems and records


def build(*machines: Machine) -> System:
    """Compile the airs of these machines alone."""
    return _compile(machines, "")


def build_model(machine: Machine, chunk: int) -> Air:
    """The air of a machine with chunks of so few bits."""
    return _compile([machine], str(chunk)).air(machine.template)


def _compile(machines: Sequence[Machine], arguments: str) -> System:
    lines = [f'require "{path}";' for path in dict.fromkeys(str(machine.pil) for machine in machines)]
    lines += ["airgroup Test {", *(f"    {m.template}({arguments});" for m in machines), "}", ""]
    include = [Path(operation_machine.__file__).parent]
    return compile_pil("\n".join(lines), constants=pil_constants(), include=include)


def empty_run() -> Run:
    """A run that says nothing: for machines that are filled from their records alone."""
    rules = Rules("test", 1, 0, (), ())
    rom = Rom(np.zeros((1, 12), dtype=np.uint64), (), rules)
    return Run(rom, Claim(0), b"", np.zeros((0, 5), dtype=np.uint64), b"")


def empty_records(**streams: np.ndarray) -> Records:
    """Records without rows, except the streams that are given."""
    chunk = Chunk(0, 0, 0, 0, 0, 0, np.zeros(64, dtype=np.uint64), np.zeros(0, dtype=np.uint64))
    widths = {"steps": len(Step), "narrow": len(Narrow), "carry": len(Carry), "traps": len(Trap)}
    rows = {name: np.zeros((0, width), dtype=np.uint64) for name, width in widths.items()}
    return replace(Records(chunk=chunk, operations={}, end_pc=0, end_c=0, end_units=0, **rows), **streams)


def operation_rows(cases: Iterable[tuple[Operation, int, int]]) -> np.ndarray:
    """(rows, len(Operands)): the operations with what `isa.semantics` says of them."""
    rows = [(operation.code, a, b, *operation.semantics(a, b)) for operation, a, b in cases]
    return np.array(rows, dtype=np.uint64).reshape(-1, len(Operands))


def operation_records(machine: Machine, cases: Iterable[tuple[Operation, int, int]]) -> Records:
    """Records whose only rows are these operations."""
    return empty_records(operations={machine.name: operation_rows(cases)})


def operation_messages(cases: Iterable[tuple[Operation, int, int]]) -> Counter[Message]:
    """What Main would consume for these operations, as positive counts."""
    found: Counter[Message] = Counter()
    for code, a, b, c, flag in operation_rows(cases).tolist():
        limbs = (limb for value in (a, b, c) for limb in (value & 0xFFFFFFFF, value >> 32))
        found[int(Bus.OPERATION), (code, *limbs, flag)] += 1
    return found


# ---- one instance, and what it says


@dataclass
class Sheet:
    """An instance under test: cells as Python integers, to be changed at will."""

    air: Air
    rows: list[list[int]]
    air_values: tuple[int, ...] = ()
    program: tuple[tuple[int, ...], ...] = ()

    def copy(self) -> "Sheet":
        """Another one with the same cells."""
        return replace(self, rows=[list(row) for row in self.rows])

    def __getitem__(self, cell: tuple[int, str]) -> int:
        """The cell of (row, column name)."""
        return self.rows[cell[0]][self.air.column(cell[1])]

    def __setitem__(self, cell: tuple[int, str], value: int) -> None:
        """Change the cell of (row, column name)."""
        self.rows[cell[0]][self.air.column(cell[1])] = value % P

    def forged(self, row: int, cells: Mapping[str, int]) -> "Sheet":
        """A copy with cells of one row changed."""
        forged = self.copy()
        for name, value in cells.items():
            forged[row, name] = value
        return forged

    def settle(self, row: int, *names: str) -> "Sheet":
        """Set each of these cells such that the first constraint of degree one in it holds on this row."""
        for name in names:
            residues = []
            for value in (0, 1):
                self[row, name] = value
                nodes = evaluate(self, row)
                residues.append([nodes[constraint.node] for constraint in self.air.constraints])
            base, slope = next((zero, one - zero) for zero, one in zip(*residues, strict=True) if one != zero)
            self[row, name] = -base * pow(slope, -1, P)
        return self


def fill(
    system: System,
    machine: Machine,
    records: Records,
    height: int,
    run: Run | None = None,
    program: Sequence[Sequence[int]] = (),
) -> Sheet:
    """The witness that the machine makes."""
    trace = machine.fill(system.air(machine.template), records, run or empty_run(), height)
    assert trace.matrix.shape == (height, len(system.air(machine.template).columns))
    assert trace.matrix.dtype == np.uint64
    assert (trace.matrix < np.uint64(P)).all()
    return Sheet(
        system.air(machine.template),
        trace.matrix.tolist(),
        trace.air_values,
        tuple(tuple(int(cell) for cell in row) for row in program),
    )


def evaluate(sheet: Sheet, row: int) -> list[int]:
    """The value of every node of the air on one row."""
    height = len(sheet.rows)
    values: list[int] = []
    for kind, left, right in sheet.air.nodes:
        match kind:
            case NodeKind.CONSTANT:
                value = left
            case NodeKind.WITNESS:
                value = sheet.rows[(row + right) % height][left]
            case NodeKind.FIXED:
                value = sheet.air.fixed[left].values[(row + right) % height]
            case NodeKind.PROGRAM:
                value = sheet.program[(row + right) % height][left]
            case NodeKind.FIRST:
                value = int(row == 0)
            case NodeKind.LAST:
                value = int(row == height - 1)
            case NodeKind.AIR_VALUE:
                value = sheet.air_values[left]
            case NodeKind.ADD:
                value = values[left] + values[right]
            case NodeKind.SUB:
                value = values[left] - values[right]
            case NodeKind.MUL:
                value = values[left] * values[right]
            case NodeKind.NEG:
                value = -values[left]
            case _:
                raise AssertionError(f"a node of kind {kind} is in air {sheet.air.name}")
        values.append(value % P)
    return values


@dataclass(frozen=True)
class RowSays:
    """What one row says: the texts of its broken constraints, and its messages with signed multiplicities."""

    broken: tuple[str, ...]
    messages: tuple[tuple[Message, int], ...]


def row_says(sheet: Sheet, row: int) -> RowSays:
    """Evaluate one row."""
    values = evaluate(sheet, row)
    air = sheet.air
    broken = tuple(
        f"row {row}: {constraint.source.text}" for constraint in air.constraints if values[constraint.node]
    )
    messages: Counter[Message] = Counter()
    for interaction in air.interactions:
        count = interaction.sign * values[interaction.multiplicity] % P
        if count:
            key = (interaction.bus, tuple(values[node] for node in interaction.values))
            messages[key] = (messages[key] + count) % P
    return RowSays(broken, tuple((key, count) for key, count in messages.items() if count))


def broken(sheet: Sheet) -> list[str]:
    """Constraints that do not hold, with their rows."""
    return [text for row in range(len(sheet.rows)) for text in row_says(sheet, row).broken]


def messages(sheet: Sheet) -> Counter[Message]:
    """All messages of an instance: (bus, values) -> sum of signed multiplicities modulo p, without zeros."""
    found: Counter[Message] = Counter()
    for row in range(len(sheet.rows)):
        for key, count in row_says(sheet, row).messages:
            found[key] = (found[key] + count) % P
    return Counter({key: count for key, count in found.items() if count})


# ---- tables


Tables = Mapping[int, frozenset[tuple[int, ...]]]


def tables(system: System) -> Tables:
    """The tuples of every fixed table: bus -> tuples."""
    found: dict[int, set[tuple[int, ...]]] = {}
    for air in system.airs:
        if not air.fixed:
            continue
        sheet = Sheet(air, [[0] * len(air.columns)] * (1 << (air.log_height or 0)))
        for row in range(len(sheet.rows)):
            values = evaluate(sheet, row)
            for interaction in air.interactions:
                if interaction.sign > 0:
                    key = tuple(values[node] for node in interaction.values)
                    found.setdefault(interaction.bus, set()).add(key)
    return {bus: frozenset(rows) for bus, rows in found.items()}


@lru_cache(maxsize=1)
def fixed_tables() -> Tables:
    """The tuples of Table16 and Powers."""
    return tables(build(*TABLES))


def misses(sheet: Sheet, known: Tables) -> list[Message]:
    """Lookups that no table has, or that are made a number of times that no count can balance."""
    return [
        (bus, values)
        for (bus, values), count in messages(sheet).items()
        if bus in known and (values not in known[bus] or P - count > len(sheet.rows) * 64)
    ]


def stateful(sheet: Sheet, known: Tables) -> Counter[Message]:
    """The messages that are not lookups in a table."""
    return Counter({key: count for key, count in messages(sheet).items() if key[0] not in known})


def accepts(sheet: Sheet, known: Tables) -> bool:
    """Whether all constraints hold and all lookups are found."""
    return not broken(sheet) and not misses(sheet, known)


# ---- tampering


@dataclass(frozen=True)
class Change:
    """A change of one cell that nothing noticed."""

    row: int
    column: str
    old: int
    new: int


def changes(sheet: Sheet, row: int, column: int, rng: random.Random) -> Iterator[int]:
    """Other values for a cell: one more, one less, 0, -1, a random one, its neighbour's."""
    old = sheet.rows[row][column]
    neighbour = sheet.rows[(row + 1) % len(sheet.rows)][column]
    candidates = (old + 1, old - 1, 0, P - 1, rng.randrange(P), neighbour)
    yield from sorted({value % P for value in candidates} - {old})


def tamper(
    sheet: Sheet,
    known: Tables,
    rows: Iterable[int],
    columns: Sequence[str] | None = None,
    allowed: Callable[[Change], bool] = lambda change: False,
) -> list[Change]:
    """Change single cells; return the changes that break no constraint, no message and no lookup.

    A change is noticed if a constraint fails, if a message on a bus that is no table's changes (its other
    side then has no partner), or if a lookup is not in its table. The row before may read this one, so it is
    evaluated too.
    """
    rng = random.Random(sheet.air.name)
    names = [column.name for column in sheet.air.columns]
    unnoticed = []
    for row in rows:
        around = sorted({row, (row - 1) % len(sheet.rows)})
        before = _state(sheet, known, around)
        for index, name in enumerate(names):
            if columns is not None and name not in columns:
                continue
            old = sheet.rows[row][index]
            for new in changes(sheet, row, index, rng):
                sheet.rows[row][index] = new
                change = Change(row, name, old, new)
                if _state(sheet, known, around) == before and not allowed(change):
                    unnoticed.append(change)
            sheet.rows[row][index] = old
    return unnoticed


def _state(sheet: Sheet, known: Tables, rows: Sequence[int]) -> tuple[bool, Counter[Message]]:
    """Whether the rows are fine by themselves, and what they say to other machines."""
    said: Counter[Message] = Counter()
    for row in rows:
        says = row_says(sheet, row)
        if says.broken:
            return False, Counter()
        for (bus, values), count in says.messages:
            if bus not in known:
                said[bus, values] = (said[bus, values] + count) % P
            elif values not in known[bus] or P - count > 64:
                return False, Counter()
    return True, Counter({key: count for key, count in said.items() if count})


def assert_tight(sheet: Sheet, known: Tables, rows: Iterable[int], free: Mapping[str, str]) -> None:
    """Assert that exactly the columns of `free` (column -> reason) can be changed unnoticed in these rows."""
    unnoticed = tamper(sheet, known, rows)
    loose = [change for change in unnoticed if change.column not in free]
    assert not loose, f"{sheet.air.name}: nothing notices {loose[:5]}"
    stale = free.keys() - {change.column for change in unnoticed}
    assert not stale, f"{sheet.air.name}: {sorted(stale)} are declared free but every change is noticed"
