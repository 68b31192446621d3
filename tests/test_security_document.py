"""docs/security.md: the tests that it names exist, no known bug is left out, its figures are ours."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from proven_runs import EXAMPLES
from zisk_py.stark import FAST, SECURE, TEST
from zisk_py.stark.proof import MAGIC, VERSION
from zisk_py.stark.security import BusShape, ClassShape, SecurityReport, SegmentShape, estimate
from zisk_py.zkvm import Program

TESTS = Path(__file__).parent
TEXT = (TESTS.parent / "docs" / "security.md").read_text()
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
KNOWN = {"P": 78, "Z": 13, "A": 13}
UNREACHED = ("Cannot occur", "no test yet: ")


def known_bugs() -> dict[str, str]:
    """The rows of section 12: number -> what stands for it here."""
    rows = re.findall(r"^\| ([PZA]\d+) \| [^|]+ \| ([^|]+) \|$", TEXT, re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return dict(rows)


@cache
def names_in(path: Path) -> set[str]:
    """Names of the test functions of a file, without parameters."""
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_test_that_the_document_names_exists() -> None:
    named = NAMED.findall(TEXT)
    assert len(named) > 100
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (TESTS / path).is_file() or name not in names_in(TESTS / path)
    ]
    assert missing == []


def test_no_known_bug_is_left_out() -> None:
    expected = {f"{letter}{number}" for letter, count in KNOWN.items() for number in range(1, count + 1)}
    assert set(known_bugs()) == expected


def test_every_known_bug_has_a_test_or_a_reason() -> None:
    unanswered = [
        number
        for number, answer in known_bugs().items()
        if not NAMED.search(answer) and not answer.startswith(UNREACHED)
    ]
    assert unanswered == []


def figures(heading: str) -> dict[str, list[str]]:
    """The first table of bits behind a text: round -> cells."""
    after = TEXT.split(heading)[1]
    table = re.search(r"\| round \|.*?\n\|[-|]+\|\n((?:\|.*\n)+)", after)
    assert table is not None
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]
    return {row[0]: row[1:] for row in rows}


def columns(reports: list[SecurityReport]) -> dict[str, list[str]]:
    """The same from reports, a column for each regime."""
    found = [bits.rounds for report in reports for bits in (report.johnson, report.unique)]
    return {name: [f"{rounds[name]:.1f}" for rounds in found] for name in found[0]}


def test_the_bits_of_the_large_segment_are_those_that_are_computed() -> None:
    segment, bus = SegmentShape((ClassShape(22, 4000),), 4000, (22,)), BusShape(1 << 34, 12)
    reports = [estimate([segment], bus, options) for options in (FAST, SECURE)]
    assert figures("For a segment of 2^22 rows") == columns(reports)


def test_the_bits_of_the_example_are_those_that_the_tool_prints() -> None:
    path = EXAMPLES / "packet_filter" / "packet_filter.o"
    program, data = Program.load(path), path.with_name("input.bin").read_bytes()
    reports = [
        program.prove(data, profile=options.name, threads=1).verify(program.id).report
        for options in (FAST, SECURE)
    ]
    assert figures("What `zisk-py verify") == columns(reports)


@pytest.mark.parametrize("options", [FAST, SECURE, TEST], ids=lambda options: options.name)
def test_the_parameters_of_the_profiles_are_those_of_the_code(options) -> None:
    assert f"| `{options.name}` | {options.queries} | {options.grinding_bits} |" in TEXT


def test_the_front_of_the_file_is_that_of_the_code() -> None:
    assert re.search(rf'"{MAGIC.decode().strip()}\\n" +{len(MAGIC)} bytes', TEXT)
    assert re.search(rf"version +2 bytes, {VERSION}\n", TEXT)
