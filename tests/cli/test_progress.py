"""Signs of life: a line every few seconds where standard error is no terminal."""

import io
import re
import threading
from pathlib import Path

import pytest

from zisk_py import Program
from zisk_py.cli import progress as shown
from zisk_py.cli.progress import ProgressBars

WAIT = 60.0  # seconds after which a line that does not come is missed
LINE = re.compile(r"zisk-py: (?P<what>.+), \d+ s, [\d.,]+ [MG]iB")


class Listener(io.StringIO):
    """A stream that tells when lines have come."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def write(self, text: str) -> int:
        with self._changed:
            count = super().write(text)
            self._changed.notify_all()
        return count

    def wait_for(self, text: str) -> None:
        """Return once the text has come."""
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.getvalue(), WAIT), self.getvalue()


@pytest.fixture
def err(monkeypatch: pytest.MonkeyPatch) -> Listener:
    """Standard error with quick heartbeats."""
    monkeypatch.setattr(shown, "HEARTBEAT", 0.01)
    return Listener()


def test_a_line_tells_phase_steps_time_and_memory(err: Listener) -> None:
    with ProgressBars(err) as progress:
        err.wait_for("start, 0 s")
        progress("verify", 0, 0)
        err.wait_for("verify, ")
        progress("execute", 65536, 0)
        err.wait_for("execute 65,536 steps, ")
        progress("prove", 524_288, 1_048_576)
        err.wait_for("prove 524,288 of 1,048,576 steps, ")
    assert all(LINE.fullmatch(line) for line in err.getvalue().splitlines())


def test_a_title_stands_before_the_phase(err: Listener) -> None:
    with ProgressBars(err, "packet_filter") as progress:
        progress("prove", 1, 2)
        err.wait_for("zisk-py: packet_filter: prove 1 of 2 steps, ")


def test_what_was_noted_is_told_once_before_the_next_line(err: Listener) -> None:
    with ProgressBars(err) as progress:
        progress.note("about 1.4 GiB")
        progress("prove", 1, 2)
        err.wait_for("prove 1 of 2")
    lines = err.getvalue().splitlines()
    assert lines.count("zisk-py: about 1.4 GiB") == 1
    assert lines.index("zisk-py: about 1.4 GiB") < next(i for i, line in enumerate(lines) if "prove" in line)


def test_nothing_is_told_of_a_short_command() -> None:
    err = io.StringIO()
    with ProgressBars(err) as progress:
        progress.note("about 1.4 GiB")
        progress("prove", 1, 2)
    assert err.getvalue() == ""


def test_no_line_comes_after_the_end(err: Listener) -> None:
    with ProgressBars(err) as progress:
        progress("prove", 1, 2)
        err.wait_for("prove")
    assert not [thread for thread in threading.enumerate() if thread.name == "zisk-py-heartbeat"]


def test_lines_come_while_the_library_proves(err: Listener, programs: Path) -> None:
    program = Program.load(programs / "five.bin", target="ebpf")
    with ProgressBars(err) as progress:

        def slow(phase: str, done: int, total: int) -> None:
            progress(phase, done, total)
            err.wait_for(f"{phase} ")  # each phase takes until it was told

        program.prove(chunk_size=1024, profile="test", threads=1, progress=slow)
    phases = dict.fromkeys(
        m["what"].split()[0] for m in map(LINE.fullmatch, err.getvalue().splitlines()) if m
    )
    assert [phase for phase in phases if phase != "start"] == ["execute", "commit", "prove"]
