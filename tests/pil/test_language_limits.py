"""What a program may do is bounded: no file keeps the compiler, or an editor, busy."""

import pytest
from tests.language_programs import in_air, run

from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.expander.machine import STATEMENT_WORK
from zisk_py.pil.expander.settings import Settings

SMALL = Settings(max_work=2000 * STATEMENT_WORK)
# Programs that go on and on, and the text that the error stands at.
ENDLESS = {
    "a loop": ("int x = 1; while (x) { expr y = x; }", "x"),
    "a loop without a body": ("while (1) ;", "1"),
    "a loop that counts in vain": ("int x; for (int i = 0; i >= 0; i += 0) { expr y = i; }", "i >= 0"),
    "loops in loops": (
        "int x; for (int i = 0; i < 9999; i++) { for (int j = 0; j < 9999; j++) { x = i + j; } }",
        "j < 9999",
    ),
    "loops in loops, with a break": (
        "int x; for (int i = 0; i < 9999; i++) { while (1) { x++; if (x % 99 == 0) break; } }",
        "1",
    ),
    "a recursion that branches": (
        "function f(const int n): int { return n ? f(n - 1) + f(n - 1) : 1; } int x = f(60);",
        "f(n - 1)",
    ),
    "arrays in a loop": ("while (1) { int a[20000]; }", "a[20000]"),
}


@pytest.mark.parametrize(("source", "place"), ENDLESS.values(), ids=ENDLESS)
def test_a_program_that_goes_on_is_stopped(source: str, place: str) -> None:
    with pytest.raises(PilError) as refused:
        run(source, settings=SMALL)
    (found,) = refused.value.diagnostics
    assert found.code == Code.LIMIT
    assert found.span.text == place


def test_the_work_counts_over_all_airs() -> None:
    body = "int x; for (int i = 0; i < 6000; i++) { x += i; }"
    assert not run(in_air(body), settings=SMALL).errors
    airs = "".join(f"A() alias A{number};" for number in range(9))
    with pytest.raises(PilError) as refused:
        run(f"airtemplate A(const int N = 32) {{ {body} }} airgroup G {{ {airs} }}", settings=SMALL)
    assert refused.value.code == Code.LIMIT


def test_a_table_of_any_height_is_filled() -> None:
    body = "col fixed F; for (int i = 0; i < N; i++) { F[i] = i; } assert_eq(F[N - 1], N - 1);"
    assert run(in_air(body, 1 << 20)).work > 0


LONG = {
    "a sum": 'string s = "x"; while (1) { s = s + s; }',
    "an assignment": 'string s = "x"; while (1) { s += s; }',
    "a template": 'string s = "x"; while (1) { s = `${s}${s}`; }',
    "a translated loop": 'string s = "x"; for (int i = 0; i < 99; i++) { s = s + s; }',
}


@pytest.mark.parametrize("source", LONG.values(), ids=LONG)
def test_a_string_that_grows_is_stopped(source: str) -> None:
    with pytest.raises(PilError) as refused:
        run(source)
    assert "characters" in str(refused.value)
