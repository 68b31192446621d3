"""Instructions that p-token has beyond the interface: several in one, and lamports out of accounts."""

from deployed.cases import OTHER, SOURCE, TARGET, Case, wallet
from deployed.token import RESERVE, Token, amount
from zisk_py.transpiler.bpf.input_buffer import InputAccount

BATCH, WITHDRAW_EXCESS, UNWRAP = 255, 38, 45


def batch(*instructions: tuple[int, bytes]) -> bytes:
    """One instruction of several, each with the number of its accounts."""
    parts = (bytes([accounts, len(data)]) + data for accounts, data in instructions)
    return bytes([BATCH]) + b"".join(parts)


def p_token_cases() -> dict[str, Case]:
    """Batches of transfers; lamports that an account does not need for its rent."""
    t, owner, recipient = Token("p-token"), wallet(), wallet(OTHER, signs=False, writable=True)
    source, target = t.holding(SOURCE, 1000), t.holding(TARGET, 7)
    native = t.native(SOURCE, 4000, RESERVE + 4000)
    rows: dict[str, tuple[tuple[InputAccount | int, ...], bytes, int]] = {
        "batch_of_transfers": (
            (source, target, owner, 1, 0, 2, 0, 1, 2),
            batch((3, amount(3, 250)), (3, amount(3, 50)), (3, amount(3, 1))),
            0,
        ),
        "batch_with_one_too_much": (
            (source, target, owner, 0, 1, 2),
            batch((3, amount(3, 600)), (3, amount(3, 600))),
            1,
        ),
        "batch_of_nothing": ((source, target, owner), batch(), 12),
        "withdraw_excess_lamports": ((source, recipient, owner), bytes([WITHDRAW_EXCESS]), 0),
        "withdraw_excess_lamports_by_stranger": (
            (source, wallet(writable=True, signs=False), wallet(OTHER)),
            bytes([WITHDRAW_EXCESS]),
            4,
        ),
        "unwrap_lamports": ((native, recipient, owner), amount(UNWRAP, 0)[:1] + b"\0", 0),
        "unwrap_some_lamports": (
            (native, recipient, owner),
            bytes([UNWRAP, 1]) + (1500).to_bytes(8, "little"),
            0,
        ),
    }
    return {f"p-token/{name}": Case("p-token", *row) for name, row in rows.items()}
