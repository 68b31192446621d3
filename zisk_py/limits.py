"""The sizes that users may choose, and what they are if nobody chooses."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from zisk_py.errors import InputError, LimitError
from zisk_py.isa.memory_map import MAX_OUTPUT_BYTES
from zisk_py.process import available_memory

MIN_CHUNK_SIZE, MAX_CHUNK_SIZE = 1 << 10, 1 << 22  # steps per segment, as the command line takes them
LEAST_CHUNK_SIZE = 1 << 5  # the least that can be proven at all: tests cut short runs into many segments
DEFAULT_CHUNK_SIZE = 1 << 18
PIECE = 1 << 20  # bytes that are read at a time where the system does not tell how many there are


@dataclass(frozen=True)
class Limits:
    """The most that a run, its proof and its files may take. What needs more ends with LimitError.

    steps         of the run
    memory        bytes of this process; None: what it can have, `zisk_py.process.available_memory`
    input_bytes   of the program's input
    output_bytes  of the public output; none is ever longer than MAX_OUTPUT_BYTES
    file_bytes    of a program file, a `.zrom` or a proof that is read
    """

    steps: int = 1 << 32
    memory: int | None = None
    input_bytes: int = 1 << 26
    output_bytes: int = MAX_OUTPUT_BYTES
    file_bytes: int = 1 << 30

    @property
    def memory_bytes(self) -> int:
        """The limit of memory in bytes."""
        return available_memory() if self.memory is None else self.memory

    def check_input(self, size: int) -> None:
        """Raise LimitError for an input of more bytes than are allowed."""
        _check_size("the input", size, self.input_bytes, "--max-input")

    def check_output(self, size: int) -> None:
        """Raise LimitError for an output of more bytes than are allowed."""
        _check_size("the output of the run", size, self.output_bytes, "--max-output")

    def read_input(self, path: Path) -> bytes:
        """The bytes of an input file. Raises LimitError, before reading more than allowed; InputError."""
        return _read(path, self.input_bytes, "--max-input")

    def read_file(self, path: Path) -> bytes:
        """The bytes of a program file or a proof. Raises LimitError and InputError, as `read_input`."""
        return _read(path, self.file_bytes, "--max-file")


def check_chunk_size(size: int, least: int = LEAST_CHUNK_SIZE) -> int:
    """The size itself. Raises InputError unless it is a power of two within the limits."""
    if not least <= size <= MAX_CHUNK_SIZE or size & (size - 1):
        raise InputError(f"{size} is not a power of two from {least} to {MAX_CHUNK_SIZE}")
    return size


def size_text(size: int) -> str:
    """A number of bytes for people: 512 bytes, 5.1 GiB."""
    if size < 1024:
        return f"{size} bytes"
    power = min(3, (size.bit_length() - 1) // 10)
    return f"{size / 1024**power:,.1f} {'KMG'[power - 1]}iB"


def _check_size(what: str, size: int, most: int, option: str) -> None:
    if size > most:
        raise LimitError(f"{what} has {size:,} bytes, more than {most:,}; raise {option}")


def _read(path: Path, most: int, option: str) -> bytes:
    """A file whole; a pipe to its end; a device only if it soon ends."""
    try:
        with path.open("rb", buffering=0) as file:
            mode = os.fstat(file.fileno())
            if stat.S_ISREG(mode.st_mode):
                _check_size(str(path), mode.st_size, most, option)
            pieces, size = [], 0
            while piece := file.read(min(PIECE, most + 1 - size)):
                pieces.append(piece)
                size += len(piece)
                if size > most:
                    raise LimitError(f"{path} has more than {most:,} bytes; raise {option}")
                if size >= PIECE and stat.S_ISCHR(mode.st_mode):
                    raise InputError(f"{path} is a device that does not end; give a file or a pipe")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    return b"".join(pieces)
