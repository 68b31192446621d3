"""Programs with the Solana runtime around them, here and in LiteSVM, and what their journals must be."""

import hashlib
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import Transaction
from solders.transaction_status import (
    InstructionErrorBorshIO,
    InstructionErrorCustom,
    TransactionErrorInstructionError,
)

from bpf_programs import sbpf_file
from zisk_py.emulator.execution import execute
from zisk_py.emulator.records import Execution
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.journal import Journal, JournalAccount, Section
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.hidden_layout import LOG
from zisk_py.transpiler.bpf.input_buffer import InputAccount, Loader, find_places, serialize
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.bpf.versions import SBPF_V0, Version
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile

ME, OTHER = b"\x4d" * 32, b"\x4f" * 32  # the program that runs, and one that does not
RICH = 10**9
OLD_LOADER = Pubkey.from_string("BPFLoader1111111111111111111111111111111111")
EVERYTHING = frozenset(Section)

# Names of LiteSVM's instruction errors for what is found wrong after a run.
ERRORS = {
    FaultKind.READONLY_LAMPORT_CHANGE: "ReadonlyLamportChange",
    FaultKind.READONLY_DATA_MODIFIED: "ReadonlyDataModified",
    FaultKind.EXTERNAL_LAMPORT_SPEND: "ExternalAccountLamportSpend",
    FaultKind.EXTERNAL_DATA_MODIFIED: "ExternalAccountDataModified",
    FaultKind.MODIFIED_OWNER: "ModifiedProgramId",
    FaultKind.INVALID_REALLOC: "InvalidRealloc",
    FaultKind.UNBALANCED_INSTRUCTION: "UnbalancedInstruction",
    FaultKind.ACCOUNT_DATA_SIZE_CHANGED: "AccountDataSizeChanged",
}
CUSTOM = "custom"  # an exit with a code of the program's own


@dataclass(frozen=True)
class Case:
    """A program and its input; an integer in `accounts` is the position of the one that is repeated."""

    body: str  # assembly; r0 = 0 and an exit follow
    accounts: Sequence[InputAccount | int]
    instruction: bytes = b""
    loader: Loader = Loader.ALIGNED
    version: Version = SBPF_V0

    @property
    def file(self) -> bytes:
        """The program's file."""
        return sbpf_file(f"entrypoint:\n{self.body}\nmov r0, 0\nexit", self.version)

    @property
    def input(self) -> bytes:
        """The input buffer."""
        return serialize(self.accounts, self.instruction, ME, self.loader)

    def rom(self, publish: Collection[Section] = EVERYTHING) -> Rom:
        """The program with the runtime around it."""
        return transpile(self.file, runtime=SolanaRuntime(frozenset(publish), self.loader))

    def run(self, publish: Collection[Section] = EVERYTHING, **claim: int) -> Execution:
        """Execute it."""
        rom = self.rom(publish)
        return execute(rom, make_claim(rom.rules, self.input, **claim), self.input, chunk_size=1 << 24)


def account(number: int, size: int = 0, *, owner: bytes = ME, writable: bool = True, **more) -> InputAccount:
    """An account with a key of its own; its data are not zero."""
    data = more.pop("data", bytes((number + i) % 255 + 1 for i in range(size)))
    return replace(InputAccount(bytes([number]) * 32, owner, RICH, data, is_writable=writable), **more)


@dataclass(frozen=True)
class LiteEnd:
    """What LiteSVM makes of a case: the error's name ("" for none), and the accounts afterwards."""

    error: str
    accounts: tuple[JournalAccount, ...] = ()
    units: int = 0
    logs: tuple[str, ...] = field(default=(), compare=False)


