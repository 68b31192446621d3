"""The input buffer of a Solana program: accounts, instruction data, program id (notes on BPF 4.1).

Two forms. ALIGNED is that of the loaders v2 and v3: every account is padded to a multiple of 8 and has 10,240
zeros behind it, into which it may grow. DEPRECATED is that of loader v1: packed, and accounts cannot grow.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

NEW_ACCOUNT = 0xFF  # first byte of an account that is no duplicate
GROWTH_BYTES = 10_240  # zeros after each account's data
FIXED_BYTES = 88  # of an account before its data
PROGRAM_ID_BYTES = 32
LENGTH_POSITION = 80  # of data_len in an account
MAX_ACCOUNTS = 255  # of an instruction
RENT_EPOCH = (1 << 64) - 1  # of every account, whatever the chain has

_HEAD = struct.Struct("<4B4x32s32sQQ")  # marker, signer, writable, executable, key, owner, lamports, data_len
_DEPRECATED_HEAD = struct.Struct("<3B32sQQ")  # marker, signer, writable, key, lamports, data_len
_DEPRECATED_TAIL = struct.Struct("<32sBQ")  # owner, executable, rent epoch


class Loader(Enum):
    """Which loader a program belongs to: it fixes the form of the input buffer."""

    ALIGNED = "aligned"
    DEPRECATED = "deprecated"


@dataclass(frozen=True)
class InputAccount:
    """One account as a program sees it."""

    key: bytes
    owner: bytes
    lamports: int
    data: bytes
    is_signer: bool = False
    is_writable: bool = False
    is_executable: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account that is no duplicate stands in a buffer: offsets in bytes."""

    start: int
    owner: int
    lamports: int
    length: int  # of data_len
    data: int
    size: int  # bytes of data before the run
    end: int  # behind the account


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything stands in a buffer."""

    accounts: tuple["Place | int", ...]  # an integer is the position of the account that this one repeats
    instruction: int
    instruction_length: int


def serialize(
    accounts: "Sequence[InputAccount | int]",
    instruction: bytes,
    program_id: bytes,
    loader: Loader = Loader.ALIGNED,
) -> bytes:
    """The input buffer; an integer in place of an account is the position of the one it repeats."""
    form = _aligned if loader is Loader.ALIGNED else _deprecated
    parts = [struct.pack("<Q", len(accounts))]
    for account in accounts:
        if isinstance(account, int):
            parts.append(struct.pack("<B7x" if loader is Loader.ALIGNED else "<B", account))
        else:
            parts.extend(form(account))
    parts.append(struct.pack("<Q", len(instruction)) + instruction + program_id)
    return b"".join(parts)


def _aligned(account: InputAccount) -> Iterable[bytes]:
    length = len(account.data)
    flags = (account.is_signer, account.is_writable, account.is_executable)
    yield _HEAD.pack(NEW_ACCOUNT, *flags, account.key, account.owner, account.lamports, length)
    yield account.data
    yield bytes(GROWTH_BYTES + -length % 8) + struct.pack("<Q", RENT_EPOCH)


def _deprecated(account: InputAccount) -> Iterable[bytes]:
    flags = (account.is_signer, account.is_writable)
    yield _DEPRECATED_HEAD.pack(NEW_ACCOUNT, *flags, account.key, account.lamports, len(account.data))
    yield account.data
    yield _DEPRECATED_TAIL.pack(account.owner, account.is_executable, RENT_EPOCH)


def find_places(data: bytes, loader: Loader = Loader.ALIGNED) -> Places | None:
    """Where everything stands in a serialized buffer; None where `data` is none."""
    if len(data) < 8:
        return None
    (num_accounts,) = struct.unpack_from("<Q", data)
    if num_accounts > MAX_ACCOUNTS:
        return None
    position, found = 8, list[Place | int]()
    for number in range(num_accounts):
        if position >= len(data):
            return None
        if data[position] != NEW_ACCOUNT:
            if data[position] >= number or isinstance(found[data[position]], int):
                return None
            found.append(data[position])
            position += 8 if loader is Loader.ALIGNED else 1
            continue
        place = _aligned_place(data, position) if loader is Loader.ALIGNED else _packed_place(data, position)
        if place is None:
            return None
        found.append(place)
        position = place.end
    if position + 8 > len(data):
        return None
    (length,) = struct.unpack_from("<Q", data, position)
    if position + 8 + length + PROGRAM_ID_BYTES != len(data):
        return None
    return Places(tuple(found), position + 8, length)


def _aligned_place(data: bytes, start: int) -> Place | None:
    if start + FIXED_BYTES > len(data):
        return None
    (size,) = struct.unpack_from("<Q", data, start + LENGTH_POSITION)
    end = start + FIXED_BYTES + size + GROWTH_BYTES + -size % 8 + 8
    return Place(start, start + 40, start + 72, start + LENGTH_POSITION, start + FIXED_BYTES, size, end)


def _packed_place(data: bytes, start: int) -> Place | None:
    first = start + _DEPRECATED_HEAD.size
    if first > len(data):
        return None
    (size,) = struct.unpack_from("<Q", data, first - 8)
    end = first + size + _DEPRECATED_TAIL.size
    return Place(start, first + size, first - 16, first - 8, first, size, end)


def account_data_offsets(data: bytes, loader: Loader = Loader.ALIGNED) -> list[tuple[int, int]]:
    """(offset, length) of the data of each account that is no duplicate; [] where there are none to find."""
    places = find_places(data, loader)
    accounts = places.accounts if places is not None else ()
    return [(place.data, place.size) for place in accounts if isinstance(place, Place)]


def instruction_offset(data: bytes, loader: Loader = Loader.ALIGNED) -> int:
    """Offset of the instruction data; 0 where `data` is not a serialized input buffer.

    A program may be run on any bytes. r2 is then the address of the input.
    """
    places = find_places(data, loader)
    return places.instruction if places is not None else 0
