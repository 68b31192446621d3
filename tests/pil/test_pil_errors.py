"""What authors see when something is wrong: each file of tests/data/pil/errors says it at the line.

Marks stand in comments at the line where an error or a warning begins, and are all that a file leads to:
`// error E203: part of the text`, `// warning W702: part of the text`, and, behind one of them on a line of
its own, `// help: part of the suggestion`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from zisk_py.pil.compiler import compile_pil, compile_source
from zisk_py.pil.errors import Code, Diagnostic, PilError, PilErrors
from zisk_py.pil.expander.recovery import MAX_ERRORS

FOLDER = Path(__file__).parents[1] / "data" / "pil" / "errors"
FILES = sorted(FOLDER.glob("*.pil"))
MARK = re.compile(r"// (error|warning|help)(?: ([EW]\d{3}))?: (.*?)(?= // |$)")


@dataclass
class Mark:
    """What a file says is wrong in one of its lines."""

    line: int
    code: str
    text: str
    help: str | None = None


def marks(path: Path) -> list[Mark]:
    """The marks of a file, by line."""
    found: list[Mark] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for kind, code, text in MARK.findall(line):
            if kind == "help":
                found[-1].help = text
            else:
                assert code.startswith(kind[0].upper()), f"{path.name}:{number}: a mark has a code"
                found.append(Mark(number, code, text))
    return found


def diagnostics(path: Path) -> tuple[Diagnostic, ...]:
    """All errors and warnings of a file."""
    try:
        compiled = compile_source(path)
    except PilErrors as errors:
        return (*errors.diagnostics, *errors.warnings)
    except PilError as error:
        return error.diagnostics
    return (*compiled.warnings, *compiled.unprovable)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_says_all_that_is_wrong_at_the_lines(path: Path) -> None:
    found = diagnostics(path)
    expected = marks(path)

    by_line = [(one.span.file.position(one.span.start)[0], str(one.code)) for one in found]
    assert sorted(by_line) == sorted((mark.line, mark.code) for mark in expected)
    for mark in expected:
        told = [one for one, place in zip(found, by_line, strict=True) if place == (mark.line, mark.code)]
        assert any(mark.text in one.message for one in told), [one.message for one in told]
        if mark.help is not None:
            assert any(mark.help in (one.suggestion or "") for one in told), [one.suggestion for one in told]


def test_every_code_has_a_file() -> None:
    met = {mark.code for path in FILES for mark in marks(path)}

    assert {str(code) for code in Code} == met


def error_of(source: str) -> str:
    with pytest.raises(PilError) as caught:
        compile_pil(source)
    return str(caught.value)


def test_an_error_shows_the_line_with_carets_and_the_chain_of_expansions() -> None:
    source = """\
function square(const expr e) {
    e * e === missing
        + e;
}
airtemplate Main(const int K) {
    col witness mising;
    square(mising + K);
    3
        === 4;
}
airgroup Zisk {
    Main(3);
    Main(4) alias Second;
}
"""
    assert (
        error_of(source)
        == """\
<text>:2:15: `missing` is not declared [E201]
    e * e === missing
              ^^^^^^^
in function square, which is called at <text>:7:5
while expanding airtemplate Main at <text>:12:5
in airgroup Zisk at <text>:11:1
and in 1 more instance

<text>:8:5: this constraint never holds: 3 is not 4 [E408]
    3
    ^
        === 4;
        ^^^^^
while expanding airtemplate Main at <text>:12:5
in airgroup Zisk at <text>:11:1
and in 1 more instance"""
    )


def test_at_most_twenty_errors_are_told() -> None:
    source = "".join(f"int a{i} = missing{i};\n" for i in range(50))

    with pytest.raises(PilErrors) as caught:
        compile_source(source)

    assert len(caught.value.diagnostics) == MAX_ERRORS


def test_a_warning_that_is_off_is_not_told() -> None:
    source = "airgroup G { airtemplate A() { col witness a, b; a === 0; } A(); }"

    assert [one.code for one in compile_source(source).warnings] == [Code.UNCONSTRAINED]
    assert compile_source(source, lints_off=["W702"]).warnings == ()


def test_a_syntax_error_says_what_was_expected() -> None:
    assert (
        error_of("int x = ;")
        == """\
<text>:1:9: ';' cannot stand here; expected an expression [E101]
int x = ;
        ^"""
    )


def test_an_error_inside_a_template_string_has_its_place() -> None:
    assert (
        error_of("string s = `a${one}b`;")
        == """\
<text>:1:16: `one` is not declared [E201]
string s = `a${one}b`;
               ^^^"""
    )


def test_a_tab_keeps_the_carets_in_place() -> None:
    assert error_of("\tint x = one;").endswith("\tint x = one;\n\t        ^^^")


def test_an_error_in_a_required_file_tells_who_required_it(tmp_path: Path) -> None:
    (tmp_path / "part.pil").write_text("int x = 1;\nint y = z;\n")
    main = tmp_path / "main.pil"
    main.write_text('require "part.pil";\n')

    with pytest.raises(PilError) as caught:
        compile_pil(main)

    assert str(caught.value).startswith("part.pil:2:9: `z` is not declared")
    assert str(caught.value).endswith("in part.pil, which is read at main.pil:1:1")


def test_there_are_at_least_sixty_expected_errors() -> None:
    errors = [mark for path in FILES for mark in marks(path) if mark.code.startswith("E")]
    assert len(errors) >= 60
