"""Verifying the proof of a run: the statement first, then the STARK. Standard library only."""

from dataclasses import dataclass

from zisk_py.stark.errors import VerifierError
from zisk_py.stark.key import ProgramCommitment, VerifyingKey
from zisk_py.stark.logup import Message
from zisk_py.stark.proof import read_proof
from zisk_py.stark.security import SecurityReport
from zisk_py.stark.verifier import verify
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.statement import (
    Statement,
    check_claim,
    check_instances,
    counted_messages,
    output_messages,
)


class ProgramMismatch(VerifierError):
    """The proof is of another program."""


@dataclass(frozen=True)
class Verification:
    """An accepted proof: what it states, and how many bits of security it has, per round and regime."""

    program_id: str
    statement: Statement
    segments: int
    bits: float
    report: SecurityReport


def read_statement(data: bytes) -> tuple[Statement, int]:
    """The statement that a proof claims, and its number of segments; nothing is verified."""
    proof = read_proof(data)
    return Statement.from_bytes(proof.header), len(proof.segments)


def statement_messages(statement: Statement) -> list[Message]:
    """Everything that the verifier itself puts on the buses."""
    counted = counted_messages(statement.program.rules, statement.claim)
    found = [
        Message(bus, values, count)
        for (bus, values), count in zip(counted, statement.multiplicities, strict=True)
        if count
    ]
    found += [Message(bus, values, -1) for bus, values in output_messages(statement.outputs)]
    counts = statement.counts.items()
    return found + [Message(Bus.COUNT, (int(what),), -count) for what, count in counts if count]


def verify_run(
    key: VerifyingKey,
    program_id: str,
    data: bytes,
    *,
    min_bits: float = 100,
    allow_test_profile: bool = False,
) -> Verification:
    """Verify the proof of a run of the program with that id. Raises VerifierError with the reason."""
    # 1. Read the proof and its statement; lengths and canonical forms are checked on the way.
    proof = read_proof(data)
    statement = Statement.from_bytes(proof.header)

    # 2. The program must be the caller's: the header counts only if its digest is the id.
    if statement.program.id(key.digest) != program_id:
        raise ProgramMismatch(
            f"the proof is of program {statement.program.id(key.digest)}, expected {program_id}"
        )

    # 3. The claim is in range, and the instances fit the statement.
    check_claim(statement)
    check_instances(key.system, statement, [segment.instances for segment in proof.segments])

    # 4. The STARK, with the verifier's own messages on the buses.
    commitment = ProgramCommitment(statement.program.cap, dict(statement.program.log_heights))
    accepted = verify(
        key,
        commitment,
        proof,
        statement_messages(statement),
        min_bits=min_bits,
        allow_test_profile=allow_test_profile,
    )
    return Verification(program_id, statement, len(proof.segments), accepted.bits, accepted.security)
