"""Instructions of the token interface, which p-token and token-2022 both have."""

import struct
from enum import IntEnum

from solders.pubkey import Pubkey

from deployed.cases import (
    FIRST_SIGNER,
    LAMPORTS,
    MINT,
    OTHER,
    OWNER,
    RENT,
    SECOND_SIGNER,
    SOURCE,
    TARGET,
    Case,
    ProgramError,
    existing,
    option,
    read_only,
    wallet,
)
from deployed.programs import PROGRAMS
from zisk_py.transpiler.bpf.input_buffer import InputAccount

DECIMALS = 2
INITIALIZED, FROZEN = 1, 2
ACCOUNT_BYTES, MINT_BYTES, MULTISIG_BYTES = 165, 82, 355
NATIVE_MINTS = {
    "p-token": "So11111111111111111111111111111111111111112",
    "token-2022": "9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXej9",
}
IMMUTABLE_OWNER_BYTES = {"p-token": ACCOUNT_BYTES, "token-2022": ACCOUNT_BYTES + 5}  # of such an account
RESERVE = 2_039_280  # lamports that an account of 165 bytes keeps as rent
MINT_TOKENS, FREEZE_ACCOUNT, ACCOUNT_OWNER, CLOSE_ACCOUNT = range(4)  # authorities
INSUFFICIENT_FUNDS, MINT_MISMATCH, OWNER_MISMATCH, ALREADY_IN_USE = 1, 3, 4, 6
NO_AUTHORITY, NON_NATIVE, DECIMALS_MISMATCH, IS_FROZEN = 5, 10, 18, 17
HAS_BALANCE, INVALID_INSTRUCTION = 11, 12


class Instruction(IntEnum):
    """First byte of an instruction."""

    INITIALIZE_MINT = 0
    INITIALIZE_ACCOUNT = 1
    INITIALIZE_MULTISIG = 2
    TRANSFER = 3
    APPROVE = 4
    REVOKE = 5
    SET_AUTHORITY = 6
    MINT_TO = 7
    BURN = 8
    CLOSE_ACCOUNT = 9
    FREEZE = 10
    THAW = 11
    TRANSFER_CHECKED = 12
    APPROVE_CHECKED = 13
    MINT_TO_CHECKED = 14
    BURN_CHECKED = 15
    INITIALIZE_ACCOUNT_2 = 16
    SYNC_NATIVE = 17
    INITIALIZE_ACCOUNT_3 = 18
    INITIALIZE_MULTISIG_2 = 19
    INITIALIZE_MINT_2 = 20
    ACCOUNT_SIZE = 21
    INITIALIZE_IMMUTABLE_OWNER = 22
    AMOUNT_TO_TEXT = 23
    TEXT_TO_AMOUNT = 24
    INITIALIZE_CLOSE_AUTHORITY = 25
    TRANSFER_FEE = 26
    DEFAULT_STATE = 28
    MEMO_TRANSFER = 30
    INITIALIZE_NON_TRANSFERABLE = 32
    INTEREST = 33
    CPI_GUARD = 34
    INITIALIZE_PERMANENT_DELEGATE = 35
    WITHDRAW_EXCESS = 38
    METADATA_POINTER = 39
    UNWRAP = 45
    BATCH = 255


def amount(number: int, value: int) -> bytes:
    """An instruction with an amount."""
    return struct.pack("<BQ", number, value)


def amount_checked(number: int, value: int, decimals: int = DECIMALS) -> bytes:
    """An instruction with an amount and decimals."""
    return struct.pack("<BQB", number, value, decimals)


def change_authority(kind: int, new: bytes | None) -> bytes:
    """SetAuthority."""
    return bytes([Instruction.SET_AUTHORITY, kind]) + (b"\0" if new is None else b"\x01" + new)


