"""Deployed programs that the package solders carries, unmodified, run as in LiteSVM."""

import struct

import pytest
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from bpf_programs import difference, execute_rom
from litesvm_runs import BUDGET, program_file, run_in
from zisk_py.transpiler.bpf.input_buffer import InputAccount, account_data_offsets, serialize
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.front_end import transpile

TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
SOURCE, TARGET, MINT, OWNER = (bytes([number]) * 32 for number in (0x33, 0x44, 0x22, 0x11))
FILE = program_file(LiteSVM(), TOKEN)
ROM = transpile(FILE, name="p_token.so")


def holding(key: bytes, amount: int) -> InputAccount:
    """A token account of OWNER."""
    data = MINT + OWNER + struct.pack("<Q", amount) + bytes(36) + b"\x01" + bytes(56)
    return InputAccount(key, bytes(TOKEN), 10**9, data, is_writable=True)


def mint() -> InputAccount:
    """A mint with authority OWNER and 2 decimals."""
    data = struct.pack("<I32sQBBI32s", 1, OWNER, 5000, 2, 1, 0, b"")
    return InputAccount(MINT, bytes(TOKEN), 10**9, data, is_writable=True)


WALLET = InputAccount(OWNER, bytes(32), 10**9, b"", is_signer=True)
BYSTANDER = InputAccount(OWNER, bytes(32), 10**9, b"")
INSTRUCTIONS = {
    "transfer": ([holding(SOURCE, 1000), holding(TARGET, 0), WALLET], struct.pack("<BQ", 3, 250)),
    "transfer_to_itself": ([holding(SOURCE, 1000), 0, WALLET], struct.pack("<BQ", 3, 250)),
    "transfer_of_too_much": ([holding(SOURCE, 10), holding(TARGET, 0), WALLET], struct.pack("<BQ", 3, 250)),
    "transfer_without_signature": (
        [holding(SOURCE, 1000), holding(TARGET, 0), BYSTANDER],
        struct.pack("<BQ", 3, 250),
    ),
    "approve": ([holding(SOURCE, 1000), holding(TARGET, 0), WALLET], struct.pack("<BQ", 4, 99)),
    "revoke": ([holding(SOURCE, 1000), WALLET], b"\x05"),
    "mint_to": ([mint(), holding(TARGET, 7), WALLET], struct.pack("<BQ", 7, 500)),
    "burn": ([holding(SOURCE, 1000), mint(), WALLET], struct.pack("<BQ", 8, 300)),
    "transfer_checked": (
        [holding(SOURCE, 1000), mint(), holding(TARGET, 0), WALLET],
        struct.pack("<BQB", 12, 250, 2),
    ),
    "transfer_checked_with_wrong_decimals": (
        [holding(SOURCE, 1000), mint(), holding(TARGET, 0), WALLET],
        struct.pack("<BQB", 12, 250, 3),
    ),
    "unknown_instruction": ([holding(SOURCE, 1000)], b"\xf0"),
}


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_an_instruction_ends_as_in_litesvm(name: str):
    accounts, instruction = INSTRUCTIONS[name]
    data = serialize(accounts, instruction, bytes(TOKEN))
    ours = execute_rom(ROM, data, BUDGET)
    named = [accounts[account] if isinstance(account, int) else account for account in accounts]
    theirs = run_in(LiteSVM(), TOKEN, instruction, named)
    memory = ours.memory[INPUT_ADDRESS]
    found = [memory[start : start + length] for start, length in account_data_offsets(data)]
    assert difference(ours, theirs) == ""
    if theirs.failure == "":
        assert found == [theirs.account_data[i] for i, a in enumerate(accounts) if not isinstance(a, int)]


def test_a_transfer_takes_76_units():
    accounts, instruction = INSTRUCTIONS["transfer"]
    data = serialize(accounts, instruction, bytes(TOKEN))
    run = execute_rom(ROM, data)
    assert (run.compute_units, run.steps) == (76, 77)


def test_the_rom_fits_a_height_of_2_to_the_14():
    assert ROM.rules.num_slots < len(ROM.rows) <= 1 << 14


MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
MEMOS = {
    "ascii": b"hello",
    "utf8": "žluťoučký kůň 🐎".encode(),
    "not_utf8": b"\xff\xfe",
    "long": b"x" * 300,
}


@pytest.mark.parametrize("name", MEMOS)
def test_a_memo_is_logged_or_refused_as_in_litesvm(name: str):
    theirs = run_in(LiteSVM(), MEMO, MEMOS[name], [])
    rom = transpile(bytes(LiteSVM().get_account(MEMO).data))
    data = serialize([], MEMOS[name], bytes(MEMO))
    ours = execute_rom(rom, data, BUDGET)
    assert difference(ours, theirs) == ""


def test_all_programs_that_come_with_litesvm_can_be_built():
    svm, sizes = LiteSVM(), []
    for loader in (
        "BPFLoader2111111111111111111111111111111111",
        "BPFLoaderUpgradeab1e11111111111111111111111",
    ):
        for _, account in svm.get_program_accounts(Pubkey.from_string(loader)):
            file = bytes(account.data)
            if file[:4] == b"\x7fELF" and len(file) < 120_000:
                sizes.append(transpile(file).rules.num_slots)
    assert len(sizes) >= 1
