"""Instructions that call another program, which is not proven: they end with a fault at the call."""

import struct

from solders.pubkey import Pubkey

from deployed.associated_token import CREATE, associated
from deployed.cases import OTHER, OWNER, SYSTEM_PROGRAM, Case, existing, read_only, wallet
from deployed.lookup_table import CREATE as CREATE_TABLE
from deployed.programs import PROGRAMS
from deployed.token import Token
from zisk_py.isa.faults import FaultKind


def call_cases() -> dict[str, Case]:
    """New accounts, for which the system program is called."""
    t, payer, system = Token("p-token"), wallet(OTHER, writable=True), existing(SYSTEM_PROGRAM)
    token_account = wallet(associated(OWNER, t.id), signs=False, writable=True)
    slot = 0
    table_program = Pubkey(PROGRAMS["lookup-table"].key)
    address, bump = Pubkey.find_program_address([OWNER, struct.pack("<Q", slot)], table_program)
    table = wallet(bytes(address), signs=False, writable=True)
    rows = {
        "associated-token/create": (
            (payer, token_account, wallet(signs=False), read_only(t.mint()), system, existing(t.id)),
            bytes([CREATE]),
        ),
        "lookup-table/create": (
            (table, wallet(), payer, system),
            struct.pack("<IQB", CREATE_TABLE, slot, bump),
        ),
    }
    return {name: Case(name.split("/")[0], *row, FaultKind.UNSUPPORTED_SYSCALL) for name, row in rows.items()}
