"""The independent verifier and the package's agree on honest proofs and on what they are verified against."""

import ast
from itertools import chain
from pathlib import Path

import pytest

from second_verifier.independent.verifier import verify
from second_verifier.proofs import MAKERS, disagreement, first, honest, independent_key, package_key, second
from zisk_py.isa.faults import Exit
from zisk_py.stark.errors import ProfileRefused
from zisk_py.statemachines.verification import ProgramMismatch, verify_run

FILES = sorted((Path(__file__).parent / "independent").rglob("*.py"))
STANDARD = {
    *("base64", "collections.abc", "hashlib", "io", "itertools", "json", "math", "operator", "struct"),
    *("typing", "zlib"),
}
IMPORTERS = {"__import__", "exec", "eval", "compile", "open"}


def imported(node: ast.stmt) -> list[str]:
    """The modules that a statement imports, with a dot before those of the folder."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert isinstance(node, ast.ImportFrom)
    module = "." * node.level + (node.module or "")
    return [module] if node.module else [f".{alias.name}" for alias in node.names]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_independent_verifier_imports_nothing_of_the_package(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    found = set(
        chain.from_iterable(map(imported, (n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom))))
    )
    assert found <= STANDARD | {f".{file.stem}" for file in FILES}
    assert not IMPORTERS & {node.id for node in nodes if isinstance(node, ast.Name)}


def test_both_read_the_same_key_digest() -> None:
    assert independent_key().digest == package_key().digest


@pytest.mark.parametrize("name", MAKERS)
def test_an_honest_proof_is_accepted_by_both(name: str) -> None:
    case = honest(name)
    assert first(case.program_id, case.data) is None
    assert second(case.program_id, case.data) == ""


@pytest.mark.parametrize("name", MAKERS)
def test_both_find_the_same_statement_and_the_same_bits(name: str) -> None:
    case = honest(name)
    ours = verify_run(package_key(), case.program_id, case.data, min_bits=0, allow_test_profile=True)
    theirs = verify(independent_key(), case.program_id, case.data, None, allow_test_profile=True)
    assert theirs.pop("bits") == pytest.approx(ours.bits, abs=1e-9)
    assert second(case.program_id, case.data, min_bits=ours.bits + 1e-6).startswith("the proof has ")
    statement, rules = ours.statement, ours.statement.program.rules
    outcome = statement.outcome
    claim = statement.claim
    assert theirs == {
        "program": case.program_id,
        "target": rules.target,
        "input_length": claim.input_length,
        "instruction_offset": claim.instruction_offset,
        "heap_size": claim.heap_size,
        "budget": claim.budget,
        "public_input": claim.public_input,
        "environment": claim.environment,
        "outcome": (0, outcome.code) if isinstance(outcome, Exit) else (outcome.kind, outcome.pc),
        "steps": statement.steps,
        "compute_units": statement.compute_units,
        "counts": (statement.instructions, statement.memory_operations),
        "outputs": statement.outputs,
        "profile": MAKERS[name]()[2].get("profile", "test"),
    }


@pytest.mark.parametrize(("name", "bits"), [("fast", 100), ("secure", 128)])
def test_both_accept_a_profile_for_its_bits_and_not_for_one_more(name: str, bits: int) -> None:
    case = honest(name)
    accepted = {"min_bits": bits, "allow_test_profile": False}
    assert first(case.program_id, case.data, **accepted) is None
    assert second(case.program_id, case.data, **accepted) == ""
    assert disagreement(case.program_id, case.data, min_bits=bits + 1) == ""
    assert second(case.program_id, case.data, min_bits=bits + 1).startswith("the proof has ")


def test_both_refuse_the_test_profile_unless_it_is_allowed() -> None:
    case = honest("three instructions")
    assert isinstance(first(case.program_id, case.data, allow_test_profile=False), ProfileRefused)
    reason = second(case.program_id, case.data, allow_test_profile=False)
    assert reason == "the test profile has no security"


def test_both_refuse_another_program() -> None:
    data = honest("three instructions").data
    for other in (honest("fault").program_id, "", "0" * 64, honest("three instructions").program_id.upper()):
        assert isinstance(first(other, data), ProgramMismatch)
        assert second(other, data) == "the proof is of another program"
