"""Values: field elements, casts, types, constants, arrays, whole columns. Programs that check themselves."""

import pytest
from tests.language_programs import in_air, run

from zisk_py.pil.errors import Code, PilError

PROGRAMS = {
    "a field element is below p": "fe x = PRIME + 3; assert_eq(x, 3); assert_eq(int(fe(-1)), PRIME - 1);",
    "a field element starts at 0": "fe x; assert_eq(x + 1, 1);",
    "field elements are divided in the field": "const fe half = fe(1) / 2; assert_eq(half + half, 1);",
    "a field element has an inverse": "assert_eq(fe(7) ** (0 - 1) * 7, 1);",
    "a power of a field element": "assert_eq(fe(2) ** 64, 2 ** 32 - 1);",
    "sums of field elements come round": "fe x = PRIME - 1; x += 2; assert_eq(x, 1);",
    "equality of field elements is modulo p": "assert(fe(3) == PRIME + 3); assert(!(fe(3) != 3 - PRIME));",
    "an int of a field element is an int": "int x = fe(5); assert_eq(x / 2, 2);",
    "minus a field element": "assert_eq(-fe(1), PRIME - 1);",
    "ints are not reduced": "assert_eq(PRIME * PRIME / PRIME, PRIME);",
    "a cast to a string": 'assert(string(12) + "x" == "12x"); assert(string(fe(-1)) == string(PRIME - 1));',
    "a cast of an array": "const int b[] = [1, PRIME]; const fe a[] = fe[](b); assert_eq(a[1], 0);",
    "cast by name": 'assert(cast("string", 5) == "5"); assert_eq(cast("int", fe(3)), 3);',
    "is tells ints, strings and field elements apart": """
        assert(5 is int); assert("a" is string); assert(fe(5) is fe); assert(!(fe(5) is int));""",
    "is tells arrays apart": "const int a[] = [1]; assert(a is int[]); assert(!(a is int));",
    "an expr that holds an int is an int": "const expr e = 5; assert(e is int);",
    "a constant without a value takes one later": "const int x; x = 4; assert_eq(x, 4);",
    "elements of a constant array take theirs later": """
        const int a[3]; for (int i = 0; i < 3; i++) { a[i] = i * i; } assert_eq(a[2], 4);""",
    "an array of arrays takes a list": """
        const int m[2][2]; m[0] = [1, 2]; m[1] = [3, 4]; assert_eq(m[1][0], 3);""",
    "rows of an array are passed on": """
        function f(const int a[]): int { return a[0] + length(a); } const int m[][] = [[5, 6], [7]];
        assert_eq(f(m[0]) + f(m[1]), 15);""",
    "an expr holds an array": "const expr e = [1, 2, 3]; assert_eq(length(e), 3); assert_eq(e[2], 3);",
    "several names take arrays": "expr [a, b] = [[1, 2], [3]]; assert_eq(a[1] + b[0], 5);",
    "slices reach to the ends": """
        const int a[] = [1, 2, 3, 4]; assert_eq(a[..1][1], 2); assert_eq(a[2..][1], 4);""",
    "spreads stand between others": """
        const int a[] = [2, 3]; const int b[] = [1, ...a, 4]; assert_eq(b[2], 3);""",
    "in finds what is in a list": """
        assert(3 in [1, 3]); assert(!("a" in ["b"])); assert(fe(-1) in [PRIME - 1]);""",
    "switch takes strings": """
        string s = "b"; int x; switch (s) { case "a": x = 1; case "b": x = 2; default: x = 3; }
        assert_eq(x, 2);""",
    "a switch without a default does nothing": "int x; switch (4) { case 1: x = 1; } assert_eq(x, 0);",
    "log2 is rounded down": "assert_eq(log2(0) + 10 * log2(1) + 100 * log2(9), 300);",
    "log does nothing": 'log("anything", 5);',
    "hexadecimal numbers have underscores": "assert_eq(0xA000_0000, 2684354560);",
    "powers group to the right and bind before signs": "assert_eq(2 ** 3 ** 2, 512); assert_eq(-2 ** 2, -4);",
    "only one side of && is needed": """
        assert_eq(defined(nothing) && nothing == 3, 0); assert_eq(1 || nothing, 1);""",
    "only one branch is evaluated": "assert_eq(1 ? 5 : nothing, 5);",
}

