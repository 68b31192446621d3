"""What the system does not give ends a command with one sentence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from zisk_py.cli.endings import OUT_OF_LIMITS
from zisk_py.cli.main import NO_THREAD
from zisk_py.zkvm import Program

REFUSED = {
    "memory": (MemoryError(), "not enough memory; a smaller --chunk-size"),
    "threads": (RuntimeError(NO_THREAD), "starts no more threads; use --threads 1"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_system_refuses_is_told(
    what: str, command: Any, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error, sentence = REFUSED[what]

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Program, "execute", refuse)
    ending = command("execute", programs / "five.bin", "--target", "ebpf")
    assert (ending.code, ending.out) == (OUT_OF_LIMITS, "")
    assert sentence in ending.err
    assert len(ending.err.splitlines()) == 1


def test_python_says_what_we_look_for() -> None:
    """A thread whose stack does not fit into the address space."""
    program = (
        "import resource, threading\n"
        "threading.stack_size(1 << 30)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))\n"
        "threading.Thread(target=print).start()"
    )
    plain = {"PATH": os.environ["PATH"]}  # sanitizers would take more than that address space
    done = subprocess.run(
        [sys.executable, "-c", program], env=plain, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == f"RuntimeError: {NO_THREAD}"


def test_another_error_of_ours_is_a_bug_and_stays_one(
    command: Any, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("something else")

    monkeypatch.setattr(Program, "execute", fail)
    with pytest.raises(RuntimeError, match="something else"):
        command("execute", programs / "five.bin", "--target", "ebpf")