def run_in_litesvm(case: Case, *requests: Instruction) -> LiteEnd:
    """Run the case there, behind requests for what it needs."""
    svm, program = LiteSVM().with_sigverify(False), Pubkey(ME)
    if case.loader is Loader.ALIGNED:
        svm.add_program(program, case.file)
    else:
        svm.set_account(program, Account(10 * RICH, case.file, OLD_LOADER, executable=True))
    payer = Keypair()
    svm.airdrop(payer.pubkey(), 10 * RICH)
    originals = [entry for entry in case.accounts if isinstance(entry, InputAccount)]
    for entry in originals:
        given = Account(entry.lamports, entry.data, Pubkey(entry.owner), entry.is_executable)
        svm.set_account(Pubkey(entry.key), given)
    named = [case.accounts[entry] if isinstance(entry, int) else entry for entry in case.accounts]
    metas = [AccountMeta(Pubkey(entry.key), entry.is_signer, entry.is_writable) for entry in named]
    instruction = Instruction(program, case.instruction, metas)
    message = Message.new_with_blockhash([*requests, instruction], payer.pubkey(), svm.latest_blockhash())
    signatures = [Signature.default()] * message.header.num_required_signatures
    result = svm.send_transaction(Transaction.populate(message, signatures))
    failed = hasattr(result, "err")
    meta = result.meta() if failed else result
    return LiteEnd(
        _error_name(result.err()) if failed else "",
        tuple(_account_in(svm, entry.key) for entry in originals),
        meta.compute_units_consumed(),
        tuple(meta.logs()),
    )


def _error_name(error: object) -> str:
    assert isinstance(error, TransactionErrorInstructionError), error
    if isinstance(error.err, InstructionErrorCustom | InstructionErrorBorshIO):
        return CUSTOM
    return str(error.err).removeprefix("InstructionErrorFieldless.")


def _account_in(svm: LiteSVM, key: bytes) -> JournalAccount:
    found = svm.get_account(Pubkey(key))
    if found is None:
        return JournalAccount(key, bytes(32), 0, b"")
    return JournalAccount(key, bytes(found.owner), found.lamports, bytes(found.data))


def error_of(run: Execution) -> str:
    """The name of LiteSVM's error for an outcome."""
    if isinstance(run.outcome, Exit):
        return CUSTOM if run.outcome.code else ""
    assert isinstance(run.outcome, Fault)
    return ERRORS.get(run.outcome.kind, run.outcome.kind.name)


def before(case: Case) -> list[JournalAccount]:
    """The case's accounts, without repetitions."""
    return [
        JournalAccount(a.key, a.owner, a.lamports, a.data) for a in case.accounts if not isinstance(a, int)
    ]


def expected_journal(
    case: Case, publish: Collection[Section], end: LiteEnd, run: Execution, return_data: bytes = b""
) -> Journal:
    """The journal as Python makes it: of the accounts that LiteSVM has left."""
    first = before(case)
    modified = sum(one != other for one, other in zip(first, end.accounts, strict=True))
    log_words = run.hidden[LOG + 1 : LOG + 1 + int(run.hidden[LOG])]
    contents = {
        Section.PROGRAM_ID: [ME],
        Section.INSTRUCTION: [case.instruction],
        Section.INSTRUCTION_HASH: [_digest(case.instruction)],
        Section.ACCOUNT_METAS: [b"".join(map(_meta, case.accounts))],
        Section.PRE_ACCOUNTS: [one.to_bytes() for one in first],
        Section.PRE_HASHES: [_digest(one.to_bytes()) for one in first],
    }
    if end.error == "":
        contents |= {
            Section.POST_ACCOUNTS: [one.to_bytes() for one in end.accounts],
            Section.POST_HASHES: [_digest(one.to_bytes()) for one in end.accounts],
        }
    if isinstance(run.outcome, Exit):
        logs = struct.pack(f"<{len(log_words)}Q", *map(int, log_words))
        contents |= {
            Section.RETURN_DATA: [return_data],
            Section.LOGS: [logs],
            Section.LOGS_HASH: [_digest(logs)],
        }
    return Journal(
        modified if end.error == "" else 0,
        tuple((tag, content) for tag in sorted(contents) if tag in publish for content in contents[tag]),
    )


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _meta(entry: InputAccount | int) -> bytes:
    if isinstance(entry, int):
        return struct.pack("<Q", entry)
    return struct.pack("<4B4x", 255, entry.is_signer, entry.is_writable, entry.is_executable)


def addresses(case: Case) -> list[dict[str, int]]:
    """Guest addresses of the fields of each account that is no duplicate."""
    places = find_places(case.input, case.loader)
    assert places is not None
    return [
        {
            name: INPUT_ADDRESS + getattr(place, name)
            for name in ("start", "owner", "lamports", "length", "data")
        }
        for place in places.accounts
        if not isinstance(place, int)
    ]


def store(address: int, value: int, width: int = 8) -> str:
    """Assembly that stores a number."""
    name = {1: "b", 2: "h", 4: "w", 8: "dw"}[width]
    return f"lddw r1, {address:#x}\nlddw r2, {value % (1 << 64):#x}\nstx{name} [r1+0], r2\n"
