"""Fixtures of instructions that LiteSVM runs. Needs the package solders: `pip install 'zisk-py[solana]'`."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

from zisk_py.errors import InputError
from zisk_py.files import write_atomically
from zisk_py.isa.fault_texts import FAULT_TEXTS
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.journal import Section
from zisk_py.solana.fixture import DEFAULT_BUDGET, Expectation, ExpectedAccount, Fixture
from zisk_py.solana.writing import write_fixture
from zisk_py.transpiler.bpf.environment import SYSVARS, Environment
from zisk_py.transpiler.bpf.input_buffer import InputAccount, Loader

LOADER_V1 = Pubkey.from_string("BPFLoader1111111111111111111111111111111111")
LOADER_V2 = Pubkey.from_string("BPFLoader2111111111111111111111111111111111")
UPGRADEABLE_LOADER = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
PROGRAM_DATA_KEY = slice(4, 36)  # in the account of an upgradeable program
PROGRAM_DATA_HEADER = 45  # bytes before the ELF file in the account of its data
# Accounts of these owners are read-only whatever an instruction says.
RESERVED_OWNERS = frozenset(
    {
        Pubkey.from_string("Sysvar1111111111111111111111111111111111111"),
        Pubkey.from_string("NativeLoader1111111111111111111111111111111"),
    }
)
PAYER_LAMPORTS = 10**10
INVOKED = re.compile(r" invoke \[([0-9]+)\]$")
CONSUMED = re.compile(r" consumed ([0-9]+) of [0-9]+ compute units$")


def record(
    svm: LiteSVM,
    instruction: Instruction,
    path: Path,
    publish: frozenset[Section] = frozenset(),
    program: str | None = None,
) -> Fixture:
    """Run an instruction in LiteSVM, and write its fixture and, beside it, its program.

    svm          what the accounts, the program and the sysvars are taken from; the run changes its accounts
    instruction  of a program that calls no other one; it is sent without signatures, by a payer of its own
    path         the JSON to write
    publish      what a proof shall make public
    program      the name of the program's file; None is that of the fixture with .so
    Returns      the fixture; it expects what LiteSVM did
    Raises       InputError where there is no such program, and where it calls another one
    """
    file = path.with_name(program) if program is not None else path.with_suffix(".so")
    fixture = fixture_of(svm, instruction, file, publish)
    write_atomically(fixture.program, program_file(svm, instruction.program_id))
    write_atomically(path, write_fixture(fixture).encode())
    return fixture


def fixture_of(
    svm: LiteSVM, instruction: Instruction, program: Path, publish: frozenset[Section] = frozenset()
) -> Fixture:
    """As `record`, but nothing is written; `program` is where the program's file will be."""
    owner = _account(svm, instruction.program_id).owner
    fixture = Fixture(
        program=program,
        program_id=bytes(instruction.program_id),
        accounts=_accounts(svm, instruction),
        data=bytes(instruction.data),
        loader=Loader.DEPRECATED if owner == LOADER_V1 else Loader.ALIGNED,
        compute_budget=DEFAULT_BUDGET,
        environment=environment_of(svm),
        publish=publish,
    )
    return replace(fixture, expect=_run(svm, instruction, fixture))


def program_file(svm: LiteSVM, program: Pubkey) -> bytes:
    """The ELF file of a program. Raises InputError."""
    account = _account(svm, program)
    if account.owner in (LOADER_V1, LOADER_V2):
        return bytes(account.data)
    if account.owner == UPGRADEABLE_LOADER:
        data = _account(svm, Pubkey(bytes(account.data)[PROGRAM_DATA_KEY]))
        return bytes(data.data)[PROGRAM_DATA_HEADER:]
    raise InputError(f"{program} is no program of a BPF loader; its owner is {account.owner}")


def environment_of(svm: LiteSVM) -> Environment:
    """The sysvars, from their accounts; one that has none keeps its default."""
    environment = Environment.default()
    for sysvar in SYSVARS:
        account = svm.get_account(Pubkey(sysvar.key))
        if account is not None:
            environment = environment.with_sysvar(sysvar.key, bytes(account.data))
    return environment


def _accounts(svm: LiteSVM, instruction: Instruction) -> tuple[InputAccount | int, ...]:
    """As the runtime hands them over: a key has the same flags wherever it stands in the transaction."""
    found: list[InputAccount | int] = []
    positions: dict[Pubkey, int] = {}
    for position, meta in enumerate(instruction.accounts):
        if meta.pubkey in positions:
            found.append(positions[meta.pubkey])
            continue
        positions[meta.pubkey] = position
        same = [other for other in instruction.accounts if other.pubkey == meta.pubkey]
        account = svm.get_account(meta.pubkey)
        is_reserved = meta.pubkey == instruction.program_id or (
            account is not None and account.owner in RESERVED_OWNERS
        )
        found.append(
            InputAccount(
                bytes(meta.pubkey),
                bytes(account.owner) if account else bytes(32),
                account.lamports if account else 0,
                bytes(account.data) if account else b"",
                any(other.is_signer for other in same),
                any(other.is_writable for other in same) and not is_reserved,
                account is not None and account.executable,
            )
        )
    return tuple(found)


def _run(svm: LiteSVM, instruction: Instruction, fixture: Fixture) -> Expectation:
    """What LiteSVM makes of it."""
    payer = Keypair()
    svm.airdrop(payer.pubkey(), PAYER_LAMPORTS)
    message = Message.new_with_blockhash([instruction], payer.pubkey(), svm.latest_blockhash())
    signatures = [Signature.default()] * message.header.num_required_signatures
    result = svm.with_sigverify(False).send_transaction(Transaction.populate(message, signatures))
    error = str(result.err()) if isinstance(result, FailedTransactionMetadata) else ""
    meta = result.meta() if isinstance(result, FailedTransactionMetadata) else result
    lines = [str(line) for line in meta.logs()]
    if any(int(match[1]) > 1 for line in lines if (match := INVOKED.search(line))):
        raise InputError(f"{instruction.program_id} calls another program, which zisk-py cannot run")
    name = f"Program {instruction.program_id}"
    failed = [line.removeprefix(f"{name} failed: ") for line in lines if line.startswith(f"{name} failed: ")]
    units = [int(match[1]) for line in lines if (match := CONSUMED.search(line))]
    return Expectation(
        error=failed[0] if failed else _unlogged(error),
        units=units[0] if units else 0,
        logs=tuple(line for line in lines if not line.startswith((f"{name} ", "Program return: "))),
        return_data=bytes(meta.return_data().data),
        accounts={
            account.key: _left(svm, account.key)
            for account in fixture.accounts
            if isinstance(account, InputAccount) and account.is_writable
        },
    )


def _unlogged(error: str) -> str:
    """The text of an error that comes after the program's last line."""
    if "UnbalancedInstruction" in error:
        return FAULT_TEXTS[FaultKind.UNBALANCED_INSTRUCTION]
    if error:
        raise InputError(f"LiteSVM refuses the transaction around the instruction: {error}")
    return ""


def _left(svm: LiteSVM, key: bytes) -> ExpectedAccount:
    account = svm.get_account(Pubkey(key))
    if account is None:  # without lamports it is gone
        return ExpectedAccount(lamports=0)
    return ExpectedAccount(bytes(account.owner), account.lamports, bytes(account.data))


def _account(svm: LiteSVM, key: Pubkey) -> Any:
    account = svm.get_account(key)
    if account is None:
        raise InputError(f"LiteSVM has no account {key}")
    return account
