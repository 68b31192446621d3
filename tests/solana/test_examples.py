"""The fixtures of examples/spl_token are what their script writes, and come to what they expect."""

import importlib.util
from pathlib import Path

import pytest

from zisk_py.isa.faults import Exit
from zisk_py.isa.journal import Section
from zisk_py.solana.comparison import check_statement
from zisk_py.solana.execution import Instruction
from zisk_py.solana.expectations import check_expectations
from zisk_py.solana.reading import load_fixture

EXAMPLES = Path(__file__).parents[2] / "examples" / "spl_token"
FIXTURES = sorted(EXAMPLES.glob("*.json"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the script writes."""
    spec = importlib.util.spec_from_file_location("fixtures", EXAMPLES / "fixtures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("written")
    module.main(folder)
    return folder


def test_the_fixtures_are_those_of_the_script(written: Path) -> None:
    found = {path.name: path.read_text() for path in written.glob("*.json")}
    assert found == {path.name: path.read_text() for path in FIXTURES}


@pytest.mark.parametrize("name", [path.stem for path in FIXTURES])
def test_an_instruction_comes_to_what_it_expects(written: Path, name: str) -> None:
    report = Instruction(load_fixture(written / f"{name}.json")).run()
    check_expectations(report)
    assert report.succeeded == (name != "transfer_too_much")
    assert report.journal.accounts_modified == len({change.key for change in report.changes})


@pytest.mark.slow
@pytest.mark.parametrize("name", [path.stem for path in FIXTURES])
def test_an_instruction_is_proven_and_verified(written: Path, name: str) -> None:
    instruction = Instruction(load_fixture(written / f"{name}.json"))
    proof = instruction.prove(chunk_size=2**16)
    proof.verify(instruction.program)
    check_statement(instruction, proof.statement)
    succeeded = proof.statement.outcome == Exit(0)
    assert succeeded == (name != "transfer_too_much")
    assert len(instruction.run().journal[Section.POST_HASHES]) == (
        len(instruction.fixture.accounts) if succeeded else 0
    )