IN_AIR = {
    "types of what an air has": """
        col witness w; col fixed F = [1, 0...]; airval v; const expr sum = w + 1;
        assert(w is col); assert(w is col witness); assert(!(w is col fixed)); assert(F is col fixed);
        assert(v is airval); assert(sum is expr); assert(!(w is expr)); assert(!(sum is col));""",
    "a name is itself": """
        col witness a, b; const expr c = a; assert(a == c); assert(a != b); assert(!(a == 1));""",
    "shifts of expressions move every column": """
        col witness a, b; const expr p = 'a + b; const expr q = a + b';
        assert(p' == q); assert(q'(-1) == p);""",
    "shifts of arrays move every element": "col witness a[2]; const expr b[] = a'; assert(b[1] == a[1]');",
    "a row offset of 0": "col witness a; const int i = 0; assert((i)'a == a); assert(a'(i) == a);",
    "constants and values have no rows": """
        airval v; const expr e = v; assert(e' == v); const int k = 3; assert_eq(k', 3);""",
    "degree counts columns": """
        col witness a; col fixed F = [1, 0...]; airval v;
        assert_eq(degree(a * F + v), 2); assert_eq(degree(v * v), 0); assert_eq(degree(a ** 4), 4);""",
    "evaluate gives the value in a row": """
        col fixed F = [0..31]; col fixed G = [5...]; assert_eq(evaluate(3, F * G - F'), 11);
        assert_eq(evaluate(31, F'), 0);""",
    "columns can be copied and filled": """
        col fixed A = [0..31]; col fixed B; Tables.fill(7, B, 0, 32); Tables.copy(A, 4, B, 10, 3);
        assert_eq(B[10] + B[12] + B[13], 4 + 6 + 7); assert_eq(Tables.num_rows(B), 32);""",
    "columns are looked at as a whole": """
        col fixed C = [4...]; col fixed S = [3, 5..+..]; col fixed M = [1, 2, 9, 0...];
        assert(Tables.is_constant(C)); assert(Tables.is_sequence(S)); assert(!Tables.is_sequence(M));
        assert_eq(Tables.get_value(S, 2), 7);""",
    "columns are compared with a shift": """
        col fixed A = [[0, 1, 5, 9]...]; col fixed B = [[15, 19, 10, 11]...]; col fixed C = [[0, 1, 5, 8]...];
        assert_eq(Tables.compatible_offset(A, 0, B, 0), 2);
        assert_eq(Tables.compatible_offset(A, 0, C, 0), -1);
        assert(Tables.comparative_signature(A) == Tables.comparative_signature(B));
        assert(Tables.signature(A) != Tables.signature(B)); assert(Tables.are_equals(A, 1, A, 5, 3));""",
    "arrays of fixed columns": """
        col fixed F[2]; F[0] = [0..31]; for (int i = 0; i < N; i++) { F[1][i] = 2 * F[0][i]; }
        assert_eq(F[1][9], 18);""",
    "a fixed column is given another's values": "col fixed A = [0..31]; col fixed B = A; assert_eq(B[4], 4);",
    "columns of a loop have numbers": "for (int i = 0; i < 2; i++) { col witness x; x === 0; }",
    "columns have made names": "const int i = 3; col witness `c${i}`; assert(c3 is col witness);",
    "temporal columns are no columns of the air": "col fixed temporal(8) T = [0..7]; assert_eq(T[7], 7);",
}

REFUSED = {
    "a division by zero in the field": ("fe x = fe(1) / PRIME;", Code.ARITHMETIC),
    "the inverse of zero": ("fe x = fe(0) ** (0 - 1);", Code.ARITHMETIC),
    "a string as a number": ('int x = int("a");', Code.NOT_CONSTANT),
    "a string as a field element": ('fe x = "a";', Code.NOT_CONSTANT),
    "a number as a column": ("int x = col(5);", Code.TYPE),
    "an array for a number": ("int x = [1, 2];", Code.ASSIGNMENT),
    "a list that is too long": ("int a[2] = [1, 2, 3];", Code.ASSIGNMENT),
    "an index that is not there": ("int a[2]; int b = a[2];", Code.INDEX),
    "a slice that is not there": ("int a[2]; int b[] = a[1..2];", Code.INDEX),
    "an index of a number": ("int a; int b = a[0];", Code.INDEX),
    "a huge number": ("int x = 2 ** 9000;", Code.ARITHMETIC),
    "a spread of a number": ("int a[] = [...5];", Code.TYPE),
}

WARNED = {
    "a half": ("int x = 1 / 2;", Code.INTEGER_DIVISION),
    "a constant that is changed": ("const int x = 1; x = 2;", Code.CONST_CHANGED),
    "a constant that is given twice": ("const int x; x = 1; x = 2;", Code.CONST_CHANGED),
    "a name that hides another": ("function f() { int x; if (1) { int x; x = 1; } } f();", Code.SHADOWED),
    "an expression without effect": ("5 + 1;", Code.NO_EFFECT),
    "an expr without a value": ("expr e; expr f = e + 1;", Code.UNSET),
}


@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_holds(source: str) -> None:
    assert not run(source).warnings


@pytest.mark.parametrize("body", IN_AIR.values(), ids=IN_AIR)
def test_a_program_holds_in_an_air(body: str) -> None:
    assert not run(in_air(body)).warnings


@pytest.mark.parametrize(("source", "code"), REFUSED.values(), ids=REFUSED)
def test_a_program_is_refused(source: str, code: Code) -> None:
    with pytest.raises(PilError) as refused:
        run(source)
    assert refused.value.code == code


@pytest.mark.parametrize(("source", "code"), WARNED.values(), ids=WARNED)
def test_a_program_is_warned_of(source: str, code: Code) -> None:
    assert [warning.code for warning in run(source).warnings] == [code]


def test_an_expression_can_be_very_deep() -> None:
    deep = "(a * 1 + " * 1000 + "1" + ")" * 1000
    chain = " + ".join(["a"] * 20_000)
    air = run(in_air(f"col witness a; {deep} === 0; {chain} === 1;")).airs[0]
    assert [claim.node.degree for claim in air.claims] == [1, 1]
