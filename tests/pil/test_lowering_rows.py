"""Rows other than this one and the next, lowered to columns of the core."""

import numpy as np
import pytest

from lowered_runs import compiled, holds
from zisk_py.pil.errors import Code
from zisk_py.pil.system import Air, NodeKind

N = 32


def air_of(body: str, parameters: str = f"const int N = {N}") -> Air:
    (air,) = compiled(f"airtemplate A({parameters}) {{ {body} }} airgroup G {{ A(); }}").system.airs
    return air


def offsets(air: Air) -> set[int]:
    rowed = (NodeKind.WITNESS, NodeKind.FIXED, NodeKind.PROGRAM, NodeKind.STAGE2)
    return {offset for kind, _, offset in air.nodes if kind in rowed}


BODIES = {  # constraint, and the columns that are added for it
    "a' - a === b": [],
    "'a - a === b": [],
    "'a === b'": ["'a"],
    "a'2 === b": ["a'"],
    "a'2 + a'3 === b": ["a'", "a'2"],
    "2'a === 'b": [],
    "a'2 === b'2": [],
    "a'5 === b'4": [],
    "'a + a + a' === b": ["'a"],
    "'a + a' + b + b' === 0": ["'a"],
    "a'31 === b": [],
    "a'32 === b": [],
}


@pytest.mark.parametrize("constraint", BODIES)
def test_few_columns_are_added(constraint: str) -> None:
    air = air_of(f"col witness a, b; {constraint};")

    assert [column.name for column in air.columns] == ["a", "b", *BODIES[constraint]]
    assert offsets(air) <= {0, 1}


def test_added_columns_are_shared_by_all_constraints_and_messages() -> None:
    air = air_of("col witness a, b; a'3 === b; a'2 * b === 1; lookup_proves(1, [a'3, b]);")

    assert [column.name for column in air.columns] == ["a", "b", "a'", "a'2"]


@pytest.mark.parametrize(
    ("text", "name"), [("F'2", "F'2"), ("'F", None), ("F'(-3)", "3'F"), ("F'33", None), ("F'", None)]
)
def test_a_fixed_column_is_turned(text: str, name: str | None) -> None:
    air = air_of(f"col witness a; col fixed F = [1..{N}]; {text} * a === 2 * F * a;")

    assert [column.name for column in air.fixed] == (["F"] if name is None else ["F", name])
    if name is not None:
        by = {"F'2": 2, "3'F": -3}[name]
        assert list(air.fixed[1].values) == [(row + by) % N + 1 for row in range(N)]
    assert len(air.columns) == 1


# The written row on which each mark is 1.
MARKS = {
    "L1": 0,
    "'L1": 1,
    "L1'": N - 1,
    "L1'2": N - 2,
    "LN": N - 1,
    "'LN": 0,
    "2'LN": 1,
    "LN'": N - 2,
    "3'L1": 3,
}


@pytest.mark.parametrize("height", [f"const int N = {N}", ""])
@pytest.mark.parametrize("mark", MARKS)
def test_marks_of_the_ends_can_be_read_on_any_row(mark: str, height: str) -> None:
    source = f"""
    airtemplate A({height}) {{
        col witness a;
        col fixed L1 = [1, 0...];
        col fixed LN = [0..., 1];
        {mark} * a === 0;
    }}
    airgroup G {{ A(); }}"""
    system = compiled(source)

    for row in range(N):
        a = [int(i == row) for i in range(N)]
        assert holds(system.trace({"A": {"a": a}})) == (row != MARKS[mark])


@pytest.mark.parametrize("height", [f"const int N = {N}", ""])
@pytest.mark.parametrize("shift", [-33, -5, -2, -1, 2, 3, 17])
def test_a_column_equals_itself_some_rows_away(shift: int, height: str) -> None:
    source = f"airtemplate A({height}) {{ col witness a, b; a'({shift}) === b; }} airgroup G {{ A(); }}"
    system = compiled(source)
    a = np.arange(N, dtype=np.uint64) ** 2
    b = np.roll(a, -shift)

    assert holds(system.trace({"A": {"a": a, "b": b}}))
    for row in (0, 1, N // 2, N - 2, N - 1):
        wrong = b.copy()
        wrong[row] += np.uint64(1)
        assert not holds(system.trace({"A": {"a": a, "b": wrong}}))


def test_added_columns_are_constrained() -> None:
    system = compiled("airtemplate A() { col witness a, b; a'3 + 'a === b; } airgroup G { A(); }")
    air = system.system.airs[0]
    a = np.arange(N, dtype=np.uint64)
    b = np.roll(a, -3) + np.roll(a, 1)
    assert len(air.columns) == 5

    for column in range(2, len(air.columns)):
        for row in (0, 1, N - 1):

            def change(matrices: dict[str, np.ndarray], row: int = row, column: int = column) -> None:
                matrices["A"][row, column] += 1

            assert not holds(system.trace({"A": {"a": a, "b": b}}), change)  # type: ignore[arg-type]


def test_a_message_may_read_any_rows() -> None:
    source = """
    airtemplate A() { col witness a, b; lookup_assumes(1, ['a, a'2]); lookup_proves(1, [b, b'3]); }
    airgroup G { A(); }"""
    system = compiled(source)
    a = np.arange(N, dtype=np.uint64) % np.uint64(7)

    assert holds(system.trace({"A": {"a": a, "b": np.roll(a, 5)}}))
    assert not holds(system.trace({"A": {"a": a, "b": np.roll(a, 5) * np.uint64(2)}}))


def test_what_was_moved_is_known() -> None:
    system = compiled("airtemplate A() { col witness a, b; 'a === b; a' === a + 1 - b; } airgroup G { A(); }")
    (beside,) = system.compiled.airs

    assert beside.moved == (1, 0)
    assert beside.written == 2
    assert beside.cost.offsets == (-1, 0, 1)


def test_no_row_makes_a_warning() -> None:
    system = compiled("airtemplate A() { col witness a, b; a'9 === b; } airgroup G { A(); }")

    assert all(found.code != Code.HIGH_DEGREE for found in system.compiled.warnings)
