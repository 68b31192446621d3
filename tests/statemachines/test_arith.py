"""Arith refuses tampered cells, forged carries, products, quotients, remainders; small chunks in full."""

from itertools import product

import pytest
from enumeration import SMALL, Enumeration
from harness import assert_tight, broken, build, build_model, fill, fixed_tables, misses, operation_records

from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import DIVU, MULU, MULUH, REMU
from zisk_py.statemachines.arith import MACHINE
from zisk_py.statemachines.buses import Bus

KNOWN = fixed_tables()
SYSTEM = build(MACHINE)
ONES = (1 << 64) - 1
SHIFT_32 = pow(1 << 32, -1, P)  # 2^-32 modulo p
OPERANDS = [(ONES, ONES), (0x0123456789ABCDEF, 0xFEDCBA987), (7, 2), (5, 0), (0, 9), (P, 1 << 32)]
PADDING = dict.fromkeys(
    ["a0", "a1", *(f"{name}[{i}]" for name in ("x", "y", "low", "high") for i in range(4))],
    "no message reads padding, and its products are those of zeros",
)


def sheet_of(operation, operands):
    return fill(SYSTEM, MACHINE, operation_records(MACHINE, [(operation, a, b) for a, b in operands]), 32)


def chunks(name, value):
    return {f"{name}[{i}]": value >> 16 * i & 0xFFFF for i in range(4)}


def only_the_range_refuses(sheet):
    return not broken(sheet) and {bus for bus, _ in misses(sheet, KNOWN)} == {Bus.RANGE16}


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_every_change_of_a_cell_is_noticed(operation):
    assert_tight(sheet_of(operation, OPERANDS), KNOWN, range(len(OPERANDS)), {})


def test_on_padding_only_unread_columns_are_free():
    assert_tight(sheet_of(MULU, OPERANDS), KNOWN, [len(OPERANDS), 31], PADDING)


@pytest.mark.parametrize("digit", [0, 1, 2])
def test_a_carry_that_is_a_fraction_does_not_forge_a_product(digit):
    # One more in a digit, 2^-32 less in its carry, and so on: every equation holds modulo p.
    sheet = sheet_of(MULUH, [(ONES, ONES - 5)])
    names = ["low[0]", "low[2]", "high[0]", "high[2]"]
    sheet[0, names[digit]] += 1
    for i in range(digit, 3):
        sheet[0, f"carry[{i}]"] -= pow(SHIFT_32, i - digit + 1, P)
        if i < 2:
            continue
        sheet[0, names[3]] -= pow(SHIFT_32, i - digit + 1, P)
    assert only_the_range_refuses(sheet.settle(0, "c0", "c1"))


@pytest.mark.parametrize("digit", [0, 1, 2])
def test_a_carry_that_is_too_large_by_one_does_not_forge_a_high_word(digit):
    # The digit is less by 2^32; the next one takes the carry.
    sheet = sheet_of(MULUH, [(ONES, ONES - 5)])
    names = ["low[1]", "low[3]", "high[1]"]
    following = ["low[2]", "high[0]", "high[2]"]
    sheet[0, f"carry[{digit}]"] += 1
    sheet[0, names[digit]] -= 1 << 16
    sheet[0, following[digit]] += 1
    assert only_the_range_refuses(sheet.settle(0, "c0", "c1"))


def wrapped(sheet):
    # 2^32 * (2^32 - 1) = -1 modulo p: one more in the low digit, one less in the next, one more in the third.
    forged = sheet.copy()
    for name, change in {"low[0]": 1, "low[2]": -1, "carry[1]": 1, "high[0]": 1}.items():
        forged[0, name] += change
    return forged.settle(0, "c0", "c1"), (1 << 32) - 1


def test_a_carry_that_wraps_round_the_field_leaves_the_range():
    forged, carry = wrapped(sheet_of(MULUH, [(0x0123456789ABCDEF, 0xFEDCBA9876543211)]))
    forged[0, "carry[0]"] += carry
    assert only_the_range_refuses(forged)


def test_a_carry_that_wraps_round_the_field_has_no_top_bit():
    forged, carry = wrapped(sheet_of(MULUH, [(0x0123456789ABCDEF, 0xFEDCBA9876543211)]))
    total = forged[0, "carry[0]"] + (forged[0, "carry_top[0]"] << 16) + carry
    forged[0, "carry[0]"], forged[0, "carry_top[0]"] = total & 0xFFFF, total >> 16
    assert not misses(forged, KNOWN)
    assert broken(forged)
    assert all("carry_top" in text for text in broken(forged))


@pytest.mark.parametrize("remainder", [0, 2])
def test_a_quotient_that_is_a_fraction_modulo_p_leaves_the_range(remainder):
    sheet = sheet_of(DIVU, [(7, 3)])
    sheet = sheet.forged(
        0, {"x[0]": (7 - remainder) * pow(3, -1, P), "low[0]": remainder, "high[0]": 2 - remainder}
    )
    assert only_the_range_refuses(sheet.settle(0, "c0", "c1"))


def test_chunks_of_b_are_the_only_ones_of_their_sum():
    sheet = sheet_of(MULU, [(5, 3 << 16)]).forged(0, {"y[0]": 1 << 16, "y[1]": 2})
    assert only_the_range_refuses(sheet)


@pytest.mark.parametrize("bit", range(4))
def test_the_top_bits_of_carries_are_bits(bit):
    # One more in the top, 2^16 less below (2^17 for the bit that counts twice).
    sheet = sheet_of(MULU, [(ONES, ONES)])
    carry, weight = [(0, 1), (1, 1), (1, 2), (2, 1)][bit]
    sheet[0, f"carry_top[{bit}]"] += 1
    sheet[0, f"carry[{carry}]"] -= weight << 16
    assert any("carry_top" in text for text in broken(sheet)) or misses(sheet, KNOWN)


