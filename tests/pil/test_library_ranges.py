"""Range checks: which table a range gets, which airs have the tables, what a check sends."""

import pytest

from library_programs import air, all_shown, body, expanded, values
from zisk_py.field.goldilocks import P
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import Expander
from zisk_py.pil.expander.air import Message


def checks(expander: Expander) -> list[tuple[str, tuple[str, ...]]]:
    """Bus and values of what air A sends."""
    return [(bus, sent) for bus, sign, _, sent, _ in all_shown(air(expander, "A").messages) if sign < 0]


@pytest.mark.parametrize(
    ("call", "expected", "tables"),
    [
        ("range_check(a, 0, 255)", [("102", ("a",))], ["SpecifiedRanges"]),
        ("range_check(a, 0, 255, predefined: 1)", [("100", ("a",))], ["U8Air"]),
        ("range_check(a, 0, 65535, predefined: 1)", [("101", ("a",))], ["U16Air"]),
        ("range_check(a, 3, 99, predefined: 1)", [("100", ("a - 3",)), ("100", ("99 - a",))], ["U8Air"]),
        ("range_check(a, 0, 256, predefined: 1)", [("101", ("a",)), ("101", ("256 - a",))], ["U16Air"]),
        ("range_check(a, -9, 99)", [("102", ("a",))], ["SpecifiedRanges"]),
        (
            "range_check(a, 0, 99); range_check(b, 0, 99)",
            [("102", ("a",)), ("102", ("b",))],
            ["SpecifiedRanges"],
        ),
        (
            "range_check(a, 0, 255); range_check(b, 0, 255, predefined: 1)",
            [("102", ("a",)), ("100", ("b",))],
            ["SpecifiedRanges", "U8Air"],
        ),
        (
            "range_check_group([a, b], 0, 99, [s, 1])",
            [("102", ("a",)), ("102", ("b",))],
            ["SpecifiedRanges"],
        ),
        ("multi_range_check(a, 0, 99, 5, 50, s)", [("-s + 103 of 102, 103", ("a",))], ["SpecifiedRanges"]),
        ("multi_range_check(a, 0, 99, 5, 50)", [("102", ("a",))], ["SpecifiedRanges"]),
        (
            "const int i = dynamic_range_check_id(0, 99); const int j = dynamic_range_check_id(-5, 50); "
            "dynamic_range_check(a, s * i + (1 - s) * j)",
            [("s * 102 + (1 - s) * 103 of 102, 103", ("a",))],
            ["SpecifiedRanges"],
        ),
    ],
)
def test_a_check_looks_up_in_the_table_of_its_range(
    call: str, expected: list[tuple[str, tuple[str, ...]]], tables: list[str]
) -> None:
    expander = body(f"{call};")

    assert checks(expander) == expected
    assert [builder.name for builder in expander.airs[1:]] == tables
    assert all(builder.is_library for builder in expander.airs[1:])


def test_opids_are_known_to_the_program() -> None:
    body(
        """
        assert_eq(get_opid(0, 99, query_only: 1), -1);
        const int first = get_opid(0, 99);
        assert_eq(first, 102);
        assert_eq(get_opid(0, 99, query_only: 1), first);
        assert_eq(range_check(a, 0, 99), first);
        assert_eq(get_opid(0, 99), first);
        assert_eq(range_check(a, 0, 99), first);
        assert_eq(range_check(a, 3, 99, predefined: 1), U8AIR_OPID);
        assert_eq(range_check(a, 3, 999, predefined: 1), U16AIR_OPID);
        assert_eq(get_opid(3, 9999, predefined: 1, query_only: 1), -1);
        const int both[2] = multi_range_check(a, 0, 99, 0, 77, s);
        assert_eq(both[0], first);
        assert_eq(both[1], 103);
        """
    )


def test_an_opid_that_the_program_uses_is_given_to_no_range() -> None:
    expander = body("lookup_assumes(102, [a, b]); assert_eq(range_check(a, 0, 99), 103);")

    assert [message.bus for message in air(expander, "A").messages] == [102, 103]


def proven(builder_messages: list[Message], opid: int) -> int:
    """How many of the messages can prove something on that opid."""
    return sum(opid in (message.opids or (message.bus,)) for message in builder_messages)


