"""What an instruction of a deployed program is given, and how it should end."""

from dataclasses import dataclass, replace
from enum import IntEnum

from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from zisk_py.isa.faults import FaultKind
from zisk_py.transpiler.bpf.input_buffer import InputAccount

LAMPORTS = 10**9  # of every account, more than its rent
SYSTEM_PROGRAM = bytes(32)
RENT, CLOCK, STAKE_HISTORY = (
    bytes(Pubkey.from_string(address))
    for address in (
        "SysvarRent111111111111111111111111111111111",
        "SysvarC1ock11111111111111111111111111111111",
        "SysvarStakeHistory1111111111111111111111111",
    )
)
MINT, SOURCE, TARGET, OWNER, OTHER = (bytes([number]) * 32 for number in (0x22, 0x33, 0x44, 0x11, 0x55))
FIRST_SIGNER, SECOND_SIGNER = (bytes([number]) * 32 for number in (0x66, 0x67))


class ProgramError(IntEnum):
    """What a program returns for an error that the runtime knows (notes on BPF 4.2)."""

    INVALID_ARGUMENT = 2 << 32
    INVALID_INSTRUCTION_DATA = 3 << 32
    INVALID_ACCOUNT_DATA = 4 << 32
    INSUFFICIENT_FUNDS = 6 << 32
    MISSING_SIGNATURE = 8 << 32
    NOT_ENOUGH_ACCOUNTS = 11 << 32
    INVALID_SEEDS = 14 << 32
    ILLEGAL_OWNER = 18 << 32
    IMMUTABLE = 25 << 32
    INCORRECT_AUTHORITY = 26 << 32


@dataclass(frozen=True)
class Case:
    """One instruction; an integer in place of an account is the position of the one it repeats."""

    program: str
    accounts: tuple[InputAccount | int, ...]
    instruction: bytes
    ends: int | FaultKind = 0  # with that value of r0, or that fault


def wallet(key: bytes = OWNER, *, signs: bool = True, writable: bool = False) -> InputAccount:
    """An account of the system program without data."""
    return InputAccount(key, SYSTEM_PROGRAM, LAMPORTS, b"", is_signer=signs, is_writable=writable)


def existing(key: bytes) -> InputAccount:
    """An account as LiteSVM has it: a sysvar, or a program."""
    found = LiteSVM().get_account(Pubkey(key))
    return InputAccount(
        key, bytes(found.owner), found.lamports, bytes(found.data), is_executable=found.executable
    )


def read_only(account: InputAccount) -> InputAccount:
    """The same account, not to be written."""
    return replace(account, is_writable=False)


def option(value: bytes | None, size: int = 32) -> bytes:
    """An optional field in the data of an account: four bytes say whether it is there."""
    return bytes(4 + size) if value is None else (1).to_bytes(4, "little") + value
