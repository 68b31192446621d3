"""The sizes that users may choose, and what they are if nobody chooses."""

from zisk_py.errors import InputError

MIN_CHUNK_SIZE, MAX_CHUNK_SIZE = 1 << 10, 1 << 22  # steps per segment, as the command line takes them
LEAST_CHUNK_SIZE = 1 << 5  # the least that can be proven at all: tests cut short runs into many segments
DEFAULT_CHUNK_SIZE = 1 << 18
DEFAULT_MAX_STEPS = 1 << 32


def check_chunk_size(size: int, least: int = LEAST_CHUNK_SIZE) -> int:
    """The size itself. Raises InputError unless it is a power of two within the limits."""
    if not least <= size <= MAX_CHUNK_SIZE or size & (size - 1):
        raise InputError(f"{size} is not a power of two from {least} to {MAX_CHUNK_SIZE}")
    return size
