"""Every argument of the standard library leaves messages: on which bus, how often, of which kind."""

import pytest

from library_programs import air, all_shown, body, expanded, shown
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.graph import text
from zisk_py.pil.library import NATIVE

MESSAGES: list[tuple[str, tuple[str, int, str, tuple[str, ...], set[str]]]] = [
    ("lookup_assumes(5, [a, b], s)", ("5", -1, "s", ("a", "b"), set())),
    ("lookup_assumes(opid: 5, expressions: [a, b], sel: s)", ("5", -1, "s", ("a", "b"), set())),
    ("lookup_assumes(5, e: [a, 1 - s])", ("5", -1, "1", ("a", "1 - s"), set())),
    ("lookup_assumes(5, [a], surname: PIOP_SURNAME_ISOLATED)", ("5", -1, "1", ("a",), {"isolated"})),
    ("lookup_assumes(5, [a], surname: PIOP_SURNAME_DYNAMIC)", ("5", -1, "1", ("a",), {"dynamic"})),
    ("lookup_assumes(5, [a], name: PIOP_NAME_RANGE_CHECK)", ("5", -1, "1", ("a",), set())),
    ("lookup_proves(5, [a, b], mul: s)", ("5", 1, "s", ("a", "b"), set())),
    ("lookup_proves(5, [a], s, table_id: 9)", ("5", 1, "s", ("a",), set())),
    ("lookup(5, [a], -s)", ("5", 1, "-s", ("a",), set())),
    (
        "lookup_assumes_dynamic([9, 5, 9], 5 + 4 * s, [a, b], 1 - s)",
        ("5 + 4 * s of 5, 9", -1, "1 - s", ("a", "b"), {"dynamic"}),
    ),
    ("lookup_assumes_dynamic([9, 5], 9, [a])", ("9", -1, "1", ("a",), {"dynamic"})),
    (
        "lookup_proves_dynamic(opids: [3, 4], busid: b, e: [a], mul: s)",
        ("b of 3, 4", 1, "s", ("a",), {"dynamic"}),
    ),
    ("permutation_assumes(5, [a], s)", ("5", -1, "s", ("a",), set())),
    ("permutation_proves(5, [a], s, bus_type: PIOP_BUS_PROD)", ("5", 1, "s", ("a",), {"product"})),
    ("permutation(5, [a], s, bus_type: PIOP_BUS_SUM)", ("5", 1, "s", ("a",), set())),
    ("direct_update(5, [v, 1])", ("5", 1, "1", ("v", "1"), {"direct"})),
    ("direct_update(5, [v, x], sel: v, proves: 0)", ("5", -1, "v", ("v", "x"), {"direct"})),
    ("direct_update_assumes(5, [v], bus_type: 2)", ("5", -1, "1", ("v",), {"direct", "product"})),
    ("direct_update_proves(5, [v], surname: 2)", ("5", 1, "1", ("v",), {"direct", "dynamic"})),
    ("range_check(v, 0, 1000)", ("102", -1, "1", ("v",), {"direct"})),
]


@pytest.mark.parametrize(("call", "expected"), MESSAGES, ids=[call for call, _ in MESSAGES])
def test_a_call_becomes_a_message(
    call: str, expected: tuple[str, int, str, tuple[str, ...], set[str]]
) -> None:
    (message,) = air(body(f"{call};"), "A").messages

    assert shown(message) == expected


GLOBAL = [
    ("direct_global_update(5, [x, 1])", ("5", 1, "1", ("x", "1"), {"direct"})),
    ("direct_global_update(5, [1], proves: 0)", ("5", -1, "1", ("1",), {"direct"})),
    ("direct_global_update_assumes(5, [1], sel: x)", ("5", -1, "x", ("1",), {"direct"})),
    ("direct_global_update_proves(5, [x], bus_type: 2)", ("5", 1, "1", ("x",), {"direct", "product"})),
]


@pytest.mark.parametrize(("call", "expected"), GLOBAL, ids=[call for call, _ in GLOBAL])
def test_a_global_update_is_no_message_of_an_air(
    call: str, expected: tuple[str, int, str, tuple[str, ...], set[str]]
) -> None:
    within, beside = body(f"{call};"), expanded(f"public x; airgroup G {{ {call}; }}")

    assert air(within, "A").messages == []
    assert all_shown(within.messages) == all_shown(beside.messages) == [expected]


