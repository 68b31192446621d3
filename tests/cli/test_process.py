"""The command as a process: what --help loads, Ctrl-C, closed pipes, progress on a terminal."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

COMMAND = (sys.executable, "-P", "-m", "zisk_py.cli")


LOADED = """
import json, sys
before = set(sys.modules)
from zisk_py.cli.main import main
code = main(["--help"], sys.stderr, sys.stderr)
print(json.dumps([code, sorted(sys.modules.keys() - before)]))
"""


def test_help_loads_nothing_but_the_command_line() -> None:
    """What makes it instant (`bench/targets.py` prints the time): no numpy, and no part of the zkVM."""
    told = subprocess.run([sys.executable, "-P", "-c", LOADED], capture_output=True, text=True, check=True)
    code, modules = json.loads(told.stdout)
    assert code == 0
    assert "build" in told.stderr
    installed = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    assert installed == {"click", "zisk_py"}
    assert "zisk_py.cli.options" in modules
    assert "zisk_py.zkvm" not in modules


def test_an_interrupt_ends_prove_at_once_and_leaves_no_file(programs: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "prove", programs / "endless.bin", "--target", "ebpf", "--budget", "3000000", "--debug"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "execute took" in process.stderr.readline()  # now it counts, plans and proves
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert err.strip().endswith("zisk-py: error: interrupted, no file was left half-written")
    assert "prove took" not in err
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


def test_progress_is_drawn_on_a_terminal(programs: Path, tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    drawn = b""
    with subprocess.Popen(prove_five(programs, tmp_path), stdout=subprocess.PIPE, stderr=follower) as process:
        os.close(follower)
        with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
            while part := os.read(leader, 1 << 16):
                drawn += part
        os.close(leader)
        out = process.communicate()[0]
    assert b"execute" in drawn
    assert b"proof bytes" in out


def test_no_progress_is_drawn_in_a_pipe(programs: Path, tmp_path: Path) -> None:
    done = subprocess.run(prove_five(programs, tmp_path), capture_output=True, check=True)
    assert done.stderr == b""
    assert b"proof bytes" in done.stdout


def prove_five(programs: Path, folder: Path) -> list[str | Path]:
    """The words of a command that takes a moment and succeeds."""
    words = ["prove", programs / "five.bin", "--target", "ebpf", "--chunk-size", "1024", "-o", folder / "p"]
    return [*COMMAND, *words]
