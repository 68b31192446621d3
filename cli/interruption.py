"""Ctrl-C or SIGTERM ends the process at once, also inside a long kernel, never inside the writing of a file.

Python runs signal handlers between instructions of the main thread, and that thread may be in C for
seconds. So a thread of our own waits for the signal's byte and ends the process from there.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from zisk_py.cli.endings import INTERRUPTED, OUT_OF_LIMITS, TERMINATED
from zisk_py.files import discard_unfinished, writing

_ENDINGS = {signal.SIGINT: ("interrupted", INTERRUPTED), signal.SIGTERM: ("terminated", TERMINATED)}


def end_on_interrupt(err: TextIO) -> None:
    """From now on SIGINT and SIGTERM print one sentence to `err` and end the process with 130 and 143."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for number in _ENDINGS:
        signal.signal(number, lambda number, frame: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait_for_interrupt, args=(reader, err), daemon=True).start()


@contextmanager
def ended_after(seconds: int | None, err: TextIO) -> Iterator[None]:
    """Unless the body ends within that time: one sentence to `err`, and the process ends with exit code 4."""
    if seconds is None:
        yield
        return
    done = threading.Event()

    def wait() -> None:
        if done.wait(seconds):
            return
        with writing:
            if not done.is_set():
                _end(
                    err,
                    f"not done after {seconds} s, no file was left half-written; raise --timeout",
                    OUT_OF_LIMITS,
                )

    threading.Thread(target=wait, name="zisk-py-timeout", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _wait_for_interrupt(reader: int, err: TextIO) -> None:
    while not (known := [number for number in os.read(reader, 64) if number in _ENDINGS]):
        pass
    word, code = _ENDINGS[signal.Signals(known[0])]
    with writing:
        _end(err, f"{word}, no file was left half-written", code)


def _end(err: TextIO, sentence: str, code: int) -> None:
    discard_unfinished()
    show_cursor = "\x1b[?25h" if err.isatty() else ""
    print(f"{show_cursor}\nzisk-py: error: {sentence}", file=err, flush=True)
    os._exit(code)
