"""Forgeries on buses: opids, tuples of several widths, direct and global messages, signs, ranges, tables."""

import pytest

from forged_traces import ROWS, Case, assert_accepted, assert_refused, same, system
from zisk_py import pil
from zisk_py.field.goldilocks import P
from zisk_py.pil.errors import Code, PilError

TWICE = [2 * row for row in ROWS]
CASES = {
    "one opid on the bus of sums and on that of products": Case(
        """airtemplate A(const int N = 32) {
            col witness a, b;
            permutation_assumes(1, [a], bus_type: PIOP_BUS_PROD);
            permutation_proves(1, [b], bus_type: PIOP_BUS_PROD);
            permutation_assumes(1, [b]); permutation_proves(1, [a]);
        }
        airgroup G { A(); }""",
        {"A": {"a": ROWS, "b": ROWS[::-1]}},
        {"each pays for the other": {"A": {"a": ROWS, "b": TWICE}}},
    ),
    "a permutation of products with signs": Case(
        """airtemplate A(const int N = 32) {
            col witness a, b, s, t;
            permutation(1, [a], s, bus_type: PIOP_BUS_PROD); permutation(1, [b], t, bus_type: PIOP_BUS_PROD);
        }
        airgroup G { A(); }""",
        {"A": {"a": ROWS, "b": ROWS[::-1], "s": same(1), "t": same(-1 % P)}},
        {
            "both provide": {"A": {"a": ROWS, "b": ROWS, "s": same(1), "t": same(1)}},
            "twice as often": {"A": {"a": ROWS, "b": ROWS, "s": same(2), "t": same(-2 % P)}},
            "one is left out": {"A": {"a": ROWS, "b": ROWS, "s": [0, *same(1)[1:]], "t": same(-1 % P)}},
        },
    ),
    "an opid that is an expression": Case(
        """airtemplate A(const int N = 32) {
            col witness a, o; lookup_assumes_dynamic([5, 6], o, [a]);
        }
        airtemplate Five(const int N = 32) { col fixed X = [0..31]; col witness m; lookup_proves(5, [X], m); }
        airtemplate Six(const int N = 32) { col fixed X = [50..81]; col witness m; lookup_proves(6, [X], m); }
        airtemplate Seven(const int N = 32) {
            col fixed X = [90..121]; col witness m, b; lookup_proves(7, [X], m); lookup_assumes(7, [b]);
        }
        airgroup G { A(); Five(); Six(); Seven(); }""",
        {"A": {"a": [3, 60] * 16, "o": [5, 6] * 16}, "Seven": {"b": same(90)}},
        {
            "the tuple of the other opid": {"A": {"a": [3, 60] * 16, "o": [6, 5] * 16}},
            "an opid that it cannot be": {"A": {"a": [3, 90] * 16, "o": [5, 7] * 16}},
            "no opid at all": {"A": {"a": same(3), "o": same(P - 1)}},
        },
    ),
    "tuples of two widths": Case(
        """airtemplate A(const int N = 32) {
            col witness a, b;
            lookup_assumes_dynamic([0, 5], 0, [a]); lookup_assumes_dynamic([0, 5], 5, [a, b]);
        }
        airtemplate Narrow(const int N = 32) {
            col fixed X = [0..31]; col witness m; lookup_proves_dynamic([0, 5], 0, [X], m);
        }
        airtemplate Wide(const int N = 32) {
            col fixed X = [1..32]; col witness m; lookup_proves_dynamic([0, 5], 5, [X, 7], m);
        }
        airgroup G { A(); Narrow(); Wide(); }""",
        {"A": {"a": [1, 2] * 16, "b": same(7)}},
        {
            "a narrow tuple for a wide one": {"A": {"a": same(0), "b": same(0)}},
            "another second value": {"A": {"a": [1, 2] * 16, "b": [7, 0] * 16}},
            "a wide tuple for a narrow one": {"A": {"a": same(32), "b": same(7)}},
        },
    ),
    "direct messages from instance to instance": Case(
        """airtemplate A(const int N = 32) {
            airval v; col witness a; a === v;
            direct_update_assumes(1, [v]); direct_update_proves(1, [v + 1]);
        }
        airgroup G { A(); direct_global_update_proves(1, [0]); direct_global_update_assumes(1, [2]); }""",
        {"A": [{"v": 0, "a": same(0)}, {"v": 1, "a": same(1)}]},
        {
            "one instance is missing": {"A": {"v": 0, "a": same(0)}},
            "one is there twice": {
                "A": [{"v": 0, "a": same(0)}, {"v": 1, "a": same(1)}, {"v": 1, "a": same(1)}]
            },
            "another start": {"A": [{"v": 5, "a": same(5)}, {"v": 6, "a": same(6)}]},
        },
    ),
    "direct messages with a multiplicity of the instance": Case(
        """airtemplate A() {
            airval v, times; col witness a; a === v; direct_update_proves(1, [v], times);
        }
        airtemplate B() { col witness b; lookup_assumes(1, [b]); }
        airgroup G { A(); B(); }""",
        {"A": {"v": 4, "times": 32, "a": same(4)}, "B": {"b": same(4)}},
        {
            "not as often as it is asked for": {"A": {"v": 4, "times": 1, "a": same(4)}},
            "another tuple": {"A": {"v": 5, "times": 32, "a": same(5)}},
        },
    ),
    "multiplicities": Case(
        """airtemplate A(const int N = 32) { col witness a, s; lookup_assumes(1, [a], s); }
        airtemplate T(const int N = 32) { col fixed X = [0..31]; col witness m; lookup_proves(1, [X], m); }
        airgroup G { A(); T(); }""",
        {"A": {"a": ROWS, "s": [0, 1] * 16}},
        {
            "what is not in the table": {"A": {"a": [row + 1 for row in ROWS], "s": [0, 1] * 16}},
            "a selector of 2": {"A": {"a": ROWS, "s": same(2)}},
            "a selector of -1": {"A": {"a": ROWS, "s": same(P - 1)}},
            "counts that add up elsewhere": {"T": {"m": [1, *[0, 1] * 15, 0]}},
            "negative counts": {"T": {"m": [P - 1, 1] * 16}},
        },
    ),
    "copied cells": Case(
        """airtemplate A(const int N = 32) {
            col witness a, b;
            connection_init(1, [a, b]); connection_update_one_cell(1, [a, 3, b, 7]);
            connection_update_multiple_cells(1, [a, 0, a, 31, b, 0]); connection_connect(1);
        }
        airgroup G { A(); }""",
        {"A": {"a": [9, *ROWS[1:31], 9], "b": [9, *ROWS[1:7], 3, *ROWS[8:]]}},
        {
            "one cell of a pair": {"A": {"a": [9, *ROWS[1:31], 9], "b": [9, *ROWS[1:]]}},
            "one cell of three": {"A": {"a": [9, *ROWS[1:31], 8], "b": [9, *ROWS[1:7], 3, *ROWS[8:]]}},
        },
    ),
    "ranges of values of instances": Case(
        """airtemplate A(const int N = 32) { airval v; col witness a; a === v; range_check(v, 0, 9); }
        airgroup G { A(); }""",
        {"A": [{"v": 9, "a": same(9)}, {"v": 0, "a": same(0)}]},
        {"one beyond": {"A": [{"v": 9, "a": same(9)}, {"v": 10, "a": same(10)}]}},
    ),
    "ranges of two airgroups": Case(
        """airtemplate A(const int N = 32) { col witness a; range_check(a, 0, 9); }
        airtemplate B(const int N = 32) {
            col witness a, s; range_check(a, 0, 9); multi_range_check(a, 0, 20, 5, 30, s);
        }
        airgroup G { A(); } airgroup H { B(); }""",
        {"A": {"a": same(9)}, "B": {"a": [4, 9] * 16, "s": [1, 0] * 16}},
        {
            "beyond in the first": {"A": {"a": same(10)}},
            "beyond in the second": {"B": {"a": [4, 10] * 16, "s": [1, 0] * 16}},
            "in the range that is not chosen": {"B": {"a": [4, 9] * 16, "s": [0, 1] * 16}},
        },
    ),
    "ranges that are virtual tables beside an author's": Case(
        """set_range_check_tables_virtual();
        airtemplate V(const int N = 30) { col fixed X = [0..29]; lookup_proves(0, [X, X, X]); }
        airtemplate A(const int N = 32) {
            col witness a, b, c;
            range_check(a, 0, 255, predefined: 1); range_check(b, -3, 60); lookup_assumes(0, [c, c, c]);
        }
        airgroup G { A(); virtual V(); }""",
        {"A": {"a": same(255), "b": [60, P - 3] * 16, "c": same(29)}},
        {
            "a byte of 256": {"A": {"a": same(256), "b": same(60), "c": same(29)}},
            "one above": {"A": {"a": same(255), "b": same(61), "c": same(29)}},
            "one below": {"A": {"a": same(255), "b": same(P - 4), "c": same(29)}},
            "a row of padding": {"A": {"a": same(255), "b": same(60), "c": same(30)}},
        },
    ),
    "virtual tables of several opids and widths": Case(
        """airtemplate One(const int N = 40) { col fixed X = [0..39]; lookup_proves(11, [X, X + 1]); }
        airtemplate More(const int N = 10) {
            col fixed X = [100..109]; lookup_proves(11, [X, 5], table_id: 3);
        }
        airtemplate Three(const int N = 20) { col fixed X = [0..19]; lookup_proves(12, [X, X * X, 1]); }
        airtemplate A(const int N = 32) {
            col witness a, b, c, d; lookup_assumes(11, [a, b]); lookup_assumes(12, [c, d, 1]);
        }
        airgroup G { virtual One(); virtual More(); virtual Three(); A(); }""",
        {"A": {"a": [39, 105] * 16, "b": [40, 5] * 16, "c": same(4), "d": same(16)}},
        {
            "a tuple of another table": {"A": {"a": same(4), "b": same(16), "c": same(4), "d": same(16)}},
            "zeros": {"A": {"a": same(0), "b": same(0), "c": same(4), "d": same(16)}},
            "one beyond the last row": {"A": {"a": same(40), "b": same(41), "c": same(4), "d": same(16)}},
            "the width of the other": {"A": {"a": same(0), "b": same(1), "c": same(0), "d": same(1)}},
        },
    ),
}
RANGES = [
    # first, last, is it one of the predefined ones
    (-5, 5, 0),
    (3, 200, 1),
    (10, 65535, 1),
    (0, 255, 1),
    (0, 65535, 1),
    (0, 8, 0),
    (P - 40, P - 1, 0),
    (1 - P, 40 - P, 0),
]
SHARED = {
    "a virtual table": "airtemplate V(const int N = 99) { col fixed X = [0..98]; lookup_proves(102, [X]); }",
    "a lookup": "airtemplate V(const int N = 32) { col witness x, m; lookup_proves(102, [x], m); }",
    "a permutation": "airtemplate V(const int N = 32) { col witness x; permutation_assumes(102, [x]); }",
    "a direct message": "airtemplate V(const int N = 32) { airval v; direct_update_proves(102, [v]); }",
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_honest_witnesses_are_accepted(case: Case) -> None:
    assert_accepted(case.trace())


@pytest.mark.parametrize(("name", "lie"), [(name, lie) for name, case in CASES.items() for lie in case.lies])
def test_a_lie_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, lie: str) -> None:
    assert_refused(CASES[name].trace(lie), monkeypatch)


