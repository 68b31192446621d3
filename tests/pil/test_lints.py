"""Lints on real files: the machines of the zkVM and the examples for authors are clean, or say why not."""

from pathlib import Path

import pytest

from zisk_py.pil.compiler import compile_source
from zisk_py.pil.errors import Code
from zisk_py.pil.passes.lints import LINTS
from zisk_py.statemachines.constraint_system import FOLDER, pil_constants, root_source

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.pil"))


def test_the_machines_are_clean() -> None:
    """But for opids on which the verifier sends the other side."""
    compiled = compile_source(root_source(), constants=pil_constants(), include=[FOLDER])

    assert [str(one) for one in compiled.warnings if one.code != Code.UNMATCHED_OPID] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_clean(path: Path) -> None:
    assert [str(one) for one in compile_source(path).warnings] == []


def test_lints_tell_warnings() -> None:
    assert all(code.startswith("W") for code in LINTS)
