"""Buses of the language on buses of the core: dynamic, direct, global, and product messages."""

import numpy as np
import pytest

from lowered_runs import accepts, compiled, holds
from zisk_py.pil.compiled import Multiplicity
from zisk_py.pil.errors import PilError
from zisk_py.pil.passes.buses import PRODUCT_BUSES
from zisk_py.pil.system import Interaction

N = 32
ROWS = np.arange(N, dtype=np.uint64)


def messages_of(body: str, columns: str = "a, b, s, m") -> list[Interaction]:
    source = f"airtemplate A() {{ col witness {columns}; {body} }} airgroup G {{ A(); }}"
    return list(compiled(source).system.airs[0].interactions)


DYNAMIC = """
airtemplate A() {
    col witness a, s, m, n;
    s * (1 - s) === 0;
    lookup_assumes_dynamic([5, 7], s * 2 + 5, [a, a + 1]);
    lookup_proves(5, [a, a + 1], m);
    lookup_proves(7, [a, a + 1], n);
}
airgroup G { A(); }"""


def test_opids_that_meet_in_one_message_share_a_bus() -> None:
    made = compiled(DYNAMIC)
    sent = made.system.airs[0].interactions

    assert [(m.bus, len(m.values), m.names[0]) for m in sent] == [(5, 3, "opid")] * 3
    assert made.compiled.buses == {5: "5, 7"}


@pytest.mark.parametrize("row", [0, 1, N - 1])
def test_a_dynamic_message_matches_the_opid_that_it_has_on_the_row(row: int) -> None:
    s = ROWS % np.uint64(2)
    honest = {"a": ROWS, "s": s, "m": 1 - s, "n": s}
    wrong = {**honest, "s": np.where(row == ROWS, 1 - s, s)}

    assert accepts(DYNAMIC, {"A": honest})
    assert not accepts(DYNAMIC, {"A": wrong})


def test_tuples_of_different_widths_are_padded() -> None:
    sent = messages_of("""
        lookup_assumes_dynamic([5], 5, [a]);
        lookup_proves_dynamic([5], 5, [a, b, s]);""")

    assert [(m.bus, m.names) for m in sent] == [(5, ("opid", "a", "", "")), (5, ("opid", "a", "b", "s"))]


@pytest.mark.parametrize(("zero", "expected"), [(0, True), (1, False)])
def test_a_padded_tuple_equals_a_longer_one_that_ends_in_zeros(zero: int, expected: bool) -> None:
    source = """
    airtemplate A() { col witness a, b;
        lookup_assumes_dynamic([5], 5, [a]); lookup_proves_dynamic([5], 5, [a, b]); }
    airgroup G { A(); }"""
    assert accepts(source, {"A": {"a": ROWS, "b": np.where(ROWS == N - 1, zero, 0)}}) == expected


def test_the_product_bus_is_apart_from_the_sum_bus() -> None:
    source = """
    airtemplate A() { col witness a, b;
        permutation_assumes(5, [a], bus_type: 2); permutation_proves(5, [b], bus_type: 2);
        permutation_assumes(5, [a + 1]); permutation_proves(5, [b + 1]); }
    airgroup G { A(); }"""
    sent = compiled(source).system.airs[0].interactions

    assert [m.bus for m in sent] == [PRODUCT_BUSES + 5] * 2 + [5] * 2
    assert accepts(source, {"A": {"a": ROWS, "b": ROWS[::-1]}})
    assert not accepts(source, {"A": {"a": ROWS, "b": ROWS // np.uint64(2)}})


def test_messages_of_the_two_kinds_do_not_match_each_other() -> None:
    source = """
    airtemplate A() { col witness a;
        permutation_assumes(5, [a], bus_type: 2, surname: 1); permutation_proves(5, [a], surname: 1); }
    airgroup G { A(); }"""

    assert not accepts(source, {"A": {"a": ROWS}})


DIRECT = """
public first, last;
airtemplate A() {
    col witness a;
    airval start, end;
    col fixed L1 = [1, 0...];
    col fixed LN = [0..., 1];
    L1 * (a - start) === 0;
    LN * (a - end) === 0;
    (1 - LN) * (a' - a - 1) === 0;
    direct_update_assumes(9, [start]);
    direct_update_proves(9, [end + 1]);
}
airgroup G {
    A();
    direct_global_update_proves(9, [first]);
    direct_global_update_assumes(9, [last]);
}"""


def test_a_direct_message_is_sent_once_per_instance_and_a_global_one_once_per_proof() -> None:
    system = compiled(DIRECT)

    def parts(*starts: int) -> dict[str, list[dict[str, object]]]:
        return {"A": [{"a": ROWS + start, "start": start, "end": start + N - 1} for start in starts]}

    right = {"first": 100, "last": 100 + 2 * N}
    assert holds(system.trace(parts(100, 100 + N), right))
    assert holds(system.trace(parts(100 + N, 100), right))
    assert not holds(system.trace(parts(100), right))
    assert not holds(system.trace(parts(100, 100 + N, 100), right))
    assert not holds(system.trace(parts(100, 100 + N), {**right, "last": 100}))


@pytest.mark.parametrize(
    ("body", "filled"),
    [
        ("lookup_assumes(1, [a]); lookup_proves(1, [b], m);", {3: Multiplicity(1)}),
        ("lookup_assumes(1, [a]); lookup_proves(1, [b], m + 1);", {}),
        ("lookup_assumes(1, [a]); lookup_proves(1, [b], m); m * s === 0;", {}),
        ("lookup_assumes(1, [m]); lookup_proves(1, [b], m);", {}),
        ("lookup_assumes(1, [a]); lookup_proves(1, [b], m'); lookup_proves(1, [b'], m);", {}),
        ("lookup_assumes(1, [a]); lookup_proves(1, ['b], m);", {3: Multiplicity(1)}),
        ("lookup_assumes(1, [a]); lookup_proves(1, [b], m); m === s;", {}),
        ("permutation_assumes(1, [a]); permutation_proves(1, [b], m);", {}),
    ],
)
def test_only_columns_that_are_nothing_but_a_multiplicity_are(
    body: str, filled: dict[int, Multiplicity]
) -> None:
    source = f"airtemplate A() {{ col witness a, b, s, m; {body} }} airgroup G {{ A(); }}"

    assert compiled(source).compiled.airs[0].recipes == filled


def test_a_filled_multiplicity_of_a_moved_message_is_right() -> None:
    source = """
    airtemplate A() { col witness a, b, m; lookup_assumes(1, [a]); lookup_proves(1, ['b + b'2], m); }
    airgroup G { A(); }"""
    b = ROWS * ROWS
    table = np.roll(b, 1) + np.roll(b, -2)

    assert accepts(source, {"A": {"a": table[(ROWS * np.uint64(5)) % np.uint64(7)], "b": b}})
    assert not accepts(source, {"A": {"a": table[ROWS] + np.uint64(ROWS == 3), "b": b}})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("lookup_proves(1, [a]); lookup_assumes(1, [a, b]);", "this message on bus 1 has 2 values"),
        (
            "lookup_proves(2**62, [a]); lookup_assumes(2**62, [a]);",
            "from 0 to 2^62 - 1, not 4611686018427387904",
        ),
    ],
)
def test_what_no_bus_can_be_is_refused(body: str, message: str) -> None:
    with pytest.raises(PilError, match=message.replace("^", r"\^")):
        messages_of(body)