@pytest.mark.parametrize(
    "call",
    [
        "lookup_assumes(1, [a], 0)",
        "lookup_proves(1, [a], 0)",
        "range_check(a, 0, 99, 0)",
        "permutation(1, [a], 0)",
    ],
)
def test_what_is_sent_0_times_is_not_sent(call: str) -> None:
    expander = body(f"{call};")

    assert [builder.name for builder in expander.airs] == ["A"]
    assert air(expander, "A").messages == []


@pytest.mark.parametrize(
    ("call", "claims"),
    [
        ("lookup_assumes(1, [a], s)", ["s * (1 - s)"]),
        ("lookup_assumes(1, [a], s, 1)", []),
        ("lookup_assumes(1, [a], v)", ["v * (1 - v)"]),
        ("lookup_assumes_dynamic([1, 2], b, [a], s)", []),
        ("permutation_proves(1, [a], s)", ["s * (1 - s)"]),
        ("permutation(1, [a], s)", ["s * (1 - s) * (s + 1)"]),
        ("permutation(1, [a], s, sel_is_ternary: 1)", []),
        ("range_check(a, 0, 1000, s)", []),
        ("direct_update(1, [v], sel: x)", []),
        ("constrain_binary_sel(s, 3)", ["s * (1 - s)"]),
        ("constrain_binary_sel(1)", []),
        ("constrain_ternary_sel(s)", ["s * (1 - s) * (s + 1)"]),
        ("constrain_ternary_sel(-1, 3)", []),
    ],
)
def test_a_selector_is_constrained_unless_its_author_does(call: str, claims: list[str]) -> None:
    assert [text(claim.node) for claim in air(body(f"{call};"), "A").claims] == claims


@pytest.mark.parametrize(
    ("before", "call", "is_product"),
    [
        ("", "permutation(1, [a])", False),
        ("set_permutation_bus_type(PIOP_BUS_PROD);", "permutation(1, [a])", True),
        ("set_permutation_bus_type(PIOP_BUS_PROD);", "permutation(1, [a], bus_type: PIOP_BUS_SUM)", False),
        ("set_permutation_bus_type(PIOP_BUS_PROD);", "direct_update(1, [v])", False),
        ("set_std_bus_type(PIOP_BUS_PROD);", "permutation(1, [a])", True),
        ("set_std_bus_type(PIOP_BUS_PROD);", "direct_update(1, [v])", True),
        ("set_std_bus_type(PIOP_BUS_PROD);", "lookup_assumes(1, [a])", False),
    ],
)
def test_the_bus_is_the_one_that_is_given_else_the_set_one(before: str, call: str, is_product: bool) -> None:
    (message,) = air(body(f"{call};", before=before), "A").messages

    assert message.is_product == is_product


def test_lookups_and_permutations_can_share_an_opid() -> None:
    expander = body("lookup_assumes(1, [a]); permutation_proves(1, [b]); direct_update_proves(1, [v]);")

    assert len(air(expander, "A").messages) == 3


def test_an_isolated_lookup_can_use_the_opid_of_a_range() -> None:
    expander = body("lookup_proves(range_check(a, 0, 99), [b], s, surname: PIOP_SURNAME_ISOLATED);")

    assert [message.is_isolated for message in air(expander, "A").messages] == [False, True]


@pytest.mark.parametrize(
    "call", ["lookup_proves(1, [v, 2])", "permutation(1, [3])", "lookup_assumes(1, [x])"]
)
def test_a_message_without_columns_is_sent_once_and_its_author_is_told(call: str) -> None:
    expander = body(f"{call};")

    (message,) = air(expander, "A").messages
    assert message.is_direct
    assert [found.code for found in expander.warnings] == [Code.ONCE_PER_INSTANCE]


def test_every_function_has_a_signature_and_every_signature_a_function() -> None:
    from zisk_py.pil.expander import builtins

    expander = expanded("")

    assert expander.proof_scope.callees.keys() == {*NATIVE, *builtins.NATIVE}
