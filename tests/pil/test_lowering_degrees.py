"""Degrees above the prover's, lowered to columns for factors."""

import numpy as np
import pytest

from lowered_runs import compiled, holds
from zisk_py.field.goldilocks import P
from zisk_py.pil.authoring.compiled_system import CompiledSystem
from zisk_py.pil.errors import Code
from zisk_py.stark.logup import buses_of, reduce_interactions
from zisk_py.stark.program import degrees

N = 32


def system_of(body: str, columns: str = "a, b, c, d, e") -> CompiledSystem:
    return compiled(f"airtemplate A() {{ col witness {columns}; {body} }} airgroup G {{ A(); }}")


def added(body: str) -> list[str]:
    (air,) = system_of(body).system.airs
    degree = degrees(air.nodes)
    assert max(degree[constraint.node] for constraint in air.constraints) <= 3
    return [column.name for column in air.columns[5:]]


COLUMNS = {  # what is written, and the columns that are added for it
    "a * b * c === d;": [],
    "a * b * c * d === e;": ["a * b"],
    "a * b * c * d * e === 1;": ["a * b * c"],
    "(a + b) * (c + d) * (a - b) * (c - d) === 0;": ["(a + b) * (c + d)"],
    "a * (b * c * d + c * d * e) === 0;": ["b * c * d + c * d * e"],
    "const expr q = a * b; q * c * d === 0; q * d * e === 1;": ["a * b"],
    "const expr q = a * b; q * c * d === 0; q' * c' * d' === 1;": ["a * b"],
    "const expr q = a * b; q * c * d === 0; 2 * q' * c * d' === 1;": ["a * b"],
    "lookup_assumes(1, [a * b], c); lookup_proves(1, [d * e]);": [],
    "lookup_assumes(1, [a * b * c]); lookup_proves(1, [d * e]);": ["a * b"],
    "lookup_proves(1, [a], b * c * d * e); lookup_assumes(1, [a]);": ["b * c"],
}


@pytest.mark.parametrize("body", COLUMNS)
def test_few_columns_are_added(body: str) -> None:
    assert added(body) == COLUMNS[body]


def test_a_power_takes_a_column_for_each_second_degree() -> None:
    assert [len(added(f"a**{power} === 1;")) for power in (3, 4, 5, 7)] == [0, 1, 1, 2]


def test_the_prover_takes_all_of_it() -> None:
    for body in COLUMNS:
        system = system_of(body).system
        reduce_interactions(system.airs[0], buses_of(system))


@pytest.mark.parametrize("power", [4, 5, 7, 11])
@pytest.mark.parametrize("row", [0, 1, N - 1])
def test_a_power_holds_exactly_where_it_should(power: int, row: int) -> None:
    system = system_of(f"a**{power} === b'; c === a; d === 0; e === 0;")
    a = np.random.default_rng(power).integers(0, P, N, dtype=np.uint64)
    b = np.roll(np.array([pow(int(x), power, P) for x in a], dtype=np.uint64), 1)
    zero = np.zeros(N, dtype=np.uint64)

    def trace(b: np.ndarray) -> bool:
        return holds(system.trace({"A": {"a": a, "b": b, "c": a, "d": zero, "e": zero}}))

    wrong = b.copy()
    wrong[row] = (int(b[row]) + 1) % P
    assert trace(b)
    assert not trace(wrong)


def test_added_columns_are_constrained() -> None:
    system = system_of("a * b * c * d * e === 0;")
    witness = {name: np.zeros(N, dtype=np.uint64) for name in "abcde"}

    for row in (0, 1, N - 1):

        def change(matrices: dict[str, np.ndarray], row: int = row) -> None:
            matrices["A"][row, 5] = 1

        assert holds(system.trace({"A": witness}))
        assert not holds(system.trace({"A": witness}), change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "a * b + a * b * c * d === e;",
            "degree 4 in `a * b * c * d`, the prover takes at most 3: a column is",
        ),
        (
            "lookup_assumes(1, [e, a * b * c]); lookup_proves(1, [a, b]);",
            "this value has degree 3 in `a * b * c`",
        ),
        ("lookup_proves(1, [a], b**8); lookup_assumes(1, [a]);", "this multiplicity has degree 8"),
        ("a * b * c * d + a' * b' * c' * d' - e * (a + 1) * (b + 2) * (c + 3) === e;", "2 columns are added"),
    ],
)
def test_a_warning_says_which_term_it_is(body: str, message: str) -> None:
    (found,) = [w for w in system_of(body).compiled.warnings if w.code == Code.HIGH_DEGREE]

    assert message in found.message
    assert found.suggestion is not None


def test_what_is_written_in_a_loop_is_warned_of_once() -> None:
    system = system_of("for (int i = 0; i < 5; i++) { a * b * c * (d + i) === e; }")

    assert sum(w.code == Code.HIGH_DEGREE for w in system.compiled.warnings) == 1
    assert [c.name for c in system.system.airs[0].columns[5:]] == ["a * b"]


def test_the_cost_is_of_what_was_written() -> None:
    system = system_of("a * b * c * d === e; a * b === 0; a === 1;")
    cost = system.compiled.airs[0].cost

    assert cost.columns == {1: 5}
    assert cost.constraints == {1: 1, 2: 1, 4: 1}
    assert cost.added == 1


def test_a_deep_expression_of_a_high_degree_is_lowered() -> None:
    system = system_of("expr x = a * b * c * d; for (int i = 0; i < 5000; i++) { x = x * 2 + i; } x === e;")

    assert len(system.system.airs[0].columns) == 6


def test_a_factor_that_stands_in_very_many_places_takes_a_column_once() -> None:
    squares = "expr q = a + b; for (int i = 0; i < 80; i++) { q = q * q + c; } q === d;"
    assert len(added(squares)) <= 80


def test_stage_2_columns_are_counted_as_the_prover_groups() -> None:
    source = """
    airtemplate A() { col witness a, b, c, m;
        lookup_assumes(1, [a, b]); lookup_assumes(1, [a, c], b); lookup_proves(1, [a, c], m);
        lookup_assumes(2, [a * b]); lookup_proves(2, [c], a * b * m); lookup_proves(3, [c], c);
        lookup_assumes(3, [a * c], b * c); lookup_assumes(3, [7], b * c); lookup_assumes(3, [c], 1); }
    airgroup G { A(); }"""
    made = compiled(source)

    groups = reduce_interactions(made.system.airs[0], buses_of(made.system)).columns
    assert made.compiled.airs[0].cost.stage2 == groups > 3
