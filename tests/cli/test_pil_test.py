"""`zisk-py pil test`: files that say what is wrong with them, and witnesses beside them."""

import json
from pathlib import Path
from typing import Any

import pytest

MACHINE = """\
public total;
airtemplate Sum(const int N = 32) {
    col fixed LAST = [0..., 1];
    col witness x, sum;
    (1 - LAST) * (sum' - sum - x') === 0;  // fails step
    LAST * (sum - total) === 0;  // fails
}
airgroup G { Sum(); }
"""
ONES = {"Sum": {"x": [1] * 32, "sum": list(range(1, 33))}}
BROKEN = {"Sum": {"x": [1] * 32, "sum": [*range(1, 10), 7, *range(11, 33)]}}


def write(folder: Path, files: dict[str, object]) -> None:
    for name, content in files.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


def lines(command: Any, folder: Path, code: int) -> list[str]:
    """The outcomes, as words and names of files."""
    ending = command("pil", "test", folder)
    assert ending.code == code, ending.out + ending.err
    found = [line.split() for line in ending.out.splitlines() if line.startswith(("ok", "FAILED"))]
    return [f"{word} {Path(path).name}" for word, path in found]


def test_witnesses_beside_a_file_satisfy_it_or_fail_where_it_says(command: Any, tmp_path: Path) -> None:
    files = {
        "sum.pil": MACHINE,
        "sum.witness.json": ONES,
        "sum.publics.json": {"total": 32},
        "sum.witness.fails.json": BROKEN | {"Sum": ONES["Sum"] | {"sum": list(range(2, 34))}},
        "sum.witness.step.fails.json": BROKEN,
        "sum.publics.step.json": {"total": 32},
    }
    write(tmp_path, files)
    names = ["sum.pil", "sum.witness.fails.json", "sum.witness.json", "sum.witness.step.fails.json"]
    assert lines(command, tmp_path, 0) == [f"ok {name}" for name in names]


def test_a_witness_that_fails_elsewhere_or_not_at_all_fails_the_test(command: Any, tmp_path: Path) -> None:
    files = {
        "sum.pil": MACHINE,
        "sum.witness.json": BROKEN,
        "sum.witness.fails.json": ONES,
        "sum.witness.step.fails.json": ONES | {"Sum": ONES["Sum"] | {"sum": list(range(2, 34))}},
        "sum.publics.json": {"total": 32},
        "sum.publics.step.json": {"total": 32},
    }
    write(tmp_path, files)
    assert lines(command, tmp_path, 1)[1:] == [
        "FAILED sum.witness.fails.json",
        "FAILED sum.witness.json",
        "FAILED sum.witness.step.fails.json",
    ]


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("int x = one;  // error E201: `one` is not declared", True),
        ("int x = one;  // error: `one` is not declared", True),
        ("int x = one;  // error E203: `one` is not declared", False),
        ("int x = one;  // error E201: of another kind", False),
        ("// error E201: `one` is not declared\nint x = one;", False),
        ("int x = 1;  // error E201: `one` is not declared", False),
        ("int x = one;  // error E201: `one`\nint y = two;", False),
        ("int x = one;  // error E201: `one`\nint y = two;  // error E201: `two`", True),
        ("assert_eq(1 + 1, 2);", True),
        ("assert_eq(1 + 1, 3);", False),
        ("assert_eq(1 + 1, 3);  // error E308:", False),
    ],
)
def test_a_file_leads_to_just_what_it_says(command: Any, tmp_path: Path, text: str, passes: bool) -> None:
    write(tmp_path, {"test_one.pil": f"{text}\n"})
    assert lines(command, tmp_path, 0 if passes else 1) == [f"{'ok' if passes else 'FAILED'} test_one.pil"]


def test_files_that_are_no_tests_are_left_out_of_folders(command: Any, tmp_path: Path) -> None:
    write(tmp_path, {"part.pil": "int x = one;\n"})
    assert command("pil", "test", tmp_path).code == 2
    assert command("pil", "test", tmp_path / "part.pil").code == 1


def test_the_outcomes_are_there_as_json(command: Any, tmp_path: Path) -> None:
    write(tmp_path, {"test_a.pil": "int x = 1;\n", "test_b.pil": "int x = one;\n"})
    ending = command("pil", "test", tmp_path, "--json")
    found = json.loads(ending.out)
    assert (ending.code, found["passed"], found["failed"]) == (1, 1, 1)
    assert "`one` is not declared" in found["tests"][1]["problems"][0]


BYTE = """\
airtemplate Byte(const int N = 32) {
    col witness bits(8) x;
    range_check(x, 0, 255);  // fails large
}
airgroup G { Byte(); }
"""


def test_what_must_fail_may_be_beyond_the_declared_bits_and_what_must_not_may_not(
    command: Any, tmp_path: Path
) -> None:
    large = {"x": [256] * 32}
    write(tmp_path, {"byte.pil": BYTE, "byte.witness.large.fails.json": large, "byte.witness.json": large})
    assert lines(command, tmp_path, 1) == [
        "ok byte.pil",
        "FAILED byte.witness.json",
        "ok byte.witness.large.fails.json",
    ]
