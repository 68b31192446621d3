"""An operation with its machine is added from outside: a row of the table and a registered machine."""

import importlib.util
import random
from dataclasses import replace
from pathlib import Path

import pytest
from harness import (
    EDGES,
    accepts,
    assert_tight,
    build,
    fill,
    fixed_tables,
    operation_messages,
    operation_records,
    stateful,
)

from zisk_py.isa.faults import Exit
from zisk_py.isa.instruction import Instruction, Store, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, REGISTER_KEY
from zisk_py.isa.operations import ADD, OPERATIONS, OperationConflict
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Rules
from zisk_py.statemachines.registry import MACHINES, MachineConflict

FILE = Path(__file__).parents[1] / "data" / "extension" / "minimum.py"


@pytest.fixture(scope="module")
def extension():
    spec = importlib.util.spec_from_file_location("minimum", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    OPERATIONS.add(module.MINU)
    MACHINES.register(module.MACHINE)
    yield module
    MACHINES.unregister(module.MACHINE)
    OPERATIONS.remove(module.MINU)


def cases_of(operation, count):
    rng = random.Random(5)
    cases = [(operation, a, b) for a in EDGES[::5] for b in EDGES[::5]]
    return cases + [(operation, rng.getrandbits(64), rng.getrandbits(64)) for _ in range(count)]


def test_its_witness_satisfies_its_constraints(extension):
    system, known = build(extension.MACHINE), fixed_tables()
    cases = cases_of(extension.MINU, 50)
    sheet = fill(system, extension.MACHINE, operation_records(extension.MACHINE, cases), 256)
    assert accepts(sheet, known)
    assert stateful(sheet, known) == operation_messages(cases)


def test_its_constraints_notice_every_change(extension):
    system, known = build(extension.MACHINE), fixed_tables()
    cases = [(extension.MINU, 3, 5), (extension.MINU, 5 << 40, 3)]
    sheet = fill(system, extension.MACHINE, operation_records(extension.MACHINE, cases), 32)
    assert_tight(sheet, known, range(2), {})


def test_every_operation_has_a_machine(extension):
    MACHINES.check()
    assert MACHINES.by_air("Minimum") is extension.MACHINE


def test_an_operation_without_a_machine_is_named():
    lonely = OPERATIONS.add(replace(ADD, name="lonely", code=0xE1, machine="nobody"))
    try:
        with pytest.raises(MachineConflict, match="'lonely' belongs to machine 'nobody'"):
            MACHINES.check()
    finally:
        OPERATIONS.remove(lonely)


def test_two_machines_that_claim_one_operation_are_refused_by_name(extension):
    class Rival(type(extension.MACHINE)):
        operations = (ADD,)

    rival = Rival("rival", "Rival", extension.MACHINE.pil, extension.MACHINE.columns)
    with pytest.raises(MachineConflict, match="'add_compare' and 'rival' both claim the operation 'add'"):
        MACHINES.register(rival)


def test_two_operations_that_claim_one_code_are_refused_by_name(extension):
    with pytest.raises(OperationConflict, match="'minu' and 'maxu' both claim code 0xe0"):
        OPERATIONS.add(replace(extension.MINU, name="maxu"))


def minimum_program(operation):
    """r1 = min(r1, 9), r0 = min(r1, 12): exits with the smaller."""
    rows = [
        Instruction(
            0, a=register(1), b=immediate(7), store=Store.KEYED, store_key=REGISTER_KEY + 1, cost=True
        ),
        Instruction(
            1, operation, register(1), immediate(9), store=Store.KEYED, store_key=REGISTER_KEY, j1=7, j2=7
        ),
        Instruction(8, b=register(0), cost=True, j2=EXIT_PC - 8),
    ]
    return Rom.from_instructions(rows, (), Rules("test", 2, 0, (), ()))


def test_a_program_that_uses_it_is_proven(extension):
    from zisk_py.zkvm import Program

    program = Program(minimum_program(extension.MINU))
    assert program.execute().outcome == Exit(7)
    assert program.check().ok
    proof = program.prove(profile="test")
    assert proof.verify(program, min_bits=0, allow_test_profile=True).statement.outcome == Exit(7)
