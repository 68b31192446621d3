"""The compiled form as a file, and its digest."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.system import Air, FixedColumn, Source, System
from zisk_py.pil.system_file import digest, from_json, to_json

SOURCE = """
public out;
airtemplate Main(const int N = 0) {
    col witness bits(16) a;
    col witness bits(16, signed) b;
    airval start;
    commit stage(0) program;
    col program pc;
    a * b === start + out;
    lookup_assumes(BUS, [a, pc], b);
}
airtemplate Table(const int N) {
    col fixed F = [0..31];
    col witness mul;
    lookup_proves(BUS, [F, F + 1], mul);
}
airgroup G { Main(); Table(32); }
"""


@pytest.fixture(scope="module")
def system() -> System:
    return compile_pil(SOURCE, constants={"BUS": 7})


def test_a_system_reads_back_as_it_was(system: System) -> None:
    assert from_json(to_json(system)) == system


def test_the_text_is_canonical(system: System) -> None:
    assert to_json(from_json(to_json(system))) == to_json(system)


def test_the_digest_survives_the_file_and_a_second_compilation(system: System) -> None:
    again = compile_pil(SOURCE, constants={"BUS": 7})

    assert digest(system) == digest(from_json(to_json(system))) == digest(again)
    assert len(digest(system)) == 32


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a * b === start + out", "a * b === start - out"),
        ("a * b === start + out", "a * b' === start + out"),
        ("signed) b;", "signed) c; const expr b = c;"),
        ("[a, pc], b", "[a, pc + 1], b"),
        ("lookup_assumes(BUS", "lookup_assumes(8"),
        ("lookup_proves(BUS, [F, F + 1], mul)", "lookup_assumes(BUS, [F, F + 1], mul, 1)"),
        ("[0..31]", "[0..30, 0]"),
        ("[0..31]", "[0..31, 0...]"),
        ("col fixed F = [0..31]", "col fixed E = [0..31]; const expr F = E"),
        ("Table(32)", "Table(32) alias Other"),
        ("Main(); Table(32);", "Table(32); Main();"),
        ("airval start", "airval begin; const expr start = begin"),
        ("public out", "public result; const expr out = result"),
        ("col program pc", "col program ip; const expr pc = ip"),
        ("Main();", "Main(N: 64);"),
        ("a * b ===", "a === 0; a * b ==="),
    ],
)
def test_a_change_of_meaning_changes_the_digest(system: System, old: str, new: str) -> None:
    assert old in SOURCE
    source = SOURCE.replace(old, new)
    if "[0..31, 0...]" in new:
        source = source.replace("Table(32)", "Table(64)")

    assert digest(compile_pil(source, constants={"BUS": 7})) != digest(system)


def replaced(system: System, change: Callable[[Air], Air]) -> System:
    return dataclasses.replace(system, airs=tuple(change(air) for air in system.airs))


def moved(air: Air) -> Air:
    elsewhere = Source("other.pil", 99, 9, "text")
    return dataclasses.replace(
        air,
        columns=tuple(dataclasses.replace(c, source=elsewhere, bits=3, is_signed=False) for c in air.columns),
        constraints=tuple(dataclasses.replace(c, source=elsewhere) for c in air.constraints),
        interactions=tuple(
            dataclasses.replace(m, source=elsewhere, names=("n",) * len(m.values)) for m in air.interactions
        ),
    )


def test_places_texts_and_declared_bits_do_not_count(system: System) -> None:
    elsewhere = replaced(system, moved)

    assert elsewhere != system
    assert digest(elsewhere) == digest(system)


def test_comments_and_space_do_not_count(system: System) -> None:
    source = SOURCE.replace(";", " ; /* here */\n")

    assert digest(compile_pil(source, constants={"BUS": 7})) == digest(system)


def test_every_fixed_value_counts(system: System) -> None:
    values = list(system.airs[1].fixed[0].values)
    values[17] += 1
    table = dataclasses.replace(system.airs[1], fixed=(FixedColumn("F", values),))

    assert digest(dataclasses.replace(system, airs=(system.airs[0], table))) != digest(system)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format":"zisk-py system 0","airs":[],"publics":[]}',
        '{"format":"zisk-py system 1"}',
        "null",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(text)


def test_a_text_with_a_part_missing_is_refused(system: System) -> None:
    fields = json.loads(to_json(system))
    fields["airs"][0]["sources"].pop()

    with pytest.raises(ValueError, match=r"."):
        from_json(json.dumps(fields))


def test_loading_a_system_needs_the_standard_library_only() -> None:
    code = "import sys, zisk_py.pil.system_file; print(sorted({'numpy', 'lark'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"


def test_fixed_values_that_are_no_words_are_refused() -> None:
    with pytest.raises(OverflowError):
        FixedColumn("F", (2**64,))
