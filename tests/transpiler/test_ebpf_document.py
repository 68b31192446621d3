"""docs/ebpf.md says what is so: its example runs, its addresses and modes are those of the code."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf import layout
from zisk_py.transpiler.bpf.platform import Mode

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "ebpf.md").read_text()


def test_the_example_gives_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copy(ROOT / "tests" / "data" / "ebpf" / "objects" / "helpers.o", tmp_path)
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"((?:^    .*\n|^\n)*^    run = .*\n)", TEXT, re.MULTILINE)
    code = "\n".join(line[4:] for line in example.splitlines())
    found: dict[str, Any] = {}
    exec(code, found)
    said = re.search(r"run = .*# Exit\((\d+)\)", TEXT)
    assert said is not None
    assert found["run"].outcome == Exit(int(said[1]))
    assert (tmp_path / "helpers.zrom").is_file()


def test_the_addresses_are_those_of_the_layout():
    cells = re.findall(r"^\| (0x[^|]*) \|", TEXT, re.MULTILINE)
    said = {int(number, 16) for cell in cells for number in cell.split(", ")}
    assert said == {
        layout.EBPF_CONTEXT_ADDRESS,
        layout.EBPF_INPUT_ADDRESS,
        layout.PROGRAM_ADDRESS,
        layout.HEAP_ADDRESS,
        layout.STACK_ADDRESS,
        layout.EBPF_TEXT_ADDRESS,
    }


def test_all_modes_are_described():
    assert re.findall(r"^\| `([\w-]+)` \|", TEXT, re.MULTILINE) == [mode.value for mode in Mode]
