"""Loops that fill fixed columns: translated ones do exactly what the statements do."""

import pytest
from tests.language_programs import in_air, run

from zisk_py.pil.errors import PilError
from zisk_py.pil.expander import cell_loops

LOOPS = {
    "a switch": """
        for (int i = 0; i < N; i++) {
            int x; switch (i % 7) { case 0, 5: x = 1; case 1..3: x = i; default: x = 9; } F[i] = x;
        }""",
    "a switch without a default": "for (int i = 0; i < N; i++) { switch (i) { case 3: F[i] = 1; } }",
    "branches in branches": """
        for (int i = 0; i < N; i++) {
            if (i < 5) { if (i % 2) F[i] = 1; else F[i] = 2; } else if (i < 9) { F[i] = 3; } else F[i] = 4;
        }""",
    "break and continue": """
        for (int i = 0; i < N; i++) { if (i == 3) continue; if (i > 20) break; F[i] = i; }""",
    "continue in a loop of another form": """
        int k = 1; for (int i = 0; i + k < N; i += k) { if (i % 3 == 1) continue; F[i] = i; }""",
    "while and do": """
        for (int i = 0; i < N; i++) {
            int n = i; int s; while (n > 0) { s += n % 2; n = n / 2; }
            int t; do { t++; if (t == 2) continue; } while (t < i); F[i] = s * 100 + t;
        }""",
    "loops in loops": """
        int at; for (int i = 0; i < 4; i++) { for (int j = 0; j <= i; ++j) { F[at] = 10 * i + j; at++; } }
        assert_eq(at, 10);""",
    "several values at once": """
        for (int i = 0; i < N; i++) { int [a, b] = [i, i + 1]; [a, b] = [b, a]; F[i] = a * 100 + b; }""",
    "arrays of the loop": """
        for (int i = 0; i < N; i++) {
            int s[4]; for (int j = 0; j < 4; j++) { if (i % (j + 1) == 0) s[j] = 1; }
            const int w[] = [1, 2, 4, 8]; int x; for (int j = 0; j < 4; j++) { x += s[j] * w[j]; } F[i] = x;
        }""",
    "arrays from outside": """
        int a[4]; const int b[] = [3, 1, 4]; for (int i = 0; i < N; i++) { a[i % 4] += i; F[i] = b[i % 3]; }
        assert_eq(a[1], 120);""",
    "arrays of columns": """
        col fixed G[2]; for (int i = 0; i < N; i++) {
            G[0][i] = i; G[1][i] = 2 * i; F[i] = G[1][i] + G[0][i];
        }""",
    "strings": """
        for (int i = 0; i < N; i++) {
            string s = i % 2 ? "odd" : "even"; string t = `${s}${i}`;
            F[i] = (s == "odd") + 2 * (t != "even4");
        }""",
    "shifts and masks": """
        for (int i = 0; i < N; i++) {
            const int r = i % 9; F[i] = ((0xABCD >> r) | (0xABCD << (16 - r))) & 0xFFFF ^ (i << 60) % PRIME;
        }""",
    "signs": """
        for (int i = 0; i < N; i++) { const int d = i - 16; F[i] = d / 3 + 100 * (d % 5) - (-d) * !d; }""",
    "powers": "for (int i = 0; i < N; i++) { F[i] = 2 ** i + i ** 2 + 3 ** (i % 4); }",
    "truth": "for (int i = 0; i < N; i++) { F[i] = (i > 3 && i < 9 || i == 20) + 2 * !(i in [1, 2]); }",
    "large values": """
        int x = 1; for (int i = 0; i < N; i++) { x = x * 6364136223846793005 % PRIME; F[i] = x; }""",
    "cells that were written before": """
        F[0] = 1; F[1] = 1; for (int i = 2; i < N; i++) { F[i] = F[i - 1] + F[i - 2]; }""",
    "cells of a sequence": "col fixed S = [[5, 6]...]; for (int i = 0; i < N; i++) { F[i] = S[i] * i; }",
    "steps of two": "for (int i = 1; i < N; i += 2) { F[i] = i; }",
    "counting downwards": "for (int i = N - 1; i >= 0; i--) { F[i] = N - i; }",
    "a counter that the body changes": "for (int i = 0; i < N; i++) { F[i] = i; i += i % 2; }",
    "an end that the body changes": "int n = 8; for (int i = 0; i < n; i++) { F[i] = n; if (n < 20) n++; }",
    "assertions": """
        for (int i = 0; i < N; i++) {
            assert(i >= 0, `row ${i}`); assert_eq(i, i); assert_not_eq(i, -1); F[i] = 1;
        }""",
    "no round": "for (int i = 5; i < 5; i++) { F[i] = 1; } F[0] = 1;",
}
FAILING = {
    "an error in a default": """
        for (int i = 0; i < N; i++) { switch (i) { case 0..6: F[i] = 1; default: error(`row ${i}`); } }""",
    "an assertion": """
        for (int i = 0; i < N; i++) { const int d = 2 * i; assert(i < 9, `${i} and ${d}`); F[i] = d; }""",
    "an assertion of equality": "for (int i = 0; i < N; i++) { assert_eq(i % 5, i); F[i] = i; }",
    "an index": "int a[3]; for (int i = 0; i < N; i++) { a[i] = 1; F[i] = 1; }",
    "an index of its own array": "for (int i = 0; i < N; i++) { int a[3]; F[i] = a[i]; }",
    "a negative row": "for (int i = 0; i < N; i++) { F[i - 3] = 1; }",
    "a row that is read": "col fixed S = [1...]; for (int i = 0; i < N; i++) { F[i] = S[i + 9]; }",
    "a rest of nothing": "for (int i = 0; i < N; i++) { F[i] = 7 % (4 - i); }",
    "a negative shift": "for (int i = 0; i < N; i++) { F[i] = 1 << (5 - i); }",
    "an int that grows": "int x = 3; for (int i = 0; i < N; i++) { x = x * x; F[i] = x % 7; }",
    "a column of a sequence": "col fixed S = [1...]; for (int i = 0; i < N; i++) { S[i] = 1; F[i] = 1; }",
    "a division that never runs but in the last row": """
        for (int i = 0; i < N; i++) { F[i] = i < 31 ? 1 : 1 / 0; }""",
}


def outcome(body: str) -> tuple[list[int], str]:
    """The values of F, or what is said instead."""
    try:
        (air,) = run(in_air(f"col fixed F; {body}")).airs
    except PilError as error:
        return [], str(error)
    values, written = air.fixed[0].values, air.fixed[0].written
    assert values is not None
    assert written is not None
    return [value if marked else -1 for value, marked in zip(values, written, strict=True)], ""


@pytest.mark.parametrize("body", [*LOOPS.values(), *FAILING.values()], ids=[*LOOPS, *FAILING])
def test_a_translated_loop_does_what_the_statements_do(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    translated = outcome(body)
    monkeypatch.setattr(cell_loops, "run", lambda expander, node: False)

    assert outcome(body) == translated
    assert bool(translated[1]) == (body in FAILING.values())


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS)
def test_every_loop_of_these_is_translated(body: str) -> None:
    assert not run(in_air(f"col fixed F; {body}")).untranslatable
