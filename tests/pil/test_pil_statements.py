"""Control flow, scopes, arrays, strings, functions: programs that check themselves with assert_eq."""

import pytest

from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.errors import PilError, PilWarning

PROGRAMS = {
    "a for loop counts": "int s; for (int i = 0; i < 5; i++) s += i; assert_eq(s, 10);",
    "a while loop stops": "int i = 1; while (i < 100) { i *= 3; } assert_eq(i, 243);",
    "do runs its body first": "int i = 9; do { i++; } while (i < 5); assert_eq(i, 10);",
    "for in walks an array": "int s; for (int v in [4, 5, 6]) { s += v; } assert_eq(s, 15);",
    "break leaves the inner loop": """
        int n;
        for (int i = 0; i < 3; i++) { for (int j = 0; j < 9; j++) { if (j == 2) break; n++; } }
        assert_eq(n, 6);""",
    "continue still updates": """
        int n; for (int i = 0; i < 6; i++) { if (i % 2) continue; n++; } assert_eq(n, 3);""",
    "a loop body declares anew": """
        for (int i = 0; i < 3; i++) { const int twice = 2 * i; assert_eq(twice, i + i); }""",
    "else if is a nested if": """
        int x; if (0) { x = 1; } else if (1) { x = 2; } else { x = 3; } assert_eq(x, 2);""",
    "switch takes values and ranges": """
        function kind(const int n): int {
            switch (n) { case 1, 2: return 10; case 3..5: return 20; default: return 30; }
        }
        assert_eq(kind(2), 10); assert_eq(kind(4), 20); assert_eq(kind(6), 30);""",
    "an inner name hides an outer one": "int x = 1; { int x = 2; assert_eq(x, 2); } assert_eq(x, 1);",
    "an initialiser reads the outer name": "const int x = 1; { const int x = x + 1; assert_eq(x, 2); }",
    "int starts at 0 and arrays too": "int x; int a[3]; assert_eq(x + a[2], 0);",
    "arrays are copied on assignment": """
        int a[2] = [1, 2]; int b[2] = a; b[0] = 9; assert_eq(a[0], 1); assert_eq(b[0], 9);""",
    "arrays have rows": "int m[2][3]; m[1][2] = 5; assert_eq(m[1][2] + m[0][2], 5); assert_eq(dim(m), 2);",
    "an array takes a list": "int a[2]; a = [3, 4]; assert_eq(a[0] * a[1], 12);",
    "slices keep their ends": """
        const int a[] = [1, 2, 3, 4]; assert_eq(length(a[1..2]), 2); assert_eq(length(a[2..]), 2);""",
    "spread flattens": """
        const int a[] = [1, 2]; const int b[] = [0, ...a, 3];
        assert_eq(length(b), 4); assert_eq(b[2], 2);""",
    "a function has defaults and names": """
        function f(const int a, const int b = 10, const int c = b + 1): int { return 100 * a + 10 * b + c; }
        assert_eq(f(1), 100 + 100 + 11); assert_eq(f(1, c: 5), 205); assert_eq(f(c: 1, a: 2, b: 3), 231);""",
    "name: alone passes the variable of that name": """
        function f(const int a): int { return a; } const int a = 7; assert_eq(f(a:), 7);""",
    "a function can be called above its text": """
        assert_eq(f(2), 4); function f(const int x): int { return x * x; }""",
    "functions recurse": """
        function f(const int n): int { return n < 2 ? 1 : n * f(n - 1); }
        assert_eq(f(20), 2432902008176640000);""",
    "a function returns several values": """
        function f(): [int, int] { return [3, 4]; } int [a, b] = f(); assert_eq(a - b, -1);
        int c; int d; [c, d] = f(); assert_eq(d, 4);""",
    "a function and a variable can share a name": """
        function degree2(const int x): int { return x; }
        int degree2 = degree2(5); assert_eq(degree2, 5);""",
    "strings join and interpolate": """
        string s = "a"; s += "b"; const int i = 3;
        assert(`${s}_${i + 1}` == "ab_4"); assert("x" + 1 == "x1");""",
    "proof. names the outermost level": "int x = 1; { int x = 2; proof.x += 5; } assert_eq(x, 6);",
    "steps are statements": "int x = 5; x++; ++x; x--; assert_eq(x, 6);",
    "semicolons are free": "int x = 1;;; { x = 2 }; ; assert_eq(x, 2)",
    "comments are skipped": "int x = 1; /* x = 2; */ // x = 3;\nassert_eq(x, 1);",
    "const can be set later": "const int x; x = 4; assert_eq(x, 4);",
}


@pytest.mark.parametrize("source", PROGRAMS.values(), ids=list(PROGRAMS))
def test_program_checks_itself(source: str) -> None:
    assert compile_pil(source).airs == ()


def test_a_failed_assertion_stops() -> None:
    with pytest.raises(PilError, match=r"`assert_eq\(1 \+ 1, 3\)` does not hold: 2 and 3"):
        compile_pil("assert_eq(1 + 1, 3);")


def test_an_expression_without_effect_warns() -> None:
    source = "airgroup G { A(); } airtemplate A() { col witness x; x * (1 - x); x === 0; }"

    with pytest.warns(PilWarning, match=r"`x \* \(1 - x\)` does nothing; did you mean `=== 0`\?"):
        compile_pil(source)


def test_endless_recursion_is_an_error() -> None:
    with pytest.raises(PilError, match="nested too deeply"):
        compile_pil("function f(const int x): int { return f(x + 1); } int y = f(0);")


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(PilError, match="nested too deeply"):
        compile_pil(f"int x = {'-' * 5000}1;")


def test_a_long_chain_of_choices_is_no_recursion() -> None:
    choices = " : ".join(f"x == {i} ? {i * i}" for i in range(3000))

    assert compile_pil(f"const int x = 2999; assert_eq({choices} : 0, {2999**2});").airs == ()
