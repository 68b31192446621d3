"""docs/pil/diagnostics.md has every code, in order, under its name, with an example that leads to it."""

import re
from pathlib import Path

import pytest

from zisk_py.pil.compiler import compile_source
from zisk_py.pil.errors import Code, PilErrors

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "pil" / "diagnostics.md"
PARTS = ROOT / "tests" / "data" / "pil" / "errors"
SECTION = re.compile(r"^## (\S+) (.+)\n\n((?:\S.*\n)+)\n((?:    .*\n)+)", re.MULTILINE)
SECTIONS = SECTION.findall(DOCUMENT.read_text())


def codes(source: str) -> set[str]:
    """The codes of all that a program leads to."""
    try:
        compiled = compile_source(source, include=[PARTS])
    except PilErrors as errors:
        return {one.code for one in errors.diagnostics}
    return {one.code for one in (*compiled.warnings, *compiled.unprovable)}


def test_every_code_has_a_section() -> None:
    assert [(code, name) for code, name, _, _ in SECTIONS] == [
        (code.value, code.name.lower().replace("_", " ")) for code in Code
    ]


@pytest.mark.parametrize(("code", "example"), [(s[0], s[3]) for s in SECTIONS], ids=[s[0] for s in SECTIONS])
def test_an_example_leads_to_its_code(code: str, example: str) -> None:
    source = "\n".join(line[4:] for line in example.splitlines())

    assert code in codes(source)
