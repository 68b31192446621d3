"""Progress bars with rates on standard error, where that is a terminal."""

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class ProgressBars:
    """A bar per phase. An instance is the `progress(phase, done, total)` that the library calls.

    On anything but a terminal it does nothing. The library may call it from several threads.
    """

    def __init__(self, err: TextIO, title: str = "") -> None:
        self._prefix = f"{title}: " if title else ""
        self._bars: Progress | None = _bars(err) if err.isatty() else None
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of the phase are done; a total of 0 is not known yet."""
        if self._bars is None:
            return
        with self._lock:
            if phase not in self._tasks:
                self._tasks[phase] = self._bars.add_task(self._prefix + phase, total=total or None)
            self._bars.update(self._tasks[phase], completed=done, total=total or None)

    def __enter__(self) -> Self:
        """Start to draw."""
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Draw the last state and give the terminal back."""
        if self._bars is not None:
            self._bars.stop()


def _bars(err: TextIO) -> "Progress":
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
