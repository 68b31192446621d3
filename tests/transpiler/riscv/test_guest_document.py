"""docs/riscv_guests.md says what is so: its programs are built, run and proven."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proven_runs import prove_and_verify
from riscv_guests import NEEDS_GCC
from zisk_py.cli.main import main
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.c.compiler import FOLDER, INCLUDE
from zisk_py.zkvm import Program

TEXT = (Path(__file__).parents[3] / "docs" / "riscv_guests.md").read_text()
BLOCKS = dict(re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL))
INDENTED = re.findall(r"^    (\S.*)$", TEXT, re.MULTILINE)
RUST_TARGET = "riscv64imac-unknown-none-elf"


def has_rust() -> bool:
    """Whether rustc has the library of the target."""
    if shutil.which("rustc") is None:
        return False
    words = ["rustc", "--print", "target-libdir", "--target", RUST_TARGET]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode == 0 and Path(done.stdout.strip()).is_dir()


@NEEDS_GCC
def test_the_c_program_is_built_run_and_proven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    Path("words.c").write_text(BLOCKS["c"])
    for line in BLOCKS["sh"].splitlines():
        assert main(line.split("#")[0].split()[1:], sys.stdout, sys.stderr) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"words.c", "words.elf", "words.zrom"}
    capsys.readouterr()
    names: dict[str, Any] = {}
    exec(BLOCKS["python"], names)
    said = re.search(r"print\(.*# (.*)", BLOCKS["python"])
    assert said is not None
    assert capsys.readouterr().out.strip() == said[1]
    assert Program.load("words.zrom").id == Program.load("words.elf").id == names["program"].id


@NEEDS_GCC
def test_the_compiler_can_be_called_without_us(tmp_path: Path):
    (tmp_path / "words.c").write_text(BLOCKS["c"])
    script = "\n".join(line for line in INDENTED if "gcc=" in line or line.startswith("$gcc"))
    done = subprocess.run(
        ["sh", "-ec", script], cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "C": str(FOLDER)}, check=False
    )
    assert done.returncode == 0
    run = Program.load(tmp_path / "words.elf").execute(b"prove what ran")
    assert (run.outcome, run.outputs) == (Exit(0), b"3 prove")


@pytest.mark.parametrize("name", re.findall(r"^\| `(\w+)\(bytes|^\| `(\w+)\(text", TEXT, re.MULTILINE))
def test_the_header_has_what_is_named(name: tuple[str, str]):
    assert f"{''.join(name)}(" in (INCLUDE / "zisk" / "guest.h").read_text()


@pytest.mark.skipif(not has_rust(), reason=f"needs rustc with the target {RUST_TARGET}")
def test_the_rust_program_is_compiled_run_and_proven(tmp_path: Path):
    (tmp_path / "counts.rs").write_text(BLOCKS["rust"])
    (words,) = (line.split() for line in INDENTED if line.startswith("rustc"))
    subprocess.run(words, cwd=tmp_path, check=True)
    program = Program.load(tmp_path / "counts.elf")
    stated = prove_and_verify(program, b"hello").statement
    assert stated.outcome == Exit(4)
    assert stated.outputs == b"{'e': 1, 'h': 1, 'l': 2, 'o': 1}"
