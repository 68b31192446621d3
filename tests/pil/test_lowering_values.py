"""Values of a proof, of an airgroup, of stage 2; definitions; what cannot be proven."""

import numpy as np
import pytest

from lowered_runs import compiled, holds
from zisk_py.field.extension import add, mul
from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.system import TOTAL_BUS, NodeKind
from zisk_py.pil.system_file import digest, from_json, to_json

N = 32
ROWS = np.arange(N, dtype=np.uint64)

TOTALS = """
public out;
proofval hidden;
airgroup G {
    airgroupval aggregate(sum) total;
    airgroupval aggregate(sum) default(3) count;
}
airtemplate A() {
    col witness a;
    col fixed L1 = [1, 0...];
    L1 * (a - total) === 0;
}
airtemplate B() {
    col witness b;
    b === count;
}
airgroup G { A(); B(); }
G.total === out * hidden;
"""


def test_a_value_of_an_airgroup_is_an_air_value_and_a_public_total() -> None:
    made = compiled(TOTALS)
    system = made.system

    assert system.publics == ("out", "hidden", "G.total", "G.count")
    assert system.proof_values == 3
    assert [air.air_values for air in system.airs] == [("total", "count"), ("count",)]
    assert made.compiled.totals == {2: (("A", 0),), 3: (("A", 1), ("B", 0))}
    assert [m.bus for air in system.airs for m in air.interactions] == [TOTAL_BUS] * 3
    assert [(m.bus, m.sign) for m in system.globals.interactions] == [(TOTAL_BUS, -1)] * 2
    assert len(system.globals.constraints) == 1


@pytest.mark.parametrize(
    ("totals", "out", "hidden", "expected"),
    [
        ((6,), 2, 3, True),
        ((6,), 2, 4, False),
        ((1, 4, 10), 5, 3, True),
        ((1, 4, 9), 5, 3, False),
        ((), 7, 0, True),
    ],
)
def test_a_total_is_the_sum_over_all_instances(
    totals: tuple[int, ...], out: int, hidden: int, expected: bool
) -> None:
    system = compiled(TOTALS)
    instances = [{"a": ROWS + total, "total": total} for total in totals]
    others = [{"b": np.full(N, 3), "count": 3}]

    trace = system.trace({"A": instances, "B": others}, {"out": out}, proof_values={"hidden": hidden})

    assert holds(trace) == expected
    assert trace.publics[3] == 3 * (len(totals) + 1)


def test_a_system_with_everything_reads_back() -> None:
    system = compiled(TOTALS).system

    assert from_json(to_json(system)) == system
    assert digest(from_json(to_json(system))) == digest(system)


STAGE2 = """
challenge stage(2) gamma;
airtemplate A(const int N = 32) {
    col witness a, b;
    col witness stage(2) z;
    col fixed L1 = [1, 0...];
    (z - ('z * (1 - L1) + L1) * (a + gamma)) === 0;
    L1' * (z - 1) === 0;
    col witness stage(2) w;
    w <== (a + gamma) * (b + gamma) * z * z;
}
airgroup G { A(); }
"""


def test_constraints_and_definitions_of_stage_2_are_lowered() -> None:
    made = compiled(STAGE2)
    (air,), (beside,) = made.system.airs, made.compiled.airs

    assert made.system.challenges == ("gamma",)
    assert air.stage2[:2] == ("z", "w")
    assert len(air.stage2) > 2
    assert set(beside.stage2) == set(range(1, len(air.stage2)))
    assert [column.name for column in air.columns] == ["a", "b"]
    assert all(offset in (0, 1) for kind, _, offset in air.nodes if kind == NodeKind.STAGE2)
    assert all(constraint.degree <= 3 for constraint in air.constraints)
    assert made.compiled.unprovable == ()


@pytest.mark.parametrize("row", [None, 0, 1, N - 1])
def test_a_running_product_of_stage_2_is_checked_on_every_row(row: int | None) -> None:
    system = compiled(STAGE2.replace("L1' * (z - 1) === 0;", ""))
    a = [5 * i + 1 for i in range(N)]

    def stage2(challenges):  # type: ignore[no-untyped-def]
        (gamma,) = challenges.values()
        z, current = [], (1, 0, 0)
        for number, value in enumerate(a):
            current = mul(current, add(gamma, (value, 0, 0)))
            z.append(add(current, (1, 0, 0)) if number == row else current)
        return {"A": {"z": np.array(z, dtype=np.uint64)}}

    trace = system.trace({"A": {"a": a, "b": ROWS}}, stage2=stage2)

    assert holds(trace) == (row is None)


UNPROVABLE = {
    "a product over instances": """
        airgroup G { airgroupval aggregate(prod) v; }
        airtemplate A() { col witness a; a === v; }""",
    "an air value of stage 2": "airtemplate A() { col witness a; airval stage(2) v; a === v; }",
    "a challenge in a message": """
        challenge stage(2) c;
        airtemplate A() { col witness a; lookup_proves(1, [a + c]); lookup_assumes(1, [a]); }""",
}


@pytest.mark.parametrize("what", UNPROVABLE)
def test_what_cannot_be_proven_compiles_and_never_holds(what: str) -> None:
    made = compiled(UNPROVABLE[what] + " airgroup G { A(); }")
    (air,) = made.system.airs

    assert [found.code for found in made.compiled.unprovable] == [Code.UNPROVABLE]
    assert any(air.nodes[constraint.node] == (NodeKind.CONSTANT, 1, 0) for constraint in air.constraints)


def test_a_value_of_another_airgroup_is_refused() -> None:
    with pytest.raises(PilError, match=r"total"):
        compiled("""
            airgroup G { airgroupval aggregate(sum) total; }
            airtemplate A() { col witness a; a === G.total; }
            airgroup H { A(); }""")


def test_a_definition_fills_a_column_and_an_air_value() -> None:
    system = compiled("""
        airtemplate A() { col witness a, b; airval v; b <== 'a * a' * a'2 * a; v <== 7; a * v === 7 * a; }
        airgroup G { A(); }""")
    trace = system.trace({"A": {"a": ROWS}})

    assert holds(trace)
    expected = np.roll(ROWS, 1) * np.roll(ROWS, -1) * np.roll(ROWS, -2) * ROWS
    assert trace.instances[0].matrix[:, 1].tolist() == expected.tolist()
    assert trace.instances[0].air_values == (7,)


def test_a_column_of_stage_1_is_not_defined_by_a_challenge() -> None:
    with pytest.raises(PilError, match=r"known in stage 2 only"):
        compiled(
            "challenge stage(2) c; airtemplate A() { col witness a, b; a <== b + c; } airgroup G { A(); }"
        )


def test_virtual_airs_are_left_out() -> None:
    made = compiled("""
        airtemplate T(const int N = 40) { col fixed F = [0..39]; }
        airtemplate A() { col witness a; a === 1; }
        airgroup G { virtual T(); A(); }""")

    assert [air.name for air in made.system.airs] == ["A"]
