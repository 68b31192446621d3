"""How a run ends: the kinds of fault, and the outcome.

A fault is an outcome of the guest program, not an error of ours; it is proven like a normal exit.
The numbers are part of the statement, so they never change.
"""

from dataclasses import dataclass
from enum import IntEnum


class FaultKind(IntEnum):
    """Why a run ended without reaching its exit."""

    LOAD_VIOLATION = 1  # a load outside every region
    STORE_VIOLATION = 2  # a store outside every writable region
    DIVIDE_BY_ZERO = 3
    CALL_DEPTH_EXCEEDED = 4
    CALL_OUTSIDE_TEXT = 5
    UNSUPPORTED_INSTRUCTION = 6  # includes an unresolved call
    EXECUTION_OVERRUN = 7  # the program ran past its last instruction
    BUDGET_EXCEEDED = 8  # at an instruction
    SYSCALL_BUDGET_EXCEEDED = 9  # inside a syscall
    ABORT = 10
    PANIC = 11
    INVALID_STRING = 12  # a log message that is not UTF-8
    COPY_OVERLAPPING = 13
    UNALIGNED_POINTER = 14
    RETURN_DATA_TOO_LARGE = 15
    DIVIDE_OVERFLOW = 16  # a signed division of the least number by -1, in sBPF v2
    UNSUPPORTED_SYSCALL = 17  # the runtime has it, zisk-py does not
    INVALID_LENGTH = 18
    TOO_MANY_SLICES = 19  # handed to a hash
    BAD_SEEDS = 20  # of a program address: more than 16, or one longer than 32 bytes
    UNSUPPORTED_SYSVAR = 21
    ARITHMETIC_OVERFLOW = 22
    # What the Solana runtime finds wrong after a program has returned 0.
    READONLY_LAMPORT_CHANGE = 23
    READONLY_DATA_MODIFIED = 24
    EXTERNAL_LAMPORT_SPEND = 25  # from an account of another program
    EXTERNAL_DATA_MODIFIED = 26
    MODIFIED_OWNER = 27
    INVALID_REALLOC = 28
    UNBALANCED_INSTRUCTION = 29  # the sum of lamports has changed
    # What ends a run that is not one of the runtime.
    MALFORMED_INPUT = 30  # the input is no serialized list of accounts, or the journal has no room
    # Of the runtime again.
    ACCOUNT_DATA_SIZE_CHANGED = 31  # of an account of another program
    INVALID_POINTER = 32  # to the input, where a syscall writes a sysvar
    # Of RISC-V programs.
    ILLEGAL_INSTRUCTION = 33
    JUMP_OUTSIDE_TEXT = 34
    BREAKPOINT = 35
    UNKNOWN_SYSTEM_CALL = 36  # the outputs are its number, 8 bytes
    MISALIGNED_ATOMIC = 37


@dataclass(frozen=True, slots=True)
class Exit:
    """The program ended by itself and left `code` in its result register (64 bits)."""

    code: int

    def __str__(self) -> str:
        """Text as the command line prints it."""
        return f"Exit({self.code})"


@dataclass(frozen=True, slots=True)
class Fault:
    """The program ended with a fault at instruction number `pc` (a slot of its text)."""

    kind: FaultKind
    pc: int

    def __str__(self) -> str:
        """Text as the command line prints it."""
        return f"Fault({self.kind.name}, pc={self.pc})"


Outcome = Exit | Fault
