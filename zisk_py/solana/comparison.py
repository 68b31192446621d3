"""Whether a proof states what its fixture says."""

import hashlib
from collections.abc import Iterator

from zisk_py.errors import ZiskError
from zisk_py.isa.faults import Exit
from zisk_py.isa.journal import AccountMeta, Journal, JournalAccount, Section
from zisk_py.solana.execution import Instruction
from zisk_py.solana.fixture import Fixture
from zisk_py.statemachines.statement import Statement
from zisk_py.transpiler.bpf.input_buffer import InputAccount


class OtherInstruction(ZiskError):
    """A proof is valid, but of another instruction than the fixture's."""


def check_statement(instruction: Instruction, statement: Statement) -> None:
    """Raise OtherInstruction where a proof of this program states something else than the fixture says.

    What the proof keeps private cannot be compared.
    """
    fixture, claim = instruction.fixture, instruction.claim()
    for name in ("input_length", "budget", "heap_size", "environment"):
        if getattr(statement.claim, name) != getattr(claim, name):
            raise OtherInstruction(f"the {name} of the proof is not that of the fixture")
    succeeded = statement.outcome == Exit(0)
    if fixture.expect.error is not None and succeeded != (fixture.expect.error == ""):
        raise OtherInstruction(f"the run ended with {statement.outcome}, and the fixture expects otherwise")
    if fixture.expect.units is not None and statement.compute_units != fixture.expect.units:
        raise OtherInstruction(
            f"the run took {statement.compute_units} units; the fixture expects {fixture.expect.units}"
        )
    journal = Journal.from_bytes(statement.outputs)
    for section, contents in sections_before(fixture):
        if section in fixture.publish and journal[section] != contents:
            raise OtherInstruction(f"the {section.name.lower()} of the proof is not as the fixture says")
    if Section.ACCOUNT_METAS in fixture.publish and journal.account_metas != _metas(fixture):
        raise OtherInstruction("the account_metas of the proof are not as the fixture says")


def sections_before(fixture: Fixture) -> Iterator[tuple[Section, tuple[bytes, ...]]]:
    """The sections of the journal that a fixture determines, whether it publishes them or not."""
    accounts = [
        JournalAccount(account.key, account.owner, account.lamports, account.data).to_bytes()
        for account in fixture.accounts
        if isinstance(account, InputAccount)
    ]
    yield Section.PROGRAM_ID, (fixture.program_id,)
    yield Section.INSTRUCTION, (fixture.data,)
    yield Section.INSTRUCTION_HASH, (hashlib.sha256(fixture.data).digest(),)
    yield Section.PRE_ACCOUNTS, tuple(accounts)
    yield Section.PRE_HASHES, tuple(hashlib.sha256(account).digest() for account in accounts)


def _metas(fixture: Fixture) -> tuple[AccountMeta, ...]:
    return tuple(
        AccountMeta(False, False, False, account)
        if isinstance(account, int)
        else AccountMeta(account.is_signer, account.is_writable, account.is_executable)
        for account in fixture.accounts
    )
