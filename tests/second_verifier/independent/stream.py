"""Reading bytes that somebody else wrote (sections 4 and 7): never past the end, never out of range."""

from io import BytesIO
from struct import unpack

from .field import K, P
from .refusal import require

Cap = tuple[bytes, ...]
CAP_LOG = 6


def take(stream: BytesIO, length: int) -> bytes:
    """So many bytes."""
    data = stream.read(length)
    require(len(data) == length, "the proof ends too early")
    return data


def take_integer(stream: BytesIO, length: int, low: int, high: int) -> int:
    """An integer of so many bytes, from low to high inclusive."""
    number = int.from_bytes(take(stream, length), "little")
    require(low <= number <= high, "a number of the proof is out of range")
    return number


def take_field(stream: BytesIO, quantity: int) -> tuple[int, ...]:
    """Elements of F."""
    values = unpack(f"<{quantity}Q", take(stream, 8 * quantity))
    require(not values or max(values) < P, "an element of the field is not below p")
    return values


def take_extension(stream: BytesIO, quantity: int) -> tuple[K, ...]:
    """Elements of K."""
    flat = take_field(stream, 3 * quantity)
    return tuple(zip(flat[0::3], flat[1::3], flat[2::3], strict=True))


def take_cap(stream: BytesIO) -> Cap:
    """The 64 digests of a cap."""
    data = take(stream, 32 << CAP_LOG)
    return tuple(data[i : i + 32] for i in range(0, len(data), 32))


def take_end(stream: BytesIO) -> None:
    """Nothing more."""
    require(not stream.read(1), "bytes are left over")
