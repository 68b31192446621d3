"""Names: levels, containers, packages, functions, ends. Programs that check themselves with assert."""

from pathlib import Path

import pytest
from tests.language_programs import in_air, run

from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.expander.graph import text
from zisk_py.pil.expander.settings import Settings

PROGRAMS = {
    "a container keeps its members for the proof": """
        function count() { container proof.c { int n = 0; } use proof.c; n++; }
        count(); count(); use proof.c; assert_eq(n, 2);""",
    "the body of a container runs once": """
        int runs; function f() { container proof.c { int m = step(); } }
        function step(): int { runs++; return runs; } f(); f(); f(); assert_eq(runs, 1);""",
    "a member is read by its whole path": "container proof.a.b { int x = 7; } assert_eq(proof.a.b.x, 7);",
    "a member is written by its whole path": """
        container proof.c { int x; } proof.c.x = 3; proof.c.x += 4; assert_eq(proof.c.x, 7);""",
    "an alias names a container": "container proof.c alias k { int x = 5; } assert_eq(k.x, 5);",
    "an alias is bound again each time": """
        container proof.c { int x = 5; } { use proof.c alias k; k.x = 6; }
        { use proof.c alias k; assert_eq(k.x, 6); }""",
    "an alias ends with its block": """
        container proof.c { int x = 5; } { use proof.c alias k; } assert_eq(defined(k.x), 0);""",
    "a used name ends with its block": """
        container proof.c { int x = 5; } { use proof.c; assert_eq(x, 5); } assert_eq(defined(x), 0);""",
    "what is used is seen in functions that are called": """
        container proof.c { int x = 5; } function f(): int { return x; } use proof.c; assert_eq(f(), 5);""",
    "the last container in use comes first": """
        container proof.a { int x = 1; } container proof.b { int x = 2; }
        use proof.a; use proof.b; assert_eq(x, 2);""",
    "a name of a block comes before one of a container": """
        container proof.a { int x = 1; } use proof.a; int y = x; { int x = 9; assert_eq(x + y, 10); }""",
    "an initialiser reads the container's name": """
        container proof.a { int x[2] = [4, 6]; } { use proof.a; int x = x[1]; assert_eq(x, 6); }""",
    "a path has a template string": """
        const int n = 3; container proof.`id${n}` { int x = 8; } assert_eq(proof.id3.x, 8);
        assert_eq(proof.`id${n}`.x, 8);""",
    "defined sees containers": """
        assert_eq(defined(proof.c), 0); container proof.c { int x; }
        assert(defined(proof.c)); assert(defined(proof.c.x)); assert(!defined(proof.c.y));""",
    "members are arrays and strings": """
        container proof.c { string s = "ab"; int a[2][2]; } proof.c.a[1][0] = 4;
        assert_eq(proof.c.a[1][0] + length(proof.c.s), 6);""",
    "a container without a body": "container proof.c; assert_eq(defined(proof.c), 1);",
    "a package has functions": "package P { function f(): int { return 4; } } assert_eq(P.f(), 4);",
    "a package has constants": "package P { const int k = 4; } assert_eq(P.k, 4);",
    "inside of a package its names are plain": """
        package P { const int k = 4; function f(): int { return k + g(); } function g(): int { return 1; } }
        assert_eq(P.f(), 5);""",
    "a package can be opened again": """
        package P { const int a = 1; } package P { const int b = a + 1; } assert_eq(P.a + P.b, 3);""",
    "two packages have one name each": """
        package P { const int k = 1; } package Q { const int k = 2; } assert_eq(10 * P.k + Q.k, 12);""",
    "any number of arguments": """
        function f(...): int { return $0 + 10 * $1 + 100 * $2; } assert_eq(f(1, 2, 3), 321);""",
    "named ones and any number of others": """
        function f(const int a, ...): int { return a + $1; } assert_eq(f(5, 6), 11);""",
    "a parameter can be an array by default": """
        function f(const int a[] = [1, 2]): int { return a[0] + a[1]; } assert_eq(f() + f([5, 6]), 14);""",
    "a function writes into the array that it is given": """
        function f(int a[]) { a[1] = 8; } int a[2]; f(a); assert_eq(a[1], 8);""",
    "defaults are found when the function is called": """
        int x = 1; function f(const int a = x): int { return a; } x = 5; assert_eq(f(), 5);""",
    "a function does not see the caller's names": """
        function f(): int { return defined(hidden); } { int hidden = 1; assert_eq(f(), 0); }""",
    "a function of a function": """
        function f(): int { function g(): int { return 3; } return g() + 1; } assert_eq(f(), 4);""",
    "arrays come back from functions": """
        function f(): [int[], int[]] { return [[1, 2], [3]]; } const expr [a, b] = f();
        assert_eq(length(a) + length(b), 3);""",
    "an end is called after the file": """
        int done; function f() { done = 1; } on final proof f(); assert_eq(done, 0);""",
    "the higher priority comes first": """
        string s = ""; function a() { s += "a"; } function b() { s += "b"; } function c() { s += "c"; }
        function d() { assert(s == "bca"); }
        on final(1) proof c(); on final proof a(); on final(2) proof b(); on final(0 - 1) proof d();""",
    "an end is called once": """
        int n; function f() { n++; } function g() { assert_eq(n, 1); }
        on final proof f(); on final proof f(); on final(0 - 1) proof g();""",
    "an end can add an end": """
        int n; function f() { on final proof g(); } function g() { n = 1; } function h() { assert_eq(n, 1); }
        on final(5) proof f(); on final(0 - 9) proof h();""",
    "a final function is called at its end": """
        int n; final proof function f() { n = 3; } function g() { assert_eq(n, 3); }
        on final(0 - 1) proof g();""",
    "airgroups end before the proof": """
        int n; function f() { n = 1; } function g() { assert_eq(n, 1); }
        on final(9) proof g(); airgroup G { on final airgroup f(); }""",
    "each airgroup has its own end": """
        int n; function f() { n++; } function g() { assert_eq(n, 2); } on final proof g();
        airgroup G { on final airgroup f(); on final airgroup f(); } airgroup H { on final airgroup f(); }""",
    "at its end an airgroup is open again": """
        string s = ""; function f() { s += AIRGROUP; } function g() { assert(s == "GH"); } on final proof g();
        airgroup G { on final airgroup f(); } airgroup H { on final airgroup f(); }""",
    "an airgroup that an end opens ends too": """
        int n; function f() { airgroup H { on final airgroup g(); } } function g() { n = 1; }
        function h() { assert_eq(n, 1); } airgroup G { on final airgroup f(); } on final proof h();""",
    "names of an airgroup stay when it is opened again": """
        airgroup G { const int airgroup.x = 4; } airgroup H { } airgroup G { assert_eq(x, 4); }""",
    "an airgroup has a number": """
        assert_eq(AIRGROUP_ID, -1); airgroup G { assert_eq(AIRGROUP_ID, 0); }
        airgroup H { assert_eq(AIRGROUP_ID, 1); } airgroup G { assert_eq(AIRGROUP_ID, 0); }""",
    "an airgroup in a function sees what that sees": """
        function f(const int k) { airgroup G { const int x = k; assert_eq(x, 6); } } f(6);""",
    "an absolute name is made once": """
        function f(const int v) { const int proof.k = v; } f(1); f(2); assert_eq(k, 1);""",
    "a pragma for tools does nothing": """
        #pragma message hello
        #pragma timer start
        assert_eq(1, 1);""",
    "a statement of a feature that nobody asks for is left out": """
        int x = 1;
        #pragma feature extra
        x = 2;
        assert_eq(x, 1);""",
    "exit ends the program": """
        assert_eq(1, 1);
        #pragma exit
        assert_eq(1, 2);""",
}

