"""The input buffer of a Solana program: accounts, instruction data, program id (notes on BPF 4.1)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

NEW_ACCOUNT = 0xFF  # first byte of an account that is no duplicate
GROWTH_BYTES = 10_240  # zeros after each account's data
FIXED_BYTES = 88  # of an account before its data
PROGRAM_ID_BYTES = 32
LENGTH_POSITION = 80  # of data_len in an account


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


def serialize(accounts: "Sequence[InputAccount | int]", instruction: bytes, program_id: bytes) -> bytes:
    """The input buffer; an integer in place of an account is the position of the one it repeats."""
    parts = [struct.pack("<Q", len(accounts))]
    for account in accounts:
        if isinstance(account, int):
            parts.append(struct.pack("<B7x", account))
            continue
        length = len(account.data)
        parts.append(
            struct.pack(
                "<4B4x32s32sQQ",
                NEW_ACCOUNT,
                account.is_signer,
                account.is_writable,
                account.is_executable,
                account.key,
                account.owner,
                account.lamports,
                length,
            )
        )
        parts.append(account.data + bytes(GROWTH_BYTES + -length % 8) + b"\xff" * 8)
    parts.append(struct.pack("<Q", len(instruction)) + instruction + program_id)
    return b"".join(parts)


def account_data_offsets(data: bytes) -> list[tuple[int, int]]:
    """(offset, length) of the data of each account that is no duplicate; [] where there are none to find."""
    return _walk(data)[1]


def instruction_offset(data: bytes) -> int:
    """Offset of the instruction data; 0 where `data` is not a serialized input buffer.

    A program may be run on any bytes. r2 is then the address of the input.
    """
    return _walk(data)[0]


def _walk(data: bytes) -> tuple[int, list[tuple[int, int]]]:
    nothing: tuple[int, list[tuple[int, int]]] = (0, [])
    if len(data) < 8:
        return nothing
    (num_accounts,) = struct.unpack_from("<Q", data)
    position, found = 8, []
    for _ in range(min(num_accounts, 256)):
        if position >= len(data):
            return nothing
        if data[position] != NEW_ACCOUNT:
            position += 8
            continue
        if position + FIXED_BYTES > len(data):
            return nothing
        (length,) = struct.unpack_from("<Q", data, position + LENGTH_POSITION)
        found.append((position + FIXED_BYTES, length))
        position += FIXED_BYTES + length + GROWTH_BYTES + -length % 8 + 8
    if num_accounts > 256 or position + 8 > len(data):
        return nothing
    (length,) = struct.unpack_from("<Q", data, position)
    if position + 8 + length + PROGRAM_ID_BYTES != len(data):
        return nothing
    return position + 8, found
