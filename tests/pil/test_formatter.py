"""The formatter: it changes nothing but the layout, and its own result not at all."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from zisk_py.pil.compiler import compile_source
from zisk_py.pil.errors import PilError
from zisk_py.pil.parser import parse
from zisk_py.pil.span import SourceFile
from zisk_py.pil.tools.formatter import format_source
from zisk_py.pil.tools.layout import WIDTH
from zisk_py.pil.tools.tokens import tokenize

ROOT = Path(__file__).parents[2]
FOLDERS = ("pil", "statemachines", "examples", "tests")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.pil"))]


def formatted(text: str) -> str:
    return format_source(SourceFile("x.pil", text))


def is_parsable(path: Path) -> bool:
    try:
        parse(SourceFile(path.name, path.read_text()))
    except PilError:
        return False
    return True


def meaning(node: Any) -> Any:
    """The syntax tree without places."""
    if isinstance(node, tuple):
        return tuple(map(meaning, node))
    if not dataclasses.is_dataclass(node):
        return node
    names = [field.name for field in dataclasses.fields(node) if field.name != "span"]
    return type(node).__name__, *(meaning(getattr(node, name)) for name in names)


def comments(text: str) -> list[str]:
    tokens = tokenize(SourceFile("x.pil", text))
    return ["".join(comment.text.split()) for token in tokens for comment in token.comments]


PARSABLE = {path.relative_to(ROOT).as_posix(): path for path in FILES if is_parsable(path)}


@pytest.mark.parametrize("path", PARSABLE.values(), ids=PARSABLE)
def test_formatting_keeps_the_program_and_its_comments_and_is_stable(path: Path) -> None:
    text = path.read_text()
    result = formatted(text)

    assert meaning(parse(SourceFile("x.pil", result))) == meaning(parse(SourceFile("x.pil", text)))
    assert comments(result) == comments(text)
    assert formatted(result) == result


LAYOUTS = {
    "spaces": ("a===b*-c**2- -1;", "a === b * -c**2 - -1;"),
    "offsets": ("w '=== 'w+w'2-2 'w+w'( RC)-( RC)'w;", "w' === 'w + w'2 - 2'w + w'(RC) - (RC)'w;"),
    "brackets": ("f ( [ a , b ] , sel : 1 , x: ) ;", "f([a, b], sel: 1, x:);"),
    "types": ("int x = int [ ](y); int[a,b]=g( );", "int x = int[](y);\nint [a, b] = g();"),
    "sequences": (
        "col fixed F=[1 : 2,0 ..3,1,2 ..+..,(x?1:2):3 , 0 ...] : 2 ...;",
        "col fixed F = [1:2, 0..3, 1, 2..+.., (x ? 1 : 2):3, 0...]:2...;",
    ),
    "spread": ("f([... a,b]);", "f([...a, b]);"),
    "steps": ("i ++;-- j;", "i++;\n--j;"),
    "missing semicolons": ("{ a===b }", "{\n    a === b;\n}"),
    "needless semicolons": ("function f() {};;", "function f() {}"),
    "files": ('require"x.pil" private include"y.pil";', 'require "x.pil";\nprivate include "y.pil";'),
    "hints": ("@h{a:b,c:[1,2]}@g[1]@f x+1;", "@h { a: b, c: [1, 2] }\n@g [1]\n@f x + 1;"),
    "choices": (
        "if(a){b();}else if(c)d();else{e();}",
        "if (a) {\n    b();\n} else if (c) d();\nelse {\n    e();\n}",
    ),
    "loops": (
        "for(int i=0;i<3;i++)f(i);do{g();}while(x)",
        "for (int i = 0; i < 3; i++) f(i);\ndo {\n    g();\n} while (x);",
    ),
    "empty bodies": ("while(x);if(a);else;", "while (x);\nif (a);\nelse;"),
    "switches": (
        "switch(x){case 1,2 .. 3:a();b();case 4:c();default:d();}",
        "switch (x) {\n    case 1, 2..3:\n        a();\n        b();\n    case 4: c();\n    default: d();\n}",
    ),
    "blank lines": ("\n\na();\n\n\nb();{\n\nc();\n\n}\n\n", "a();\n\nb();\n{\n    c();\n}"),
    "comments": (
        "  // one\n\n\n  a(); // two\n{ // three\n// four\n} // five\n// six",
        "// one\n\na();  // two\n{  // three\n    // four\n}  // five\n// six",
    ),
    "comments within": (
        "f(a, // first\n b); g(/* x */ 1);",
        "f(\n    a,  // first\n    b\n);\ng(/* x */ 1);",
    ),
    "boxes": ("{\n/* a\n * b\n */ f(); }", "{\n    /* a\n     * b\n     */\n    f();\n}"),
    "cases with comments": (
        "switch (x) { // one\n // two\ncase 1: // three\na(); // four\n// five\n}",
        "switch (x) {  // one\n    // two\n    case 1:  // three\n        a();  // four\n        // five\n}",
    ),
    "comments of hints": ("a(); // one\n@h {x: 1} // two\n", "a();  // one\n@h { x: 1 }  // two"),
    "comments that end a line": (
        "/* a\nb */ ; /* c */ d(); // e\n; /* f */",
        "/* a\nb */\n/* c */\nd();  // e\n/* f */",
    ),
    "comments before brackets": (
        "f(a, b /* c */ ) ; g(x /* y */ + z);",
        "f(a, b /* c */);\ng(x /* y */ + z);",
    ),
    "blank lines before nothing": ("{ a();\n\n;\n}", "{\n    a();\n}"),
    "containers": (
        "container proof.a alias b{int x=0;}container air.c;",
        "container proof.a alias b {\n    int x = 0;\n}\ncontainer air.c;",
    ),
    "deferred": ("on final ( 2 ) air f ();", "on final(2) air f();"),
    "domains": ("a===b domain! EVEN;", "a === b domain !EVEN;"),
}


@pytest.mark.parametrize(("text", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout(text: str, expected: str) -> None:
    assert formatted(text) == expected + "\n"


NAMES = ", ".join(f"a_rather_long_name_{i}" for i in range(8))
SUM = NAMES.replace(",", " +")
LONG = {
    "sum": f"const expr e = {SUM};",
    "constraint": f"{SUM} === {SUM};",
    "call": f"lookup_assumes(1, [{NAMES}], sel, 1);",
    "list": f"const int RC[2][8] = [[{NAMES}], [{NAMES}]];",
    "columns": f"col witness {NAMES};",
    "choice": f"x = ({SUM}) == 1 ? {SUM} : f({NAMES});",
    "head": f"function f({', '.join('const int ' + name for name in NAMES.split(', '))}): const expr {{}}",
    "nested": f"f(g(h([{NAMES}, [{NAMES}]]), {SUM}), 3);",
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_statement_ends_its_lines_before_the_margin(text: str) -> None:
    result = formatted(text)

    assert max(map(len, result.splitlines())) <= WIDTH
    assert formatted(result) == result
    assert meaning(parse(SourceFile("x.pil", result))) == meaning(parse(SourceFile("x.pil", text)))


def test_lines_end_at_the_loosest_operators_and_within_brackets() -> None:
    assert (
        formatted(f"lookup_assumes(BUS, [{NAMES}], sel, 1); x * y + {SUM} === 0;")
        == """\
