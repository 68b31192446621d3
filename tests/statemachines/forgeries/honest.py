"""The honest sheets that forgeries start from, for every machine of the system."""

import random
from collections.abc import Mapping, Sequence
from functools import lru_cache

from forgeries.contracts import Contract, World, carry, narrow, of_rows, operation
from forgeries.rules import Judge
from forgeries.search import Case
from forgeries.steps import contract_of_main
from harness import Sheet, build, fill, fixed_tables, operation_records
from memory_runs import (
    FRAME,
    HEAP,
    STACK,
    TEXT,
    MemoryRun,
    Writer,
    full_run,
    known_tables,
    make_run,
    rules_of,
    trap_run,
)

from zisk_py.isa.instruction import INDIRECT, LAST_C, UNITS, Store, hidden, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC, HIDDEN_KEY, REGISTER_KEY
from zisk_py.isa.operations import AND, OPERATIONS
from zisk_py.statemachines.machine import Machine
from zisk_py.statemachines.registry import MACHINES

OPERANDS = (
    (0x0123456789ABCDEF, 0xFEDCBA9876543210),
    (0xFEDCBA9876543210, 0x0123456789ABCDE5),
    ((1 << 64) - 1, 3),
    ((1 << 64) - 1, (1 << 64) - 1),
    (3, 0xFEDCBA9876543210),
    (7, 7),
    (5, 0),
    (0, 17),
)


def different_rows(sheet: Sheet) -> list[int]:
    """The first row, the last one, and one of each other kind of cells."""
    kinds = {tuple(cells): number for number, cells in reversed(list(enumerate(sheet.rows)))}
    return sorted({0, len(sheet.rows) - 1, *kinds.values()})


def operation_cases(machine: Machine) -> list[Case]:
    """One sheet with every operation of a machine on some operands."""
    system = build(machine)
    rng = random.Random(machine.name)
    operands = [*OPERANDS, (rng.getrandbits(64), rng.getrandbits(40))]
    cases = [(operation, a, b) for operation in machine.operations for a, b in operands]
    sheet = fill(system, machine, operation_records(machine, cases), 64)
    judge = Judge(sheet.air, fixed_tables(), lambda bus, values: False)
    codes = [operation.code for operation in OPERATIONS if operation.is_external]
    return [Case(machine.template, sheet, judge, of_rows(operation), different_rows(sheet), codes=codes)]


