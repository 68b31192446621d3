"""Instructions of the address lookup table program."""

import struct

from deployed.cases import LAMPORTS, OTHER, OWNER, SOURCE, Case, wallet
from deployed.programs import PROGRAMS
from zisk_py.transpiler.bpf.input_buffer import InputAccount

NEVER = (1 << 64) - 1  # a slot
CREATE, FREEZE, EXTEND, DEACTIVATE, CLOSE = range(5)
IMMUTABLE = 25 << 32


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
        "freeze_of_nothing": ((table(), owner), number(FREEZE), 3 << 32),
        "freeze_again": ((fixed, owner), number(FREEZE), IMMUTABLE),
        "freeze_by_stranger": ((full, stranger), number(FREEZE), 26 << 32),
        "freeze_without_signature": ((full, wallet(signs=False)), number(FREEZE), 8 << 32),
        "extend": ((full, owner), extend(SOURCE, OTHER), 0),
        "extend_from_nothing": ((table(), owner), extend(*(bytes([n]) * 32 for n in range(20))), 0),
        "extend_by_nothing": ((full, owner), extend(), 3 << 32),
        "extend_of_fixed": ((fixed, owner), extend(SOURCE), IMMUTABLE),
        "extend_beyond_256": ((table(*[OTHER] * 250), owner), extend(*[OWNER] * 7), 3 << 32),
        "deactivate": ((full, owner), number(DEACTIVATE), 0),
        "deactivate_again": ((table(OTHER, inactive_from=0), owner), number(DEACTIVATE), 2 << 32),
        "close": ((table(OTHER, inactive_from=5), owner, recipient), number(CLOSE), 0),
        "close_too_early": ((table(OTHER, inactive_from=0), owner, recipient), number(CLOSE), 2 << 32),
        "close_of_active": ((full, owner, recipient), number(CLOSE), 2 << 32),
        "unknown_instruction": ((full, owner), number(9), 3 << 32),
    }
    return {f"lookup-table/{name}": Case("lookup-table", *row) for name, row in rows.items()}
