"""The honest sheets that forgeries start from, for every machine of the system."""

import random
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

from zisk_py.isa.instruction import LAST_C, immediate
from zisk_py.isa.operations import OPERATIONS
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


@lru_cache(maxsize=1)
def runs() -> dict[str, MemoryRun]:
    """Runs in which every machine has rows of every kind."""
    w = Writer()
    for _ in range(31):
        w.move(2, immediate(0x0000000700000009))
    w.move(3, immediate(0x0000000300000004))
    w.row(a=LAST_C, b=LAST_C)
    w.exit()
    return {
        "everything, private input": full_run(),
        "everything, public input": full_run(True),
        "last c over the end of a segment": make_run(w.rows, rules_of(w.rows), b"12345678", chunk_size=32),
        "a load traps": trap_run(TEXT - 8, 8, False),
        "a store traps": trap_run(TEXT + 8, 4, True),
        "a load traps in a gap": trap_run(STACK + FRAME, 1, False),
        "a load traps in a later gap": trap_run(STACK + 5 * FRAME + 77, 2, False),
        "a load traps far above": trap_run(0x1234_5678_9ABC_DEF0, 4, False),
        "a load traps over the last address": trap_run((1 << 64) - 1, 8, True),
        "a load traps behind the heap": trap_run(HEAP + 4096, 4, False),
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
            sheet, world = instance.sheet, World.of(run)
            judge = judge or Judge(sheet.air, known_tables(run), world.is_plausible)
            cases.append(
                Case(
                    f"{name}, segment {instance.segment}",
                    sheet,
                    judge,
                    contract_of(machine.template, world),
                    different_rows(sheet),
                )
            )
    return cases


OF_MEMORY = ("Main", "Narrow", "Carry", "Boundary", "Fault")


@lru_cache(maxsize=16)
def cases_of(template: str) -> list[Case]:
    """The honest sheets of a machine."""
    machine = MACHINES.by_air(template)
    return memory_cases(machine) if template in OF_MEMORY else operation_cases(machine)
