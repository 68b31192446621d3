"""The bundled guest tells whether a document's holder is of age, and which document it was."""

import hashlib
import importlib.util
from functools import cache
from pathlib import Path

import pytest

from proven_runs import prove_and_verify
from riscv_guests import NEEDS_GCC
from zisk_py.cli.bundled import bundled_programs
from zisk_py.isa.faults import Exit
from zisk_py.zkvm import Program

FOLDER = Path(__file__).parents[3] / "examples" / "passport"
OF_AGE, TOO_YOUNG, MALFORMED = map(Exit, range(3))
SPEC = importlib.util.spec_from_file_location("passport_input", FOLDER / "make_input.py")
assert SPEC is not None
assert SPEC.loader is not None
PASSPORT = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(PASSPORT)
TODAY, DOCUMENT = PASSPORT.TODAY, PASSPORT.DOCUMENT

# Today's date, the document, and the outcome.
CASES = {
    "of age": (TODAY, DOCUMENT, OF_AGE),
    "birthday": ("2022-03-01", DOCUMENT, OF_AGE),
    "the day itself": ("2022-02-28", DOCUMENT.replace("02-29", "02-28"), OF_AGE),
    "the day before": ("2022-02-27", DOCUMENT.replace("02-29", "02-28"), TOO_YOUNG),
    "a child": ("2010-01-01", DOCUMENT, TOO_YOUNG),
    "no birth": (TODAY, "name Ada Example\n", MALFORMED),
    "no date": (TODAY, "born yesterday\n", MALFORMED),
    "a short date": (TODAY, "born 2004-02-2", MALFORMED),
    "an end within the word": (TODAY, "bor", MALFORMED),
    "an empty document": (TODAY, "", MALFORMED),
    "the last line": (TODAY, "x\nborn 2004-02-29", OF_AGE),
    "a block and its padding": (TODAY, DOCUMENT.ljust(64, "."), OF_AGE),
    **{f"{length} bytes": (TODAY, DOCUMENT.ljust(length, "."), OF_AGE) for length in (55, 56, 63, 119, 120)},
}


def ending(program: Program, data: bytes) -> tuple[object, bytes]:
    run = program.execute(data)
    return run.outcome, run.outputs


@cache
def bundled() -> Program:
    return Program.load(FOLDER / "passport.elf")


@cache
def rebuilt() -> Program:
    return Program.load(FOLDER / "passport.c", target="riscv")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("program", [bundled, pytest.param(rebuilt, marks=NEEDS_GCC)])
def test_it_tells_the_day_the_digest_and_the_verdict(program, case: str):
    today, document, outcome = CASES[case]
    outputs = today.encode() + hashlib.sha256(document.encode()).digest()
    assert ending(program(), PASSPORT.make_input(today, document)) == (outcome, outputs)


@pytest.mark.parametrize(
    "data", [b"", b"2026-11-2", b"2026-11-21", b"2026/11/21\nborn", b"2026-11-211\nborn"]
)
def test_without_a_day_nothing_is_told(data: bytes):
    assert ending(bundled(), data) == (MALFORMED, b"")


def test_a_document_that_does_not_fit_is_refused():
    assert ending(bundled(), PASSPORT.make_input(document="x" * (1 << 14))) == (MALFORMED, b"")


def test_the_input_beside_it_is_that_of_the_script_and_proven():
    (example,) = (one for one in bundled_programs() if one.name == "passport")
    assert example.data() == PASSPORT.make_input()
    stated = prove_and_verify(bundled(), example.data()).statement
    assert (stated.outcome, stated.claim.public_input) == (OF_AGE, None)
