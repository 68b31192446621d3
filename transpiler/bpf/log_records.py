"""What a program logs: records in hidden words, and the lines that the runtime makes of them.

The word LOG holds the number of words in use behind it. There the records are, one behind the other: a word
with the kind, and from bit 32 on the length in bytes of what follows, padded with zeros to whole words.
"""

import base64
import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from zisk_py.transpiler.bpf import base58
from zisk_py.transpiler.bpf.hidden_layout import LOG, NUM_LOG_WORDS

NUM_VALUES = 5
MAX_RECORD_WORDS = NUM_LOG_WORDS - 2  # all records, so that one that says TRUNCATED always fits
MAX_LOG_BYTES = 10_000  # of all lines that the runtime keeps of a transaction; a longer record is not kept
TRUNCATION = "Log truncated"


class LogKind(IntEnum):
    """What a record holds."""

    TEXT = 1  # UTF-8
    VALUES = 2  # NUM_VALUES words
    UNITS = 3  # a word: the compute units that are left
    PUBKEY = 4
    DATA = 5  # for each slice a word with its length in bytes, and its bytes, padded to whole words
    PANIC = 6  # a word with the line, one with the column, the name of the file
    TRUNCATED = 7  # nothing: here one is missing that did not fit


def record_head(kind: LogKind, length: int) -> int:
    """The word before `length` bytes."""
    return kind | length << 32


def read_records(hidden: NDArray[np.uint64]) -> Iterator[tuple[LogKind, bytes]]:
    """Kind and bytes of each record in the final hidden words of a run, in order."""
    place, end = LOG + 1, LOG + 1 + int(hidden[LOG])
    while place < end:
        kind, length = int(hidden[place]) & 0xFFFFFFFF, int(hidden[place]) >> 32
        num_words = (length + 7) // 8
        words = hidden[place + 1 : place + 1 + num_words]
        yield LogKind(kind), words.astype("<u8").tobytes()[:length]
        place += 1 + num_words


def log_lines(hidden: NDArray[np.uint64]) -> tuple[str, ...]:
    """The runtime's line for each record; of the records that did not fit, one line in the first one's place.

    The runtime keeps MAX_LOG_BYTES of the lines of a transaction: see `truncate`.
    """
    lines: list[str] = []
    for kind, data in read_records(hidden):
        if kind is not LogKind.TRUNCATED:
            lines.append(_line(kind, data))
        elif TRUNCATION not in lines:
            lines.append(TRUNCATION)
    return tuple(lines)


def _line(kind: LogKind, data: bytes) -> str:
    match kind:
        case LogKind.TEXT:
            return f"Program log: {data.decode()}"
        case LogKind.VALUES:
            return "Program log: " + ", ".join(f"{value:#x}" for (value,) in struct.iter_unpack("<Q", data))
        case LogKind.UNITS:
            return f"Program consumption: {int.from_bytes(data, 'little')} units remaining"
        case LogKind.PUBKEY:
            return f"Program log: {base58.encode(data)}"
        case LogKind.DATA:
            return "Program data: " + " ".join(base64.b64encode(part).decode() for part in _slices(data))
        case LogKind.PANIC:
            line, column = struct.unpack_from("<2Q", data)
            return f"SBF program Panicked in {data[16:].decode()} at {line}:{column}"
    raise AssertionError(f"{kind!r} has no line")


def _slices(data: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(data):
        length = int.from_bytes(data[place : place + 8], "little")
        yield data[place + 8 : place + 8 + length]
        place += 8 + (length + 7) // 8 * 8


def truncate(lines: Iterable[str]) -> list[str]:
    """What the runtime keeps of the lines of a transaction: those that still fit, and one that says so."""
    kept: list[str] = []
    num_bytes = 0
    for line in lines:
        if line != TRUNCATION and num_bytes + len(line.encode()) < MAX_LOG_BYTES:
            kept.append(line)
            num_bytes += len(line.encode())
        elif TRUNCATION not in kept:
            kept.append(TRUNCATION)
    return kept
