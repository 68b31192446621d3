"""docs/solana.md says what is so: its fields, its sections, its examples."""

import re
from pathlib import Path

import pytest

from zisk_py.isa.journal import Section
from zisk_py.isa.memory_map import NUM_HIDDEN_WORDS
from zisk_py.solana.reading import OPTIONAL, REQUIRED, read_fixture
from zisk_py.transpiler.bpf.runtime import records

TEXT = (Path(__file__).parents[2] / "docs" / "solana.md").read_text()


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def code(title: str) -> str:
    return "\n".join(line[4:] for line in section(title).splitlines() if line.startswith("    "))


def test_the_fields_are_those_that_are_read() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", section("The fixture"), re.MULTILINE)) == {*REQUIRED, *OPTIONAL}


def test_the_sections_are_those_of_the_journal() -> None:
    cells = re.findall(r"^\| (`.*?) \|", section("What is public"), re.MULTILINE)
    said = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} - {"publish"}
    assert said == {kind.name.lower() for kind in Section}


def test_the_fixture_can_be_read() -> None:
    fixture = read_fixture(code("The fixture").encode(), Path(), lambda name: b"")
    assert len(fixture.accounts) == 2


def test_the_recording_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(code("Recording"), {})
    assert {path.name for path in tmp_path.iterdir()} == {"memo.json", "memo.so"}


def test_the_room_for_accounts_is_what_it_says() -> None:
    room, beside = re.findall(r"in about (\d+) KiB, each with (\d+) bytes", " ".join(TEXT.split()))[0]
    assert round(8 * (NUM_HIDDEN_WORDS - records.RECORDS) / 1024) == int(room)
    assert int(beside) == 8 * records.DATA
