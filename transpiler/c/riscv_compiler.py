"""C guests for RISC-V: GCC compiles them and links them with our start, our link script and picolibc.

The ELF files are those of ordinary static programs that make system calls as on Linux.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from zisk_py.transpiler.c.compiler import FOLDER, INCLUDE, CompileError, NoCompiler

TARGET = "riscv"
SUFFIX = ".elf"
GCC = "riscv64-unknown-elf-gcc"
GCC_VARIABLE = "RISCV_GCC"
SYSTEM = FOLDER / TARGET
RUNTIME = (SYSTEM / "start.S", SYSTEM / "system.c")
LINK_SCRIPT = SYSTEM / "guest.ld"

MACHINE_FLAG, ABI = "-march=", "-mabi=lp64"
PLATFORM = (f"{MACHINE_FLAG}rv64imac", ABI, "--specs=picolibc.specs")
COMPILE = (
    "-O2",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-ident",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-Werror=implicit-function-declaration",
)
LINK = ("-nostartfiles", "-static", f"-T{LINK_SCRIPT}", "-Wl,--build-id=none", "-Wl,--strip-debug")

# What a message of the compiler or linker means; the first that is found is told.
ADVICE = (
    (
        r"picolibc\.specs|cannot find -lc",
        "it has no C library: apt install picolibc-riscv64-unknown-elf",
    ),
    (r"undefined reference to `main'", "a guest starts at main, which no file has"),
    (
        r"undefined reference to `(open|close|lseek|unlink|stat|fstat|isatty)'",
        "a guest has no files: its input is stdin, its public output stdout",
    ),
    (
        r"undefined reference to `(gettimeofday|times|clock_gettime|getentropy|getpid|kill)'",
        "a guest has no clock, no random numbers and no other processes: it computes from its input alone",
    ),
    (
        r"can't link (soft|single|double|quad)-float modules|ABI requires|is incompatible with|ELFCLASS32",
        f"all that is linked must be made for RV64 and with {ABI}",
    ),
    (r"unrecognized command-line option", "a flag of --cflag is unknown to it"),
)


def build_guest(
    paths: Sequence[Path],
    *,
    gcc: str | None = None,
    cflags: Sequence[str] = (),
    messages: TextIO | None = None,
    read: Callable[[Path], bytes] = Path.read_bytes,
) -> bytes:
    """The ELF file of C files, objects and archives.

    gcc       the compiler; else what the environment's RISCV_GCC names, or `riscv64-unknown-elf-gcc`.
    cflags    are for the compiler and the linker, behind our own; -march is for our start and system too.
    messages  is told what the compiler says [default: standard error].
    read      reads an object or an archive.
    Raises NoCompiler and CompileError.
    """
    command = _find(gcc)
    machine = [flag for flag in cflags if flag.startswith("-m")]
    with tempfile.TemporaryDirectory(prefix="zisk-py-") as folder:
        files: list[str] = []
        for path in (*RUNTIME, *paths):
            made = Path(folder) / f"{len(files)}.o"
            if path in RUNTIME or path.suffix == ".c":
                _compile(command, path, made, machine if path in RUNTIME else cflags, messages)
            else:
                made.write_bytes(read(path))
            files.append(str(made))
        whole = Path(folder) / "guest.elf"
        what = ", ".join(path.name for path in paths)
        words = [command, *PLATFORM, *LINK, *cflags, *_library(cflags), *files, "-o", str(whole)]
        _run(words, what, messages)
        return whole.read_bytes()


def _library(cflags: Sequence[str]) -> list[str]:
    """Flags that choose the C library: there is one with and one without compressed instructions."""
    machines = [flag.removeprefix(MACHINE_FLAG) for flag in cflags if flag.startswith(MACHINE_FLAG)]
    letters = machines[-1].split("_")[0] if machines else "c"
    return [f"{MACHINE_FLAG}{'rv64imac' if 'c' in letters else 'rv64im'}", ABI]


def _find(gcc: str | None) -> str:
    named = gcc or os.environ.get(GCC_VARIABLE)
    if shutil.which(named or GCC):
        return named or GCC
    if named:
        raise NoCompiler(f"the compiler {named} is not there; name another with --gcc or {GCC_VARIABLE}")
    raise NoCompiler(
        f"there is no {GCC}; install it with its C library:"
        " apt install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"
    )


def _compile(command: str, source: Path, made: Path, flags: Sequence[str], messages: TextIO | None) -> None:
    # __FILE__ and debug information say nothing of where the files are.
    places = [f"-ffile-prefix-map={folder}{os.sep}=" for folder in (source.parent, INCLUDE)]
    words = [command, *PLATFORM, *COMPILE, *places, f"-I{INCLUDE}", *flags, "-c", str(source)]
    _run([*words, "-o", str(made)], source.name, messages)


def _run(words: Sequence[str], what: str, messages: TextIO | None) -> None:
    english = os.environ | {"LC_ALL": "C"}  # as ADVICE expects it
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            env=english,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise NoCompiler(f"cannot start {words[0]}: {error.strerror}; name another with --gcc") from error
    (messages or sys.stderr).write(done.stderr)
    if done.returncode:
        advice = next((text for pattern, text in ADVICE if re.search(pattern, done.stderr)), None)
        raise CompileError(f"{words[0]} cannot build {what}: {advice or 'its messages say why'}")
