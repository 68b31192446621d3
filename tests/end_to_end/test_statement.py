"""What a proof states is bound to it: every changed field is refused, with a named error."""

import json
from dataclasses import fields, replace

import pytest

from proven_runs import ACCEPT, EXAMPLES, ebpf_program, loop_program, prove
from zisk_py import Program
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.rules import Claim
from zisk_py.stark import read_proof
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.proof import write_proof
from zisk_py.statemachines.statement import Statement, StatementError
from zisk_py.statemachines.verification import ProgramMismatch, verify_run
from zisk_py.zkvm import proving_key

VAULT = Program.load(EXAMPLES / "vault" / "vault.so")
INPUT = (EXAMPLES / "vault" / "input.bin").read_bytes()


@pytest.fixture(scope="module")
def proof():
    return read_proof(prove(VAULT, INPUT, public_input=True).data)


@pytest.fixture(scope="module")
def statement(proof):
    return Statement.from_bytes(proof.header)


def verify(proof, header, program_id=VAULT.id):
    data = write_proof(replace(proof, header=header))
    return verify_run(proving_key().verifying_key, program_id, data, **ACCEPT)


def test_the_honest_statement_is_accepted(proof, statement):
    assert verify(proof, statement.to_bytes()).statement == statement


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": Exit(1)},
        {"outcome": Fault(FaultKind.ABORT, 3)},
        {"steps": 2381},
        {"compute_units": 1722},
        {"outputs": b""},
        {"outputs": bytes(8)},
    ],
    ids=str,
)
def test_a_changed_result_is_refused(proof, statement, change):
    with pytest.raises(VerifierError):
        verify(proof, replace(statement, **change).to_bytes())


def claim_changes():
    """One change per field of the claim, from its type."""
    for field in fields(Claim):
        if field.name == "public_input":
            yield field.name, lambda value: bytes([value[0] ^ 1]) + value[1:]
            yield field.name, lambda value: value + b"\0"
            yield field.name, lambda value: None
        elif field.name == "environment":
            yield field.name, lambda value: value + bytes(8)
            yield field.name, lambda value: value + b"\0"
        else:
            yield field.name, lambda value: value + 8
            yield field.name, lambda value: 1 << 32
            yield field.name, lambda value: 0 if value else 1


@pytest.mark.parametrize(("name", "change"), list(claim_changes()))
def test_a_changed_claim_is_refused(proof, statement, name, change):
    claim = replace(statement.claim, **{name: change(getattr(statement.claim, name))})
    with pytest.raises(VerifierError):
        verify(proof, replace(statement, claim=claim).to_bytes())


def test_every_changed_multiplicity_of_the_verifiers_messages_is_refused(proof, statement):
    counts = statement.multiplicities
    touched = [number for number, count in enumerate(counts) if count]
    assert len(touched) > 10
    for number in (*touched[::7], counts.index(0)):
        changed = (*counts[:number], counts[number] + 1, *counts[number + 1 :])
        with pytest.raises(VerifierError):
            verify(proof, replace(statement, multiplicities=changed).to_bytes())
    for changed in (counts[:-1], (*counts, 0), (1 << 32, *counts[1:])):
        with pytest.raises(StatementError):
            verify(proof, replace(statement, multiplicities=changed).to_bytes())


def test_another_program_id_is_refused(proof, statement):
    with pytest.raises(ProgramMismatch):
        verify(proof, statement.to_bytes(), loop_program(3).id)


def test_another_program_in_the_header_is_refused_even_if_the_caller_asks_for_its_id(proof, statement):
    other = loop_program(3)
    changed = replace(statement, program=other.header)
    with pytest.raises(ProgramMismatch):
        verify(proof, changed.to_bytes())
    with pytest.raises(VerifierError):
        verify(proof, changed.to_bytes(), other.id)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'{"rules":1}', b"\xff\xfe", b"[" * 100_000, b'{"outcome":[0,1,2]}'],
)
def test_a_malformed_statement_is_refused_by_name(proof, text):
    with pytest.raises(StatementError):
        verify(proof, text)


def test_a_statement_in_another_form_or_with_a_field_of_another_type_is_refused_by_name(proof, statement):
    honest = json.loads(statement.to_bytes())
    with pytest.raises(StatementError, match="canonical"):
        verify(proof, json.dumps(honest).encode())
    with pytest.raises(StatementError, match="canonical"):
        verify(proof, statement.to_bytes() + b" ")
    for name in honest:
        for value in (None, -1, 1.5, "x", [], {}, [[]], True, 1 << 70):
            if value == honest[name]:
                continue
            changed = json.dumps({**honest, name: value}, sort_keys=True, separators=(",", ":")).encode()
            with pytest.raises(VerifierError):
                verify(proof, changed)


def test_the_id_changes_with_rows_image_entry_and_rules_and_not_with_debug_data():
    program = ebpf_program("mov r0, 2\nadd r0, 3\nexit")
    rom = program.rom
    ids = {program.id, ebpf_program("mov r0, 2\nadd r0, 4\nexit").id}
    for rules in (
        replace(rom.rules, entry=8),
        replace(rom.rules, num_slots=4),
        replace(rom.rules, target="other"),
        replace(rom.rules, registers=rom.rules.registers[1:]),
    ):
        ids.add(Program(replace(rom, rules=rules)).id)
    assert len(ids) == 6
    assert Program(replace(rom, debug={"symbols": {"x": 1}})).id == program.id


def test_heights_that_are_repeated_or_not_in_order_are_refused_even_under_their_own_id(proof, statement):
    heights = statement.program.log_heights
    for changed in (heights[::-1], (*heights, heights[-1])):
        program = replace(statement.program, log_heights=changed)
        with pytest.raises(StatementError, match="canonical"):
            verify(
                proof,
                replace(statement, program=program).to_bytes(),
                program.id(proving_key().verifying_key.digest),
            )


def test_a_private_input_is_not_in_the_proof():
    secret = bytes(range(200, 232)) + INPUT[32:]
    data = prove(loop_program(2), secret[:64]).data
    assert secret[:32] not in data
    assert secret[:32].hex().encode() not in data
