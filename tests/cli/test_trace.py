"""`zisk-py trace`: text, files, filters, proofs, and the check of a file."""

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from zisk_py import Program
from zisk_py.cli.main import main

EBPF = ("--target", "ebpf")


@pytest.fixture
def document(command: Any, programs: Path, tmp_path: Path) -> Path:
    path = tmp_path / "execution_trace.json"
    ending = command("trace", programs / "five.bin", *EBPF, "--json", path)
    assert ending.code == 0, ending.err
    return path


def test_instructions_are_printed_with_what_they_did(command: Any, programs: Path) -> None:
    ending = command("trace", programs / "five.bin", *EBPF)
    assert ending.code == 0, ending.err
    first, second, third, last = ending.out.splitlines()
    assert first.split() == ["0", "0", "stdw", "write", "0500000000000000", "at", "0x200000ff8"]
    assert second.split()[:5] == ["1", "1", "ldxdw", "r0", "="]
    assert third.split() == ["2", "2", "exit"]
    assert last == "Exit(5)"


def test_instructions_are_printed_as_lines_of_json(command: Any, programs: Path) -> None:
    ending = command("trace", programs / "five.bin", *EBPF, "--output", "json", "--opcode", "exit")
    assert [json.loads(line)["opcode_name"] for line in ending.out.splitlines()] == ["exit"]


def test_a_file_has_what_was_asked_for(command: Any, programs: Path, document: Path) -> None:
    parsed = json.loads(document.read_text())
    assert parsed["program_hash"] == Program.load(programs / "five.bin", target="ebpf").id
    assert [witness["opcode_name"] for witness in parsed["opcode_witnesses"]] == ["stdw", "ldxdw", "exit"]
    assert parsed["success"] is True
    assert parsed["mathematical_proof_valid"] is None


def test_the_results_are_printed_as_an_object(command: Any, programs: Path, tmp_path: Path) -> None:
    words = ("--json", tmp_path / "t.json", "--output", "json")
    result = json.loads(command("trace", programs / "fault.bin", *EBPF, *words).out)
    assert result["outcome"] == {"kind": "fault", "fault": "LOAD_VIOLATION", "pc": 1}
    assert result["success"] is False
    assert result["state_reconstruction_valid"] is True
    assert set(result["validation"].values()) == {True}
    assert result["total_constraints"] > 0


def test_a_proof_is_made_verified_and_written(command: Any, programs: Path, tmp_path: Path) -> None:
    proof = tmp_path / "five.proof"
    words = ("--json", tmp_path / "t.json", "--proof", proof, "--output", "json")
    result = json.loads(command("trace", programs / "five.bin", *EBPF, *words).out)
    assert result["mathematical_proof_valid"] is True
    assert command("verify", proof, "--program", programs / "five.bin", *EBPF).code == 0


def test_filters_go_together(command: Any, programs: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    words = ("--json", path, "--pc", 0, "--pc", 2, "--steps", "1:")
    assert command("trace", programs / "five.bin", *EBPF, *words).code == 0
    assert [w["program_counter"] for w in json.loads(path.read_text())["opcode_witnesses"]] == [2]
    assert command("trace", "--check", path).code == 0


def test_a_right_file_passes_the_check(command: Any, programs: Path, document: Path) -> None:
    assert command("trace", "--check", document).code == 0
    assert command("trace", programs / "five.bin", *EBPF, "--check", document).code == 0


def test_a_changed_file_fails_the_check_and_is_told_where(command: Any, document: Path) -> None:
    document.write_text(document.read_text().replace('"pc": 2, ', '"pc": 1, ', 1))
    ending = command("trace", "--check", document)
    assert ending.code == 1
    assert ending.out == ""
    assert "execution_trace.json, line " in ending.err
    assert "step 1" in ending.err


def test_the_trace_of_another_program_fails_the_check(command: Any, programs: Path, document: Path) -> None:
    ending = command("trace", programs / "fault.bin", *EBPF, "--check", document)
    assert ending.code == 1
    assert "program_hash" in ending.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "there is no PROGRAM"),
        (("--steps", "5"), "'5' is not FIRST:LAST"),
        (("--check", "trace.json", "--constraints"), "--check takes no option of a recording"),
    ],
)
def test_bad_usage_is_told(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trace.json").write_text("")
    ending = command("trace", *words)
    assert ending.code == 2
    assert sentence in ending.err


def test_a_run_without_an_end_leaves_no_file(command: Any, programs: Path, tmp_path: Path) -> None:
    words = ("--max-steps", 1000, "--json", tmp_path / "t.json")
    assert command("trace", programs / "endless.bin", *EBPF, *words).code == 4
    assert list(tmp_path.iterdir()) == []


def test_a_file_cannot_take_the_place_of_a_folder(programs: Path, tmp_path: Path) -> None:
    err = io.StringIO()
    words = ["trace", str(programs / "five.bin"), *EBPF, "--json", str(tmp_path)]
    assert main(words, io.StringIO(), err) == 2
    assert "cannot write" in err.getvalue()


def test_ctrl_c_leaves_no_file(programs: Path, tmp_path: Path) -> None:
    words = ["trace", str(programs / "endless.bin"), *EBPF, "--json", str(tmp_path / "t.json")]
    process = subprocess.Popen([sys.executable, "-P", "-m", "zisk_py.cli", *words], stderr=subprocess.PIPE)
    while not any(path.stat().st_size for path in tmp_path.iterdir()):  # the timeout of the test is its limit
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert b"no file was left half-written" in err
    assert list(tmp_path.iterdir()) == []
