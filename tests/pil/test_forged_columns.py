"""Forgeries in columns that lowering adds: each is what it stands for on every row, or nobody accepts it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from forged_traces import HEIGHT, assert_accepted, assert_refused, system
from zisk_py import pil
from zisk_py.field import extension
from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.pil import Trace

ROWS = (0, 1, HEIGHT // 2, HEIGHT - 2, HEIGHT - 1)  # where a cell is changed
A = [number * number % 7 + 1 for number in range(HEIGHT)]


def a(row: int) -> int:
    return A[row % HEIGHT]


# By what is lowered: the statements of an air, and the column b; the column a is A.
BODIES: dict[str, tuple[str, list[int]]] = {
    "rows from -3 to 4": ("2'b === 3'a * a'4;", [a(r - 1) * a(r + 6) for r in range(HEIGHT)]),
    "two rules that share columns": (
        "b === 'a * a'3; b'2 + a'6 === a'4 * a'4 * (a'5 - a'5) + a'5 * a' + a'6;",
        [a(r - 1) * a(r + 3) for r in range(HEIGHT)],
    ),
    "rows beyond a whole round": ("b'32 === a'33 * 35'a;", [a(r + 1) * a(r - 3) for r in range(HEIGHT)]),
    "ends on other rows": (
        "col fixed L1 = [1, 0...]; 3'L1 * (a'2 - b) === 0; L1'2 * (a - b'3) === 0;",
        [a(5) if r == 3 else a(30) if r == 1 else 0 for r in range(HEIGHT)],
    ),
    "a fixed column that is repeated, on other rows": (
        "col fixed F = [1, 2, 3, 4]; b === F'3 * a'2 + 5'F * 'a;",
        [((r + 3) % 4 + 1) * a(r + 2) + ((r - 5) % 4 + 1) * a(r - 1) for r in range(HEIGHT)],
    ),
    "a domain": (
        "domain D = [1, 0, 0, 0]; b'3 === 'a * a'2 domain D;",
        [a(r - 4) * a(r - 1) if r % 4 == 3 else 5 for r in range(HEIGHT)],
    ),
    "a high degree on several rows": (
        "b === a * a * a'2 * a'2 * 'a;",
        [a(r) ** 2 * a(r + 2) ** 2 * a(r - 1) for r in range(HEIGHT)],
    ),
    "a high degree where a factor is zero": (
        "col fixed L1 = [1, 0...]; L1 * a * a * a' * a' === L1 * b;",
        [a(0) ** 2 * a(1) ** 2 if r == 0 else 9 for r in range(HEIGHT)],
    ),
    "values and multiplicities of a message": (
        "lookup_assumes(1, [a * a * a], a - a); permutation_assumes(2, [a * a * a']);"
        "permutation_proves(2, [b]);",
        [a(r) ** 2 * a(r + 1) for r in range(HEIGHT)],
    ),
}
LATE = """
challenge stage(2) g;
airtemplate A() {
    col witness a, b;
    col witness stage(2) z;
    (z' - a - g) * (z' - b - g) * (z'2 - a' - g) * (z' - a - g) === 0;
}
airgroup G { A(); }
"""


@cache
def honest(name: str, has_height: bool) -> Trace:
    body, b = BODIES[name]
    height = f"const int N = {HEIGHT}" if has_height else ""
    source = f"""
        airtemplate A({height}) {{ col witness a, b; {body} }}
        airtemplate Table(const int N = 512) {{
            col fixed X = [0..511]; col witness m; lookup_proves(1, [X], m);
        }}
        airgroup G {{ A(); {"Table();" if "lookup" in body else ""} }}"""
    return system(source).trace({"A": {"a": A, "b": b}})


def changed(trace: Trace, column: int, row: int) -> Trace:
    """The trace with another cell in its first instance."""
    first, *others = trace.instances
    matrix = first.matrix.copy()
    matrix[row, column] = (int(matrix[row, column]) + 1) % P
    return replace(trace, instances=(replace(first, matrix=matrix), *others))


def added(trace: Trace) -> Sequence[int]:
    """The columns of the first instance that are none of the author's."""
    return range(trace.system.compiled.airs[0].given, trace.instances[0].matrix.shape[1])


CASES = [
    (name, has_height)
    for name, (body, _) in BODIES.items()
    for has_height in (True, False)
    if has_height or not ("F = " in body or "domain" in body)
]


@pytest.mark.parametrize(("name", "has_height"), CASES)
def test_each_cell_of_an_added_column_is_determined(
    monkeypatch: pytest.MonkeyPatch, name: str, has_height: bool
) -> None:
    trace = honest(name, has_height)
    assert_accepted(trace)
    assert added(trace)
    for column in added(trace):
        for row in ROWS:
            assert not pil.check(changed(trace, column, row)).ok
    assert_refused(changed(trace, added(trace)[-1], 0), monkeypatch)


def late() -> Trace:
    def columns(challenges: dict[str, Element]) -> dict[str, object]:
        shifted = [extension.add(challenges["g"], extension.embed(value)) for value in A]
        return {"A": {"z": [*shifted[-1:], *shifted[:-1]]}}

    return system(LATE).trace({"A": {"a": A, "b": A[::-1]}}, stage2=columns)


def test_each_cell_of_an_added_column_of_stage_2_is_determined(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = late()
    assert_accepted(trace)
    width = 3 * len(trace.system.system.airs[0].stage2)
    assert width > 6

    def lie(cell: int, row: int) -> Trace:
        def stage2(challenges: tuple[Element, ...]) -> dict[int, np.ndarray]:
            (matrix,) = trace.stage2(challenges).values()
            matrix = matrix.copy()
            matrix[row, cell] = (int(matrix[row, cell]) + 1) % P
            return {0: matrix}

        return replace(trace, stage2=stage2)

    for cell in range(3, width):
        for row in ROWS:
            assert not pil.check(lie(cell, row)).ok
    assert_refused(lie(width - 1, 0), monkeypatch)
