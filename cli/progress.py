"""Signs of life on standard error: bars with rates on a terminal, elsewhere a line every few seconds."""

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from zisk_py.limits import size_text
from zisk_py.process import used_memory

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

HEARTBEAT = 10.0  # seconds between lines where standard error is no terminal


class Display(Protocol):
    """What shows progress. All but `start` and `stop` may be called by several threads."""

    def start(self) -> None:
        """Begin to show."""

    def stop(self) -> None:
        """Show the last state and end."""

    def note(self, text: str) -> None:
        """Show a line that stays."""

    def show(self, phase: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of the phase are done; a total of 0 is not known yet."""


class ProgressBars:
    """How far a command is. An instance is the `progress(phase, done, total)` that the library calls."""

    def __init__(self, err: TextIO, title: str = "") -> None:
        """Show it on `err`, each phase with the title before it."""
        self._prefix = f"{title}: " if title else ""
        self._display: Display = _Bars(err) if err.isatty() else _Heartbeat(err)

    def __call__(self, phase: str, done: int, total: int) -> None:
        """See `Display.show`."""
        self._display.show(self._prefix + phase, done, total)

    def note(self, text: str) -> None:
        """See `Display.note`."""
        self._display.note(self._prefix + text)

    def __enter__(self) -> Self:
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.stop()


class _Heartbeat:
    """A line every HEARTBEAT seconds, from a thread of its own: while a kernel runs, too."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._state = "start"
        self._notes: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="zisk-py-heartbeat", daemon=True)

    def start(self) -> None:
        self._begin = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def note(self, text: str) -> None:
        self._notes.append(text)

    def show(self, phase: str, done: int, total: int) -> None:
        steps = f" {done:,} of {total:,} steps" if total else f" {done:,} steps" if done else ""
        self._state = phase + steps

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT):
            while self._notes:
                self._line(self._notes.pop(0))
            elapsed = time.monotonic() - self._begin
            self._line(f"{self._state}, {elapsed:.0f} s, {size_text(used_memory())}")

    def _line(self, text: str) -> None:
        print(f"zisk-py: {text}", file=self._err, flush=True)


class _Bars:
    """A bar per phase; rich draws them again and again from a thread of its own."""

    def __init__(self, err: TextIO) -> None:
        self._bars = _progress(err)
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        self._bars.start()

    def stop(self) -> None:
        self._bars.stop()

    def note(self, text: str) -> None:
        self._bars.console.print(text, highlight=False)

    def show(self, phase: str, done: int, total: int) -> None:
        with self._lock:
            if phase not in self._tasks:
                self._tasks[phase] = self._bars.add_task(phase, total=total or None)
            self._bars.update(self._tasks[phase], completed=done, total=total or None)


def _progress(err: TextIO) -> "Progress":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.text import Text

    from zisk_py.cli.output import rate

    class RateColumn(ProgressColumn):
        """Units per second of a task."""

        def render(self, task: Task) -> Text:
            """The rate so far; empty before there is one."""
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else rate(speed, 1.0, "").replace(" /s", "/s"))

    return Progress(
        TextColumn("{task.description:24}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        console=Console(file=err),
    )
