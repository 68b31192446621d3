"""The routines of F and D as C for this machine, against qemu's processor."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from riscv_floats import FLOATS, NEEDS_QEMU, ask_qemu, edge_cases, random_cases
from zisk_py.transpiler.riscv.encodings import Encoding, Form
from zisk_py.transpiler.riscv.floats.library import FILE, load_library
from zisk_py.transpiler.riscv.floats.lowering import FLOATS as LOWERINGS

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "transpiler" / "riscv" / "floats"
HARNESS = ROOT / "tests" / "data" / "floats" / "harness.c"
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
RISCV_GCC = "riscv64-unknown-elf-gcc"
VERSION = "12."  # of the compiler that the shipped library is made with
ROUTINES = [row for row in FLOATS if row.name.replace(".", "_") in load_library().symbols.values()]
LEVELS = ("-O0", "-O2")

Routines = tuple[ctypes.CDLL, Path]


def named(row: Encoding) -> str:
    return row.name


@pytest.fixture(scope="module", params=COMPILERS)
def routines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Routines:
    folder = tmp_path_factory.mktemp("routines")
    level = LEVELS[COMPILERS.index(request.param) % len(LEVELS)]
    sources = sorted(str(path) for path in (FOLDER / "c").glob("*.c"))
    command = [
        request.param,
        level,
        "-shared",
        "-fPIC",
        str(HARNESS),
        *sources,
        "-o",
        str(folder / "routines.so"),
    ]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(folder / "routines.so")), folder


def compare(routines: Routines, row: Encoding, cases: np.ndarray) -> None:
    library, folder = routines
    answers = np.zeros((len(cases), 2), dtype=np.uint64)
    routine = ctypes.cast(getattr(library, row.name.replace(".", "_")), ctypes.c_void_p)
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (cases, answers)]
    library.run(routine, ctypes.c_long(len(cases)), *pointers)
    expected = ask_qemu(cases, folder)
    assert len(expected) == len(cases)
    wrong = np.flatnonzero((answers != expected).any(axis=1))
    shown = [[hex(word) for word in (*cases[i, 1:], *answers[i], *expected[i])] for i in wrong[:3]]
    assert not len(wrong), f"{len(wrong)} of {len(cases)}: mode, operands, ours, qemu's: {shown}"


@NEEDS_QEMU
@pytest.mark.parametrize("row", ROUTINES, ids=named)
def test_a_routine_gives_qemus_bits_and_flags(routines: Routines, row: Encoding):
    compare(routines, row, np.concatenate([edge_cases(row, 20_000), random_cases(row, 5_000, seed=1)]))


@NEEDS_QEMU
@pytest.mark.slow
@pytest.mark.parametrize("row", ROUTINES, ids=named)
def test_it_does_so_for_all_edges_and_many_random_operands(routines: Routines, row: Encoding):
    compare(routines, row, np.concatenate([edge_cases(row, 2_000_000), random_cases(row, 1_000_000, seed=2)]))


def test_every_instruction_that_computes_has_a_routine():
    plain = (Form.FLOAT_LOAD, Form.FLOAT_STORE, Form.BITS_TO_FLOAT)
    without = {row.name for row in FLOATS} - {row.name for row in ROUTINES}
    assert without == {
        row.name for row in FLOATS if row.form in plain or row.name.startswith(("fsgnj", "fmv."))
    }
    assert {row.name for row in FLOATS} < set(LOWERINGS)


@pytest.mark.skipif(shutil.which(RISCV_GCC) is None, reason=f"needs {RISCV_GCC} to make the library")
def test_the_shipped_library_is_what_its_sources_make(tmp_path: Path):
    version = subprocess.run([RISCV_GCC, "-dumpversion"], capture_output=True, text=True, check=True).stdout
    if not version.startswith(VERSION):
        pytest.skip(f"{RISCV_GCC} is {version.strip()}, the library was made with {VERSION}")
    folder = shutil.copytree(FOLDER, tmp_path / "floats")
    subprocess.run(["make", "-B", "-s"], cwd=folder, check=True)
    assert (folder / FILE).read_bytes() == (FOLDER / FILE).read_bytes()
