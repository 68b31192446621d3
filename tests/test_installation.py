"""`make demo` and `make test` say in one sentence what a machine lacks."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A Python that answers what the script asks it; each answer can be made to fail.
FAKE_PYTHON = """#!/bin/sh
case "$2" in
    *version_info*) exit {old} ;;
    *ensurepip*) exit {no_venv} ;;
    *sysconfig*) echo "{include}" ;;
    venv) mkdir -p .venv/bin && cp "$0" .venv/bin/python && cp "$0" .venv/bin/pip ;;
    *) case "$0" in *pip) echo 'Could not find a version that satisfies' ; exit 1 ;; esac ;;
esac
"""


def install(
    folder: Path, path: str, *, old: int = 0, no_venv: int = 0, headers: bool = True
) -> tuple[int, str]:
    """Run the script with a Python that lacks what is named."""
    include = folder / "include"
    include.mkdir()
    if headers:
        (include / "Python.h").touch()
    python = folder / "python"
    python.write_text(FAKE_PYTHON.format(old=old, no_venv=no_venv, include=include))
    python.chmod(0o755)
    done = subprocess.run(
        [shutil.which("sh") or "/bin/sh", ROOT / ".ci" / "install", "package", str(python)],
        cwd=folder,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("lack", "sentence"),
    [
        ({"old": 1}, "Python 3.11 or newer is needed"),
        ({"no_venv": 1}, "apt install python3-venv"),
        ({"headers": False}, "apt install python3-dev"),
    ],
    ids=["old Python", "no venv", "no headers"],
)
def test_what_python_lacks_is_named(tmp_path: Path, lack: dict[str, int], sentence: str) -> None:
    code, err = install(tmp_path, os.environ["PATH"], **lack)
    assert code == 2
    assert err.count("\n") == 1
    assert sentence in err


def test_a_missing_compiler_is_named(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("mkdir", "cp", "test", "grep", "tail"):
        (tools / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    code, err = install(tmp_path, str(tools))
    assert code == 2
    assert err.count("\n") == 1
    assert "no C compiler (cc) is installed" in err


def test_a_missing_network_is_named(tmp_path: Path) -> None:
    code, err = install(tmp_path, os.environ["PATH"])
    assert code == 2
    assert "could not be downloaded; check the network" in err.splitlines()[-1]


def test_a_missing_python_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / ".ci" / "install", "package", "python-of-nowhere"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "python-of-nowhere is not installed" in done.stderr
