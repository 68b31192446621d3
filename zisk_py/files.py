"""Writing files: complete or not at all, whatever happens to the process, the disk or the power."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from threading import Lock

from zisk_py.errors import InputError

PREFIX, SUFFIX = ".zisk-py-", ".tmp"  # of temporary files: what a killed process leaves, to be removed safely

writing = Lock()  # held while a file is written; who ends the process waits for it


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
        try:
            settle(path.parent)
        except OSError as error:
            raise InputError(
                f"{path} is written, but a loss of power may still undo that: {error.strerror}"
            ) from error


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


def _replace(path: Path, data: bytes) -> None:
    if path.exists() and not path.is_file():
        raise OSError(
            errno.EINVAL, "it is no regular file"
        )  # a rename would put one in the place of a device
    handle, temporary = tempfile.mkstemp(SUFFIX, PREFIX, path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o644)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
