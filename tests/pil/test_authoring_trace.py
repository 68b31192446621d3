"""What a user gives becomes a trace, or one sentence that says what is wrong with it."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zisk_py import pil
from zisk_py.errors import InputError
from zisk_py.field.goldilocks import P
from zisk_py.pil.authoring import errors
from zisk_py.pil.authoring.compiled_system import CompiledSystem
from zisk_py.pil.errors import PilError, PilWarning

SOURCE = """\
public total, parts[2];
airtemplate Main() {
    col fixed FIRST = [1, 0...];
    airval start;
    col witness bits(8) small;
    col witness large;
    col witness limbs[3], grid[2][2];
    FIRST * (large - start - total - parts[0] - parts[1]) === 0;
    small * limbs[0] * grid[0][0] === 0;
    limbs[1] * limbs[2] * grid[0][1] === 0;
    grid[1][0] * grid[1][1] === 0;
}
airtemplate Table(const int N = 64) {
    col fixed X = [0..63];
    col witness value;
    value * (X - 1) === 0;
}
airtemplate Rom() {
    commit stage(0) program;
    col program key, entry[2];
    col witness read;
    read * (key + entry[0] + entry[1]) === 0;
}
airgroup G { Main(); Table(); Rom(); }
"""
ROWS = 32


@pytest.fixture(scope="module")
def system() -> CompiledSystem:
    with warnings.catch_warnings(action="ignore", category=PilWarning):  # nothing is done for bits(8)
        return pil.compile(SOURCE)


def main(**changes: Any) -> dict[str, Any]:
    """Columns of Main; a change to None leaves one out."""
    columns: dict[str, Any] = {"small": [1] * ROWS, "large": np.arange(ROWS), "start": 7}
    columns |= {"limbs": np.zeros((ROWS, 3), dtype=np.int8), "grid": np.zeros((ROWS, 2, 2), dtype=np.int8)}
    return {name: value for name, value in (columns | changes).items() if value is not None}


PROGRAM = {"Rom": {"key": np.arange(ROWS), "entry": np.zeros((ROWS, 2), dtype=np.uint64)}}
PUBLICS = {"total": 5, "parts": [1, -1]}


def trace(system: CompiledSystem, witness: Any, publics: Any = PUBLICS, program: Any = PROGRAM) -> pil.Trace:
    return system.trace(witness, publics, program=program)


def test_columns_stand_in_the_order_of_the_file(system: CompiledSystem) -> None:
    limbs = np.arange(3 * ROWS).reshape(ROWS, 3)
    grid = 1000 + np.arange(4 * ROWS).reshape(ROWS, 2, 2)
    made = trace(system, {"Main": main(limbs=limbs, grid=grid)})

    (instance,) = made.instances
    assert [column.name for column in system.system.air("Main").columns][2:] == [
        *("limbs[0]", "limbs[1]", "limbs[2]"),
        *("grid[0][0]", "grid[0][1]", "grid[1][0]", "grid[1][1]"),
    ]
    assert instance.matrix[:, 2:5].tolist() == limbs.tolist()
    assert instance.matrix[:, 5:].tolist() == grid.reshape(ROWS, 4).tolist()
    assert (instance.air, instance.air_values, instance.number) == ("Main", (7,), 0)
    assert made.publics == made.public_values == (5, 1, P - 1)
    assert made.program["Rom"].tolist() == [[row, 0, 0] for row in range(ROWS)]


@pytest.mark.parametrize(
    "columns",
    [
        {"limbs": None} | {f"limbs[{i}]": np.full(ROWS, i) for i in range(3)},
        {"limbs": np.tile([0, 1, 2], (ROWS, 1)).tolist()},
        {"grid": np.zeros((ROWS, 4), dtype=bool), "limbs": np.tile([0, 1, 2], (ROWS, 1))},
        {"grid": None, "grid[0]": np.zeros((ROWS, 2), dtype=bool), "grid[1]": np.zeros((ROWS, 2), dtype=bool)}
        | {"limbs": np.asfortranarray(np.tile([0, 1, 2], (ROWS, 1)))},
    ],
    ids=["one by one", "lists", "flat", "partly"],
)
def test_an_array_is_given_in_any_of_its_forms(system: CompiledSystem, columns: dict[str, Any]) -> None:
    matrix = trace(system, {"Main": main(**columns)}).instances[0].matrix

    assert matrix[:, 2:5].tolist() == [[0, 1, 2]] * ROWS
    assert not matrix[:, 5:].any()


class Series:
    """What a table library's column looks like to us."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self._values, dtype=dtype)


