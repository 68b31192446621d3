"""The results of a run, at fixed places: what a statement says of it, in numbers. Standard library only."""

from typing import NamedTuple

from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome
from zisk_py.isa.journal import HEADER_BYTES
from zisk_py.isa.rules import Rules

# Faults that no instruction is in the middle of: its compute unit was not left, or the rows before and behind
# the program found what is wrong.
_BETWEEN_INSTRUCTIONS = frozenset(
    {
        FaultKind.BUDGET_EXCEEDED,
        FaultKind.ACCOUNT_DATA_SIZE_CHANGED,
        *map(FaultKind, range(FaultKind.READONLY_LAMPORT_CHANGE, FaultKind.MALFORMED_INPUT + 1)),
    }
)


class Results(NamedTuple):
    """The slots, in their order. All but `accounts_modified` are there for every run."""

    success: int  # 1 for Exit(0), else 0
    exit_code: int  # 0 for a fault
    compute_units: int
    instructions_executed: int  # to their end
    accounts_modified: int | None  # as the Solana runtime's journal says; None where there is none
    steps: int
    opcodes_processed: int  # instructions that were begun
    memory_operations: (
        int  # loads and stores, those of syscalls and one that ended the run by a fault included
    )


def results_of(
    rules: Rules,
    outcome: Outcome,
    *,
    steps: int,
    compute_units: int,
    instructions: int,
    memory_operations: int,
    outputs: bytes,
) -> Results:
    """The results of a run of a program with these rules."""
    is_cut = isinstance(outcome, Fault) and outcome.kind not in _BETWEEN_INSTRUCTIONS
    has_count = rules.has_journal and len(outputs) >= HEADER_BYTES
    return Results(
        success=int(outcome == Exit(0)),
        exit_code=outcome.code if isinstance(outcome, Exit) else 0,
        compute_units=compute_units,
        instructions_executed=instructions - is_cut,
        accounts_modified=int.from_bytes(outputs[:HEADER_BYTES], "little") if has_count else None,
        steps=steps,
        opcodes_processed=instructions,
        memory_operations=memory_operations,
    )
