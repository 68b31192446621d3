"""C programs of the tests: built for a target here, and as native code to compare with."""

import ctypes
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zisk_py.transpiler.c.compiler import INCLUDE
from zisk_py.transpiler.c.program_source import TARGETS, build_program_file

SOURCES = Path(__file__).parent / "data" / "c"
COMPUTING = ("recursion", "structures", "tables", "wide", "words")  # u64 compute(input, length)
SOLANA_ENTRY = SOURCES / "solana_entry.c"
LEVELS = ("-O0", "-O1", "-O2", "-Os")
SOLANA_TARGETS = [name for name, version in TARGETS.items() if version.is_sbpf]
INPUTS = (b"", b"\0", b"abc", bytes(range(1, 60)), bytes((at * at * 37 + 11) % 256 for at in range(200)))

NEEDS_CLANG = pytest.mark.skipif(shutil.which("clang") is None, reason="needs clang to compile C")
NEEDS_ZIG = pytest.mark.skipif(importlib.util.find_spec("ziglang") is None, reason="needs the module ziglang")


def sources_of(name: str, target: str) -> list[Path]:
    """The files of a computing program for a target."""
    return [SOURCES / f"{name}.c", *([] if target == "ebpf" else [SOLANA_ENTRY])]


def build(*names: str, target: str, flags: tuple[str, ...] = (), compiler: str | None = None) -> bytes:
    """The program file of sources from the folder."""
    paths = [SOURCES / f"{name}.c" for name in names]
    return build_program_file(paths, target, clang=compiler, cflags=flags).data


def native(name: str, folder: Path) -> Callable[[bytes], int]:
    """`compute` of a source, compiled for this machine."""
    library = folder / f"{name}.native"
    words = ["-w", "-O1", "-fwrapv", "-shared", "-fPIC", f"-I{INCLUDE}", str(SOURCES / f"{name}.c")]
    subprocess.run(["gcc", *words, "-o", str(library)], check=True, capture_output=True)
    compute = ctypes.CDLL(str(library)).compute
    compute.restype = ctypes.c_uint64
    compute.argtypes = [ctypes.c_char_p, ctypes.c_uint64]
    return lambda data: int(compute(data, len(data)))


def zig_as_compiler(folder: Path) -> str:
    """A command that starts the clang within ziglang, as `--clang` takes it."""
    command = folder / "zig"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m ziglang "$@"\n')
    command.chmod(0o755)
    return str(command)