class Frame:
    """What a table library's table looks like to us."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self._columns = columns

    @property
    def columns(self) -> list[str]:
        return list(self._columns)

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]


@pytest.mark.parametrize("dtype", [*"bhilqBHILQ", "?", "O", ">i4", ">u8"])
def test_every_kind_of_integer_is_taken(system: CompiledSystem, dtype: str) -> None:
    matrix = trace(system, {"Main": main(large=np.ones(ROWS, dtype=int).astype(dtype))}).instances[0].matrix

    assert matrix.dtype == np.uint64
    assert matrix[:, 1].tolist() == [1] * ROWS


@pytest.mark.parametrize("make", [list, tuple, np.array, Series, lambda v: np.array(v, dtype=object)])
@pytest.mark.parametrize(
    ("value", "word"), [(-1, P - 1), (1 - P, 1), (P - 1, P - 1), (-(2**63), P - 2**63), (2**63, 2**63)]
)
def test_a_negative_integer_is_taken_modulo_p(
    system: CompiledSystem, value: int, word: int, make: Callable[[list[int]], Any]
) -> None:
    values = [value] + [-1] * (ROWS - 1) if make in (list, tuple) else [value] * ROWS
    matrix = trace(system, {"Main": Frame(main(large=make(values)))}).instances[0].matrix

    assert matrix[0, 1] == word


COLUMN = np.zeros(ROWS, dtype=np.uint64)
MISTAKES: dict[str, tuple[Any, type[Exception], str]] = {
    "no air": ({"Mian": main()}, errors.UnknownName, "air Mian, which there is not; did you mean Main?"),
    "no column": ({"Main": main(lrage=COLUMN)}, errors.UnknownName, "no column lrage; did you mean large?"),
    "no element": (
        {"Main": main(**{"limbs[3]": COLUMN})},
        errors.UnknownName,
        r"no column limbs\[3\]; did you mean limbs\[\d\]",
    ),
    "missing": (
        {"Main": [main(), main(small=None, start=None, grid=None, **{"grid[0][1]": COLUMN})], "Table": {}},
        errors.Missing,
        r"have small, grid\[0\]\[0\], grid\[1\]\[0\], grid\[1\]\[1\], start of Main\[1\]; value of Table",
    ),
    "nothing": ({}, errors.Missing, "the witness has no air; give the columns of Main, Table, Rom"),
    "twice": (
        {"Main": main(**{"limbs[1]": COLUMN})},
        errors.GivenTwice,
        r"limbs\[1\] twice, as limbs and as limbs\[1\]",
    ),
    "lengths": (
        {"Main": main(large=np.zeros(64, dtype=int))},
        errors.WrongShape,
        "differ in length: small has 32 rows, large has 64",
    ),
    "no power": (
        {"Main": {name: v[:20] if name != "start" else v for name, v in main().items()}},
        errors.WrongHeight,
        "20 rows; the number must be a power of two from 2.5 to 2.24; pad its columns to 32",
    ),
    "short": (
        {"Main": {name: v[:16] if name != "start" else v for name, v in main().items()}},
        errors.WrongHeight,
        "16 rows; .* pad its columns to 32",
    ),
    "its N": (
        {"Table": {"value": COLUMN}},
        errors.WrongHeight,
        "Table has 64 rows, by its N, and column value has 32",
    ),
    "as its program": (
        {"Rom": {"read": np.zeros(64, dtype=int)}},
        errors.WrongHeight,
        "Rom has 32 rows, as its program columns, and column read has 64",
    ),
    "fixed": ({"Table": {"X": COLUMN}}, errors.FilledByUs, "column X of Table is fixed"),
    "floats": ({"Main": main(large=np.zeros(ROWS))}, errors.WrongType, "column large of Main .* float64"),
    "a float": (
        {"Main": main(large=[1] * 31 + [0.5])},
        errors.WrongType,
        "column large of Main has 0.5 in row 31, of type float; give integers",
    ),
    "text": ({"Main": main(large=["1"] * ROWS)}, errors.WrongType, "large of Main has values of type"),
    "none": (
        {"Main": main(large=[1] * 31 + [None])},
        errors.WrongType,
        "has None in row 31, of type NoneType",
    ),
    "masked": (
        {"Main": main(large=np.ma.masked_equal(np.arange(ROWS), 3))},
        errors.WrongType,
        "large of Main has masked values",
    ),
    "ragged": (
        {"Main": main(limbs=[[1, 2, 3]] * 31 + [[1]])},
        errors.WrongShape,
        "limbs of Main is no array",
    ),
    "a number": (
        {"Main": main(large=3)},
        errors.WrongShape,
        r"column large of Main has the shape \(rows,\), not \(\); give a value for every row",
    ),
    "a matrix": ({"Main": main(large=np.zeros((ROWS, 2), dtype=int))}, errors.WrongShape, r"\(32, 2\)"),
    "too narrow": (
        {"Main": main(limbs=np.zeros((ROWS, 2), dtype=int))},
        errors.WrongShape,
        r"limbs of Main has the shape \(rows, 3\), not \(32, 2\)",
    ),
    "air value": ({"Main": main(start=[1, 2])}, errors.WrongShape, "start of Main is one number, and 2"),
    "p": (
        {"Main": main(large=[0] * 5 + [P] + [0] * 26)},
        errors.OutOfRange,
        f"large of Main has {P} in row 5, which is not below p",
    ),
    "p as a word": (
        {"Main": main(large=np.full(ROWS, P, dtype=np.uint64))},
        errors.OutOfRange,
        f"large of Main has {P} in row 0",
    ),
    "-p": ({"Main": main(large=[0, -P] + [0] * 30)}, errors.OutOfRange, f"has -{P} in row 1"),
    "in a matrix": (
        {"Main": main(limbs=[[0, 0, 0]] * 31 + [[0, 2**64, 0]])},
        errors.OutOfRange,
        "in row 31, column 1",
    ),
    "bits": (
        {"Main": main(small=[0, 256, 0, 700] + [0] * 28)},
        errors.OutOfRange,
        r"column small of Main is declared bits\(8\), 0 to 255, and has 256 in row 1 and 1 other row",
    ),
    "no table": ({"Main": 5}, errors.WrongType, "witness of Main is a dict of columns"),
    "no dict": ([main()], errors.WrongType, "the witness is a dict of airs, .* not list"),
    "a set": (
        {"Main": main(large=set(range(ROWS)))},
        errors.WrongType,
        r"is \{0, 1, .*\.\.\.\}, of type set",
    ),
    "no rows": ({"Table": {"value": []}}, errors.WrongHeight, "column value has 0"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_witness_is_named(system: CompiledSystem, name: str) -> None:
    witness, kind, text = MISTAKES[name]

    with pytest.raises(kind, match=text) as caught:
        trace(system, witness)
    assert isinstance(caught.value, pil.TraceError)


PUBLIC_MISTAKES: dict[str, tuple[Any, type[Exception], str]] = {
    "no dict": ([5], errors.WrongType, "publics are a dict, .* not list"),
    "unknown": ({"totl": 5}, errors.UnknownName, "no public totl; did you mean total?"),
    "missing": (
        {"parts[1]": 1},
        errors.Missing,
        r"no value is given for public total, parts\[0\]; pass publics=",
    ),
    "short": ({"total": 1, "parts": [1]}, errors.WrongShape, "public parts has 2 values, and 1 are given"),
    "float": ({"total": 1.5, "parts": [1, 2]}, errors.WrongType, "public total has values of type float64"),
    "large": ({"total": P, "parts": [1, 2]}, errors.OutOfRange, f"public total is {P}, which is not below p"),
    "twice": ({"total": 1, "parts": [1, 2], "parts[0]": 1}, errors.GivenTwice, r"parts\[0\] twice"),
}


@pytest.mark.parametrize("name", PUBLIC_MISTAKES)
def test_a_mistake_in_the_publics_is_named(system: CompiledSystem, name: str) -> None:
    publics, kind, text = PUBLIC_MISTAKES[name]

    with pytest.raises(kind, match=text):
        trace(system, {"Main": main()}, publics)


PROGRAM_MISTAKES: dict[str, tuple[Any, type[Exception], str]] = {
    "none": ({}, errors.Missing, r"key, entry\[0\], entry\[1\] are not given; pass program=\{'Rom'"),
    "no air": ({"Main": {}}, errors.UnknownName, "the program names air Main"),
    "no column": (
        {"Rom": {"kye": COLUMN}},
        errors.UnknownName,
        "program of Rom has no column kye; did you mean key",
    ),
    "width": (
        {"Rom": np.zeros((ROWS, 2), dtype=int)},
        errors.WrongShape,
        r"has 3 columns; its matrix .*\(32, 2\)",
    ),
    "height": (
        {"Rom": np.zeros((33, 3), dtype=int)},
        errors.WrongHeight,
        "33 rows; .* pad its columns to 64",
    ),
}


@pytest.mark.parametrize("name", PROGRAM_MISTAKES)
def test_a_mistake_in_the_program_is_named(system: CompiledSystem, name: str) -> None:
    program, kind, text = PROGRAM_MISTAKES[name]

    with pytest.raises(kind, match=text):
        trace(system, {"Main": main()}, program=program)


def test_program_columns_may_stand_with_an_instance(system: CompiledSystem) -> None:
    apart = trace(system, {"Rom": {"read": COLUMN}})
    together = trace(system, {"Rom": {"read": COLUMN} | PROGRAM["Rom"]}, program={})

    assert apart.program["Rom"].tolist() == together.program["Rom"].tolist()
    with pytest.raises(errors.GivenTwice, match="key of Rom is given with an instance too"):
        trace(system, {"Rom": {"read": COLUMN} | PROGRAM["Rom"]})


BITS = """
airtemplate Main(const int N = 32) {
    col witness bits(8) plain;
    col witness bits(8, signed) both;
    col witness bits(64, signed) wide;
    plain * both * wide === 0;
}
airgroup Demo { Main(); }
"""


@pytest.mark.parametrize(
    ("column", "inside", "outside"),
    [
        ("plain", (0, 255), (-1, 256)),
        ("both", (-128, 127), (-129, 128)),
        ("wide", (-(2**63), 2**63 - 1), ()),
    ],
)
def test_declared_bits_let_just_their_range_through(
    column: str, inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    with warnings.catch_warnings(action="ignore", category=PilWarning):
        made = pil.compile(BITS)
    zeros = {name: np.zeros(ROWS, int) for name in ("plain", "both", "wide")}
    for value in inside:
        matrix = made.trace({"Main": zeros | {column: [value] * ROWS}}).instances[0].matrix
        assert int(matrix[:, made.system.airs[0].column(column)][0]) == value % P
    for value in outside:
        with pytest.raises(errors.OutOfRange, match=rf"bits\(8.*, and has {value} in row 0"):
            made.trace({"Main": zeros | {column: [value] * ROWS}})


def test_values_beyond_the_declared_bits_can_be_let_through(system: CompiledSystem) -> None:
    wrong = main(small=[300] * ROWS)

    made = system.trace({"Main": wrong}, PUBLICS, program=PROGRAM, check_bits=False)

    assert made.instances[0].matrix[0, 0] == 300


def test_instances_of_one_air_are_numbered_and_named(system: CompiledSystem) -> None:
    made = trace(system, {"Rom": {"read": COLUMN}, "Main": [main(), main(start=9)]})

    assert [(one.air, one.number, one.air_values) for one in made.instances] == [
        ("Main", 0, (7,)),
        ("Main", 1, (9,)),
        ("Rom", 0, ()),
    ]
    with pytest.raises(errors.WrongType, match=r"column large of Main\[1\]"):
        trace(system, {"Main": [main(), main(large=[0.5] * ROWS)]})


def test_the_given_arrays_are_not_changed(system: CompiledSystem) -> None:
    large = np.arange(ROWS, dtype=np.uint64)

    made = trace(system, {"Main": main(large=large)})
    made.instances[0].matrix[:] = 9

    assert large.tolist() == list(range(ROWS))


def test_a_system_and_a_trace_say_what_they_are(system: CompiledSystem) -> None:
    assert repr(system).splitlines()[:3] == [
        "<CompiledSystem: 3 airs, 3 publics",
        "    Main: any height, 9 columns, 4 constraints, 0 messages",
        "    Table: 2^6 rows, 1 columns, 1 constraints, 0 messages",
    ]
    assert repr(trace(system, {"Main": main()})) == "<Trace: Main 32 x 9; 3 publics>"


def test_a_file_is_compiled_by_its_path_and_a_text_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "table.pil"
    path.write_text(
        "airtemplate A(const int N = 32) { col witness x; x * (x - ONE) === 0; } airgroup G { A(); }"
    )
    compiled = [pil.compile(source, constants={"ONE": 1}) for source in (path, str(path), path.read_text())]

    assert len({system.key.digest for system in compiled}) == 1
    with pytest.raises((InputError, PilError), match=r"none\.pil"):
        pil.compile("none.pil")


def test_the_key_is_made_once(system: CompiledSystem) -> None:
    assert system.key is system.key
