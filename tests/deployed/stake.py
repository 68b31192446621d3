"""Instructions of the stake program."""

import struct

from solders.pubkey import Pubkey

from deployed.cases import (
    CLOCK,
    OTHER,
    OWNER,
    RENT,
    SOURCE,
    STAKE_HISTORY,
    TARGET,
    Case,
    ProgramError,
    existing,
    wallet,
)
from deployed.programs import PROGRAMS
from zisk_py.transpiler.bpf.input_buffer import InputAccount

STAKE_BYTES = 200
STAKED = 5 * 10**9  # lamports of an account; a delegation takes one sol at least
RESERVE = 2_282_880  # lamports that an account of 200 bytes keeps as rent
NEVER = (1 << 64) - 1  # an epoch; as the epoch of activation: from the start
STAKER, WITHDRAWER = range(2)
UNINITIALIZED, INITIALIZED, DELEGATED = range(3)
VOTE_PROGRAM = bytes(Pubkey.from_string("Vote111111111111111111111111111111111111111"))
VOTE_BYTES = 3762
VOTER = bytes([0x77]) * 32
(
    INITIALIZE,
    AUTHORIZE,
    DELEGATE,
    SPLIT,
    WITHDRAW,
    DEACTIVATE,
    SET_LOCKUP,
    MERGE,
    AUTHORIZE_WITH_SEED,
    INITIALIZE_CHECKED,
    AUTHORIZE_CHECKED,
    AUTHORIZE_CHECKED_WITH_SEED,
    SET_LOCKUP_CHECKED,
    MINIMUM_DELEGATION,
    DEACTIVATE_DELINQUENT,
    REDELEGATE,
    MOVE_STAKE,
    MOVE_LAMPORTS,
) = range(18)
NO_LOCKUP = bytes(48)


def words(*values: int) -> bytes:
    """Numbers of 64 bits."""
    return struct.pack(f"<{len(values)}Q", *values)


def number(instruction: int) -> bytes:
    """How an instruction starts."""
    return struct.pack("<I", instruction)


def meta(lockup: bytes = NO_LOCKUP) -> bytes:
    """What an initialized account says of itself."""
    return words(RESERVE) + OWNER + OWNER + lockup


def stake_account(key: bytes, data: bytes, lamports: int = STAKED) -> InputAccount:
    """An account of the program that may be written."""
    return InputAccount(
        key, PROGRAMS["stake"].key, lamports, data.ljust(STAKE_BYTES, b"\0"), is_writable=True
    )


def initialized(key: bytes, lamports: int = STAKED) -> InputAccount:
    """An account that can be delegated."""
    return stake_account(key, number(INITIALIZED) + meta(), lamports)


def delegated(key: bytes, *, active_from: int = NEVER, active_to: int = NEVER) -> InputAccount:
    """An account whose lamports above its rent are delegated."""
    delegation = VOTER + words(STAKED - RESERVE, active_from, active_to) + struct.pack("<d", 0.25)
    return stake_account(key, number(DELEGATED) + meta() + delegation + words(0) + b"\0")


def vote_account() -> InputAccount:
    """An account that lamports can be delegated to."""
    state = number(2) + OTHER + OTHER + b"\x05" + words(0) + b"\0" + words(1, 0) + OTHER
    state += bytes(32 * 48) + words(31) + b"\x01" + words(0) + words(0, 0)
    return InputAccount(VOTER, VOTE_PROGRAM, STAKED, state.ljust(VOTE_BYTES, b"\0"))


