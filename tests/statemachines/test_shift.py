"""Shift refuses tampered cells, forged counts, outflows and signs; small chunks are tried in full."""

import pytest
from enumeration import SMALL, Enumeration
from harness import assert_tight, broken, build, build_model, fill, fixed_tables, misses, operation_records

from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import SLL, SRA, SRL
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.shift import MACHINE

KNOWN = fixed_tables()
SYSTEM = build(MACHINE)
NUMBER = 0x8123456789ABCDEF
OPERANDS = [(NUMBER, 13), (NUMBER, 64 * 1025 + 48), (3, 16), ((1 << 64) - 1, 63), (NUMBER, 1 << 63)]
PADDING = {
    "a0": "no message reads padding; where the multiplier is 0 no constraint does",
    "a1": "as a0",
    "b0": "no message reads padding",
    "b1": "no message reads padding",
    "bit_count": "no message reads padding",
    "multiplier": "no message reads padding; where a is 0 no constraint does",
    "rest": "no message reads padding",
    "sign_rest": "read on sra rows",
}


def sheet_of(operation, operands):
    return fill(SYSTEM, MACHINE, operation_records(MACHINE, [(operation, a, b) for a, b in operands]), 32)


def only_lookups_refuse(sheet, *buses):
    return not broken(sheet) and {bus for bus, _ in misses(sheet, KNOWN)} == set(buses)


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_every_change_of_a_cell_that_is_read_is_noticed(operation):
    free = {} if operation is SRA else {"sign_rest": PADDING["sign_rest"]}
    assert_tight(sheet_of(operation, OPERANDS), KNOWN, range(len(OPERANDS)), free)


def test_on_padding_only_unread_columns_are_free():
    assert_tight(sheet_of(SLL, OPERANDS), KNOWN, [len(OPERANDS), 31], PADDING)


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
@pytest.mark.parametrize("half", [0, 1])
def test_an_outflow_that_is_larger_by_p_is_refused(operation, half):
    # a * multiplier + p instead of a * multiplier: the same field element.
    sheet = sheet_of(operation, [(NUMBER, 4)])
    product = sheet[0, f"a{half}"] * sheet[0, "multiplier"] + P
    assert product < 1 << 96
    forged = sheet.forged(
        0,
        {
            f"low[{2 * half}]": product & 0xFFFF,
            f"low[{2 * half + 1}]": product >> 16 & 0xFFFF,
            f"over[{half}]": product >> 32,
        },
    )
    assert only_lookups_refuse(forged.settle(0, "c0", "c1"), Bus.RANGE16)


@pytest.mark.parametrize("half", [0, 1])
def test_an_outflow_that_is_too_large_by_one_is_refused(half):
    sheet = sheet_of(SLL, [(NUMBER, 4)])
    over, low = sheet[0, f"over[{half}]"], sheet[0, f"low[{2 * half + 1}]"]
    forged = sheet.forged(0, {f"over[{half}]": over + 1, f"low[{2 * half + 1}]": low - (1 << 16)})
    assert only_lookups_refuse(forged.settle(0, "c0", "c1"), Bus.RANGE16)


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_a_count_that_differs_by_a_fraction_of_64_is_refused(operation):
    # b0 = 1 = 0 + 64 * (1/64): with 64 * rest ranged instead of rest, nothing would refuse s = 0.
    sheet = sheet_of(operation, [(NUMBER, 0)]).forged(0, {"b0": 1, "rest": pow(64, -1, P)})
    assert sheet[0, "rest"] * 64 % P == 1
    assert only_lookups_refuse(sheet, Bus.RANGE16)


def test_a_count_that_is_negative_is_refused():
    sheet = sheet_of(SLL, [(NUMBER, 5)]).forged(0, {"b0": 5 - 64, "rest": -1})
    assert only_lookups_refuse(sheet, Bus.RANGE16)


def test_a_multiplier_of_another_count_or_direction_is_refused():
    sheet = sheet_of(SLL, [(0, 4)])
    assert only_lookups_refuse(sheet.forged(0, {"multiplier": 32}), Bus.POWER)
    assert only_lookups_refuse(sheet.forged(0, {"multiplier": 1 << 12}), Bus.POWER)


def test_sixteen_bits_are_a_hop_and_no_count():
    sheet = sheet_of(SLL, [(0, 16)]).forged(0, {"one_hop": 0, "bit_count": 16, "multiplier": 1 << 16})
    assert only_lookups_refuse(sheet, Bus.POWER)


@pytest.mark.parametrize(
    "hops", [("one_hop", "two_hops"), ("two_hops", "three_hops"), ("one_hop", "three_hops")]
)
def test_two_numbers_of_hops_at_once_are_refused(hops):
    assert broken(sheet_of(SRL, [(NUMBER, 0)]).forged(0, dict.fromkeys(hops, 1)).settle(0, "c0", "c1"))


@pytest.mark.parametrize("a", [NUMBER, 5, 0, (1 << 64) - 1])
def test_a_false_sign_leaves_the_range(a):
    sheet = sheet_of(SRA, [(a, 21)])
    forged = sheet.forged(0, {"sign": 1 - sheet[0, "sign"]}).settle(0, "c0", "c1")
    assert only_lookups_refuse(forged, Bus.RANGE16)


def test_srl_has_no_sign():
    assert broken(sheet_of(SRL, [(NUMBER, 21)]).forged(0, {"sign": 1}).settle(0, "c0", "c1"))


CHUNK = 4  # the least for which 2^CHUNK is a multiple of the number of bits
MODEL = build_model(MACHINE, CHUNK)  # numbers of 16 bits
BITS = 4 * CHUNK
HALF = 1 << 2 * CHUNK
MEANING = {
    SLL.code: lambda a, s: a << s & (1 << BITS) - 1,
    SRL.code: lambda a, s: a >> s,
    SRA.code: lambda a, s: (a - (a >> BITS - 1 << BITS)) >> s & (1 << BITS) - 1,
}


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_small_chunks_admit_one_result_for_every_count(operation):
    chunk = range(1 << CHUNK)
    rows = {
        Bus.RANGE16: {(x,) for x in chunk},
        Bus.POWER: {(0, s, 2**s) for s in range(CHUNK)} | {(1, s, 2 ** (CHUNK - s)) for s in range(CHUNK)},
    }
    model = Enumeration(MODEL, rows)
    for a in (0x8001, 0x7FFF, 0xA5C3):
        for b in range(0, HALF, 29):
            c = MEANING[operation.code](a, b % BITS)
            domains = {
                **{f"is_{other.name}": [int(other is operation)] for other in MACHINE.operations},
                **{"a0": [a % HALF], "a1": [a // HALF], "b0": [b], "b1": [7]},
                **{"one_hop": SMALL, "two_hops": SMALL, "three_hops": SMALL},
                **{"bit_count": chunk, "multiplier": range(17), "rest": chunk},
                **{"low[0]": chunk, "low[1]": chunk, "over[0]": chunk},
                **{"low[2]": chunk, "low[3]": chunk, "over[1]": chunk},
                **{"sign": SMALL, "sign_rest": chunk if operation is SRA else [0]},
                **{"c0": range(HALF), "c1": range(HALF)},
            }
            said = [model.sent(Bus.OPERATION, cells) for cells in model.witnesses(domains)]
            assert said
            tuple_ = (operation.code, a % HALF, a // HALF, b, 7, c % HALF, c // HALF, 0)
            assert all(messages == {(1, tuple_)} for messages in said)