def test_a_product_that_is_larger_by_p_is_refused():
    sheet = sheet_of(MULU, [(3, 5)])
    alias = 15 + P
    assert alias < 1 << 64
    forged = sheet.forged(0, {**chunks("low", alias), **chunks("high", ONES)})
    assert broken(forged.settle(0, "c0", "c1"))


@pytest.mark.parametrize(("a", "b", "quotient"), [(7, 2, 2), (7, 2, 0), (ONES, 10, 3), (5, 5, 0)])
@pytest.mark.parametrize("operation", [DIVU, REMU], ids=["divu", "remu"])
def test_a_remainder_that_is_not_less_than_the_divisor_leaves_the_range(operation, a, b, quotient):
    remainder = a - quotient * b
    assert remainder >= b
    sheet = sheet_of(operation, [(b * quotient + b - 1, b)])  # the same quotient, with an honest remainder
    sheet = sheet.forged(0, {"a0": a & 0xFFFFFFFF, "a1": a >> 32, **chunks("low", remainder)})
    sheet = sheet.forged(0, {**chunks("high", 0), "borrow": 0, **dict.fromkeys(CARRIES, 0)})
    sheet = sheet.settle(0, "carry[0]", "carry[1]", "high[1]", "high[3]", "c0", "c1")
    assert only_the_range_refuses(sheet)


CARRIES = [*(f"carry[{i}]" for i in range(3)), *(f"carry_top[{i}]" for i in range(4))]


def test_a_remainder_that_is_too_large_cannot_borrow_either():
    sheet = sheet_of(REMU, [(7, 2)]).forged(0, {**chunks("x", 0), **chunks("low", 7)})
    sheet = sheet.forged(0, {**chunks("high", 2 - 7 - 1), "borrow": 1, "flag": 1})
    assert any("flag" in text for text in broken(sheet.settle(0, "c0", "c1")))


@pytest.mark.parametrize("quotient", [0, 1, ONES - 1, P - 1])
@pytest.mark.parametrize("operation", [DIVU, REMU], ids=["divu", "remu"])
def test_the_quotient_of_a_division_by_zero_is_all_ones(operation, quotient):
    sheet = sheet_of(operation, [(5, 0)]).forged(0, chunks("x", quotient)).settle(0, "c0", "c1")
    assert any("flag" in text for text in broken(sheet))


@pytest.mark.parametrize("operation", [DIVU, REMU], ids=["divu", "remu"])
def test_a_division_by_zero_without_its_flag_leaves_the_range(operation):
    sheet = sheet_of(operation, [(5, 0)])
    forged = sheet.forged(0, {"flag": 0, "high[3]": sheet[0, "high[3]"] - (1 << 16)})
    assert only_the_range_refuses(forged)


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_a_flag_without_a_division_by_zero_is_refused(operation):
    sheet = sheet_of(operation, [(ONES, 1)]).forged(0, {"flag": 1})
    assert broken(sheet.settle(0, "high[3]"))


def test_a_quotient_that_is_right_modulo_p_only_is_refused():
    # q * 3 = 7 modulo p, remainder 0.
    quotient = 7 * pow(3, -1, P) % P
    sheet = sheet_of(DIVU, [(7, 3)]).forged(0, {**chunks("x", quotient), **chunks("low", 0)})
    sheet = sheet.forged(0, {**chunks("high", 2), "borrow": 0})
    product = [quotient * 3 >> 32 * (i + 1) for i in range(2)]
    sheet = sheet.forged(0, {"carry[0]": product[0] & 0xFFFF, "carry[1]": product[1] & 0xFFFF})
    assert broken(sheet.settle(0, "c0", "c1"))


MODEL = build_model(MACHINE, 1)  # numbers of 4 bits
WORD = 1 << 4
MEANING = {
    MULU.code: lambda a, b: (a * b % WORD, 0),
    MULUH.code: lambda a, b: (a * b // WORD, 0),
    DIVU.code: lambda a, b: (a // b, 0) if b else (WORD - 1, 1),
    REMU.code: lambda a, b: (a % b, 0) if b else (a, 1),
}


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_small_chunks_admit_one_result_for_every_pair_of_operands(operation):
    bit = (0, 1)
    model = Enumeration(MODEL, {Bus.RANGE16: {(0,), (1,)}})
    for a, b in product(range(WORD), repeat=2):
        c, flag = MEANING[operation.code](a, b)
        domains = {
            **{f"is_{other.name}": [int(other is operation)] for other in MACHINE.operations},
            **{"a0": [a & 3], "a1": [a >> 2]},
            **{f"y[{i}]": [b >> i & 1] for i in range(4)},
            **{f"x[{i}]": bit for i in range(4)},
            **{"low[0]": bit, "low[1]": bit, "carry[0]": bit, "carry_top[0]": SMALL},
            **{"low[2]": bit, "low[3]": bit, "carry[1]": bit, "carry_top[1]": SMALL, "carry_top[2]": SMALL},
            **{"high[0]": bit, "high[1]": bit, "carry[2]": bit, "carry_top[3]": SMALL},
            **{"high[2]": bit, "high[3]": bit, "borrow": SMALL, "flag": SMALL},
            **{"c0": range(4), "c1": range(4)},
        }
        said = [model.sent(Bus.OPERATION, cells) for cells in model.witnesses(domains)]
        assert said
        tuple_ = (operation.code, a & 3, a >> 2, b & 3, b >> 2, c & 3, c >> 2, flag)
        assert all(messages == {(1, tuple_)} for messages in said)
