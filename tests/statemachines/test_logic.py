"""Logic refuses tampered cells and forged bytes."""

import pytest
from harness import assert_tight, broken, build, fill, fixed_tables, misses, operation_records

from zisk_py.isa.operations import AND, OR, XOR
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.logic import MACHINE

KNOWN = fixed_tables()
SYSTEM = build(MACHINE)
OPERANDS = [(0, 0), (0x0123456789ABCDEF, 0xFFFF0000FFFF0000), ((1 << 64) - 1, 1), (256, 256)]
BYTES = {
    f"{name}[{i}]": "no message reads the bytes of padding" for name in ("a", "b", "both") for i in range(8)
}


def sheet_of(operation, operands):
    return fill(SYSTEM, MACHINE, operation_records(MACHINE, [(operation, a, b) for a, b in operands]), 32)


def only_the_table_refuses(sheet):
    return not broken(sheet) and {bus for bus, _ in misses(sheet, KNOWN)} == {Bus.AND8}


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_every_change_of_a_cell_is_noticed(operation):
    assert_tight(sheet_of(operation, OPERANDS), KNOWN, range(len(OPERANDS)), {})


def test_on_padding_only_the_bytes_are_free():
    assert_tight(sheet_of(AND, OPERANDS), KNOWN, [len(OPERANDS), 31], BYTES)


@pytest.mark.parametrize("operand", ["a", "b"])
@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_bytes_0_1_are_not_256_0(operation, operand):
    # The same operand, hence the same message: only the table tells the two apart.
    sheet = sheet_of(operation, [(256, 256)]).forged(0, {f"{operand}[0]": 256, f"{operand}[1]": 0})
    assert only_the_table_refuses(sheet)


@pytest.mark.parametrize(("operation", "factor"), [(AND, 1), (OR, -1), (XOR, -2)], ids=["and", "or", "xor"])
def test_a_false_conjunction_is_not_in_the_table(operation, factor):
    sheet = sheet_of(operation, [(6, 3)])
    both, c0 = sheet[0, "both[0]"], sheet[0, "c0"]
    assert only_the_table_refuses(sheet.forged(0, {"both[0]": both + 1, "c0": c0 + factor}))


def test_a_carry_between_bytes_of_the_conjunction_is_not_in_the_table():
    sheet = sheet_of(AND, [(0x0100, 0x0100)]).forged(0, {"both[0]": 256, "both[1]": 0})
    assert only_the_table_refuses(sheet)