def short_tail(rows: Sequence[Mapping[str, object]]) -> MemoryRun:
    """A run that ends just before its segment does, so that what is forged here has little behind it.

    Before the given rows stand others, whose c is the number of the next row and its units alike.
    """
    w = Writer()
    while w.pc < 8 * (LAST_STEP - len(rows)):
        w.move(2, immediate(w.pc // 8 + 1))
    for fields in rows:
        w.row(**fields)
    w.exit()
    if any(fields.get("guest") for fields in rows):
        w.exit()
    return make_run(w.rows, rules_of(w.rows), b"12345678")


LAST_STEP = 30  # of 32 rows
SPECIAL: dict[str, list[dict[str, object]]] = {
    "a copy": [{"a": immediate(0x700000005), "b": register(2)}],
    "a copy of a copy": [
        {"b": immediate(0x700000005)},
        {},
        {"store": Store.KEYED, "store_key": REGISTER_KEY + 3},
    ],
    "a bitwise and": [{"op": AND, "a": register(2), "b": register(2), "cost": False}],
    "a store to a hidden word": [
        {"a": register(2), "b": immediate(1), "store": Store.INDIRECT, "guest": False, "offset": 4}
    ],
    "a load of a hidden word": [{"a": register(2), "b": INDIRECT, "guest": False, "offset": 4}],
    "hidden words by key": [
        {"a": register(2), "b": hidden(3), "store": Store.KEYED, "store_key": HIDDEN_KEY}
    ],
    "units": [{"b": UNITS, "a": register(2)}, {"b": UNITS, "cost": False}],
    "a charge": [{"b": register(2), "charge": True}],
    "a computed jump": [
        {"b": register(2)},
        {"b": register(3), "set_pc": True, "j1": 8 * LAST_STEP},
    ],
    "two ways to the exit": [
        {"b": register(0), "j2": 8},
        {"b": register(0), "j2": EXIT_PC - 8 * (LAST_STEP - 1)},
    ],
    "a word of the heap": [
        {"a": immediate(HEAP + 64), "b": register(2), "store": Store.INDIRECT, "offset": -8, "width": 8},
        {"a": immediate(HEAP + 8), "b": INDIRECT, "offset": -8, "width": 8},
    ],
    "four bytes at the start of a word": [
        {
            "a": immediate(HEAP + 8),
            "b": INDIRECT,
            "offset": -8,
            "width": 4,
            "j1": FAULT_PC - 8 * (LAST_STEP - 1),
        }
    ],
    "bytes of the heap": [
        {"a": immediate(HEAP + 67), "b": register(2), "store": Store.INDIRECT, "offset": -8, "width": 2},
        {"a": immediate(HEAP + 9), "b": INDIRECT, "offset": -8, "width": 4},
    ],
}


@lru_cache(maxsize=1)
def runs() -> dict[str, MemoryRun]:
    """Runs in which every machine has rows of every kind."""
    w = Writer()
    for _ in range(31):
        w.move(2, immediate(0x0000000700000009))
    w.move(3, immediate(0x0000000300000004))
    w.row(a=LAST_C, b=LAST_C)
    w.exit()
    two = Writer()
    two.move(2, immediate(HEAP))
    two.store(2, 0, register(2))
    two.load(3, 1, 0)
    two.exit()
    return {
        "the first words of two regions": make_run(two.rows, rules_of(two.rows), b"12345678"),
        "everything, private input": full_run(),
        "everything, public input": full_run(True),
        "last c over the end of a segment": make_run(w.rows, rules_of(w.rows), b"12345678", chunk_size=32),
        "a load traps": trap_run(TEXT - 8, 8, False),
        "a load traps at 0xffff": trap_run(0xFFFF, 8, False),
        "a store traps": trap_run(TEXT + 8, 4, True),
        "a load traps in a gap": trap_run(STACK + FRAME, 1, False),
        "a load traps in a later gap": trap_run(STACK + 5 * FRAME + 77, 2, False),
        "a load traps far above": trap_run(0x1234_5678_9ABC_DEF0, 4, False),
        "a store traps over the last address": trap_run((1 << 64) - 1, 8, True),
        "a load traps behind the heap": trap_run(HEAP + 4096, 4, False),
        "a load traps at the end": short_tail(
            [
                {
                    "a": immediate(0),
                    "b": INDIRECT,
                    "offset": 8,
                    "width": 8,
                    "j1": FAULT_PC - 8 * (LAST_STEP - 1),
                }
            ]
        ),
        **{name: short_tail(rows) for name, rows in SPECIAL.items()},
    }


def contract_of(template: str, world: World) -> Contract:
    """What a machine of memory promises in a run."""
    return {
        "Main": contract_of_main(world.is_plausible),
        "Narrow": of_rows(narrow),
        "Carry": carry,
        "Boundary": world.boundary,
        "Fault": of_rows(world.fault),
    }[template]


def memory_cases(machine: Machine) -> list[Case]:
    """The sheets of a machine in all runs."""
    cases = []
    for name, run in runs().items():
        judge: Judge | None = None
        for instance in run.instances:
            if instance.machine.template != machine.template:
                continue
            if name in SPECIAL and machine.template == "Boundary":
                continue
            sheet, world = instance.sheet, World.of(run)
            rows = [
                number for number in different_rows(sheet) if name not in SPECIAL or number > LAST_STEP - 4
            ]
            judge = judge or Judge(sheet.air, known_tables(run), world.is_plausible)
            cases.append(
                Case(
                    f"{name}, segment {instance.segment}",
                    sheet,
                    judge,
                    contract_of(machine.template, world),
                    rows if machine.template == "Main" else different_rows(sheet),
                )
            )
    return cases


OF_MEMORY = ("Main", "Narrow", "Carry", "Boundary", "Fault")


@lru_cache(maxsize=16)
def cases_of(template: str) -> list[Case]:
    """The honest sheets of a machine."""
    machine = MACHINES.by_air(template)
    return memory_cases(machine) if template in OF_MEMORY else operation_cases(machine)
