"""Instructions of the address lookup table program."""

import struct

from deployed.cases import LAMPORTS, OTHER, OWNER, SOURCE, Case, ProgramError, wallet
from deployed.programs import PROGRAMS
from zisk_py.transpiler.bpf.input_buffer import InputAccount

NEVER = (1 << 64) - 1  # a slot
CREATE, FREEZE, EXTEND, DEACTIVATE, CLOSE = range(5)


def table(*addresses: bytes, authority: bytes | None = OWNER, inactive_from: int = NEVER) -> InputAccount:
    """A table that may be written."""
    state = struct.pack("<IQQB", 1, inactive_from, 0, 0)
    state += b"\0" + bytes(34) if authority is None else b"\x01" + authority + bytes(2)
    return InputAccount(
        SOURCE, PROGRAMS["lookup-table"].key, LAMPORTS, state + b"".join(addresses), is_writable=True
    )


def extend(*addresses: bytes) -> bytes:
    """The instruction that adds addresses."""
    return struct.pack("<IQ", EXTEND, len(addresses)) + b"".join(addresses)


def number(instruction: int) -> bytes:
    """An instruction without arguments."""
    return struct.pack("<I", instruction)


def lookup_table_cases() -> dict[str, Case]:
    """Every instruction but the creation, which calls another program."""
    owner, stranger = wallet(), wallet(OTHER)
    recipient = wallet(OTHER, signs=False, writable=True)
    full, fixed = table(OTHER, OWNER), table(OTHER, authority=None)
    rows: dict[str, tuple[tuple[InputAccount | int, ...], bytes, int]] = {
        "freeze": ((full, owner), number(FREEZE), 0),
        "freeze_of_nothing": ((table(), owner), number(FREEZE), ProgramError.INVALID_INSTRUCTION_DATA),
        "freeze_again": ((fixed, owner), number(FREEZE), ProgramError.IMMUTABLE),
        "freeze_by_stranger": ((full, stranger), number(FREEZE), ProgramError.INCORRECT_AUTHORITY),
        "freeze_without_signature": (
            (full, wallet(signs=False)),
            number(FREEZE),
            ProgramError.MISSING_SIGNATURE,
        ),
        "extend": ((full, owner), extend(SOURCE, OTHER), 0),
        "extend_from_nothing": ((table(), owner), extend(*(bytes([n]) * 32 for n in range(20))), 0),
        "extend_by_nothing": ((full, owner), extend(), ProgramError.INVALID_INSTRUCTION_DATA),
        "extend_of_fixed": ((fixed, owner), extend(SOURCE), ProgramError.IMMUTABLE),
        "extend_beyond_256": (
            (table(*[OTHER] * 250), owner),
            extend(*[OWNER] * 7),
            ProgramError.INVALID_INSTRUCTION_DATA,
        ),
        "deactivate": ((full, owner), number(DEACTIVATE), 0),
        "deactivate_again": (
            (table(OTHER, inactive_from=0), owner),
            number(DEACTIVATE),
            ProgramError.INVALID_ARGUMENT,
        ),
        "close": ((table(OTHER, inactive_from=5), owner, recipient), number(CLOSE), 0),
        "close_too_early": (
            (table(OTHER, inactive_from=0), owner, recipient),
            number(CLOSE),
            ProgramError.INVALID_ARGUMENT,
        ),
        "close_of_active": ((full, owner, recipient), number(CLOSE), ProgramError.INVALID_ARGUMENT),
        "unknown_instruction": ((full, owner), number(9), ProgramError.INVALID_INSTRUCTION_DATA),
    }
    return {f"lookup-table/{name}": Case("lookup-table", *row) for name, row in rows.items()}
