"""Every command and every line of Python in docs/trace.md runs as it stands there."""

import io
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from zisk_py.cli.main import main
from zisk_py.trace.document import Head, Tail
from zisk_py.trace.witness import MemoryOperation, OpcodeOperands, OpcodeWitness, VmStateSnapshot

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "trace.md").read_text()


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of the example, as the current one."""
    shutil.copytree(ROOT / "examples" / "vault", tmp_path / "vault")
    monkeypatch.chdir(tmp_path / "vault")
    return tmp_path / "vault"


def test_the_commands_run(vault: Path) -> None:
    commands = re.findall(r"^    zisk-py (.*?)(?: +#.*)?$", TEXT, re.MULTILINE)
    assert len(commands) == 7
    for words in commands:
        out, err = io.StringIO(), io.StringIO()
        assert main(shlex.split(words), out, err) == 0, err.getvalue()
        assert "Exit(0)" in out.getvalue()
    assert {path.name for path in vault.glob("*.json")} == {
        "execution_trace.json",
        "calls.json",
        "proven.json",
    }


def test_the_python_runs(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(block, "docs/trace.md", "exec"), names)
    assert capsys.readouterr().out.startswith("Exit(0) 1763 ")
    out = io.StringIO()
    words = ["verify", "recorded.proof", "--program", "vault.so", "--expect-exit", "0"]
    assert main(words, out, io.StringIO()) == 0


def test_the_tables_name_every_key() -> None:
    named = set(re.findall(r"`(\w+)`", TEXT))
    keys = {*Head._fields, *Tail._fields, *OpcodeWitness._fields, *VmStateSnapshot._fields}
    own = {"format", "target", "has_constraints", "recorded_instructions"}  # say themselves what they are
    assert keys | {*MemoryOperation._fields, *OpcodeOperands._fields} <= named | own
