"""`zisk-py prove` in processes of its own, which are ended from outside or by themselves."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from file_events import Disk
from zisk_py.files import is_temporary

COMMAND = (sys.executable, "-P", "-m", "zisk_py.cli")
CHUNK_SIZE = 1024


@dataclass(frozen=True)
class Work:
    """A run of several segments that is proven in about a second, and what its proof is."""

    program: Path
    honest: bytes
    seconds: float  # about how long a process takes; it decides when it is ended, never what must hold

    def words(self, folder: Path, *more: str) -> list[str]:
        """The words of the command that writes `folder/proof`."""
        size = ("--chunk-size", str(CHUNK_SIZE))
        return ["prove", str(self.program), *size, "-o", str(folder / "proof"), *more]

    def resumed(self, folder: Path, *more: str) -> list[str]:
        """The same, which keeps what it has done in `folder/kept`."""
        return self.words(folder, "--resume", str(folder / "kept"), *more)


def begin(words: list[str], **options: Any) -> "subprocess.Popen[str]":
    """Start a command in a process group of its own."""
    return subprocess.Popen(
        [*COMMAND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def kill_after(seconds: float, words: list[str]) -> int:
    """Kill the process and all it has started after that time; how it ended."""
    with begin(words) as process:
        time.sleep(seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        err = process.communicate(timeout=120)[1]
    assert process.returncode in (0, -signal.SIGKILL), err
    return process.returncode


def await_handlers(process: "subprocess.Popen[str]") -> None:
    """Return when the process handles SIGTERM, as its first act."""
    bit = 1 << (signal.SIGTERM - 1)
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        if int(status.split("SigCgt:")[1].split()[0], 16) & bit:
            return
        time.sleep(0.001)


def check_left(folder: Path, work: Work) -> list[str]:
    """The proof is whole or absent; what else may be there. Gives the names outside of `kept`."""
    found = {path.name: path for path in folder.iterdir()}
    if "proof" in found:
        assert found["proof"].read_bytes() == work.honest
    others = [path for name, path in found.items() if name not in ("proof", "kept")]
    assert all(is_temporary(path) for path in others)
    return sorted(found)


def the_error(err: str) -> str:
    """The one error that was told. Before it there may be signs of life, if the machine was slow."""
    *signs, error = err.split("\n")[:-1]
    assert all(line.startswith("zisk-py: ") or not line for line in signs), err
    assert not [line for line in signs if line.startswith("zisk-py: error: ")], err
    assert error.startswith("zisk-py: error: "), err
    return error.removeprefix("zisk-py: error: ")


def run_and_die(number: int, words: list[str]) -> None:
    """Run a command in this process, and kill it before it does its file operation of that number."""
    from zisk_py.cli.main import main

    def before(operation: str, count: int) -> None:
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with Disk(before).watched():
        sys.exit(main(words, sys.stdout, sys.stderr))


if __name__ == "__main__":
    run_and_die(int(sys.argv[1]), sys.argv[2:])
