"""What holds for every machine that proves operations; the operations are those of the table."""

import random
from importlib import import_module
from itertools import combinations

import pytest
from harness import (
    EDGES,
    MASK64,
    accepts,
    build,
    empty_run,
    fill,
    fixed_tables,
    messages,
    operation_messages,
    operation_records,
    stateful,
)

from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import OPERATIONS
from zisk_py.pil.checker import check
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.errors import WitnessError

NAMES = sorted({operation.machine for operation in OPERATIONS if operation.is_external})
MACHINES = [import_module(f"zisk_py.statemachines.{name}").MACHINE for name in NAMES]
EXTERNAL = [operation for operation in OPERATIONS if operation.is_external]


@pytest.fixture(scope="module")
def known():
    return fixed_tables()


@pytest.fixture(scope="module")
def systems():
    return {machine.name: build(machine) for machine in MACHINES}


def selectors_of(machine, system):
    """Which selectors the row of each operation sets."""
    records = operation_records(machine, [(operation, 0, 1) for operation in machine.operations])
    sheet = fill(system, machine, records, 32)
    names = [column.name for column in sheet.air.columns if column.name.startswith("is_")]
    return [{name for name in names if sheet[row, name]} for row in range(len(machine.operations))]


def height_for(rows):
    return max(32, 1 << max(rows - 1, 0).bit_length())


def check_cases(machine, system, known, cases, height=None):
    sheet = fill(system, machine, operation_records(machine, cases), height or height_for(len(cases)))
    assert accepts(sheet, known)
    assert stateful(sheet, known) == operation_messages(cases)


@pytest.mark.parametrize("operation", EXTERNAL, ids=lambda operation: operation.name)
def test_edges_by_edges_and_random_operands_are_proven(operation, systems, known):
    machine = next(machine for machine in MACHINES if machine.name == operation.machine)
    rng = random.Random(operation.code)
    cases = [(operation, a, b) for a in EDGES for b in EDGES]
    for _ in range(200):
        a = rng.getrandbits(rng.randint(1, 64))
        cases += [(operation, a, rng.getrandbits(rng.randint(1, 64))), (operation, a, a)]
    check_cases(machine, systems[machine.name], known, cases)


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_the_checker_balances_an_instance_against_its_partners(machine, systems):
    cases = [(operation, a, b) for operation in machine.operations for a, b in ((9, 7), (7, P), (P, 0))]
    records = operation_records(machine, cases)
    trace = machine.fill(systems[machine.name].air(machine.template), records, empty_run(), 32)
    sheet = fill(systems[machine.name], machine, records, 32)
    partners = [(bus, values, -count) for (bus, values), count in messages(sheet).items()]
    assert check(systems[machine.name], [trace], messages=partners).ok
    assert not check(systems[machine.name], [trace], messages=partners[1:]).ok


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
@pytest.mark.parametrize("rows", [0, 1, 31, 32, 33, 64])
def test_any_number_of_rows_fits_the_least_height_that_holds_it(machine, rows, systems, known):
    rng = random.Random(rows)
    cases = [(rng.choice(machine.operations), rng.getrandbits(64), rng.choice(EDGES)) for _ in range(rows)]
    check_cases(machine, systems[machine.name], known, cases)


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_more_rows_than_one_block_of_the_witness_are_filled(machine, systems, known, monkeypatch):
    monkeypatch.setattr("zisk_py.statemachines.columns.BLOCK", 8)
    cases = [(machine.operations[0], a, 3) for a in range(19)]
    check_cases(machine, systems[machine.name], known, cases)


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_more_operations_than_rows_are_refused(machine, systems):
    cases = [(machine.operations[0], 1, 1)] * 33
    with pytest.raises(WitnessError, match="33 records do not fit 32 rows"):
        fill(systems[machine.name], machine, operation_records(machine, cases), 32)


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_padding_sends_nothing_whatever_its_cells_are(machine, systems, known):
    rng = random.Random(7)
    air = systems[machine.name].air(machine.template)
    sheet = fill(systems[machine.name], machine, operation_records(machine, []), 32)
    for row in range(32):
        for index, column in enumerate(air.columns):
            if not column.name.startswith("is_"):
                sheet.rows[row][index] = rng.randrange(P)
    assert not stateful(sheet, known)


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
@pytest.mark.parametrize("value", [2, P - 1, (P + 1) // 2], ids=["two", "minus one", "half"])
def test_a_selector_is_zero_or_one(machine, value, systems, known):
    air = systems[machine.name].air(machine.template)
    sheet = fill(systems[machine.name], machine, operation_records(machine, []), 32)
    selectors = [column.name for column in air.columns if column.name.startswith("is_")]
    by_operation = selectors_of(machine, systems[machine.name])
    assert set(selectors) == set().union(*by_operation)
    assert len({frozenset(names) for names in by_operation}) == len(machine.operations)
    assert not [name for name in selectors if accepts(sheet.forged(5, {name: value}), known)]


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_a_row_is_one_operation_only(machine, systems, known):
    sheet = fill(systems[machine.name], machine, operation_records(machine, []), 32)
    by_operation = selectors_of(machine, systems[machine.name])
    selectors = sorted(set().union(*by_operation))
    pairs = [pair for pair in combinations(selectors, 2) if set(pair) not in by_operation]
    assert pairs
    assert not [pair for pair in pairs if accepts(sheet.forged(0, dict.fromkeys(pair, 1)), known)]


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_the_air_fits_the_prover(machine, systems):
    air = systems[machine.name].air(machine.template)
    assert max(constraint.degree for constraint in air.constraints) <= 3
    assert {i.bus for i in air.interactions if i.sign > 0} == {Bus.OPERATION}
    assert {len(i.values) for i in air.interactions if i.bus == Bus.OPERATION} == {8}


def test_operands_at_the_ends_of_64_bits_are_among_the_edges():
    assert {0, P - 1, P, MASK64} <= set(EDGES)