IN_AIR = {
    "an absolute name of a block is one of the air": "if (1) { const expr air.e = 5; } assert_eq(e, 5);",
    "a parameter is a name of the air": "assert_eq(air.N, 32); assert_eq(BITS, 5);",
    "a container of the air": """
        container air.c { int n; } air.c.n = 2; assert_eq(air.c.n, 2); assert_eq(defined(proof.c), 0);""",
    "columns in a container": """
        container air.c { col fixed F = [0..31]; } assert_eq(air.c.F[7], 7);""",
    "the end of an air sees its names": """
        int n = 1; function f() { assert_eq(n, 2); } on final air f(); n = 2;""",
    "facts of an air": 'assert(AIR_NAME == "A"); assert(AIRTEMPLATE == "A"); assert_eq(VIRTUAL + AIR_ID, 0);',
    "a hint is kept": "@kept { a: 1, b: [2, 3] }",
}

REFUSED = {
    "use of no container": ("use proof.nothing;", Code.CONTAINER),
    "an alias of two containers": (
        "container proof.a { int x; } container proof.b { int x; } use proof.a alias k; use proof.b alias k;",
        Code.CONTAINER,
    ),
    "a container in a container": ("container proof.a { container proof.b { int x; } }", Code.CONTAINER),
    "a member without its container": ("int proof.c.x;", Code.CONTAINER),
    "an end with parameters": ("function f(const int a) {} on final proof f();", Code.DEFERRED),
    "an end of an air outside": ("function f() {} on final air f();", Code.OUTSIDE),
    "an end of an airgroup outside": ("function f() {} on final airgroup f();", Code.OUTSIDE),
    "an end that nobody defines": ("on final proof f();", Code.UNKNOWN_CALLEE),
    "an argument that is not there": ("function f(...): int { return $3; } int x = f(1);", Code.ARGUMENTS),
    "an unknown pragma": ("#pragma nothing\nint x;", Code.PRAGMA),
    "air. outside of an air": ("int x = air.y;", Code.OUTSIDE),
    "a missing parameter": ("function f(const int a) {} f();", Code.ARGUMENTS),
    "a table of publics without rows": ("publictable aggregate(sum, hash) t[2];", Code.VALUES),
    "a table of publics that is joined by nothing": ("publictable aggregate(hash) t[2][4];", Code.VALUES),
}


