"""Forgeries: airs that are left out, and several instances where there is to be one."""

import pytest

from forged_traces import ROWS, Case, assert_accepted, assert_refused, same
from zisk_py.stark.errors import MissingAir

ONE = """
set_std_mode(STD_MODE_ONE_INSTANCE);
airtemplate A(const int N = 32) { col witness a, b; permutation_assumes(1, [a]); permutation_proves(1, [b]); }
airtemplate B(const int N = 32) { col witness a, b; permutation_assumes(2, [a]); permutation_proves(2, [b]); }
airgroup G { A(); B(); }
"""
LATER = [row + 1 for row in ROWS]
OTHER = """
airtemplate Other(const int N = 32) { col witness c; c === 1; }
"""

EXTRA = {
    "an air that closes its bus alone": Case(
        ONE,
        {"A": {"a": ROWS, "b": ROWS[::-1]}, "B": {"a": LATER, "b": LATER}},
        {
            "two instances that close it together": {"A": [{"a": ROWS, "b": LATER}, {"a": LATER, "b": ROWS}]},
            "two instances that each close it": {"A": [{"a": ROWS, "b": ROWS}, {"a": LATER, "b": LATER}]},
            "two airs that swap tuples": {"A": {"a": ROWS, "b": LATER}, "B": {"a": LATER, "b": ROWS}},
            "no instance of one": {"B": None},
        },
    )
}
MISSING = {
    "airs that call each other": Case(
        f"""{OTHER}
        airtemplate A(const int N = 32) {{
            col witness a; a === 7; permutation_assumes(1, [a]); permutation_proves(2, [a]);
        }}
        airtemplate B(const int N = 32) {{
            col witness b; permutation_proves(1, [b]); permutation_assumes(2, [b]);
        }}
        airgroup G {{ A(); B(); Other(); }}""",
        {"A": {"a": same(7)}, "B": {"b": same(7)}, "Other": {"c": same(1)}},
        {"both": {"A": None, "B": None}},
    ),
    "three airs in a circle, and one that they call": Case(
        f"""{OTHER}
        airtemplate Called(const int N = 32) {{
            col fixed X = [0..31]; col witness m; lookup_proves(9, [X], m);
        }}
        airtemplate Link(const int next, const int own, const int N = 32) {{
            col witness a;
            permutation_assumes(next, [a]); permutation_proves(own, [a]); lookup_assumes(9, [a]);
        }}
        airgroup G {{ Called(); Link(2, 1) alias P; Link(3, 2) alias Q; Link(1, 3) alias R; Other(); }}""",
        {"P": {"a": ROWS}, "Q": {"a": ROWS}, "R": {"a": ROWS}, "Other": {"c": same(1)}},
        {"all three": {"P": None, "Q": None, "R": None}},
    ),
    "an air that adds to a total": Case(
        f"""{OTHER} public sum;
        airtemplate A(const int N = 32) {{
            airgroupval aggregate(sum) total; col witness a; a === total; a * (a - 5) === 0;
        }}
        airgroup G {{ A(); Other(); }}
        G.total === sum;""",
        {"A": {"a": same(0), "total": 0}, "Other": {"c": same(1)}},
        {"the only one": {"A": None}},
        {"sum": 0},
    ),
    "an air whose total is a default": Case(
        f"""{OTHER}
        airtemplate A(const int N = 32) {{
            airgroupval aggregate(sum) default(1) count; col witness a; a === count;
        }}
        airgroup G {{ A(); Other(); }}""",
        {"A": {"a": same(3), "count": 3}, "Other": {"c": same(1)}},
        {"the air with the default": {"Other": None}, "the one without": {"A": None}},
    ),
    "an air that states a public value": Case(
        f"""{OTHER} public out;
        airtemplate A(const int N = 32) {{ col witness a, m; a === out; lookup_proves(1, [a], m); }}
        airtemplate B(const int N = 32) {{ col witness b, s; lookup_assumes(1, [b], s); }}
        airgroup G {{ A(); B(); Other(); }}""",
        {"A": {"a": same(9)}, "B": {"b": same(9), "s": same(1)}, "Other": {"c": same(1)}},
        {"although nobody asks": {"A": None, "B": {"b": same(9), "s": same(0)}}},
        {"out": 9},
    ),
}


@pytest.mark.parametrize("case", [*EXTRA.values(), *MISSING.values()], ids=[*EXTRA, *MISSING])
def test_honest_witnesses_are_accepted(case: Case) -> None:
    assert_accepted(case.trace())


@pytest.mark.parametrize(("name", "lie"), [(name, lie) for name, case in EXTRA.items() for lie in case.lies])
def test_an_air_that_closes_its_bus_alone_has_one_instance(
    monkeypatch: pytest.MonkeyPatch, name: str, lie: str
) -> None:
    assert_refused(EXTRA[name].trace(lie), monkeypatch)


@pytest.mark.parametrize(
    ("name", "lie"), [(name, lie) for name, case in MISSING.items() for lie in case.lies]
)
def test_an_air_that_would_not_be_missed_is_required(
    monkeypatch: pytest.MonkeyPatch, name: str, lie: str
) -> None:
    assert_refused(MISSING[name].trace(lie), monkeypatch, MissingAir)
