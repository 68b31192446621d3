"""The documents for authors: every block of PIL compiles, every block of Python and every command runs.

A fence says what to do with its block:

    pil                 compiled
    pil NAME            kept as file NAME; if examples/pil has a file of that name, it is the same
    pil NAME wrong      kept as file NAME
    python              run, with the names of the blocks before it
    console             each line `$ zisk-py ...` is run; the lines below it are what it prints
    text                what the block before it printed

In what is printed, `...` stands for any text.
"""

import io
import re
import shlex
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from zisk_py.cli.main import main
from zisk_py.pil.compiler import compile_source

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pil"
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    kind: str
    arguments: tuple[str, ...]
    text: str
    line: int


def blocks(path: Path) -> list[Block]:
    text = path.read_text()
    return [
        Block(found[1], tuple(found[2].split()), found[3], text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


def matches(expected: str, printed: str) -> bool:
    """Whether the text is the expected one, in which `...` stands for any text."""
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def run_console(text: str) -> None:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        words = shlex.split(command, comments=True)
        assert words[0] == "zisk-py"
        out, err = io.StringIO(), io.StringIO()
        main(words[1:], out, err)
        assert matches(expected, out.getvalue() + err.getvalue()), out.getvalue() + err.getvalue()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_block_of_a_document_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    names: dict[str, object] = {}
    printed = ""
    for block in blocks(path):
        try:
            if block.kind == "pil" and block.arguments:
                example = ROOT / "examples" / "pil" / block.arguments[0]
                if example.is_file() and "wrong" not in block.arguments:
                    assert block.text == example.read_text()
                Path(block.arguments[0]).write_text(block.text)
            elif block.kind == "pil":
                compile_source(block.text)
            elif block.kind == "python":
                output = io.StringIO()
                with redirect_stdout(output), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    exec(compile(block.text, f"{path.name}:{block.line}", "exec"), names)
                printed = output.getvalue()
            elif block.kind == "console":
                run_console(block.text)
            elif block.kind == "text":
                assert matches(block.text, printed), printed
            else:
                assert block.kind in ("json", "csv", "yaml", "toml"), f"a fence {block.kind} is not known"
        except Exception as error:
            raise AssertionError(f"{path.name}, the block at line {block.line}: {error}") from error


def test_a_wrong_block_is_noticed() -> None:
    assert not matches("1\n2", "1\n3")
    assert matches("1...4", "1\n2\n3\n4")
    with pytest.raises(AssertionError):
        run_console("$ zisk-py --version\nanother version\n")