@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_holds(source: str) -> None:
    assert not run(source).errors


@pytest.mark.parametrize("body", IN_AIR.values(), ids=IN_AIR)
def test_a_program_holds_in_an_air(body: str) -> None:
    assert len(run(in_air(body)).airs) == 1


@pytest.mark.parametrize(("source", "code"), REFUSED.values(), ids=REFUSED)
def test_a_program_is_refused(source: str, code: Code) -> None:
    with pytest.raises(PilError) as refused:
        run(source)
    assert refused.value.code == code


def test_a_feature_keeps_a_statement() -> None:
    source = "int x = 1;\n#pragma feature extra\nx = 2;\nassert_eq(x, 2);"
    assert not run(source, settings=Settings(features=frozenset(("extra",)))).errors


def test_a_hint_has_the_values_of_its_expressions() -> None:
    air = run(in_air("const int k = 2; @data { a: k + 1, k, c: [1, { d: 4 }] }")).airs[0]
    assert [(hint.name, hint.data) for hint in air.hints] == [("data", {"a": 3, "k": 2, "c": [1, {"d": 4}]})]


def test_include_reads_a_file_where_it_stands_and_require_once(tmp_path: Path) -> None:
    (tmp_path / "more.pil").write_text("total += step;")
    (tmp_path / "once.pil").write_text("int loaded; loaded += 1;")
    main = tmp_path / "main.pil"
    main.write_text(
        """int total; { const int step = 3; include "more.pil" include "more.pil" }
        require "once.pil" require "once.pil" assert_eq(total, 6); assert_eq(loaded, 1);"""
    )
    assert not run(main).errors


def test_uses_say_where_names_are_declared() -> None:
    source = "int total = 1; function f(): int { return 2; } int sum = total + f();"
    uses = run(source, settings=Settings(record_uses=True)).uses
    assert uses is not None
    start = source.rindex("total")
    assert uses[("<text>", start, start + 5)].declared is not None
    assert uses[("<text>", source.rindex("f()"), source.rindex("f()") + 1)].text == "function f"


def test_a_table_of_publics_is_an_array_of_publics() -> None:
    state = run("publictable aggregate(sum, digest, 2) t[2][3]; public x; t[1][2] === x;")
    assert state.publics == [*(f"t[{column}][{row}]" for column in range(2) for row in range(3)), "x"]
    assert [text(claim.node) for claim in state.claims] == ["t[1][2] - x"]
    assert [hint.data for hint in state.hints] == [{"name": "t", "aggregate": ["sum", "digest", "2"]}]


def test_uses_of_parameters_say_which_one() -> None:
    source = "function f(const int a, const int b[] = [7]): int { return a + b[0]; } int x = f(1);"
    uses = run(source, settings=Settings(record_uses=True)).uses or {}
    declared = {source[start:end]: use.declared for (_, start, end), use in uses.items()}
    assert {name: span.text for name, span in declared.items() if span and name in "ab"} == {
        "a": "const int a",
        "b": "const int b[] = [7]",
    }