@pytest.mark.parametrize(("bits", "columns"), [(8, 1), (6, 4), (5, 8), (3, 8)])
def test_a_lower_table_of_bytes_has_more_multiplicities(bits: int, columns: int) -> None:
    table = air(body("range_check(a, 0, 255, predefined: 1);", before=f"set_max_u8_bits({bits});"), "U8Air")

    assert table.rows == 256 // columns
    assert values(table, "RANGE") == list(range(256 // columns))
    sent = [shown[3] for shown in all_shown(table.messages)]
    assert sent == [("RANGE",), *((f"RANGE + {i * 256 // columns}",) for i in range(1, columns))]
    assert [column.name for column in table.columns] == [f"mul[{i}]" for i in range(columns)]


def test_specified_ranges_stand_one_behind_the_other() -> None:
    table = air(body("range_check(a, -3, 9); range_check(b, 100, 120);"), "SpecifiedRanges")

    assert table.rows == 32
    numbers = [*range(P - 3, P), *range(10), *range(100, 121)]
    assert values(table, "OPID[0]") == [102] * 13 + [103] * 19
    assert values(table, "VALUE[0][0]") == numbers[:32]
    # What is left over repeats the last row: it proves nothing new, and needs no column of opids.
    assert values(table, "VALUE[1][0]") == numbers[32:] + [120] * 30
    assert all_shown(table.messages) == [
        ("OPID[0] of 102, 103", 1, "mul[0]", ("VALUE[0][0]",), set()),
        ("103", 1, "mul[1]", ("VALUE[1][0]",), set()),
    ]


def test_the_height_of_specified_ranges_can_be_limited() -> None:
    program = "range_check(a, 0, 999);"

    assert air(body(program), "SpecifiedRanges").rows == 1024
    low = air(body(program, before="set_max_specified_bits(6);"), "SpecifiedRanges")
    assert low.rows == 64
    assert len(low.messages) == 16


def test_all_limits_can_be_set_at_once() -> None:
    program = "range_check(a, 0, 999); range_check(a, 0, 255, 1, 1); range_check(a, 0, 65535, 1, 1);"
    expander = body(program, before="set_max_std_tables_bits(9);")

    assert {builder.name: builder.rows for builder in expander.airs[1:]} == {
        "SpecifiedRanges": 512,
        "U8Air": 256,
        "U16Air": 512,
    }


TWO_GROUPS = """
airtemplate A(const int N = 64) { col witness a; range_check(a, 0, 99); }
airtemplate B(const int N = 64) { col witness a; range_check(a, 0, 255, predefined: 1); }
airgroup First { A(); B(); }
airgroup Second { A() alias A2; }
"""


def test_a_table_is_made_once_in_the_airgroup_that_uses_it_or_in_one_of_its_own() -> None:
    expander = expanded(TWO_GROUPS)

    assert {(builder.name, builder.airgroup) for builder in expander.airs if builder.is_library} == {
        ("U8Air", "First"),
        ("SpecifiedRanges", "SpecifiedRanges"),
    }


def test_a_range_that_comes_after_its_table_gets_another_one() -> None:
    expander = expanded("""
        airtemplate A(const int N = 64) { col witness a; range_check(a, 0, 99); }
        airtemplate B(const int N = 64) { col witness a; range_check(a, 0, 99); range_check(a, 0, 77); }
        function late() { B(); }
        airgroup G { A(); on final(1) airgroup late(); }
    """)

    assert [builder.name for builder in expander.airs] == ["A", "SpecifiedRanges", "B", "SpecifiedRanges_1"]
    last = expander.airs[-1].messages
    assert (proven(last, 102), proven(last, 103)) == (0, 1)


def test_tables_of_ranges_can_be_virtual() -> None:
    expander = body(
        "range_check(a, 0, 255, 1, 1); range_check(a, -9, 9); range_check(b, 0, 65535, 1, 1);",
        before="set_range_check_tables_virtual();",
    )

    table = air(expander, "VirtualTableG0")
    assert [builder.name for builder in expander.airs] == ["A", "VirtualTableG0"]
    assert {opid for opid in (100, 101, 102) if proven(table.messages, opid)} == {100, 101, 102}


@pytest.mark.parametrize(
    ("call", "suggestion"),
    [
        ("range_check(a, 5, 8)", "(expression - 5) * (expression - 6) * (expression - 7) * (expression - 8)"),
        ("range_check(a, -1, 1)", "(expression + 1) * expression * (expression - 1) === 0"),
        ("range_check(a, -1, 99, predefined: 1)", "leave predefined out"),
    ],
)
def test_a_range_that_costs_more_than_it_has_to_gets_advice(call: str, suggestion: str) -> None:
    (found,) = body(f"{call};").warnings

    assert found.code == Code.RANGE_ADVICE
    assert found.suggestion is not None
    assert suggestion in found.suggestion
