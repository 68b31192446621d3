"""--timeout ends a command wherever it is, but not while a file is written."""

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from zisk_py.cli import interruption
from zisk_py.cli.interruption import ended_after
from zisk_py.files import writing

COMMAND = (sys.executable, "-P", "-m", "zisk_py.cli")
SENTENCE = "zisk-py: error: not done after 1 s, no file was left half-written; raise --timeout"
# A kernel that holds Python up for minutes; `prove` calls it before its queries.
LONG_KERNEL = """
import sys
from zisk_py.cli import main
from zisk_py.stark import kernels
from zisk_py.stark.parallel import ParallelKernels
ParallelKernels.grind = lambda self, seed, bits, person: kernels.grind(seed, 40, person, 0, 1 << 62)
sys.argv[0] = "zisk-py"
main.run()
"""
LONG = {
    "steps": (*COMMAND, "execute", "endless.bin", "--max-steps", "60000000000"),
    "a kernel": (sys.executable, "-P", "-c", LONG_KERNEL, "prove", "five.bin", "-o"),
    "a pipe": (*COMMAND, "verify", "/dev/stdin", "--program"),
}


@pytest.mark.parametrize("words", LONG.values(), ids=LONG)
def test_a_command_ends_in_the_middle_of_its_work(
    words: tuple[str, ...], programs: Path, tmp_path: Path
) -> None:
    more = {"-o": (tmp_path / "x.proof",), "--program": (programs / "five.bin",)}.get(words[-1], ())
    reader, writer = os.pipe()  # nobody ever writes into it
    try:
        done = subprocess.run(
            [*words, *more, "--target", "ebpf", "--timeout", "1"],
            cwd=programs,
            stdin=reader,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert done.returncode == 4, done.stderr
    assert done.stderr.strip() == SENTENCE
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_the_time_may_come_from_the_environment(programs: Path) -> None:
    done = subprocess.run(
        [*LONG["steps"], "--target", "ebpf"],
        cwd=programs,
        env=os.environ | {"ZISK_TIMEOUT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (4, SENTENCE)


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Is set where the process would have ended."""
    event = threading.Event()
    monkeypatch.setattr(interruption, "_end", lambda err, sentence, code: event.set())
    return event


def test_a_file_is_written_to_its_end_first(ended: threading.Event) -> None:
    with ended_after(1, io.StringIO()):
        with writing:
            assert not ended.wait(1.5)
        assert ended.wait(60)


def test_what_is_done_in_time_is_not_ended(ended: threading.Event) -> None:
    before = threading.active_count()
    with ended_after(1000, io.StringIO()):
        assert threading.active_count() == before + 1
    for thread in threading.enumerate():
        if thread.name == "zisk-py-timeout":
            thread.join(60)
    assert threading.active_count() == before
    assert not ended.is_set()


def test_without_a_time_nothing_waits() -> None:
    before = threading.active_count()
    with ended_after(None, io.StringIO()):
        assert threading.active_count() == before
