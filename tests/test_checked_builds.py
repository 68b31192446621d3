"""The checks of `make debug` and `make sanitize` can fail: faults in a module built alike are reported."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Every function is right for 7 and wrong for 8.
FAULTS_C = """
#include <stdint.h>
#include <stdlib.h>

int behind_the_end(int n) {
    volatile size_t size = 8 * sizeof(int);  // the compiler knows nothing of it
    volatile int *words = malloc(size);
    words[n] = 1;
    free((void *)words);
    return n;
}

int after_free(int n) {
    volatile int *words = calloc(8, sizeof *words);
    if (n > 7) free((void *)words);
    n = words[0];
    free((void *)words);
    return n;
}

int overflow(int n) { return INT32_MAX - 7 + n; }

int shift(int n) { return 1 << (23 + n); }
"""
FAULTS_PYX = """
cdef extern from "faults.h":
    int behind_the_end(int n)
    int after_free(int n)
    int overflow(int n)
    int shift(int n)

def call_behind_the_end(int n): return behind_the_end(n)
def call_after_free(int n): return after_free(n)
def call_overflow(int n): return overflow(n)
def call_shift(int n): return shift(n)

def call_index(int n):
    import array
    cdef unsigned char[:] view = array.array("B", bytes(8))
    view[n] = 1
    return n
"""
FAULTS_H = "int behind_the_end(int n), after_free(int n), overflow(int n), shift(int n);"
REPORTS = {
    ("sanitize", "call_behind_the_end"): "heap-buffer-overflow",
    ("sanitize", "call_after_free"): "heap-use-after-free",
    ("sanitize", "call_overflow"): "signed integer overflow",
    ("sanitize", "call_shift"): "left shift of 1 by 31 places",
    ("debug", "call_index"): "Out of bounds on buffer access",
}


def use(folder: Path, build: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a build of that folder; without one, build."""
    settings = {"PATH": os.environ["PATH"], "PYTHON": sys.executable}
    words = [folder / ".ci" / "use", build, *command]
    return subprocess.run(words, env=settings, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with our setup.py and one module of its own, built in both ways."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / "setup.py", folder)
    shutil.copy(ROOT / ".ci" / "use", folder / ".ci")
    for package in ("zisk_py", "zisk_py/isa", "emulator", "emulator/faults_c"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
    tables = 'def render_constants(): return ""\nrender_dispatch = render_constants\n'
    (folder / "zisk_py" / "isa" / "dispatch.py").write_text(tables)
    (folder / "emulator" / "faults.pyx").write_text(FAULTS_PYX)
    (folder / "emulator" / "faults_c" / "faults.c").write_text(FAULTS_C)
    (folder / "emulator" / "faults_c" / "faults.h").write_text(FAULTS_H)
    for build in ("debug", "sanitize"):
        done = use(folder, build)
        assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("build", "function"), REPORTS)
def test_a_fault_is_reported(folder: Path, build: str, function: str) -> None:
    script = f"import sys; from zisk_py.emulator.faults import {function}; {function}(int(sys.argv[1]))"
    command = (sys.executable, "-c", script)
    good, bad = use(folder, build, *command, "7"), use(folder, build, *command, "8")
    assert (good.returncode, good.stderr) == (0, "")
    assert bad.returncode != 0
    assert REPORTS[build, function] in bad.stderr
