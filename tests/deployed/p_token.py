"""Instructions that p-token has beyond the interface: several in one, and lamports out of accounts."""

from deployed.cases import OTHER, SOURCE, TARGET, Case, wallet
from deployed.token import (
    INSUFFICIENT_FUNDS,
    INVALID_INSTRUCTION,
    OWNER_MISMATCH,
    RESERVE,
    Instruction,
    Token,
    amount,
)
from zisk_py.transpiler.bpf.input_buffer import InputAccount


def batch(*instructions: tuple[int, bytes]) -> bytes:
    """One instruction of several, each with the number of its accounts."""
    parts = (bytes([accounts, len(data)]) + data for accounts, data in instructions)
    return bytes([Instruction.BATCH]) + b"".join(parts)


def p_token_cases() -> dict[str, Case]:
    """Batches of transfers; lamports that an account does not need for its rent."""
    t, owner, recipient = Token("p-token"), wallet(), wallet(OTHER, signs=False, writable=True)
    source, target = t.holding(SOURCE, 1000), t.holding(TARGET, 7)
    native = t.native(SOURCE, 4000, RESERVE + 4000)
    rows: dict[str, tuple[tuple[InputAccount | int, ...], bytes, int]] = {
        "batch_of_transfers": (
            (source, target, owner, 1, 0, 2, 0, 1, 2),
            batch(
                (3, amount(Instruction.TRANSFER, 250)),
                (3, amount(Instruction.TRANSFER, 50)),
                (3, amount(Instruction.TRANSFER, 1)),
            ),
            0,
        ),
        "batch_with_one_too_much": (
            (source, target, owner, 0, 1, 2),
            batch((3, amount(Instruction.TRANSFER, 600)), (3, amount(Instruction.TRANSFER, 600))),
            INSUFFICIENT_FUNDS,
        ),
        "batch_of_nothing": ((source, target, owner), batch(), INVALID_INSTRUCTION),
        "withdraw_excess_lamports": ((source, recipient, owner), bytes([Instruction.WITHDRAW_EXCESS]), 0),
        "withdraw_excess_lamports_by_stranger": (
            (source, wallet(writable=True, signs=False), wallet(OTHER)),
            bytes([Instruction.WITHDRAW_EXCESS]),
            OWNER_MISMATCH,
        ),
        "unwrap_lamports": ((native, recipient, owner), bytes([Instruction.UNWRAP, 0]), 0),
        "unwrap_some_lamports": (
            (native, recipient, owner),
            bytes([Instruction.UNWRAP, 1]) + (1500).to_bytes(8, "little"),
            0,
        ),
    }
    return {f"p-token/{name}": Case("p-token", *row) for name, row in rows.items()}