class Token:
    """Accounts of one of the token programs."""

    def __init__(self, program: str) -> None:
        self.name, self.id = program, PROGRAMS[program].key

    def account(self, key: bytes, data: bytes, lamports: int = LAMPORTS) -> InputAccount:
        """An account of the program that may be written."""
        return InputAccount(key, self.id, lamports, data, is_writable=True)

    def holding(
        self,
        key: bytes,
        tokens: int,
        *,
        mint: bytes = MINT,
        owner: bytes = OWNER,
        delegate: bytes | None = None,
        delegated: int = 0,
        state: int = INITIALIZED,
        reserve: int | None = None,
        close_authority: bytes | None = None,
        lamports: int = LAMPORTS,
    ) -> InputAccount:
        """A token account."""
        native = option(None if reserve is None else reserve.to_bytes(8, "little"), 8)
        data = mint + owner + tokens.to_bytes(8, "little") + option(delegate) + bytes([state]) + native
        data += delegated.to_bytes(8, "little") + option(close_authority)
        return self.account(key, data, lamports)

    def mint(
        self, *, supply: int = 5000, authority: bytes | None = OWNER, freezer: bytes | None = None
    ) -> InputAccount:
        """A mint."""
        data = option(authority) + struct.pack("<QBB", supply, DECIMALS, 1) + option(freezer)
        return self.account(MINT, data)

    def multisig(self) -> InputAccount:
        """Two signatures of two are needed."""
        signers = FIRST_SIGNER + SECOND_SIGNER
        return read_only(self.account(OWNER, bytes([2, 2, 1]) + signers.ljust(11 * 32, b"\0")))

    def native(self, key: bytes, tokens: int, lamports: int) -> InputAccount:
        """A token account that holds lamports."""
        mint = bytes(Pubkey.from_string(NATIVE_MINTS[self.name]))
        return self.holding(key, tokens, mint=mint, reserve=RESERVE, lamports=lamports)


