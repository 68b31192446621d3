"""Witnesses in files: names find their columns, and a damaged file is one sentence."""

import csv
import json
import random
import resource
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zisk_py import pil
from zisk_py.errors import ZiskError
from zisk_py.pil.authoring import errors
from zisk_py.pil.authoring.compiled_system import CompiledSystem
from zisk_py.stark.options import MAX_SEGMENTS

SOURCE = """\
airtemplate Main() {
    airval start;
    col witness x, only, limbs[2];
    x * (x - start) === 0;
    only * limbs[0] * limbs[1] === 0;
}
airtemplate Other(const int N = 64) {
    col witness x, y;
    x * y === 0;
}
airgroup G { Main(); Other(); }
"""
ROWS = 32
WITNESS = {
    "Main": [
        {"x": [1] * ROWS, "only": list(range(ROWS)), "limbs": [[2, -3]] * ROWS, "start": 5},
        {"x": [2] * ROWS, "only": [0] * ROWS, "limbs": [[0, 2**63]] * ROWS, "start": -5},
    ],
    "Other": [{"x": [0] * 64, "y": [2**64 - 2**33] * 64}],
}


@pytest.fixture(scope="module")
def system() -> CompiledSystem:
    return pil.compile(SOURCE)


def flat(split: bool) -> dict[str, Any]:
    """The witness under the names of a flat file; `split`: arrays of columns one by one."""
    found: dict[str, Any] = {}
    for air, instances in WITNESS.items():
        for number, columns in enumerate(instances):
            prefix = f"{air}[{number}]." if len(instances) > 1 else f"{air}."
            for name, values in columns.items():
                short = name if name == "y" else prefix + name
                if split and name == "limbs":
                    found |= {f"{short}[{i}]": [row[i] for row in values] for i in range(2)}
                else:
                    found[short] = values
    return found


def array(values: Any) -> Any:
    """An array that keeps integers: of words where they are large, else signed."""
    kept = np.array(values)
    return kept if kept.dtype.kind in "iu" else np.array(values, dtype=object).astype(np.uint64)


def write(path: Path, columns: dict[str, Any] | None = None) -> Path:
    """The witness, or other columns, in a file of the suffix's kind."""
    split = path.suffix in (".npz", ".csv")  # numpy has no type for -3 beside 2^63, nor has csv matrices
    columns = flat(split) if columns is None else columns
    if path.suffix == ".npz":
        np.savez_compressed(path, **{name: array(values) for name, values in columns.items()})
    elif path.suffix == ".csv":
        lists = {name: values if isinstance(values, list) else [values] for name, values in columns.items()}
        rows = max(map(len, lists.values()))
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(lists)
            for row in range(rows):
                writer.writerow([values[row] if row < len(values) else "" for values in lists.values()])
    else:
        path.write_text(json.dumps(columns))
    return path


def matrices(system: CompiledSystem, witness: Any) -> list[Any]:
    made = system.trace(witness)
    return [(one.air, one.number, one.air_values, one.matrix.tolist()) for one in made.instances]


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".json"])
def test_a_file_has_the_witness_that_was_written(system: CompiledSystem, suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"w{suffix}")

    assert matrices(system, system.read_witness(path)) == matrices(system, WITNESS)


def test_json_may_name_airs_and_write_integers_as_text(system: CompiledSystem, tmp_path: Path) -> None:
    nested = {"Main": WITNESS["Main"], "Other": WITNESS["Other"][0]}
    (tmp_path / "a.json").write_text(json.dumps(nested))
    (tmp_path / "b.json").write_text(json.dumps(nested).replace(str(2**63), f'"{hex(2**63)}"'))

    found = [matrices(system, system.read_witness(tmp_path / name)) for name in ("a.json", "b.json")]

    assert found == [matrices(system, WITNESS)] * 2


MISTAKES: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "ambiguous": (
        {"x": [1]},
        errors.UnknownName,
        r"has x, which is a column of Main, Other; write Main\.x",
    ),
    "unknown": ({"onyl": [1]}, errors.UnknownName, "has onyl, which no air has; did you mean only?"),
    "gap": (
        {"Main[0].x": [1], "Main[2].x": [1]},
        errors.BadArchive,
        "instances of Main, but none with number 1",
    ),
    "twice": ({"only": [1], "Main[0].only": [1]}, errors.GivenTwice, r"column only of Main\[0\] twice"),
    "many": ({f"Main[{MAX_SEGMENTS}].x": [1]}, errors.BadArchive, f"at most {MAX_SEGMENTS} instances"),
}


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".json"])
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_names_is_named(
    system: CompiledSystem, name: str, suffix: str, tmp_path: Path
) -> None:
    columns, kind, text = MISTAKES[name]

    with pytest.raises(kind, match=text):
        system.read_witness(write(tmp_path / f"w{suffix}", columns))


