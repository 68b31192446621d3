"""Runs sBPF programs in LiteSVM, the oracle for outcomes, compute units and memory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from solders.account import Account
from solders.compute_budget import set_compute_unit_limit
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import Transaction

from zisk_py.transpiler.bpf.input_buffer import InputAccount, Loader

PROGRAM_OF_LOADER = b"\x09" * 32
LOADERS = {
    Loader.ALIGNED: Pubkey.from_string("BPFLoader2111111111111111111111111111111111"),
    Loader.DEPRECATED: Pubkey.from_string("BPFLoader1111111111111111111111111111111111"),
}
BUDGET = 200_000  # of a transaction with one instruction


@dataclass(frozen=True)
class LiteRun:
    """What LiteSVM reports. `failure` is "" on success, else the text after "failed: "."""

    failure: str
    units: int  # as the log line counts them
    logs: tuple[str, ...]
    return_data: bytes
    program_id: bytes
    account_data: tuple[bytes, ...] = ()  # afterwards; b"" for one that is gone
    accounts: tuple[Account | None, ...] = ()  # the same accounts with all that they have

    def is_of_code(self, code: int) -> bool:
        """Whether the run ended with that value of r0, as far as the failure text tells."""
        custom = "custom program error: "
        if code >> 32 == 0 or code == 1 << 32:
            return self.failure == (f"{custom}{code % (1 << 32):#x}" if code else "")
        return self.failure != "" and not self.failure.startswith(custom)


@cache
def _machine() -> LiteSVM:
    return LiteSVM()


def refusal(elf: bytes) -> str:
    """The text with which LiteSVM refuses a file; "" if it loads it."""
    try:
        _machine().add_program(Pubkey.new_unique(), elf)
    except Exception as error:
        return str(error)
    return ""


def run(elf: bytes, data: bytes = b"", account_size: int | None = None, budget: int | None = None) -> LiteRun:
    """Run a program without accounts, or on one of its own of that size; `budget` is in compute units.

    Raises what LiteSVM raises if it refuses the file.
    """
    svm, program = LiteSVM(), Pubkey.new_unique()
    svm.add_program(program, elf)
    accounts = [] if account_size is None else [own_account(bytes(program), account_size)]
    return run_in(svm, program, data, accounts, budget)


def own_account(program_id: bytes, size: int) -> InputAccount:
    """An account with zeros that the program may write."""
    return InputAccount(b"\x77" * 32, program_id, 10**9, bytes(size), is_writable=True)


def run_in(
    svm: LiteSVM, program: Pubkey, data: bytes, accounts: list[InputAccount], budget: int | None = None
) -> LiteRun:
    """Run a program of that LiteSVM on accounts, which keep what it does to them.

    With a budget that is too small for the instruction that sets it, which comes second, they do not.
    """
    svm = svm.with_sigverify(False)
    payer = Keypair()
    svm.airdrop(payer.pubkey(), 10**10)
    for account in accounts:
        given = Account(account.lamports, account.data, Pubkey(account.owner), account.is_executable)
        if not is_same(svm.get_account(Pubkey(account.key)), given):
            svm.set_account(Pubkey(account.key), given)
    metas = [AccountMeta(Pubkey(a.key), a.is_signer, a.is_writable) for a in accounts]
    instructions = [Instruction(program, data, metas)]
    if budget is not None:
        instructions.append(set_compute_unit_limit(budget))
    message = Message.new_with_blockhash(instructions, payer.pubkey(), svm.latest_blockhash())
    signatures = [Signature.default()] * message.header.num_required_signatures
    result = svm.send_transaction(Transaction.populate(message, signatures))
    meta = result.meta() if hasattr(result, "err") else result
    logs = tuple(meta.logs())
    failure = f"Program {program} failed: "
    failed = [log.removeprefix(failure) for log in logs if log.startswith(failure)]
    consumed = [int(m[1]) for log in logs if (m := re.search(r"consumed (\d+) of \d+ compute units", log))]
    left = tuple(svm.get_account(Pubkey(account.key)) for account in accounts)
    return LiteRun(
        failed[0] if failed else "",
        consumed[0] if consumed else 0,
        logs,
        bytes(meta.return_data().data),
        bytes(program),
        tuple(b"" if account is None else bytes(account.data) for account in left),
        left,
    )


def is_same(found: Account | None, account: Account) -> bool:
    """Whether LiteSVM has the account already: one of its own cannot be set."""
    return found is not None and (found.lamports, bytes(found.data), found.owner, found.executable) == (
        account.lamports,
        bytes(account.data),
        account.owner,
        account.executable,
    )


def run_on_input(
    elf: bytes, accounts: "Sequence[InputAccount | int]", data: bytes, loader: Loader = Loader.ALIGNED
) -> LiteRun:
    """Run a program of a loader at PROGRAM_OF_LOADER; an integer repeats the account at that position."""
    svm, program = LiteSVM(), Pubkey(PROGRAM_OF_LOADER)
    svm.add_program_with_loader(program, elf, LOADERS[loader])
    named = [accounts[account] if isinstance(account, int) else account for account in accounts]
    return run_in(svm, program, data, [account for account in named if isinstance(account, InputAccount)])
