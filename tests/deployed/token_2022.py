"""Instructions that only token-2022 has: extensions of mints and accounts."""

import struct
from dataclasses import replace
from enum import IntEnum

from deployed.cases import MINT, OTHER, OWNER, SOURCE, TARGET, Case, ProgramError, wallet
from deployed.token import (
    ACCOUNT_BYTES,
    DECIMALS,
    MINT_BYTES,
    OWNER_MISMATCH,
    Instruction,
    Token,
    amount,
    amount_checked,
)
from zisk_py.transpiler.bpf.input_buffer import InputAccount

OF_MINT, OF_ACCOUNT = 1, 2  # what an extended account says it is, behind the fields of an account
NON_TRANSFERABLE, FEE_MISMATCH, MINT_HAS_SUPPLY = 37, 32, 28


class Extension(IntEnum):
    """Numbers of extensions."""

    TRANSFER_FEE_CONFIG = 1
    TRANSFER_FEE_AMOUNT = 2
    MINT_CLOSE_AUTHORITY = 3
    IMMUTABLE_OWNER = 7
    MEMO_TRANSFER = 8
    NON_TRANSFERABLE = 9
    CPI_GUARD = 11
    PERMANENT_DELEGATE = 12
    NON_TRANSFERABLE_ACCOUNT = 13


SIZES = {  # of the mints and accounts that instructions initialize
    "close_authority": 32,
    "transfer_fee": 108,
    "non_transferable": 0,
    "permanent_delegate": 32,
    "default_state": 1,
    "interest": 52,
    "metadata_pointer": 64,
}


def space(num_bytes: int) -> int:
    """Bytes of an account with one extension of that size."""
    return ACCOUNT_BYTES + 1 + 4 + num_bytes


def extended(
    account: InputAccount, kind: int, *extensions: tuple[Extension, bytes], room: int = 0
) -> InputAccount:
    """The account with extensions, and bytes for one that is still to come."""
    data = account.data.ljust(ACCOUNT_BYTES, b"\0") + bytes([kind])
    for extension, value in extensions:
        data += struct.pack("<HH", extension, len(value)) + value
    return replace(account, data=data + bytes(room and 4 + room))


def fee_config(points: int, most: int) -> bytes:
    """A fee on transfers, the same in all epochs: hundredths of a percent, and its most."""
    return OWNER + OWNER + bytes(8) + 2 * struct.pack("<QQH", 0, most, points)


