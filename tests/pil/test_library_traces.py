"""Programs of the standard library with witnesses: honest ones hold, each lie is noticed."""

import warnings
from typing import Any

import pytest

from zisk_py import pil, stark
from zisk_py.pil.authoring.compiled_system import CompiledSystem
from zisk_py.pil.errors import PilWarning

ROWS = 64
Witness = dict[str, dict[str, list[int]]]


def compiled(source: str) -> CompiledSystem:
    """The system of a text; warnings are not what is tested here."""
    with warnings.catch_warnings(action="ignore", category=PilWarning):
        return pil.compile(source)


def air(statements: str, beside: str = "", before: str = "") -> str:
    return f"{before} airtemplate A(const int N = 64) {{ {statements} }} {beside} airgroup G {{ A(); {{0}} }}"


def cycle(*values: int) -> list[int]:
    """The values over and over, one per row."""
    return [values[row % len(values)] for row in range(ROWS)]


VIRTUAL = """
airtemplate Squares(const int N = 100) { col fixed X = [0..99]; lookup_proves(7, [X, X * X]); }
airtemplate Cubes(const int N = 40) { col fixed X = [0..39]; lookup_proves(8, [X, X * X * X]); }
airtemplate Bytes(const int N = 256) { col fixed X = [0..255]; lookup_proves(9, [X]); }
"""
VIRTUAL_USE = "virtual Squares(); virtual Cubes(); virtual Bytes();"

# By name: the program, what its airgroup has beside the air, an honest witness, lies (column, row, value).
PROGRAMS: dict[str, tuple[str, str, dict[str, list[int]], list[tuple[str, int, int]]]] = {
    "range": (
        air("col witness a; range_check(a, -5, 1000);"),
        "",
        {"a": cycle(-5, 0, 1000, 7)},
        [("a", 3, 1001), ("a", 0, -6)],
    ),
    "bytes": (
        air("col witness a; range_check(a, 0, 255, predefined: 1);"),
        "",
        {"a": cycle(0, 255, 8)},
        [("a", 63, 256), ("a", 5, -1)],
    ),
    "half of a word": (
        air("col witness a, s; s * (1 - s) === 0; range_check(a, 9, 300, s, predefined: 1);"),
        "",
        {"a": cycle(9, 300, 5000), "s": cycle(1, 1, 0)},
        [("a", 0, 8), ("a", 1, 301), ("s", 2, 1)],
    ),
    "low tables": (
        air("col witness a; range_check(a, 0, 255, predefined: 1);", before="set_max_u8_bits(5);"),
        "",
        {"a": cycle(*range(0, 256, 5))},
        [("a", 1, 256)],
    ),
    "virtual ranges": (
        air(
            "col witness a, b; range_check(a, 0, 255, predefined: 1); range_check(b, -100, 100);",
            before="set_range_check_tables_virtual();",
        ),
        "",
        {"a": cycle(0, 255, 8), "b": cycle(-100, 0, 100)},
        [("a", 63, 256), ("b", 5, -101), ("b", 5, 255)],
    ),
    "one of two ranges": (
        air("col witness a, s; s * (1 - s) === 0; multi_range_check(a, 0, 99, 50, 500, s);"),
        "",
        {"a": cycle(0, 500), "s": cycle(1, 0)},
        [("a", 0, 100), ("a", 1, 49), ("s", 1, 1)],
    ),
    "a chosen range": (
        air("""
            col witness a, s; s * (1 - s) === 0;
            const int i = dynamic_range_check_id(0, 99); const int j = dynamic_range_check_id(50, 500);
            dynamic_range_check(a, i * s + j * (1 - s));
        """),
        "",
        {"a": cycle(0, 500), "s": cycle(1, 0)},
        [("a", 0, 100), ("a", 1, 49), ("s", 1, 1)],
    ),
    "virtual tables": (
        air(
            "col witness x, y, z; "
            "lookup_assumes(7, [x, y]); lookup_assumes(8, [x, z]); lookup_assumes(9, [x]);",
            VIRTUAL,
        ),
        "set_max_bits_virtual_tables(6); " + VIRTUAL_USE,
        {"x": cycle(0, 1, 39), "y": cycle(0, 1, 1521), "z": cycle(0, 1, 59319)},
        [("y", 2, 1), ("z", 2, 1521), ("x", 0, 1)],
    ),
    "dynamic lookups": (
        air(
            "col witness id, x, y; lookup_assumes_dynamic([7, 8], id, [x, y]); lookup_assumes(9, [x]);",
            VIRTUAL,
        ),
        VIRTUAL_USE,
        {"id": cycle(7, 8), "x": cycle(5, 5), "y": cycle(25, 125)},
        [("id", 0, 8), ("id", 1, 7), ("id", 0, 9), ("y", 0, 24)],
    ),
    "permutation": (
        air(
            "col witness a, b, s; "
            "permutation_assumes(1, [a, 2 * a], s); permutation_proves(1, [b, 2 * b], s);"
        ),
        "",
        {"a": list(range(ROWS)), "b": list(range(ROWS - 1, -1, -1)), "s": cycle(1)},
        [("a", 5, 6), ("b", 0, 64), ("s", 0, 2)],
    ),
    "product bus": (
        air("""
            col witness a, b;
            permutation_assumes(1, [a], bus_type: PIOP_BUS_PROD);
            permutation_proves(1, [b], bus_type: PIOP_BUS_PROD);
        """),
        "",
        {"a": list(range(ROWS)), "b": list(range(ROWS - 1, -1, -1))},
        [("a", 5, 6), ("b", 0, 64)],
    ),
    "connection": (
        air("""
            col witness a, b;
            connection_init(1, [a, b]);
            connection_update_multiple_cells(1, [a, 0, b, 7, a, 9]);
            connection_update_one_cell(1, [a, 3, b, 4], frame_size: 16);
            connection_connect(1);
        """),
        "",
        {
            "a": [5 if row in (0, 9) else 30 if row % 16 == 3 else row + 100 for row in range(ROWS)],
            "b": [5 if row == 7 else 30 if row % 16 == 4 else row + 500 for row in range(ROWS)],
        },
        [("a", 0, 6), ("b", 7, 6), ("a", 3, 31), ("b", 52, 31)],
    ),
    "connection of given columns": (
        air("""
            col witness a, b;
            col fixed S[2];
            int power = 1;
            for (int row = 0; row < N; row++) {
                S[0][row] = k_coset * power; S[1][row] = power; power = power * GEN[BITS] % PRIME;
            }
            connection(1, [a, b], S, PIOP_BUS_PROD);
        """),
        "",
        {"a": list(range(ROWS)), "b": list(range(ROWS))},
        [("a", 0, 1), ("b", 63, 62)],
    ),
}
LIES = [(name, *lie) for name, (_, _, _, lies) in PROGRAMS.items() for lie in lies]


