"""`new` makes guests that are built, tested and proven by their own Makefile."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from c_programs import NEEDS_CLANG
from riscv_guests import NEEDS_GCC
from zisk_py.cli.commands.new import TARGETS

NEEDS_MAKE = pytest.mark.skipif(shutil.which("make") is None, reason="needs make to build a guest")
KINDS = [pytest.param(kind, marks=NEEDS_GCC if kind == "riscv" else NEEDS_CLANG) for kind in TARGETS]
FILES = {"guest.c", "test_guest.py", "Makefile"}
COMMAND = "-P -c 'from zisk_py.cli.main import run; run()'"


def make(folder: Path, *goals: str) -> str:
    """What `make` says in a guest's folder, with the Python and the package of these tests."""
    words = ["make", f"PYTHON={sys.executable}", f"ZISK={sys.executable} {COMMAND}", *goals]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@NEEDS_MAKE
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_guest_passes_its_test(kind: str, command: Any, tmp_path: Path) -> None:
    folder = tmp_path / "some" / "guest"
    made = command("new", folder, "--target", kind, "--json")
    assert json.loads(made.out) == {"folder": str(folder), "target": TARGETS[kind]}
    assert {path.name for path in folder.iterdir()} == FILES
    assert "Ran 2 tests" in make(folder, "test")
    make(folder, "clean")
    assert {path.name for path in folder.iterdir()} - {"__pycache__"} == FILES


@NEEDS_MAKE
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_guest_is_proven(kind: str, command: Any, tmp_path: Path) -> None:
    assert command("new", tmp_path, "--target", kind).code == 0
    said = make(tmp_path, "verify")
    assert "verified            yes" in said


def test_the_first_kind_is_that_of_ordinary_programs(command: Any, tmp_path: Path) -> None:
    assert command("new", tmp_path).code == 0
    assert "TARGET := riscv\n" in (tmp_path / "Makefile").read_text()


@pytest.mark.parametrize("name", ["", "there"])
def test_nothing_is_overwritten(name: str, command: Any, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    ending = command("new", tmp_path / name)
    assert ending.code == 2
    assert "name a folder that is new or empty" in ending.err
    assert (tmp_path / "there").read_text() == "kept"
    assert len(list(tmp_path.iterdir())) == 1
