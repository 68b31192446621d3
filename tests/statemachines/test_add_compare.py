"""AddCompare refuses tampered cells, forged carries, signs and comparisons; small chunks in full."""

from itertools import product

import pytest
from enumeration import SMALL, Enumeration
from harness import (
    Sheet,
    assert_tight,
    broken,
    build,
    build_model,
    fill,
    fixed_tables,
    misses,
    operation_records,
)

from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import ADD, ADD_W, EQ, LT, LTU, SUB, SUB_W
from zisk_py.statemachines.add_compare import MACHINE
from zisk_py.statemachines.buses import Bus

KNOWN = fixed_tables()
SYSTEM = build(MACHINE)

SIGN = 1 << 63
MINUS_ONE = (1 << 64) - 1
WORD_SIGN = 1 << 31
WORDS = (ADD_W, SUB_W)
OPERANDS = [(0, 0), (5, 7), (7, 5), (P, 0), (SIGN, 1), (1, SIGN), (SIGN - 1, SIGN), (MINUS_ONE, 1)]
UNUSED = {
    "inverse": "read where eq finds a difference",
    "top_a": "read on lt rows and those of words",
    "top_b": "read on lt rows",
    "flag": "read on comparisons",
}


def sheet_of(operation, operands) -> Sheet:
    return fill(SYSTEM, MACHINE, operation_records(MACHINE, [(operation, a, b) for a, b in operands]), 32)


def honest(operation, a, b) -> Sheet:
    return sheet_of(operation, [(a, b)])


def only_the_range_refuses(sheet: Sheet) -> bool:
    return not broken(sheet) and {bus for bus, _ in misses(sheet, KNOWN)} == {Bus.RANGE16}


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_every_change_of_a_cell_that_is_read_is_noticed(operation):
    sheet = sheet_of(operation, OPERANDS)
    read = {
        EQ.code: {"flag"},
        LT.code: {"flag", "top_a", "top_b"},
        LTU.code: {"flag"},
        ADD_W.code: {"top_a"},
        SUB_W.code: {"top_a"},
    }.get(operation.code, set())
    free = {column: reason for column, reason in UNUSED.items() if column not in read}
    assert_tight(sheet, KNOWN, (0, 3, len(OPERANDS) - 1), free)


def test_the_inverse_is_noticed_where_eq_finds_a_difference():
    assert_tight(honest(EQ, 5, 7), KNOWN, [0], {name: UNUSED[name] for name in ("top_a", "top_b")})


def test_on_padding_only_unread_columns_are_free():
    assert_tight(honest(ADD, 5, 7), KNOWN, [1, 31], UNUSED)


def test_a_carry_from_nowhere_leaves_the_range():
    forged = honest(ADD, 1, 2).forged(0, {"carry[0]": 1, "result[1]": -(1 << 16), "result[2]": 1})
    assert only_the_range_refuses(forged)


def test_a_dropped_carry_leaves_the_range():
    forged = honest(ADD, (1 << 32) - 1, 1)
    forged = forged.forged(0, {"carry[0]": 0, "result[1]": 1 << 16, "result[2]": 0})
    assert only_the_range_refuses(forged)


def test_a_carry_that_wraps_round_the_field_is_no_bit():
    # 2^32 * (2^32 - 1) = -1 modulo p: one more in the low half, one less in the high one, all in range.
    sheet = honest(ADD, 1, 5 << 32)
    forged = sheet.forged(0, {"result[0]": 2, "carry[0]": (1 << 32) - 1, "result[2]": 4, "carry[1]": 1})
    assert not misses(forged, KNOWN)
    assert [text for text in broken(forged) if "carry[0]" not in text] == []
    assert broken(forged)


@pytest.mark.parametrize("operation", [LTU, LT], ids=lambda operation: operation.name)
def test_a_comparison_without_its_borrow_leaves_the_range(operation):
    honest_row = honest(operation, 5, 7)
    forged = honest_row.forged(0, {"carry[1]": 0, "flag": 0})
    forged[0, "result[3]"] = honest_row[0, "result[3]"] - (1 << 16)
    assert only_the_range_refuses(forged)


