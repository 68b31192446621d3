"""Translated loops do what the statements do: same values, same errors."""

import pytest

from zisk_py.pil import ast
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.errors import PilError
from zisk_py.pil.expander import Expander, cell_loops

LOOPS = {
    "operators": """
        for (int i = 0; i < N; i++) { F[i] = (i * 7 - 100) / 3 + (i - 16) % 5 + (i << 2) + 2**i - -i; }""",
    "logic": """
        for (int i = 0; i < N; i++) { F[i] = (i & 3) ^ (i | 8) + (i > 3 && i != 5) + (i <= 2 || i == 9); }""",
    "reads": "F[0] = 1; for (int i = 1; i < N; i++) { F[i] = i == 1 ? 1 : F[i - 1] + F[i - 2]; }",
    "nested": "for (int i = 0; i < 4; i++) { for (int j = 0; j < 8; j++) { F[8 * i + j] = 10 * i + j; } }",
    "counter outside": """
        int row; for (int i = 0; i < 4; i++) { for (int j = i; j < i + 8; j++) { F[row] = j; row++; } }
        assert_eq(row, N);""",
    "if and locals": """
        for (int i = 0; i < N; i++) {
            const int half = i / 2;
            if (i % 2) { const int half = -half; F[i] = half; }
            else if (i > 8) F[i] = half; else { F[i] = 7; }
        }""",
    "locals hide": """
        int x = 3; for (int i = 0; i < N; i++) { int x = x + i; x *= 2; F[i] = x; } assert_eq(x, 3);""",
    "two updates": "int j = 5; for (int i = 0; i < N; i++, j += 2) { F[i] = j; } assert_eq(j, 5 + 2 * N);",
    "no round": "F[3] = 1; for (int i = 0; i < 0; i++) { F[i] = 1; }",
    "bare expression in the condition": "for (int i = N; i; i--) { F[i - 1] = i * i; }",
    "left to the statements": "for (int i = 0; i < N; i++) { if (i == 9) break; F[i] = log2(i); }",
    "array of tables": "col fixed G[2]; for (int i = 0; i < N; i++) { G[i % 2][i] = i; F[i] = i; }",
}
ERRORS = {
    "row": "for (int i = 0; i < 40; i++) { F[i] = 1; }",
    "division": "for (int i = 0; i < N; i++) { F[i] = 1 / (3 - i); }",
    "unwritten": "for (int i = 0; i < N; i++) { F[i] = F[i + 1]; }",
    "name": "for (int i = 0; i < N; i++) { F[i] = nothing; }",
    "column": "for (int i = 0; i < N; i++) { F[i] = w; }",
    "twice": "for (int i = 0; i < N; i++) { int x; int x; }",
    "shift": "for (int i = 0; i < N; i++) { F[i] = 1 << (3 - i); }",
}


def outcome(body: str) -> object:
    declared = "col witness w; col fixed F;"
    source = f"airtemplate A(const int N) {{ {declared} {body} w === F; }} airgroup G {{ A(32); }}"
    try:
        return [list(column.values) for column in compile_pil(source).airs[0].fixed]
    except PilError as error:
        return str(error)


@pytest.mark.parametrize("body", [*LOOPS.values(), *ERRORS.values()], ids=[*LOOPS, *ERRORS])
def test_both_ways_agree(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    translated = outcome(body)
    monkeypatch.setattr(cell_loops, "run", lambda expander, node: False)

    assert outcome(body) == translated
    assert isinstance(translated, str) == (body in ERRORS.values())


@pytest.mark.parametrize(
    ("body", "is_translated"),
    [
        (LOOPS["nested"], True),
        (LOOPS["left to the statements"], False),
        ("F[0] = 1; for (int i = 0; i < 3; i++) { w === i; }", False),
        (f"for (int i = 0; i < N; i++) {{ F[i] = {'(' * 80}i{')' * 80} + {'1 + ' * 80} 1; }}", False),
        (f"{'for (int i = 0; i < 2; i++) {' * 15} F[i] = 1; {'}' * 15}", False),
    ],
)
def test_only_simple_loops_are_translated(
    body: str, is_translated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    results: list[bool] = []
    run = cell_loops.run

    def watched(expander: Expander, node: ast.For) -> bool:
        results.append(run(expander, node))
        return results[-1]

    monkeypatch.setattr(cell_loops, "run", watched)

    assert isinstance(outcome(body), list)
    assert results[0] is is_translated
