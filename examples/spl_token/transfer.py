"""Proves a token transfer by the unmodified SPL token program (p-token), and compares it with LiteSVM.

    python transfer.py

Takes the program out of the PyPI package `solders`, transfers 250 of 1,000 tokens in LiteSVM, writes
`p_token.so` and `transfer.bin` (the program's input) to the current folder, executes them, compares outcome,
compute units and account data with LiteSVM's, proves and verifies. Any difference ends it with exit code 1.
"""

import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from solders.account import Account
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from zisk_py import Program
from zisk_py.transpiler.bpf.input_buffer import InputAccount, account_data_offsets, serialize
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS

TOKEN_PROGRAM = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
SYSTEM_PROGRAM = Pubkey.default()
PROGRAM_HEADER_BYTES = 45  # before the ELF file in the data of an upgradeable program
TRANSFER, AMOUNT = 3, 250
SOURCE, TARGET, MINT = (Pubkey(bytes([number]) * 32) for number in (0x33, 0x44, 0x22))
LAMPORTS = 10**9
EXPECTED_UNITS = 76


@dataclass(frozen=True)
class Expected:
    """What LiteSVM did."""

    units: int
    account_data: list[bytes]


def program_file(svm: LiteSVM) -> bytes:
    """The ELF file of the token program."""
    program_data = Pubkey.from_bytes(account_data(svm, TOKEN_PROGRAM)[4:36])
    return account_data(svm, program_data)[PROGRAM_HEADER_BYTES:]


def account_data(svm: LiteSVM, key: Pubkey) -> bytes:
    """The data of an account."""
    account = svm.get_account(key)
    if account is None:
        sys.exit(f"LiteSVM has no account {key}")
    return bytes(account.data)


def token_account(owner: Pubkey, amount: int) -> bytes:
    """An initialized token account without delegate, reserve and close authority."""
    head = bytes(MINT) + bytes(owner) + struct.pack("<Q", amount)
    return head + bytes(36) + b"\x01" + bytes(12) + bytes(8) + bytes(36)


def transfer(svm: LiteSVM, owner: Keypair, accounts: list[InputAccount], instruction: bytes) -> Expected:
    """Run the transfer in LiteSVM."""
    payer = Keypair.from_seed(bytes([1]) * 32)
    svm.airdrop(payer.pubkey(), 10 * LAMPORTS)
    for account in accounts:
        held = Account(account.lamports, account.data, Pubkey(account.owner))
        svm.set_account(Pubkey(account.key), held)
    metas = [AccountMeta(Pubkey(a.key), a.is_signer, a.is_writable) for a in accounts]
    blockhash: Hash = svm.latest_blockhash()
    message = Message.new_with_blockhash(
        [Instruction(TOKEN_PROGRAM, instruction, metas)], payer.pubkey(), blockhash
    )
    result = svm.send_transaction(Transaction([payer, owner], message, blockhash))
    if hasattr(result, "err"):
        sys.exit(f"LiteSVM refuses the transfer: {result.err()}")
    data = [account_data(svm, Pubkey(account.key)) for account in accounts]
    return Expected(result.compute_units_consumed(), data)


def main() -> None:
    """Write, execute, compare, prove, verify."""
    svm = LiteSVM()
    owner = Keypair.from_seed(bytes([2]) * 32)
    token, wallet = bytes(TOKEN_PROGRAM), owner.pubkey()
    accounts = [
        InputAccount(bytes(SOURCE), token, LAMPORTS, token_account(wallet, 1000), is_writable=True),
        InputAccount(bytes(TARGET), token, LAMPORTS, token_account(wallet, 0), is_writable=True),
        InputAccount(bytes(wallet), bytes(SYSTEM_PROGRAM), LAMPORTS, b"", is_signer=True),
    ]
    instruction = struct.pack("<BQ", TRANSFER, AMOUNT)
    data = serialize(accounts, instruction, token)
    Path("p_token.so").write_bytes(program_file(svm))
    Path("transfer.bin").write_bytes(data)
    expected = transfer(svm, owner, accounts, instruction)

    program = Program.load("p_token.so")
    run = program.execute(data)
    memory = run.memory[INPUT_ADDRESS]
    found = [memory[start : start + length] for start, length in account_data_offsets(data)]
    print(f"program id: {program.id}")
    print(f"outcome: {run.outcome}")
    comparisons = (
        ("outcome", str(run.outcome), "Exit(0)"),
        ("compute units", run.compute_units, expected.units),
        ("compute units", run.compute_units, EXPECTED_UNITS),
        ("account data", [part.hex() for part in found], [part.hex() for part in expected.account_data]),
    )
    for what, ours, theirs in comparisons:
        if ours != theirs:
            sys.exit(f"{what}: zisk-py has {ours}, LiteSVM has {theirs}")

    proof = program.prove(data, chunk_size=2**16)
    proof.verify(program.id)
    print(f"compute units: {run.compute_units}")
    print("verified")


if __name__ == "__main__":
    main()