def stake_cases() -> dict[str, Case]:
    """Every instruction that stands for itself."""
    new, fresh, active = stake_account(SOURCE, b""), initialized(SOURCE), delegated(SOURCE)
    clock, rent, history = existing(CLOCK), existing(RENT), existing(STAKE_HISTORY)
    owner, stranger, bystander = wallet(), wallet(OTHER), wallet(OTHER, signs=False)
    recipient = wallet(OTHER, signs=False, writable=True)
    config = wallet(bytes([0x78]) * 32, signs=False)
    vote, spare = vote_account(), stake_account(TARGET, b"", RESERVE)
    authorities = OWNER + OTHER
    rows: dict[str, tuple[tuple[InputAccount | int, ...], bytes, int]] = {
        "initialize": ((new, rent), number(INITIALIZE) + authorities + NO_LOCKUP, 0),
        "initialize_again": (
            (fresh, rent),
            number(INITIALIZE) + authorities + NO_LOCKUP,
            ProgramError.INVALID_ACCOUNT_DATA,
        ),
        "initialize_checked": ((new, rent, bystander, owner), number(INITIALIZE_CHECKED), 0),
        "authorize_staker": (
            (fresh, clock, owner),
            number(AUTHORIZE) + OTHER + struct.pack("<I", STAKER),
            0,
        ),
        "authorize_withdrawer": (
            (active, clock, owner),
            number(AUTHORIZE) + OTHER + struct.pack("<I", WITHDRAWER),
            0,
        ),
        "authorize_by_stranger": (
            (fresh, clock, stranger),
            number(AUTHORIZE) + OTHER + struct.pack("<I", STAKER),
            ProgramError.MISSING_SIGNATURE,
        ),
        "authorize_checked": (
            (fresh, clock, owner, stranger),
            number(AUTHORIZE_CHECKED) + struct.pack("<I", STAKER),
            0,
        ),
        "delegate": ((fresh, vote, clock, history, config, owner), number(DELEGATE), 0),
        "delegate_again": ((active, vote, clock, history, config, owner), number(DELEGATE), 3),
        "split": ((fresh, spare, owner), number(SPLIT) + words(STAKED // 2), 0),
        "split_of_too_much": (
            (fresh, spare, owner),
            number(SPLIT) + words(2 * STAKED),
            ProgramError.INSUFFICIENT_FUNDS,
        ),
        "withdraw": ((fresh, recipient, clock, history, owner), number(WITHDRAW) + words(1000), 0),
        "withdraw_all": ((fresh, recipient, clock, history, owner), number(WITHDRAW) + words(STAKED), 0),
        "withdraw_of_delegated": (
            (active, recipient, clock, history, owner),
            number(WITHDRAW) + words(1000),
            ProgramError.INSUFFICIENT_FUNDS,
        ),
        "deactivate": ((active, clock, owner), number(DEACTIVATE), 0),
        "deactivate_again": ((delegated(SOURCE, active_to=5), clock, owner), number(DEACTIVATE), 2),
        "set_lockup": ((fresh, owner), number(SET_LOCKUP) + b"\x01" + words(77) + b"\0\0", 0),
        "set_lockup_by_stranger": (
            (fresh, stranger),
            number(SET_LOCKUP) + b"\x01" + words(77) + b"\0\0",
            ProgramError.MISSING_SIGNATURE,
        ),
        "set_lockup_checked": (
            (fresh, owner, stranger),
            number(SET_LOCKUP_CHECKED) + b"\x01" + words(77) + b"\0",
            0,
        ),
        "merge": ((fresh, initialized(TARGET), clock, history, owner), number(MERGE), 0),
        "merge_delegated": ((active, delegated(TARGET), clock, history, owner), number(MERGE), 0),
        "minimum_delegation": ((), number(MINIMUM_DELEGATION), 0),
        "move_stake": ((active, delegated(TARGET), owner), number(MOVE_STAKE) + words(STAKED // 2), 0),
        "move_lamports": ((fresh, initialized(TARGET), owner), number(MOVE_LAMPORTS) + words(1000), 0),
        "unknown_instruction": ((fresh,), number(99), ProgramError.INVALID_INSTRUCTION_DATA),
    }
    return {f"stake/{name}": Case("stake", *row) for name, row in rows.items()}
