"""What authors see when something is wrong: each file of tests/data/pil/errors says it at the line."""

from pathlib import Path

import pytest

from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.errors import PilError

FOLDER = Path(__file__).parents[1] / "data" / "pil" / "errors"
MARK = "// error: "


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.pil")), ids=lambda path: path.stem)
def test_an_error_says_what_is_wrong_at_the_line(path: Path) -> None:
    lines = path.read_text().splitlines()
    ((number, message),) = [(i, line.split(MARK)[1]) for i, line in enumerate(lines, 1) if MARK in line]

    with pytest.raises(PilError) as caught:
        compile_pil(path, constants={"BUS_RANGE16": 10})

    assert message in caught.value.message
    assert caught.value.span.location.startswith(f"{path.name}:{number}:")


def error_of(source: str) -> str:
    with pytest.raises(PilError) as caught:
        compile_pil(source)
    return str(caught.value)


def test_an_error_shows_the_line_with_carets_and_the_chain_of_expansions() -> None:
    source = """\
function square(const expr e) {
    e * e * e * e === 0;
}
airtemplate Main(const int K) {
    col witness a;
    square(a + K);
}
airgroup Zisk {
    Main(3);
}
"""
    assert (
        error_of(source)
        == """\
<text>:2:5: this constraint has degree 4, the prover takes at most 3; put a factor into a witness column
    e * e * e * e === 0;
    ^^^^^^^^^^^^^^^^^^^
in function square, which is called at <text>:6:5
while expanding airtemplate Main at <text>:9:5
in airgroup Zisk at <text>:8:1"""
    )


def test_a_syntax_error_says_what_was_expected() -> None:
    assert (
        error_of("int x = ;")
        == """\
<text>:1:9: ';' cannot stand here; expected an expression
int x = ;
        ^"""
    )


def test_an_error_inside_a_template_string_has_its_place() -> None:
    assert (
        error_of("string s = `a${one}b`;")
        == """\
<text>:1:16: `one` is not declared
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
