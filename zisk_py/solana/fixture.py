"""What an instruction is run on: the program, the accounts, the data and what the runtime gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zisk_py.isa.journal import Section
from zisk_py.transpiler.bpf.environment import Environment
from zisk_py.transpiler.bpf.input_buffer import InputAccount, Loader, serialize
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime

AUTO = "auto"  # the target of a file that says itself what it is
# Limits of the runtime.
MAX_DATA_BYTES = 10 << 20  # of one account
MAX_TOTAL_DATA_BYTES = 64 << 20  # of all accounts that a transaction loads
MAX_INSTRUCTION_BYTES = 10 << 10
DEFAULT_BUDGET = 200_000  # of a transaction with one instruction


@dataclass(frozen=True)
class Expectation:
    """What a run must come to; None where anything will do."""

    error: str | None = None  # as `Report.error`: "" is success
    units: int | None = None
    logs: tuple[str, ...] | None = None
    return_data: bytes | None = None
    accounts: Mapping[bytes, "ExpectedAccount"] = field(default_factory=dict)  # by key


@dataclass(frozen=True)
class ExpectedAccount:
    """What an account must be after the run; None where anything will do."""

    owner: bytes | None = None
    lamports: int | None = None
    data: bytes | None = None


@dataclass(frozen=True)
class Fixture:
    """One instruction of one program."""

    program: Path  # its file
    program_id: bytes
    accounts: tuple[
        InputAccount | int, ...
    ] = ()  # an integer is the position of the account that is repeated
    data: bytes = b""
    loader: Loader = Loader.ALIGNED
    target: str = AUTO  # what a program file is; C needs one
    compute_budget: int | None = None
    heap_size: int | None = None
    environment: Environment = field(default_factory=Environment.default)
    publish: frozenset[Section] = frozenset()
    expect: Expectation = Expectation()

    @property
    def runtime(self) -> SolanaRuntime:
        """What the program is built with."""
        return SolanaRuntime(self.publish, self.loader)

    def account(self, position: int) -> InputAccount:
        """The account at a position, which may repeat another."""
        found = self.accounts[position]
        account = self.accounts[found] if isinstance(found, int) else found
        assert isinstance(account, InputAccount)
        return account

    def input(self) -> bytes:
        """The input buffer of the program."""
        return serialize(self.accounts, self.data, self.program_id, self.loader)