def token_cases(program: str) -> dict[str, Case]:
    """Every instruction of the interface, and what is refused by it."""
    t = Token(program)
    source, target, mint, owner = t.holding(SOURCE, 1000), t.holding(TARGET, 7), t.mint(), wallet()
    fixed_mint, stranger = read_only(mint), wallet(OTHER)
    signers = (wallet(FIRST_SIGNER), wallet(SECOND_SIGNER))
    bystander = wallet(signs=False)
    frozen = t.holding(SOURCE, 1000, state=FROZEN)
    delegated = t.holding(SOURCE, 1000, delegate=OTHER, delegated=300)
    freezable = read_only(t.mint(freezer=OWNER))
    new_account, new_mint = t.account(TARGET, bytes(ACCOUNT_BYTES)), t.account(MINT, bytes(MINT_BYTES))
    new_multisig = t.account(TARGET, bytes(MULTISIG_BYTES))
    rent = existing(RENT)
    poor = t.holding(SOURCE, 10)
    rows: dict[str, tuple[tuple[InputAccount | int, ...], bytes, int]] = {
        # new mints, accounts and sets of signers
        "initialize_mint": ((new_mint, rent), bytes([Instruction.INITIALIZE_MINT, 9]) + OWNER + b"\0", 0),
        "initialize_mint_2": ((new_mint,), bytes([Instruction.INITIALIZE_MINT_2, 9]) + OWNER + b"\0", 0),
        "initialize_mint_2_with_freezer": (
            (new_mint,),
            bytes([Instruction.INITIALIZE_MINT_2, 9]) + OWNER + b"\x01" + OTHER,
            0,
        ),
        "initialize_mint_2_again": (
            (mint,),
            bytes([Instruction.INITIALIZE_MINT_2, 9]) + OWNER + b"\0",
            ALREADY_IN_USE,
        ),
        "initialize_account": (
            (new_account, fixed_mint, bystander, rent),
            bytes([Instruction.INITIALIZE_ACCOUNT]),
            0,
        ),
        "initialize_account_2": (
            (new_account, fixed_mint, rent),
            bytes([Instruction.INITIALIZE_ACCOUNT_2]) + OWNER,
            0,
        ),
        "initialize_account_3": (
            (new_account, fixed_mint),
            bytes([Instruction.INITIALIZE_ACCOUNT_3]) + OWNER,
            0,
        ),
        "initialize_account_3_again": (
            (target, fixed_mint),
            bytes([Instruction.INITIALIZE_ACCOUNT_3]) + OWNER,
            ALREADY_IN_USE,
        ),
        "initialize_multisig": (
            (new_multisig, rent, wallet(FIRST_SIGNER, signs=False), wallet(SECOND_SIGNER, signs=False)),
            bytes([Instruction.INITIALIZE_MULTISIG, 2]),
            0,
        ),
        "initialize_multisig_2": (
            (new_multisig, wallet(FIRST_SIGNER, signs=False), wallet(SECOND_SIGNER, signs=False)),
            bytes([Instruction.INITIALIZE_MULTISIG_2, 1]),
            0,
        ),
        "initialize_immutable_owner": (
            (t.account(TARGET, bytes(IMMUTABLE_OWNER_BYTES[program])),),
            bytes([Instruction.INITIALIZE_IMMUTABLE_OWNER]),
            0,
        ),
        # transfers
        "transfer": ((source, target, owner), amount(Instruction.TRANSFER, 250), 0),
        "transfer_of_all": ((source, target, owner), amount(Instruction.TRANSFER, 1000), 0),
        "transfer_of_nothing": ((source, target, owner), amount(Instruction.TRANSFER, 0), 0),
        "transfer_to_itself": ((source, 0, owner), amount(Instruction.TRANSFER, 250), 0),
        "transfer_by_delegate": ((delegated, target, stranger), amount(Instruction.TRANSFER, 250), 0),
        "transfer_by_delegate_of_all_it_may": (
            (delegated, target, stranger),
            amount(Instruction.TRANSFER, 300),
            0,
        ),
        "transfer_by_delegate_of_too_much": (
            (delegated, target, stranger),
            amount(Instruction.TRANSFER, 301),
            INSUFFICIENT_FUNDS,
        ),
        "transfer_by_two_signers": (
            (source, target, t.multisig(), *signers),
            amount(Instruction.TRANSFER, 250),
            0,
        ),
        "transfer_by_one_signer": (
            (source, target, t.multisig(), signers[0]),
            amount(Instruction.TRANSFER, 250),
            ProgramError.MISSING_SIGNATURE,
        ),
        "transfer_of_too_much": (
            (poor, target, owner),
            amount(Instruction.TRANSFER, 250),
            INSUFFICIENT_FUNDS,
        ),
        "transfer_without_signature": (
            (source, target, bystander),
            amount(Instruction.TRANSFER, 250),
            ProgramError.MISSING_SIGNATURE,
        ),
        "transfer_by_stranger": (
            (source, target, stranger),
            amount(Instruction.TRANSFER, 250),
            OWNER_MISMATCH,
        ),
        "transfer_of_frozen": ((frozen, target, owner), amount(Instruction.TRANSFER, 250), IS_FROZEN),
        "transfer_to_another_mint": (
            (source, t.holding(TARGET, 7, mint=OTHER), owner),
            amount(Instruction.TRANSFER, 250),
            MINT_MISMATCH,
        ),
        "transfer_checked": (
            (source, fixed_mint, target, owner),
            amount_checked(Instruction.TRANSFER_CHECKED, 250),
            0,
        ),
        "transfer_checked_with_wrong_decimals": (
            (source, fixed_mint, target, owner),
            amount_checked(Instruction.TRANSFER_CHECKED, 250, DECIMALS + 1),
            DECIMALS_MISMATCH,
        ),
        # supply
        "mint_to": ((mint, target, owner), amount(Instruction.MINT_TO, 500), 0),
        "mint_to_checked": ((mint, target, owner), amount_checked(Instruction.MINT_TO_CHECKED, 500), 0),
        "mint_to_of_fixed_supply": (
            (t.mint(authority=None), target, owner),
            amount(Instruction.MINT_TO, 500),
            NO_AUTHORITY,
        ),
        "mint_to_by_stranger": ((mint, target, stranger), amount(Instruction.MINT_TO, 500), OWNER_MISMATCH),
        "burn": ((source, mint, owner), amount(Instruction.BURN, 300), 0),
        "burn_checked": ((source, mint, owner), amount_checked(Instruction.BURN_CHECKED, 300), 0),
        "burn_of_too_much": ((poor, mint, owner), amount(Instruction.BURN, 300), INSUFFICIENT_FUNDS),
        # delegates and authorities
        "approve": ((source, stranger, owner), amount(Instruction.APPROVE, 99), 0),
        "approve_checked": (
            (source, fixed_mint, stranger, owner),
            amount_checked(Instruction.APPROVE_CHECKED, 99),
            0,
        ),
        "revoke": ((delegated, owner), bytes([Instruction.REVOKE]), 0),
        "set_owner": ((source, owner), change_authority(ACCOUNT_OWNER, OTHER), 0),
        "set_close_authority": ((source, owner), change_authority(CLOSE_ACCOUNT, OTHER), 0),
        "set_mint_authority": ((mint, owner), change_authority(MINT_TOKENS, OTHER), 0),
        "fix_supply": ((mint, owner), change_authority(MINT_TOKENS, None), 0),
        "set_freeze_authority": (
            (t.mint(freezer=OWNER), owner),
            change_authority(FREEZE_ACCOUNT, OTHER),
            0,
        ),
        "set_owner_by_stranger": (
            (source, stranger),
            change_authority(ACCOUNT_OWNER, OTHER),
            OWNER_MISMATCH,
        ),
        # ends
        "freeze": ((source, freezable, owner), bytes([Instruction.FREEZE]), 0),
        "thaw": ((frozen, freezable, owner), bytes([Instruction.THAW]), 0),
        "freeze_again": ((frozen, freezable, owner), bytes([Instruction.FREEZE]), 13),
        "close_account": (
            (t.holding(SOURCE, 0), wallet(OTHER, signs=False, writable=True), owner),
            bytes([Instruction.CLOSE_ACCOUNT]),
            0,
        ),
        "close_account_by_authority": (
            (t.holding(SOURCE, 0, close_authority=OTHER), wallet(signs=False, writable=True), stranger),
            bytes([Instruction.CLOSE_ACCOUNT]),
            0,
        ),
        "close_account_with_tokens": (
            (source, wallet(OTHER, signs=False, writable=True), owner),
            bytes([Instruction.CLOSE_ACCOUNT]),
            HAS_BALANCE,
        ),
        # tokens that are lamports
        "sync_native": ((t.native(SOURCE, 100, RESERVE + 5000),), bytes([Instruction.SYNC_NATIVE]), 0),
        "transfer_native": (
            (t.native(SOURCE, 4000, RESERVE + 4000), t.native(TARGET, 0, RESERVE), owner),
            amount(Instruction.TRANSFER, 250),
            0,
        ),
        "sync_of_other_tokens": ((source,), bytes([Instruction.SYNC_NATIVE]), 19),
        # questions
        "account_size": ((fixed_mint,), bytes([Instruction.ACCOUNT_SIZE]), 0),
        "amount_to_text": ((fixed_mint,), amount(Instruction.AMOUNT_TO_TEXT, 123_450), 0),
        "text_to_amount": ((fixed_mint,), bytes([Instruction.TEXT_TO_AMOUNT]) + b"12.5", 0),
        "bad_text_to_amount": (
            (fixed_mint,),
            bytes([Instruction.TEXT_TO_AMOUNT]) + b"12,5",
            ProgramError.INVALID_ARGUMENT,
        ),
        # what is no instruction
        "unknown_instruction": ((source,), b"\xf0", INVALID_INSTRUCTION),
        "empty_instruction": ((source,), b"", INVALID_INSTRUCTION),
        "too_few_accounts": (
            (source, target),
            amount(Instruction.TRANSFER, 250),
            ProgramError.NOT_ENOUGH_ACCOUNTS,
        ),
    }
    return {f"{program}/{name}": Case(program, *row) for name, row in rows.items()}
