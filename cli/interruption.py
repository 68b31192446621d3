"""Ctrl-C ends the process at once, even inside a long kernel, and never inside the writing of a file.

Python runs signal handlers between instructions of the main thread, and that thread may be in C for
seconds. So a thread of our own waits for the signal's byte and ends the process from there.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from zisk_py.cli.endings import INTERRUPTED

_writing = threading.Lock()


@contextmanager
def whole_file() -> Iterator[None]:
    """Let an interrupt wait until the file that is being written is complete."""
    with _writing:
        yield


def end_on_interrupt(err: TextIO) -> None:
    """From now on SIGINT prints one sentence to `err` and ends the process with exit code 130."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGINT, lambda number, frame: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait_for_interrupt, args=(reader, err), daemon=True).start()


def _wait_for_interrupt(reader: int, err: TextIO) -> None:
    while signal.SIGINT not in os.read(reader, 64):
        pass
    with _writing:
        show_cursor = "\x1b[?25h" if err.isatty() else ""
        print(
            f"{show_cursor}\nzisk-py: error: interrupted, no file was left half-written", file=err, flush=True
        )
        os._exit(INTERRUPTED)
