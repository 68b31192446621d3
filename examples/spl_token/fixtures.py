"""Records instructions of the unmodified SPL token program (p-token) as fixtures for `zisk-py solana`.

    python fixtures.py [FOLDER]

Takes the program out of the PyPI package `solders`, runs every instruction below in LiteSVM, and writes
`p_token.so` and one JSON for each to the folder, by default the current one. The JSON files beside this one
are made so.
"""

import struct
import sys
from pathlib import Path

from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from zisk_py.isa.journal import Section
from zisk_py.solana.recording import record

TOKEN_PROGRAM = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
OWNER, MINT, SOURCE, TARGET = (Pubkey(bytes([number]) * 32) for number in (0x11, 0x22, 0x33, 0x44))
LAMPORTS, BALANCE, DECIMALS, SUPPLY = 10**9, 1000, 2, 5000

WRITE_SOURCE, WRITE_TARGET, WRITE_MINT = (AccountMeta(key, False, True) for key in (SOURCE, TARGET, MINT))
READ_MINT, SIGNER = AccountMeta(MINT, False, False), AccountMeta(OWNER, True, False)
INSTRUCTIONS = {
    "transfer": (struct.pack("<BQ", 3, 250), [WRITE_SOURCE, WRITE_TARGET, SIGNER]),
    "transfer_too_much": (struct.pack("<BQ", 3, BALANCE + 1), [WRITE_SOURCE, WRITE_TARGET, SIGNER]),
    "transfer_checked": (
        struct.pack("<BQB", 12, 250, DECIMALS),
        [WRITE_SOURCE, READ_MINT, WRITE_TARGET, SIGNER],
    ),
    "mint_to": (struct.pack("<BQ", 7, 500), [WRITE_MINT, WRITE_TARGET, SIGNER]),
    "burn": (struct.pack("<BQ", 8, 300), [WRITE_SOURCE, WRITE_MINT, SIGNER]),
    "approve": (struct.pack("<BQ", 4, 99), [WRITE_SOURCE, AccountMeta(TARGET, False, False), SIGNER]),
}
PUBLIC = frozenset({Section.PROGRAM_ID, Section.INSTRUCTION, Section.PRE_HASHES, Section.POST_HASHES})


def chain() -> LiteSVM:
    """A chain with a mint, and two token accounts of the same owner."""
    svm = LiteSVM()
    svm.airdrop(OWNER, LAMPORTS)
    mint = struct.pack("<I32sQBBI32s", 1, bytes(OWNER), SUPPLY, DECIMALS, 1, 0, b"")
    svm.set_account(MINT, Account(LAMPORTS, mint, TOKEN_PROGRAM))
    for key, amount in ((SOURCE, BALANCE), (TARGET, 0)):
        svm.set_account(key, Account(LAMPORTS, token_account(amount), TOKEN_PROGRAM))
    return svm


def token_account(amount: int) -> bytes:
    """An initialized token account without delegate, reserve and close authority."""
    return bytes(MINT) + bytes(OWNER) + struct.pack("<Q", amount) + bytes(36) + b"\x01" + bytes(56)


def main(folder: Path) -> None:
    """Record all instructions, each on a chain of its own."""
    for name, (data, metas) in INSTRUCTIONS.items():
        instruction = Instruction(TOKEN_PROGRAM, data, metas)
        fixture = record(chain(), instruction, folder / f"{name}.json", PUBLIC, program="p_token.so")
        print(f"{name}: {fixture.expect.error or 'success'}, {fixture.expect.units} units")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
