"""docs/c.md says what is so: its programs are built and run, and its tables name what there is."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from c_programs import NEEDS_CLANG
from zisk_py.cli.main import main
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.platform import Mode, Platform
from zisk_py.transpiler.c.compiler import INCLUDE
from zisk_py.zkvm import Program

TEXT = (Path(__file__).parents[2] / "docs" / "c.md").read_text()
BLOCKS = re.findall(r"```(c|sh|python)\n(.*?)```", TEXT, re.DOTALL)
SUM, XDP = (block for kind, block in BLOCKS if kind == "c")


@NEEDS_CLANG
def test_the_first_program_is_built_run_and_proven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    Path("sum.c").write_text(SUM)
    (commands,) = (block for kind, block in BLOCKS if kind == "sh")
    for line in commands.splitlines():
        assert main(line.split("#")[0].split()[1:], sys.stdout, sys.stderr) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"sum.c", "sum.so", "sum.zrom"}
    (code,) = (block for kind, block in BLOCKS if kind == "python")
    capsys.readouterr()
    names: dict[str, Any] = {}
    exec(code, names)
    said = re.search(r"print\(.*# (\w+)", code)
    assert said is not None
    assert capsys.readouterr().out.strip() == said[1]
    assert Program.load("sum.zrom").id == names["program"].id


@NEEDS_CLANG
@pytest.mark.parametrize(("length", "verdict"), [(59, 1), (60, 2)])
def test_the_packet_program_is_built_and_run(length: int, verdict: int, tmp_path: Path):
    (tmp_path / "short.c").write_text(XDP)
    program = Program.load(tmp_path / "short.c", target="ebpf", platform=Platform(mode=Mode.XDP))
    assert program.execute(bytes(length)).outcome == Exit(verdict)


def test_the_table_has_every_header():
    named = set(re.findall(r"`<(zisk/\w+\.h)>`", TEXT))
    assert named == {path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.h")}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:sol|divide|remainder|multiply)_\w+)`", TEXT))))
def test_the_headers_have_what_is_named(name: str):
    assert any(re.search(rf"\b{name}\(", path.read_text()) for path in INCLUDE.rglob("*.h"))