lookup_assumes(
    BUS,
    [
        a_rather_long_name_0, a_rather_long_name_1, a_rather_long_name_2, a_rather_long_name_3,
        a_rather_long_name_4, a_rather_long_name_5, a_rather_long_name_6, a_rather_long_name_7
    ],
    sel,
    1
);
x * y + a_rather_long_name_0 + a_rather_long_name_1 + a_rather_long_name_2 + a_rather_long_name_3
    + a_rather_long_name_4 + a_rather_long_name_5 + a_rather_long_name_6 + a_rather_long_name_7
    === 0;
"""
    )


def test_what_cannot_be_parsed_is_an_error_of_the_parser() -> None:
    with pytest.raises(PilError, match="cannot stand here"):
        formatted("int x = ;")


def test_an_empty_file_stays_empty() -> None:
    assert formatted("\n \n") == ""


@pytest.mark.parametrize("text", ["a === b", "int x = 1;\ncol fixed F = [0:3, x, 2..5, 0...]"])
def test_formatting_compiles_to_the_same_system(text: str) -> None:
    source = f"airtemplate A(const int N = 32) {{ col witness a,b; {text} }} airgroup G {{ A(); }}"

    def shape(source: str) -> Any:
        airs = compile_source(source).system.airs
        return [(air.nodes, air.fixed, [constraint.node for constraint in air.constraints]) for air in airs]

    assert shape(formatted(source)) == shape(source)
