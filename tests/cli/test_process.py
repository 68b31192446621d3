"""The command as a process: speed of --help, Ctrl-C, closed pipes, progress on a terminal."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-P", "-m", "zisk_py.cli")


def test_help_is_instant() -> None:
    best = 1.0
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], capture_output=True, check=True)
        best = min(best, time.perf_counter() - start)
    assert best < 0.25


def test_an_interrupt_ends_prove_at_once_and_leaves_no_file(programs: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "prove", programs / "endless.bin", "--target", "ebpf", "--budget", "3000000"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(2)
        was_working = process.poll() is None
        process.send_signal(signal.SIGINT)
        start = time.perf_counter()
        out, err = process.communicate(timeout=30)
    assert was_working, err
    assert time.perf_counter() - start < 1
    assert process.returncode == 130
    assert err.strip() == "zisk-py: error: interrupted, no file was left half-written"
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_seen_enough_is_no_error(programs: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "disasm", programs / "five.bin", "--target", "ebpf"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert done.stderr == b""


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
def test_progress_is_drawn_on_terminals_only(programs: Path, tmp_path: Path, is_terminal: bool) -> None:
    words = [*COMMAND, "prove", programs / "five.bin", "--target", "ebpf", "--chunk-size", "1024"]
    words += ["-o", tmp_path / "p"]
    leader, follower = pty.openpty()
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=follower if is_terminal else subprocess.PIPE, check=True
    )
    os.close(follower)
    drawn = os.read(leader, 1 << 16) if is_terminal else done.stderr
    os.close(leader)
    assert (b"execute" in drawn) is is_terminal
    assert b"proof bytes" in done.stdout
