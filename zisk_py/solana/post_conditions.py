"""What the runtime checks after a program has returned 0, on the host and in plain Python.

The micro-code of `transpiler.bpf.runtime` checks the same within the proof; the two share no code. The order
is the runtime's when it reads the accounts back (agave: deserialize_parameters, BorrowedInstructionAccount).
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.solana.accounts import AccountState
from zisk_py.solana.fixture import MAX_DATA_BYTES, Fixture
from zisk_py.transpiler.bpf.input_buffer import GROWTH_BYTES, Loader


def violation(
    fixture: Fixture, before: dict[int, AccountState], after: dict[int, AccountState]
) -> tuple[FaultKind, int | None] | None:
    """The first thing that is wrong, and the position of its account (None: it is all of them together)."""
    for position, old in before.items():
        is_own = old.owner == fixture.program_id
        kind = _of_account(fixture, old, after[position], is_own, fixture.account(position).is_writable)
        if kind is not None:
            return kind, position
    if sum(state.lamports for state in before.values()) != sum(state.lamports for state in after.values()):
        return FaultKind.UNBALANCED_INSTRUCTION, None
    return None


def _of_account(
    fixture: Fixture, old: AccountState, new: AccountState, is_own: bool, is_writable: bool
) -> FaultKind | None:
    if new.lamports != old.lamports:
        if not is_own and new.lamports < old.lamports:
            return FaultKind.EXTERNAL_LAMPORT_SPEND
        if not is_writable:
            return FaultKind.READONLY_LAMPORT_CHANGE
    if fixture.loader is Loader.ALIGNED and (
        new.data_length > old.data_length + GROWTH_BYTES or new.data_length > MAX_DATA_BYTES
    ):
        return FaultKind.INVALID_REALLOC
    if new.data != old.data:
        if new.data_length != old.data_length and not is_own:
            return FaultKind.ACCOUNT_DATA_SIZE_CHANGED
        if not is_writable:
            return FaultKind.READONLY_DATA_MODIFIED
        if not is_own:
            return FaultKind.EXTERNAL_DATA_MODIFIED
    if new.owner != old.owner and not (is_own and is_writable and not any(new.data)):
        return FaultKind.MODIFIED_OWNER
    return None
