"""What came out of an instruction, in the runtime's words."""

from dataclasses import dataclass
from functools import cached_property

from zisk_py.isa.fault_texts import FAULT_TEXTS
from zisk_py.isa.faults import Exit, FaultKind
from zisk_py.isa.journal import Journal
from zisk_py.solana.accounts import AccountState, Change, changes, states_after, states_before
from zisk_py.solana.fixture import Fixture
from zisk_py.solana.instruction_errors import error_text
from zisk_py.solana.post_conditions import violation
from zisk_py.transpiler.bpf import base58
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.zkvm import Run


@dataclass(frozen=True)
class Violation:
    """What the runtime refuses of what a program did to the accounts."""

    kind: FaultKind
    key: bytes | None  # of the account; None: it is all of them together

    def __str__(self) -> str:
        """Text as the command line prints it."""
        where = "" if self.key is None else f" ({base58.encode(self.key)})"
        return f"{FAULT_TEXTS[self.kind]}{where}"


@dataclass(frozen=True)
class Report:
    """A run of a fixture's program under the runtime."""

    fixture: Fixture
    run: Run

    @property
    def error(self) -> str:
        """What the runtime says of the end; "" for success."""
        return (
            error_text(self.run.outcome.code) if isinstance(self.run.outcome, Exit) else self.run.fault_text
        )

    @property
    def succeeded(self) -> bool:
        """Whether the instruction has been carried out."""
        return self.run.outcome == Exit(0)

    @property
    def journal(self) -> Journal:
        """What a proof of this run makes public."""
        return Journal.from_bytes(self.run.outputs)

    @cached_property
    def before(self) -> dict[int, AccountState]:
        """The accounts that repeat no other, by position."""
        return states_before(self.fixture)

    @cached_property
    def left(self) -> dict[int, AccountState]:
        """The same accounts as the program left them, whether that is taken over or not."""
        return states_after(self.fixture, self.run.memory[INPUT_ADDRESS])

    @property
    def after(self) -> dict[int, AccountState]:
        """The same accounts after the instruction: unchanged where it has failed."""
        return self.left if self.succeeded else self.before

    @property
    def changes(self) -> list[Change]:
        """The fields of accounts that the instruction has changed."""
        return list(changes(self.fixture, self.before, self.after))

    @property
    def violation(self) -> Violation | None:
        """What is wrong with the accounts that the program left, by plain Python; None if nothing or no end.

        A run that failed for another reason is not looked at: the runtime does not either.
        """
        outcome = self.run.outcome
        if outcome != Exit(0) and not (not isinstance(outcome, Exit) and outcome.kind in POST_CONDITIONS):
            return None
        found = violation(self.fixture, self.before, self.left)
        if found is None:
            return None
        kind, position = found
        return Violation(kind, None if position is None else self.fixture.account(position).key)


POST_CONDITIONS = frozenset(
    {
        FaultKind.READONLY_LAMPORT_CHANGE,
        FaultKind.READONLY_DATA_MODIFIED,
        FaultKind.EXTERNAL_LAMPORT_SPEND,
        FaultKind.EXTERNAL_DATA_MODIFIED,
        FaultKind.MODIFIED_OWNER,
        FaultKind.INVALID_REALLOC,
        FaultKind.UNBALANCED_INSTRUCTION,
        FaultKind.ACCOUNT_DATA_SIZE_CHANGED,
    }
)
