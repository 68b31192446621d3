"""C programs with F and D compute what they do on qemu's processor."""

import shutil
import subprocess
from pathlib import Path

import pytest

from proven_runs import prove_and_verify
from riscv_floats import NEEDS_QEMU, QEMU
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

GCC = "riscv64-unknown-elf-gcc"
FOLDER = Path(__file__).parents[3] / "data" / "floats"
SOURCES = ("planets", "mixed")
MACHINES = (("-march=rv64gc", "-mabi=lp64d"), ("-march=rv64imafd", "-mabi=lp64"))
LEVELS = ("-O0", "-O2", "-Os")
STATIC = ("-static", "-nostdlib", "-ffreestanding", "-fno-math-errno", "-Wl,--build-id=none")

pytestmark = [NEEDS_QEMU, pytest.mark.skipif(shutil.which(GCC) is None, reason=f"needs {GCC}")]


def build(source: str, flags: tuple[str, ...], folder: Path) -> Path:
    path = folder / "guest.elf"
    subprocess.run([GCC, *STATIC, *flags, str(FOLDER / f"{source}.c"), "-o", str(path), "-lgcc"], check=True)
    return path


def check(source: str, flags: tuple[str, ...], folder: Path) -> Program:
    path = build(source, flags, folder)
    program = Program(transpile(path.read_bytes()))
    run = program.execute()
    assert run.outcome == Exit(0), run.fault_text
    assert run.outputs == subprocess.run([QEMU, str(path)], capture_output=True, check=True).stdout
    return program


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("machine", MACHINES, ids=" ".join)
@pytest.mark.parametrize("level", LEVELS)
def test_a_program_computes_what_it_does_on_qemu(
    source: str, machine: tuple[str, ...], level: str, tmp_path: Path
):
    check(source, (*machine, level), tmp_path)


@pytest.mark.parametrize("source", [pytest.param("planets", marks=pytest.mark.slow), "mixed"])
def test_its_run_is_proven(source: str, tmp_path: Path):
    program = check(source, (*MACHINES[0], "-O2"), tmp_path)
    assert prove_and_verify(program).statement.outcome == Exit(0)
