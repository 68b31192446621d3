"""The parser's tables are made at build time: what comes from the file parses as the grammar does."""

from pathlib import Path

import pytest
from lark import Lark, UnexpectedToken

from zisk_py.errors import ZiskError
from zisk_py.pil import grammar

SOURCES = sorted(Path(__file__).parents[2].glob("examples/pil/*.pil"))
WRONG = "airtemplate A() { col witness ; }"


@pytest.fixture(scope="module")
def made() -> Lark:
    return grammar.make_parser()


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "grammar.tables"
    path.write_bytes(grammar.TABLES.read_bytes())
    monkeypatch.setattr(grammar, "TABLES", path)
    return path


def shipped() -> Lark:
    found = grammar.read_tables()
    assert found is not None, "the tables are of another grammar; run python setup.py build_ext --inplace"
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_what_ships_parses_as_the_grammar_does(path: Path, made: Lark) -> None:
    text = path.read_text()
    assert shipped().parse(text, start="program") == made.parse(text, start="program")


def test_what_ships_expects_what_the_grammar_expects(made: Lark) -> None:
    expected = []
    for parser in (shipped(), made):
        with pytest.raises(UnexpectedToken) as caught:
            parser.parse(WRONG, start="program")
        expected.append((caught.value.accepts, caught.value.expected, caught.value.pos_in_stream))
    assert expected[0] == expected[1]


def test_tables_of_another_grammar_count_as_absent(
    tables: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "grammar.lark"
    other.write_text(grammar.GRAMMAR.read_text() + "\n// another one")
    monkeypatch.setattr(grammar, "GRAMMAR", other)
    assert grammar.read_tables() is None
    tables.unlink()
    assert grammar.read_tables() is None


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, b"x\x9c+I-.\x01\x00\x04]\x01\xc1"])
def test_damaged_tables_are_an_error_in_one_sentence(tables: Path, damage: bytes) -> None:
    tables.write_bytes(damage)
    with pytest.raises(ZiskError, match=r"grammar\.tables of this installation is damaged"):
        grammar.read_tables()