@pytest.mark.parametrize(
    ("a", "b", "sign", "claim"),
    [
        (7, 5, "sign_a", 1),
        (5, 7, "sign_b", 0),
        (MINUS_ONE, 1, "sign_a", 0),
        (1, MINUS_ONE, "sign_b", 1),
        (SIGN, 0, "sign_a", 0),
        (SIGN - 1, SIGN, "sign_b", 1),
    ],
)
def test_a_false_sign_turns_lt_round_and_leaves_the_range(a, b, sign, claim):
    sheet = honest(LT, a, b)
    assert sheet[0, "flag"] == 1 - claim
    forged = sheet.forged(0, {sign: 1 - sheet[0, sign], "carry[1]": claim, "flag": claim})
    assert only_the_range_refuses(forged)


@pytest.mark.parametrize("sign", ["sign_a", "sign_b"])
@pytest.mark.parametrize("operation", [LTU, ADD, SUB, EQ, *WORDS], ids=lambda operation: operation.name)
def test_signs_have_no_part_in_other_operations(operation, sign):
    forged = honest(operation, 7, 5).forged(0, {sign: 1})
    assert any(sign in text for text in broken(forged))


@pytest.mark.parametrize("operation", WORDS, ids=lambda operation: operation.name)
@pytest.mark.parametrize(("a", "b"), [(5, 7), (7, 5), (WORD_SIGN, 0), (WORD_SIGN - 1, 1), (MINUS_ONE, 1)])
def test_a_false_sign_of_a_word_leaves_the_range(operation, a, b):
    sheet = honest(operation, a, b)
    is_negative = 1 - sheet[0, "carry[1]"]
    high = {"carry[1]": is_negative, **{f"result[{i}]": is_negative * 0xFFFF for i in (2, 3)}}
    forged = sheet.forged(0, {**high, "top_a": sheet[0, "result[1]"] + (1 << 15) - (is_negative << 16)})
    assert only_the_range_refuses(forged)


@pytest.mark.parametrize(("operation", "whole"), [(ADD_W, ADD), (SUB_W, SUB)], ids=["add_w", "sub_w"])
def test_the_high_half_of_a_word_is_not_that_of_the_operands(operation, whole):
    sheet, other = (honest(which, 5 << 32 | 3, 1 << 32 | 1) for which in (operation, whole))
    high = {f"result[{i}]": other[0, f"result[{i}]"] for i in (2, 3)}
    assert all(sheet[0, name] != value or not value for name, value in high.items())
    assert broken(sheet.forged(0, high))
    assert broken(sheet.forged(0, {"result[2]": 0xFFFF, "result[3]": 0xFFFF}))


@pytest.mark.parametrize("operation", [LTU, LT, EQ], ids=lambda operation: operation.name)
def test_a_comparison_is_not_of_words(operation):
    # Else 2^32 and 2^33 would compare as their low halves, of which the difference is 0.
    sheet = honest(operation, 1 << 32, 1 << 33)
    claim = {"carry[1]": 0, "flag": 1 - sheet[0, "flag"], "inverse": 0}
    forged = sheet.forged(0, {**claim, "is_word": 1, "result[2]": 0, "result[3]": 0, "top_a": 1 << 15})
    assert not misses(forged, KNOWN)
    assert broken(forged) == ["row 0: is_word * (1 - is_arithmetic) === 0"]


def test_eq_of_numbers_that_are_equal_modulo_p_is_refused():
    a, b = P, 0
    sheet = honest(EQ, a, b)
    difference = sum(sheet[0, f"result[{i}]"] << 16 * i for i in range(4))
    assert difference % P == 0
    assert sheet[0, "flag"] == 0
    assert broken(sheet.forged(0, {"flag": 1, "inverse": 0}))


