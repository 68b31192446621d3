"""The language sentence by sentence: what no other test of the language says. Programs check themselves."""

import pytest
from tests.language_programs import in_air, run

TEXT = {
    "comments do not nest": "/* a /* b */ int x = 1; // the rest */ of a line\nassert_eq(x, 1);",
    "letters of any alphabet": 'string s = "αβ│"; assert_eq(length(s), 3); // ─ Ω',
    "a template takes any expression": """
        const int a[2] = [3, 4]; function f(int x): int { return x; }
        assert_eq(`${a[1]}-${f(2)}-${1 ? "y" : "n"}`, "4-2-y");""",
    "names have dollars": "int a$b = 2; assert_eq(a$b, 2);",
    "features are plain names": """
        int bits = 3; int temporal = 4; int sum = 1; int prod = 2; int signed = 9; int unsigned = 1;
        assert_eq(bits + temporal + sum + prod + signed + unsigned, 20);""",
    "another sign of division": "assert_eq(7 \\\\ 2, 3);",
    "the last statement of a block has no semicolon": """
        if (1) { int x = 1 } function f(): int { return 3 } assert_eq(f(), 3)""",
    "semicolons behind blocks": "function f() { }; if (1) { }; ;; { ; }",
    "right shifts of what is negative": "assert_eq(-8 >> 1, -4); assert_eq(-1 >> 70, -1);",
    "bits bind from or to and": "assert_eq(6 & 3 | 8 ^ 1, 11);",
    "orders are 0 or 1": "assert_eq((1 < 2) + (2 <= 2) + (3 > 4) + (1 >= 1) + (1 != 2), 4);",
    "strings are joined and compared": """
        string s = "a" + 1 + "b"; s += 2; assert(s == "a1b2"); assert(s != "x");""",
    "conditions in a row": "int x = 3; assert_eq(x == 1 ? 10 : x == 2 ? 20 : x == 3 ? 30 : 40, 30);",
    "steps before and behind a name": "int a = 1; ++a; --a; a++; a--; ++a; assert_eq(a, 2);",
    "names in a row": 'int a, b[2], c; string s; assert_eq(a + b[1] + c, 0); assert_eq(s, "");',
    "values change places": "int a; int b; [a, b] = [1, 2]; [a, b] = [b, a]; assert_eq(10 * a + b, 21);",
    "a declaration takes apart": "int [a, b] = [1, 2]; assert_eq(10 * a + b, 12);",
    "a default before what must be given": """
        function f(int a = 1, int b): int { return a * 10 + b; } assert_eq(f(b: 2), 12);
        assert_eq(f(3, 4), 34);""",
    "results of several types": """
        function f(): [int, string] { return [1, "x"]; } int a; string s; [a, s] = f(); assert_eq(s, "x");""",
    "a result is left": "function f(): int { return 1; } f();",
    "functions say who sees them": """
        public function f(): int { return 1; } private function g(): int { return 2;
        } assert_eq(f() + g(), 3);""",
    "values of the proof are arguments": """
        public x; proofval y; challenge stage(2) z; const expr e = f(x, y, z); assert_eq(degree(e), 0);
        function f(public a, proofval b, challenge c): expr { return a * b + c; }""",
    "kinds of the proof's values": """
        public p; proofval q; challenge c; airgroup G { airgroupval aggregate(sum) g;
        assert(g is airgroupval); }
        assert(p is public); assert(q is proofval); assert(c is challenge); assert(!(p is challenge));""",
    "lengths and dimensions": """
        const int a[2][3]; assert_eq(dim(a), 2); assert_eq(length(a[0]), 3); assert_eq(dim(4), 0);
        assert(is_array(a[1])); assert(!is_array(a[1][2])); assert(defined(a[1][2]));
        assert(!defined(a[2]));""",
    "prints": 'println("x", 3, [1, 2]); dump(PRIME);',
    "values are global wherever they are declared": """
        { challenge stage(2) c; } if (!defined(c)) { challenge stage(2) c; } assert(defined(c));""",
    "facts outside of airs": """
        assert_eq(AIR_ID, -1); assert_eq(AIRGROUP_ID, -1); assert(AIRGROUP == ""); assert_eq(VIRTUAL, 0);""",
    "a group's container": """
        airgroup G { container airgroup.std.vt alias v { int n = 1; } v.n += 2;
        assert_eq(airgroup.std.vt.n, 3); }
        airgroup H { container airgroup.std.vt { int n = 1; } assert_eq(airgroup.std.vt.n, 1); }""",
    "an alias is seen in templates": """
        container proof.k { int z = 4; } airtemplate T(const int N = 32) { col witness w; w === vt.z; }
        function f() { use proof.k alias vt; T(); } airgroup G { f(); }""",
    "parameters of all types": """
        airtemplate T(const int N = 32, expr x, string s = "q") { col witness w; w === x; assert_eq(s, "r"); }
        airgroup G { T(x: 4, s: "r"); }""",
    "aliases of three forms": """
        airtemplate T(const int N = 32) { col witness a; a === 0; }
        airgroup G { T() alias "X"; T() alias `Y${1}`; T() alias Z; }""",
    "a block is appended to a template": """
        airtemplate T(const int N = 32) { col witness a; } airtemplate T { col witness b; a === b; }
        airgroup G { T(); }""",
    "a global constraint of a group's value": """
        public p; airgroup G { airgroupval aggregate(sum) default(2) stage(1) g; } G.g === p;""",
}
IN_AIR = {
    "columns have features": """
        col witness bits(3, unsigned) stage(1) a; col witness bits(3, signed) b; a === b;
        col fixed virtual(64) Z = [0..63]; assert_eq(Z[63], 63); col fixed temporal() Y = [1...];""",
    "columns of the air from a block": "if (1) { col witness air.q, air.`r1`; } q === r1;",
    "columns are arguments": """
        col witness w; col fixed F = [1...]; airval v; commit stage(0) r; col r q; f(w, F, v, q) === 0;
        function f(col witness a, col fixed b, airval c, col r d): expr { return a + b * c + d; }""",
    "kinds of an air's names": """
        col witness w; airval v; commit stage(0) rom; col rom c; expr e = w + 1; assert(w is col);
        assert(!(w is col fixed)); assert(v is airval); assert(c is col rom); assert(e is expr);
        assert(!(w is expr));""",
    "later rows": "col witness a; expr e = a'(1 + 1); expr f = a'; assert(e == a'2); assert(f' == e);",
    "a negative offset turns round": "col witness c; expr e = c'(-3); expr f = 3'c; assert(e == f);",
    "an element some rows later": """
        col witness s[2]; int i = 1; int k = 2; expr e = s[i]'(k); assert(e == s[1]'2);""",
    "a sequence that is assigned": "col fixed F; F = [1, 2...]; assert_eq(F[9], 2);",
    "cells in a sequence": "col fixed A = [5...]; col fixed F = [A[3], A[4] + 1, 0...]; assert_eq(F[1], 6);",
    "groups in groups": "col fixed F = [[[1, 2]:2, 3]:2, 0...]; assert_eq(F[8] + 10 * F[9], 32);",
    "cells are read and written": "col fixed F; F[3] = 4; F[3] += 2; assert_eq(F[3], 6);",
    "a short sequence has all rows": """
        col fixed F = [1, 2, 3, 4]; assert_eq(F[7], 4); assert_eq(Tables.num_rows(F), 32);""",
    "nothing is added, nothing is multiplied": """
        col witness x; assert(x + 0 == x); assert(0 + x == x); assert(x - 0 == x); assert(1 * x == x);
        assert_eq(x * 0, 0);""",
    "columns are found by comparing": """
        col witness a, b; expr list[2] = [a, b]; assert(list[1] == b); assert(list[0] != b);
        assert(!(a == 3));""",
    "an air value is defined": "airval v; public p; v <== 3 * p;",
    "definitions in a chain": "col witness w, a, b; w <== a; b <== w + 1;",
    "an expression that is a column": """
        col fixed F = [0..31]; const expr e = F; assert_eq(Tables.num_rows(e), 32);""",
    "pragmas of tools": """
        #pragma message hello
        #pragma timer start
        #pragma fixed_bytes 4
        #pragma transpile logfile:1
        for (int i = 0; i < 3; i++) { log(`a`); }""",
    "hints of three forms": "col witness a; @h { x: a, y: [1, 2], z: { q: 1 } } @g [a, 1]; @k a + 1;",
}


@pytest.mark.parametrize("source", TEXT.values(), ids=TEXT)
def test_a_program_holds(source: str) -> None:
    assert not run(source).errors


@pytest.mark.parametrize("body", IN_AIR.values(), ids=IN_AIR)
def test_a_program_holds_in_an_air(body: str) -> None:
    (air,) = run(in_air(body)).airs
    assert air.rows == 32
