"""C files and objects to one program file: .so for Solana, .o for eBPF, .elf for RISC-V."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from zisk_py.errors import InputError
from zisk_py.transpiler.bpf.linker import link
from zisk_py.transpiler.bpf.murmur3 import name_key
from zisk_py.transpiler.bpf.object_merger import merge
from zisk_py.transpiler.bpf.relocatable import RelocatableObject
from zisk_py.transpiler.bpf.syscalls import SYSCALLS
from zisk_py.transpiler.bpf.versions import EBPF, SBPF_V0, SBPF_V3, Version
from zisk_py.transpiler.c import riscv_compiler
from zisk_py.transpiler.c.compiler import FOLDER, Compiler, find_compiler
from zisk_py.transpiler.elf import ElfFile

SOURCE_SUFFIX, OBJECT_SUFFIX, SOLANA_SUFFIX = ".c", ".o", ".so"
TARGETS = {version.target: version for version in (SBPF_V3, SBPF_V0, EBPF)}
RUNTIME = FOLDER / "runtime" / "memory.c"
SOLANA_ENTRY = "entrypoint"


class NoTarget(InputError):
    """C for a target that it cannot be built for, or for none."""


class WrongFlag(InputError):
    """A flag of the compiler that would make a wrong program."""


@dataclass(frozen=True, slots=True)
class ProgramFile:
    """A program file as other tools take it, and where `transpile` has to start in it."""

    data: bytes
    suffix: str  # ".so", ".o" or ".elf"
    entry: str | None


def needs_link(paths: Sequence[Path], target: str) -> bool:
    """Whether these are no program file yet: C, several objects, or an object where only eBPF takes one."""
    is_source = any(path.suffix == SOURCE_SUFFIX for path in paths)
    is_linked = target == riscv_compiler.TARGET or (target in TARGETS and TARGETS[target].is_sbpf)
    return is_source or len(paths) > 1 or (is_linked and paths[0].suffix == OBJECT_SUFFIX)


def build_program_file(
    paths: Sequence[Path],
    target: str,
    entry: str | None = None,
    *,
    clang: str | None = None,
    gcc: str | None = None,
    cflags: Sequence[str] = (),
    messages: TextIO | None = None,
    read: Callable[[Path], bytes] = Path.read_bytes,
) -> ProgramFile:
    """Compile the C files among `paths`, and link them with the objects among them.

    target    one of TARGETS, or "riscv".
    entry     the function where the run starts; `entrypoint` for Solana, none for RISC-V.
    clang     the compiler, see `find_compiler`; `cflags` are for it, behind our own.
    gcc       that of RISC-V, see `build_guest`.
    messages  is told what the compiler says [default: standard error].
    read      reads an object.
    Raises InputError, one subclass per refusal.
    """
    if target == riscv_compiler.TARGET:
        if clang is not None:
            raise WrongFlag(f"{clang} is a compiler for BPF; name one for RISC-V with --gcc")
        if entry is not None:
            raise WrongFlag(f"a RISC-V program in C starts at main; leave out --entry {entry}")
        guest = riscv_compiler.build_guest(paths, gcc=gcc, cflags=cflags, messages=messages, read=read)
        return ProgramFile(guest, riscv_compiler.SUFFIX, None)
    version = _version(paths, target)
    if gcc is not None:
        raise WrongFlag(f"{gcc} is a compiler for RISC-V, not for {target}; name one with --clang")
    if version.is_sbpf and (wrong := [flag for flag in cflags if flag.startswith(("-mcpu", "-target"))]):
        raise WrongFlag(f"{wrong[0]} makes code that sBPF does not run alike; leave it out for {target}")
    compiler = find_compiler(clang) if any(path.suffix == SOURCE_SUFFIX for path in paths) else None
    objects = []
    for path in paths:
        if compiler is not None and path.suffix == SOURCE_SUFFIX:
            objects.append((path.name, compiler.compile(path, version, cflags, messages)))
        else:
            objects.append((path.name, read(path)))
    if compiler is not None:
        objects += _runtime(compiler, version, objects)
    name, data = objects[0] if len(objects) == 1 else (", ".join(p.name for p in paths), merge(objects))
    if not version.is_sbpf:
        return ProgramFile(data, OBJECT_SUFFIX, entry)
    return ProgramFile(link(data, version, entry or SOLANA_ENTRY, name), SOLANA_SUFFIX, None)


def _version(paths: Sequence[Path], target: str) -> Version:
    if target not in TARGETS:
        names = ", ".join(path.name for path in paths)
        why = "needs a target" if target == "auto" else f"cannot be built for {target}"
        targets = ", ".join((*TARGETS, riscv_compiler.TARGET))
        raise NoTarget(f"{names} {why}; choose one with --target: {targets}")
    return TARGETS[target]


def _runtime(
    compiler: Compiler, version: Version, objects: Sequence[tuple[str, bytes]]
) -> list[tuple[str, bytes]]:
    """The functions that C programs expect to be there, if these objects call any of them."""
    wanted: set[str] = set()
    defined: set[str] = set()
    for name, data in objects:
        found = RelocatableObject(ElfFile(data, name))
        wanted |= found.undefined_names()
        defined |= found.defined_names()
    missing = {name for name in wanted - defined if not version.is_sbpf or name_key(name) not in SYSCALLS}
    if not missing:
        return []
    runtime = compiler.compile(RUNTIME, version, ("-ffunction-sections",))
    offered = RelocatableObject(ElfFile(runtime, RUNTIME.name)).defined_names()
    return [(RUNTIME.name, runtime)] if missing & offered else []
