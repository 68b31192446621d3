"""The C compiler: where it is, what it is told for each target, and what its refusals mean.

clang 14 or later compiles for BPF, and so does the clang within PyPI's `ziglang`.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TextIO

from zisk_py.errors import InputError
from zisk_py.transpiler.bpf.layout import FRAME_SIZE
from zisk_py.transpiler.bpf.versions import Version

FOLDER = Path(str(files("zisk_py.transpiler.c")))
INCLUDE = FOLDER / "include"
CLANG_VARIABLE = "CLANG"
ZIG_TARGET = "bpfel-freestanding-none"
STACK_OPTION_SINCE = 19  # the version of LLVM whose limit of a frame can be set; before, it is 512 bytes

CRASH = "PLEASE submit a bug report"

# Free-standing: no call to a library that is not there is made out of a loop or a structure.
COMMON = (
    "-ffreestanding",
    "-nostdlibinc",
    "-fno-ident",
    "-fno-jump-tables",
    "-fno-stack-protector",
    "-fno-crash-diagnostics",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-Werror=implicit-function-declaration",
    "-O2",
)
SOLANA = ("-mcpu=v2", "-ffunction-sections", "-fdata-sections", "-D__ZISK_SOLANA__=1")

NO_VARIABLE_ARGUMENTS = "a function of BPF has no variable number of arguments"
SMALL_RESULT = "returns at most 64 bits: pass the address of a place for more"
# What a message of the compiler means; the first that is found is told.
ADVICE = (
    (
        r"too many arg|stack arguments",
        "a function of BPF has at most five arguments: pass a structure's address",
    ),
    (
        r"nsupport(ed)? signed division",
        "BPF divides unsigned numbers only: use divide_signed or remainder_signed of <zisk/arithmetic.h>",
    ),
    (r"variadic|vaarg", NO_VARIABLE_ARGUMENTS),
    (r"VarArgs or StructRet", f"{NO_VARIABLE_ARGUMENTS} and {SMALL_RESULT}"),
    (
        r"built-in function '__multi3'",
        "BPF has no product of 128 bits: use multiply_wide of <zisk/arithmetic.h>",
    ),
    (r"aggregate returns|only small returns", f"a function of BPF {SMALL_RESULT}"),
    (r"pass by value", "a function of BPF takes no structure by value: pass its address"),
    (r"dynamic stack allocation", "an array on the stack needs a constant size"),
    (r"stack limit", "the variables of one function are too large for its frame: make them smaller or const"),
    (
        r"built-in function 'mem\w+'",
        "a structure is too large to be copied by `=`: use memcpy of <zisk/memory.h>",
    ),
    (r"built-in function '__\w*[sd]f\w*'", "BPF has no floating-point numbers"),
    (r"built-in function 'abort'", "BPF has no trap: call abort() of <zisk/solana.h>, or return"),
    (r"Cannot select.*brind", "BPF has no computed goto: use switch or a table of functions"),
    (r"XADD return value|Cannot select.*[aA]tomic", "atomic operations need --target ebpf"),
    (CRASH, "it crashed on something that BPF has no instruction for: try other flags or another compiler"),
    (r"unable to create target|unknown target", "it was built without BPF: take Debian's clang or ziglang"),
)


class NoCompiler(InputError):
    """No C compiler for BPF was found."""


class CompileError(InputError):
    """The compiler refuses a source."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """The words that start a compiler, and the version of its LLVM."""

    command: tuple[str, ...]
    version: int
    is_zig: bool

    def compile(
        self, source: Path, version: Version, cflags: Sequence[str] = (), messages: TextIO | None = None
    ) -> bytes:
        """The relocatable object of a C file.

        What the compiler says goes to `messages` [default: standard error]. Raises CompileError.
        """
        with tempfile.TemporaryDirectory(prefix="zisk-py-") as folder:
            made = Path(folder) / f"{source.stem}.o"
            words = [*self._words(source, version, cflags), "-c", str(source), "-o", str(made)]
            done = subprocess.run(
                words, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, check=False
            )
            (messages or sys.stderr).write(done.stderr.split(CRASH)[0])  # behind it are its own insides
            if done.returncode or not made.is_file():
                raise CompileError(f"{self.command[0]} cannot compile {source}: {_advice(done.stderr)}")
            return made.read_bytes()

    def _words(self, source: Path, version: Version, cflags: Sequence[str]) -> list[str]:
        words = [*self.command, *(("-target", ZIG_TARGET) if self.is_zig else ("-target", "bpf")), *COMMON]
        words += ["-fno-sanitize=undefined"] if self.is_zig else []  # zig turns it on by itself
        if version.is_sbpf:
            words += SOLANA
            if self.version >= STACK_OPTION_SINCE:
                words += ["-mllvm", f"-bpf-stack-size={FRAME_SIZE}"]
        else:
            words.append("-mcpu=v4" if self.is_zig else "-mcpu=v3")
        # __FILE__ and debug information say nothing of where the files are.
        words += [f"-ffile-prefix-map={folder}{os.sep}=" for folder in (source.parent, INCLUDE)]
        return [*words, "-fdebug-compilation-dir=.", f"-I{INCLUDE}", *cflags]


def find_compiler(clang: str | None = None) -> Compiler:
    """`clang`, or what the environment's CLANG names, or clang, or the module ziglang. Raises NoCompiler."""
    named = clang or os.environ.get(CLANG_VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoCompiler(
                f"the compiler {named} is not there; name another with --clang or {CLANG_VARIABLE}"
            )
        is_zig = "zig" in Path(found).stem
        return _started((named, "cc") if is_zig else (named,), is_zig=is_zig)
    if shutil.which("clang"):
        return _started(("clang",), is_zig=False)
    if importlib.util.find_spec("ziglang") is not None:
        return _started((sys.executable, "-m", "ziglang", "cc"), is_zig=True)
    raise NoCompiler(
        "there is no C compiler for BPF; install clang (`apt install clang`) or `pip install 'zisk-py[c]'`"
    )


def _started(command: tuple[str, ...], *, is_zig: bool) -> Compiler:
    """The compiler, asked for its version. Raises NoCompiler."""
    try:
        said = subprocess.run(
            [*command, "-dumpversion"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
    except OSError as error:
        raise NoCompiler(
            f"cannot start {' '.join(command)}: {error.strerror}; name another with --clang"
        ) from error
    match = re.match(r"(\d+)\.", said.stdout)
    if said.returncode or match is None:
        raise NoCompiler(
            f"{' '.join(command)} does not tell its version as clang does; name another with --clang"
        )
    return Compiler(command, int(match[1]), is_zig)


def _advice(messages: str) -> str:
    for pattern, advice in ADVICE:
        if re.search(pattern, messages):
            return advice
    return "its messages say why"