def member(shape: str, dtype: str = "<u8", data: bytes = b"\0" * 256, version: bytes = b"\1\0") -> bytes:
    """An array as numpy writes it, with any header."""
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(header) + 1) + header + b"\n" + data


ARRAYS: dict[str, tuple[bytes, str]] = {
    "too large": (member("(1099511627776,)"), r"only.npy of shape \(1099511627776,\), more than any air"),
    "too wide": (member("(16777216, 2)"), "more than any air can take"),
    "negative": (member("(-1,)"), "damaged"),
    "many dimensions": (member(f"({'1, ' * 40})"), "more than any air"),
    "too short": (member("(33,)"), "does not hold the 264 bytes that it states"),
    "too long": (member("(31,)"), "does not hold the 248 bytes that it states"),
    "pickled": (member("(32,)", "|O"), "values of type object; save integers"),
    "floats": (member("(32,)", "<f8"), "values of type float64; save integers"),
    "a program": (member("(32,) + __import__('os').abort()"), "damaged"),
    "another format": (member("(32,)", version=b"\x09\0"), "damaged"),
    "no array": (b"hello", "damaged"),
    "nothing": (b"", "damaged"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_a_damaged_array_is_refused_before_memory_is_taken(
    system: CompiledSystem, name: str, tmp_path: Path
) -> None:
    data, text = ARRAYS[name]
    path = tmp_path / "w.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("only.npy", data)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(errors.BadArchive, match=text):
        system.read_witness(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # KiB


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_numpy_compresses_is_unpacked(system: CompiledSystem, method: int, tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("only.npy", member("(32,)"))

    with pytest.raises(errors.BadArchive, match=r"only\.npy compressed in another way than numpy does"):
        system.read_witness(path)


TEXTS: dict[str, tuple[str, str]] = {
    "a.csv": ("only,limbs[0]\n1,2\n3\n", "line 3 has 1 cells, the first line has 2 names"),
    "b.csv": ("only\n1\nx\n", "line 3: 'x' in column only is no integer"),
    "c.csv": ("only,Other.x\n1,1\n,1\n1,1\n", "line 4: column only goes on after an empty cell"),
    "d.csv": ("", "is empty; its first line has the names"),
    "e.csv": ("only\n1.5\n", "'1.5' in column only is no integer"),
    "f.csv": (f"only\n{'9' * 5000}\n", "in column only is no integer"),
    "a.json": ("[1]", "must be an object of airs"),
    "b.json": ('{"only": [1}', "is no JSON"),
    "c.json": ("[" * 100_000, "nested too deeply"),
    "d.json": ('{"only": [1], "only": [2]}', "a name stands twice"),
    "e.json": ('{"only": ["one"]}', "'one' is no integer"),
    "f.json": ('{"Mian": {}}', "names air Mian, which there is not; did you mean Main?"),
    "a.txt": ("", r"is no witness; its name ends in \.npz, \.csv, \.json"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_damaged_text_is_refused_with_its_place(system: CompiledSystem, name: str, tmp_path: Path) -> None:
    text, message = TEXTS[name]
    (tmp_path / name).write_text(text)

    with pytest.raises(pil.TraceError, match=message):
        system.read_witness(tmp_path / name)


@pytest.mark.parametrize("name", ["w.npz", "w.csv", "w.json"])
def test_a_file_that_is_not_there_is_named(system: CompiledSystem, name: str, tmp_path: Path) -> None:
    with pytest.raises(errors.BadArchive, match=f"cannot read .*{name}: No such file"):
        system.read_witness(tmp_path / name)


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".json"])
def test_changed_bytes_of_a_file_end_in_a_witness_or_a_sentence(
    system: CompiledSystem, suffix: str, tmp_path: Path
) -> None:
    small = {"only": list(range(ROWS)), "limbs[0]": [1] * ROWS, "limbs[1]": [1] * ROWS, "Main.start": 5}
    honest = write(tmp_path / f"w{suffix}", small).read_bytes()
    changes = random.Random(6)
    refused = 0
    for _ in range(150):
        data = bytearray(honest)
        for _ in range(changes.randint(1, 4)):
            place = changes.randrange(len(data))
            data[place : place + changes.randint(0, 2)] = changes.randbytes(changes.randint(0, 2))
        path = tmp_path / f"changed{suffix}"
        path.write_bytes(data)
        try:
            system.trace(system.read_witness(path))
        except ZiskError as error:
            refused += bool(str(error))

    assert refused > 75


def test_publics_are_read_by_name(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text('{"out": "0x10", "parts": [1, "-2"]}')

    assert pil.read_publics(path) == {"out": 16, "parts": [1, -2]}


@pytest.mark.parametrize(
    ("text", "message"),
    [("[1]", "object of publics by name"), ("{", "is no JSON"), ('{"a": "b"}', "'b' is no integer")],
)
def test_publics_that_cannot_be_read_are_a_sentence(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(text)

    with pytest.raises(errors.BadArchive, match=message):
        pil.read_publics(path)
