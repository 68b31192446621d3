"""The second verifier and the package's agree on honest proofs and on what they are verified against."""

import ast
from pathlib import Path

import pytest

from proven_runs import ebpf_program
from second_verifier.proofs import ADDITION, MAKERS, disagreement, first, honest, second, second_key
from zisk_py.statemachines.constraint_system import verifying_key
from zisk_py.statemachines.verification import verify_run

FILES = ("arithmetic", "commitment", "system", "protocol", "judgement")
MAY_IMPORT = {"hashlib", "json", "math", "zlib", *(f"second_verifier.{name}" for name in FILES)}


@pytest.mark.parametrize("name", FILES)
def test_the_second_verifier_imports_nothing_of_the_package(name):
    tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(node.module)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert found <= MAY_IMPORT
    assert not names & {"__import__", "exec", "eval", "open"}


def test_both_read_the_same_key_digest():
    assert second_key()["digest"] == verifying_key().digest


@pytest.mark.parametrize("name", MAKERS)
def test_an_honest_proof_is_accepted_by_both(name):
    case = honest(name)
    assert first(case.program_id, case.data) is None
    assert second(case.program_id, case.data) == ""


def test_both_find_the_same_bits():
    for name in MAKERS:
        case = honest(name)
        options = {"min_bits": 0, "allow_test_profile": True}
        bits = verify_run(verifying_key(), case.program_id, case.data, **options).bits
        assert second(case.program_id, case.data, min_bits=bits - 1e-9) == ""
        assert second(case.program_id, case.data, min_bits=bits + 1e-9) == "too few bits"


@pytest.mark.parametrize(("profile", "bits"), [("fast", 100), ("secure", 128)])
def test_both_accept_a_profile_for_its_bits_and_not_for_one_more(profile, bits):
    program = ebpf_program(ADDITION)
    data = program.prove(threads=1, profile=profile).data
    accepted = {"min_bits": bits, "allow_test_profile": False}
    assert first(program.id, data, **accepted) is None
    assert second(program.id, data, **accepted) == ""
    assert disagreement(program.id, data, min_bits=bits + 1) == ""
    assert second(program.id, data, min_bits=bits + 1) == "too few bits"


def test_both_refuse_the_test_profile_unless_it_is_allowed():
    case = honest("three instructions")
    assert disagreement(case.program_id, case.data, allow_test_profile=False) == ""
    assert second(case.program_id, case.data, allow_test_profile=False) == "the profile is not accepted"


def test_both_refuse_another_program():
    data = honest("three instructions").data
    for other in (honest("fault").program_id, "", "0" * 64, honest("three instructions").program_id.upper()):
        assert disagreement(other, data) == ""
        assert second(other, data) == "another program"