def program(name: str) -> tuple[CompiledSystem, dict[str, list[int]]]:
    """The compiled program of that name, and a copy of its honest witness."""
    source, beside, witness, _ = PROGRAMS[name]
    return compiled(source.replace("{0}", beside)), {column: list(cells) for column, cells in witness.items()}


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_honest_witness_holds(name: str) -> None:
    system, witness = program(name)

    report = pil.check(system.trace({"A": witness}))

    assert report.ok, str(report)


@pytest.mark.parametrize(("name", "column", "row", "value"), LIES)
def test_a_lie_is_noticed(name: str, column: str, row: int, value: int) -> None:
    system, witness = program(name)
    assert witness[column][row] != value
    witness[column][row] = value

    assert not pil.check(system.trace({"A": witness})).ok


CHAIN = """
public first, last;
airtemplate Step(const int N = 64) {
    col witness a;
    airval begin, end;
    const expr L1 = get_L1();
    L1 * (a - begin) === 0;
    (1 - L1') * (a' - a - 1) === 0;
    L1' * (end - a - 1) === 0;
    direct_update_assumes(3, [begin]);
    direct_update_proves(3, [end]);
}
airgroup G {
    Step();
    direct_global_update_proves(3, [first]);
    direct_global_update_assumes(3, [last]);
}
"""


def chain(*starts: int) -> list[dict[str, Any]]:
    """Instances that count 64 rows from each start."""
    return [{"a": list(range(s, s + ROWS)), "begin": s, "end": s + ROWS} for s in starts]


def test_instances_go_on_where_others_end() -> None:
    system = compiled(CHAIN)

    trace = system.trace({"Step": chain(100, 36, 164)}, publics={"first": 36, "last": 228})

    assert pil.check(trace).ok
    proof = stark.prove(trace)
    stark.verify(system.key, proof, publics={"first": 36, "last": 228})


@pytest.mark.parametrize(
    ("starts", "first", "last"),
    [((100, 36), 36, 228), ((36, 164), 36, 228), ((36, 100, 164), 37, 228), ((36, 100, 164, 164), 36, 228)],
)
def test_a_chain_with_a_gap_is_noticed(starts: tuple[int, ...], first: int, last: int) -> None:
    trace = compiled(CHAIN).trace({"Step": chain(*starts)}, publics={"first": first, "last": last})

    assert not pil.check(trace).ok


@pytest.mark.parametrize("name", ["virtual tables", "half of a word", "connection"])
def test_what_holds_is_proven(name: str) -> None:
    system, witness = program(name)
    trace = system.trace({"A": witness})

    proof = stark.prove(trace)

    stark.verify(system.key, proof, publics={})