def test_eq_with_chunks_that_cancel_leaves_the_range():
    # a - b = 1 written as (1 + 2^16 t) + 2^16 (-t), with t such that the sum of the chunks is 0.
    t = -pow((1 << 16) - 1, -1, P)
    forged = honest(EQ, 8, 7).forged(
        0, {"result[0]": 1 + (t << 16), "result[1]": -t, "flag": 1, "inverse": 0}
    )
    assert only_the_range_refuses(forged)


@pytest.mark.parametrize("inverse", [0, 1, P - 1])
def test_equal_numbers_cannot_be_called_different(inverse):
    assert broken(honest(EQ, 9, 9).forged(0, {"flag": 0, "inverse": inverse}))


MODEL = build_model(MACHINE, 1)  # numbers of 4 bits
WORD = 1 << 4
HALF = 1 << 2


def to_signed(value):
    return value - WORD if value >= WORD // 2 else value


def extended(value):
    low = value % HALF
    return (low - HALF) % WORD if low >= HALF // 2 else low


MEANING = {
    ADD.code: lambda a, b: ((a + b) % WORD, 0),
    SUB.code: lambda a, b: ((a - b) % WORD, 0),
    LTU.code: lambda a, b: (int(a < b),) * 2,
    LT.code: lambda a, b: (int(to_signed(a) < to_signed(b)),) * 2,
    EQ.code: lambda a, b: (int(a == b),) * 2,
    ADD_W.code: lambda a, b: (extended(a + b), 0),
    SUB_W.code: lambda a, b: (extended(a - b), 0),
}


@pytest.mark.parametrize("operation", MACHINE.operations, ids=lambda operation: operation.name)
def test_small_chunks_admit_one_result_for_every_pair_of_operands(operation):
    model = Enumeration(MODEL, {Bus.RANGE16: {(0,), (1,)}})
    row = honest(operation, 0, 0)
    selectors = {c.name: [row[0, c.name]] for c in MODEL.columns if c.name.startswith("is_")}
    ranged = {"top_a": (LT, *WORDS), "top_b": (LT,)}
    for a, b in product(range(WORD), repeat=2):
        domains = {
            **selectors,
            **{"a0": [a & 3], "a1": [a >> 2], "b0": [b & 3], "b1": [b >> 2]},
            "sign_a": SMALL,
            "sign_b": SMALL,
            **{name: SMALL if operation in readers else [0] for name, readers in ranged.items()},
            **{"carry[0]": SMALL, "result[0]": SMALL, "result[1]": SMALL},
            **{"carry[1]": SMALL, "result[2]": SMALL, "result[3]": SMALL},
            "flag": SMALL,
            "inverse": [0, *(pow(total, -1, P) for total in range(1, 5))] if operation is EQ else [0],
        }
        c, flag = MEANING[operation.code](a, b)
        said = [model.sent(Bus.OPERATION, cells) for cells in model.witnesses(domains)]
        assert said
        assert all(
            messages == {(1, (operation.code, a & 3, a >> 2, b & 3, b >> 2, c & 3, c >> 2, flag))}
            for messages in said
        )


def test_small_chunks_admit_the_selectors_of_one_operation_or_of_none():
    names = [column.name for column in MODEL.columns]
    selectors = [name for name in names if name.startswith("is_")]
    bits = dict.fromkeys(("flag", "top_a", "top_b"), (0, 1))
    domains = dict.fromkeys(selectors, SMALL) | {name: [0] for name in names if name not in selectors} | bits
    model = Enumeration(MODEL, {Bus.RANGE16: {(0,), (1,)}})
    found = {tuple(cells[name] for name in selectors) for cells in model.witnesses(domains)}
    rows = [honest(operation, 0, 0) for operation in MACHINE.operations]
    assert found == {(0,) * len(selectors), *(tuple(row[0, name] for name in selectors) for row in rows)}