def extension_cases() -> dict[str, Case]:
    """Instructions about extensions, and instructions on accounts that have them."""
    t, owner, stranger = Token("token-2022"), wallet(), wallet(OTHER)
    source, target = t.holding(SOURCE, 1000), t.holding(TARGET, 7)
    new = {name: t.account(MINT, bytes(space(size))) for name, size in SIZES.items()}
    fees = extended(t.mint(), OF_MINT, (Extension.TRANSFER_FEE_CONFIG, fee_config(100, 50)))
    no_fee = (Extension.TRANSFER_FEE_AMOUNT, bytes(8))
    payer, payee = extended(source, OF_ACCOUNT, no_fee), extended(target, OF_ACCOUNT, no_fee)
    withheld = extended(target, OF_ACCOUNT, (Extension.TRANSFER_FEE_AMOUNT, struct.pack("<Q", 5)))
    bound = extended(t.mint(), OF_MINT, (Extension.NON_TRANSFERABLE, b""))
    bound_source, bound_target = (
        extended(a, OF_ACCOUNT, (Extension.IMMUTABLE_OWNER, b""), (Extension.NON_TRANSFERABLE_ACCOUNT, b""))
        for a in (source, target)
    )
    seized = extended(t.mint(), OF_MINT, (Extension.PERMANENT_DELEGATE, OTHER))
    closed = extended(t.mint(supply=0), OF_MINT, (Extension.MINT_CLOSE_AUTHORITY, OWNER))
    closed_too_early = extended(t.mint(), OF_MINT, (Extension.MINT_CLOSE_AUTHORITY, OWNER))
    recipient = wallet(OTHER, signs=False, writable=True)
    rows: dict[str, tuple[tuple[InputAccount | int, ...], bytes, int]] = {
        "initialize_close_authority": (
            (new["close_authority"],),
            bytes([Instruction.INITIALIZE_CLOSE_AUTHORITY, 1]) + OWNER,
            0,
        ),
        "initialize_close_authority_without_room": (
            (t.account(MINT, bytes(MINT_BYTES)),),
            bytes([Instruction.INITIALIZE_CLOSE_AUTHORITY, 1]) + OWNER,
            ProgramError.INVALID_ACCOUNT_DATA,
        ),
        "close_mint": ((closed, recipient, owner), bytes([Instruction.CLOSE_ACCOUNT]), 0),
        "close_mint_with_supply": (
            (closed_too_early, recipient, owner),
            bytes([Instruction.CLOSE_ACCOUNT]),
            MINT_HAS_SUPPLY,
        ),
        "initialize_transfer_fee": (
            (new["transfer_fee"],),
            bytes([Instruction.TRANSFER_FEE, 0, 1]) + OWNER + b"\x01" + OWNER + struct.pack("<HQ", 100, 50),
            0,
        ),
        "transfer_with_fee": (
            (payer, fees, payee, owner),
            bytes([Instruction.TRANSFER_FEE, 1]) + struct.pack("<QBQ", 250, DECIMALS, 3),
            0,
        ),
        "transfer_with_wrong_fee": (
            (payer, fees, payee, owner),
            bytes([Instruction.TRANSFER_FEE, 1]) + struct.pack("<QBQ", 250, DECIMALS, 4),
            FEE_MISMATCH,
        ),
        "transfer_checked_takes_the_fee": (
            (payer, fees, payee, owner),
            amount_checked(Instruction.TRANSFER_CHECKED, 250),
            0,
        ),
        "withdraw_withheld_tokens": (
            (fees, payer, owner, withheld),
            bytes([Instruction.TRANSFER_FEE, 3, 1]),
            0,
        ),
        "harvest_withheld_tokens": ((fees, withheld), bytes([Instruction.TRANSFER_FEE, 4]), 0),
        "set_transfer_fee": (
            (fees, owner),
            bytes([Instruction.TRANSFER_FEE, 5]) + struct.pack("<HQ", 200, 90),
            0,
        ),
        "initialize_non_transferable": (
            (new["non_transferable"],),
            bytes([Instruction.INITIALIZE_NON_TRANSFERABLE]),
            0,
        ),
        "transfer_of_what_is_bound": (
            (bound_source, bound, bound_target, owner),
            amount_checked(Instruction.TRANSFER_CHECKED, 250),
            NON_TRANSFERABLE,
        ),
        "initialize_permanent_delegate": (
            (new["permanent_delegate"],),
            bytes([Instruction.INITIALIZE_PERMANENT_DELEGATE]) + OTHER,
            0,
        ),
        "burn_by_permanent_delegate": ((source, seized, stranger), amount(Instruction.BURN, 250), 0),
        "transfer_by_permanent_delegate": (
            (source, seized, target, stranger),
            amount_checked(Instruction.TRANSFER_CHECKED, 250),
            0,
        ),
        "initialize_default_state": ((new["default_state"],), bytes([Instruction.DEFAULT_STATE, 0, 2]), 0),
        "initialize_interest": (
            (new["interest"],),
            bytes([Instruction.INTEREST, 0]) + OWNER + struct.pack("<h", 500),
            0,
        ),
        "initialize_metadata_pointer": (
            (new["metadata_pointer"],),
            bytes([Instruction.METADATA_POINTER, 0]) + OWNER + MINT,
            0,
        ),
        "require_memos": (
            (extended(source, OF_ACCOUNT, room=1), owner),
            bytes([Instruction.MEMO_TRANSFER, 0]),
            0,
        ),
        "require_memos_no_more": (
            (extended(source, OF_ACCOUNT, (Extension.MEMO_TRANSFER, b"\x01")), owner),
            bytes([Instruction.MEMO_TRANSFER, 1]),
            0,
        ),
        "require_memos_by_stranger": (
            (extended(source, OF_ACCOUNT, room=1), stranger),
            bytes([Instruction.MEMO_TRANSFER, 0]),
            OWNER_MISMATCH,
        ),
        "guard_against_calls": (
            (extended(source, OF_ACCOUNT, room=1), owner),
            bytes([Instruction.CPI_GUARD, 0]),
            0,
        ),
        "transfer_guarded": (
            (extended(source, OF_ACCOUNT, (Extension.CPI_GUARD, b"\x01")), target, owner),
            amount(Instruction.TRANSFER, 250),
            0,
        ),
    }
    return {f"token-2022/{name}": Case("token-2022", *row) for name, row in rows.items()}
