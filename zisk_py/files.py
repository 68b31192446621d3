"""Writing files: complete or not at all, whatever happens to the process, the disk or the power."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from zisk_py.errors import InputError

PREFIX, SUFFIX = ".zisk-py-", ".tmp"  # of temporary files: what a killed process leaves, to be removed safely

writing = Lock()  # held while a file is written; who ends the process waits for it
_unfinished: set[str] = set()  # temporary files that are written for long, without the lock


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a temporary file beside it, then rename.

    At every moment the file has its old content or the new one; when this returns, a loss of power keeps the
    new one. A process that is killed meanwhile may leave a file `.zisk-py-*.tmp` in the folder.
    Raises InputError if the file cannot be written; then the old content stays, if it says nothing else.
    """
    with writing:
        try:
            _replace(path, data)
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror}") from error
        _settle_folder_of(path)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to for long, which takes the place of `path` when the block ends without an error.

    Else as `write_atomically`; but who ends the process does not wait for the block, and calls
    `discard_unfinished`.
    """
    try:
        with _temporary(path, writing) as file:
            yield file
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    _settle_folder_of(path)


def discard_unfinished() -> None:
    """Remove the temporary files of all `replacing`; whoever calls this ends the process next."""
    for name in tuple(_unfinished):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def is_temporary(path: Path) -> bool:
    """Whether a file has the name of an unfinished one of ours."""
    return path.name.startswith(PREFIX) and path.name.endswith(SUFFIX)


def settle(folder: Path) -> None:
    """Return when the names in a folder are safe from a loss of power. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that settles folders by itself
            raise
    finally:
        os.close(handle)


def _settle_folder_of(path: Path) -> None:
    try:
        settle(path.parent)
    except OSError as error:
        raise InputError(
            f"{path} is written, but a loss of power may still undo that: {error.strerror}"
        ) from error


def _replace(path: Path, data: bytes) -> None:
    with _temporary(path, contextlib.nullcontext()) as file:
        file.write(data)


@contextlib.contextmanager
def _temporary(path: Path, at_end: contextlib.AbstractContextManager[object]) -> Iterator[BinaryIO]:
    """A file beside `path` that is renamed to it, within `at_end`, when the block ends without an error."""
    if path.exists() and not path.is_file():
        raise OSError(
            errno.EINVAL, "it is no regular file"
        )  # a rename would put one in the place of a device
    handle, temporary = tempfile.mkstemp(SUFFIX, PREFIX, path.parent)
    _unfinished.add(temporary)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            os.fchmod(file.fileno(), 0o644)
            file.flush()
            os.fsync(file.fileno())
        with at_end:
            os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    finally:
        _unfinished.discard(temporary)
