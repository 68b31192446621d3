"""Runs sBPF programs in LiteSVM, the oracle for outcomes, compute units and memory."""

import re
from dataclasses import dataclass

from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

BUDGET = 200_000  # of a transaction with one instruction

# Start of LiteSVM's text after "Program ... failed: " -> names of our fault kinds that it may stand for.
FAULT_TEXTS = {
    "divide by zero": {"DIVIDE_BY_ZERO"},
    "Access violation": {"LOAD_VIOLATION", "STORE_VIOLATION"},
    "exceeded max BPF to BPF call depth": {"CALL_DEPTH_EXCEEDED"},
    "callx attempted to call outside": {"CALL_OUTSIDE_TEXT"},
    "attempted to execute past the end": {"EXECUTION_OVERRUN"},
    "unsupported BPF instruction": {"UNSUPPORTED_INSTRUCTION"},
    "exceeded CUs meter": {"BUDGET_EXCEEDED"},
    "Computational budget exceeded": {"SYSCALL_BUDGET_EXCEEDED"},
    "SBF program panicked": {"ABORT"},
    "SBF program Panicked": {"PANIC"},
    "invalid utf-8": {"INVALID_STRING"},
    "incomplete utf-8": {"INVALID_STRING"},
    "Overlapping copy": {"COPY_OVERLAPPING"},
    "Unaligned pointer": {"UNALIGNED_POINTER"},
    "Return data too large": {"RETURN_DATA_TOO_LARGE"},
}


@dataclass(frozen=True)
class LiteRun:
    """What LiteSVM reports. `failure` is "" on success, else the text after "failed: "."""

    failure: str
    units: int  # as the log line counts them
    logs: tuple[str, ...]
    return_data: bytes
    program_id: bytes

    def allows(self, fault: str) -> bool:
        """Whether the failure text stands for that fault kind."""
        return any(self.failure.startswith(text) and fault in kinds for text, kinds in FAULT_TEXTS.items())


def run(elf: bytes, data: bytes = b"") -> LiteRun:
    """Run a program without accounts. Raises what LiteSVM raises if it refuses the file."""
    svm = LiteSVM().with_sigverify(False)
    payer, program = Keypair(), Pubkey.new_unique()
    svm.airdrop(payer.pubkey(), 10**10)
    svm.add_program(program, elf)
    message = Message.new_with_blockhash(
        [Instruction(program, data, [])], payer.pubkey(), svm.latest_blockhash()
    )
    result = svm.send_transaction(Transaction([payer], message, svm.latest_blockhash()))
    meta = result.meta() if hasattr(result, "err") else result
    logs = tuple(meta.logs())
    failed = [log.split(" failed: ", 1)[1] for log in logs if " failed: " in log]
    consumed = [int(m[1]) for log in logs if (m := re.search(r"consumed (\d+) of \d+ compute units", log))]
    return LiteRun(
        failed[0] if failed else "",
        consumed[0] if consumed else 0,
        logs,
        bytes(meta.return_data().data),
        bytes(program),
    )