@pytest.mark.parametrize(("first", "last", "predefined"), RANGES)
def test_a_range_ends_where_it_says(
    monkeypatch: pytest.MonkeyPatch, first: int, last: int, predefined: int
) -> None:
    made = system(f"""
        airtemplate A(const int N = 32) {{
            col witness a; range_check(a, {first}, {last}, predefined: {predefined});
            range_check(a - a, -9, 99);
        }}
        airgroup G {{ A(); }}""")
    values = (first, last, first - 1, last + 1, last + 2**16, first - 2**16)
    traces = {value: made.trace({"A": {"a": [first % P, *same(value % P)[1:]]}}) for value in values}
    assert {value: pil.check(trace).ok for value, trace in traces.items()} == {
        value: first <= value <= last for value in values
    }
    if last != 2**16 - 1:  # these tables take a second to prove
        assert_accepted(traces[last])
        assert_refused(traces[last + 1], monkeypatch)


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("other", SHARED.values(), ids=SHARED)
def test_nothing_else_provides_values_of_a_range(other: str, after: bool) -> None:
    kind = "virtual V();" if "99" in other else "V();"
    calls = f"A(); {kind}" if after else f"{kind} A();"
    source = f"""
        airtemplate A(const int N = 32) {{ col witness a; range_check(a, 0, 9); }}
        {other}
        airgroup G {{ {calls} }}"""
    if after:
        with pytest.raises(PilError) as caught:
            system(source)
        assert caught.value.code == Code.BUS
    else:
        (check,) = system(source).system.air("A").interactions
        assert check.bus == 103
