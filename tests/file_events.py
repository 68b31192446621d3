"""Watches what is done to files, so that any operation can fail, or be the last one of the process."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

OPERATIONS = ("open", "mkdir", "fdopen", "fchmod", "fsync", "replace", "unlink", "rmdir")  # of os
WRITE = "write"
EVENTS = {*OPERATIONS, WRITE}


class Killed(BaseException):
    """The process has ended; nothing is done any more."""


@dataclass
class Disk:
    """What is done to files while `watched`, in order.

    before   is called with the operation and its number, before it is done; a write is half done by then.
    pending  undoes what a loss of power may undo: changes of names in a folder that was not settled since.
    """

    before: Callable[[str, int], None] = lambda operation, number: None
    operations: list[str] = field(default_factory=list)
    pending: list[tuple[Path, Callable[[], object]]] = field(default_factory=list)
    _synced: set[str] = field(default_factory=set)

    def event(self, operation: str) -> None:
        self.operations.append(operation)
        self.before(operation, len(self.operations) - 1)

    @contextmanager
    def watched(self) -> Iterator[Self]:
        with pytest.MonkeyPatch.context() as patch:
            for operation in OPERATIONS:
                patch.setattr(os, operation, self._watch(operation, getattr(os, operation)))
            yield self

    def _watch(self, operation: str, honest: Callable[..., Any]) -> Callable[..., Any]:
        def watch(*given: Any, **named: Any) -> Any:
            self.event(operation)
            if operation == "fdopen":
                return _Watched(self, honest(*given, **named))
            if operation == "fsync":
                path = Path(os.readlink(f"/proc/self/fd/{given[0]}"))
                self._synced.add(str(path))
                self.pending = [(folder, undo) for folder, undo in self.pending if folder != path]
                return None  # what it does is told by `pending`; a real one takes milliseconds
            if operation in ("replace", "unlink"):
                self._will_change(operation, *map(Path, given))
            return honest(*given, **named)

        return watch

    def _will_change(self, operation: str, path: Path, target: Path | None = None) -> None:
        """Remember how the change of a name is undone; a file must be safe before it gets its name."""
        changed = target or path
        if operation == "replace":
            assert str(path.resolve()) in self._synced, f"{target} gets its name before its bytes are safe"
        old = changed.read_bytes() if changed.exists() else None
        undo = (lambda: changed.write_bytes(old)) if old is not None else changed.unlink
        self.pending.append((changed.parent.resolve(), undo))

    def lose_power(self, keep: Callable[[int], bool]) -> None:
        """Undo the changes that are not safe, from the last (0) on, but those that are to be kept."""
        for age, (_, undo) in enumerate(reversed(self.pending)):
            if not keep(age):
                undo()


class _Watched:
    """A file whose writes are events."""

    def __init__(self, disk: Disk, file: Any) -> None:
        self._disk, self._file = disk, file

    def write(self, data: bytes) -> None:
        self._file.write(data[: len(data) // 2])
        self._file.flush()
        self._disk.event(WRITE)
        self._file.write(data[len(data) // 2 :])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *given: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def fails_at(number: int) -> Callable[[str, int], None]:
    """Let that operation find no space."""

    def before(operation: str, count: int) -> None:
        if count == number:
            raise no_space()

    return before


def full_from(number: int) -> Callable[[str, int], None]:
    """Let the disk be full from that operation on; files can still be removed."""

    def before(operation: str, count: int) -> None:
        if count >= number and operation not in ("unlink", "rmdir"):
            raise no_space()

    return before


def killed_at(number: int) -> Callable[[str, int], None]:
    """Let the process end there: no clean-up is done either."""

    def before(operation: str, count: int) -> None:
        if count >= number:
            raise Killed

    return before


def no_space() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
