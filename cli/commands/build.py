"""`zisk-py build`: a program file, or C, becomes a `.zrom`, or the program file that it is made of."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zisk_py.cli.options import (
    READABLE,
    WRITABLE,
    ProgramSource,
    output_options,
    program_options,
    writable_file,
)
from zisk_py.cli.output import Output, file_rows, number, text
from zisk_py.cli.progress import ProgressBars
from zisk_py.errors import InputError
from zisk_py.files import write_atomically

if TYPE_CHECKING:
    from zisk_py.transpiler.c.program_source import ProgramFile
    from zisk_py.zkvm import Program

PROGRAM_FILES = (".so", ".o", ".elf")


@click.command("build")
@program_options
@click.argument("more", nargs=-1, type=READABLE)
@click.option(
    "-o",
    "--out",
    type=WRITABLE,
    help="The file to write: a .zrom; or of C, by its ending, a Solana program .so, an eBPF object .o"
    " or a RISC-V program .elf [default: the program's name with .zrom].",
)
@click.option(
    "--clang", metavar="FILE", help="The C compiler for BPF [default: CLANG, clang, or the module ziglang]."
)
@click.option(
    "--gcc", metavar="FILE", help="The C compiler for RISC-V [default: RISCV_GCC or riscv64-unknown-elf-gcc]."
)
@click.option(
    "--cflag", "cflags", metavar="FLAG", multiple=True, help="Tell the C compiler; may be repeated."
)
@output_options(binary=True)
def command(
    output: Output,
    source: ProgramSource,
    more: tuple[Path, ...],
    out: Path | None,
    clang: str | None,
    gcc: str | None,
    cflags: tuple[str, ...],
) -> None:
    """Transpile a program to a ROM and print its id.

    PROGRAM is a program file, or with --target sbpf-v3, sbpf-v0, ebpf or riscv a C file; MORE are further
    C files and objects to link with it.
    """
    path = writable_file(out, source, ".zrom", output)
    linked = _linked(output, source, more, clang, gcc, cflags)
    suffix = "" if path is None else path.suffix
    if suffix in PROGRAM_FILES and (linked is None or suffix != linked.suffix):
        ending = ".zrom" if linked is None else f".zrom or {linked.suffix}"
        raise InputError(f"{path} cannot be made of {source.path.name}; end its name in {ending}")
    with ProgressBars(output.streams.err) as progress:
        progress("build", 0, 0)
        program = source.load() if linked is None else _transpiled(source, linked)
        program_id = program.id
    if path is not None and linked is not None and suffix == linked.suffix:
        write_atomically(path, linked.data)
    elif path is not None:
        program.save(path)
    if output.form == "binary":
        output.binary(program.rom.to_bytes())
    output.results(
        [
            text("program_id", program_id),
            text("target", program.rom.rules.target),
            number("rows", len(program.rom.rows)),
            *[text("unsupported", name) for name in program.rom.debug.get("unsupported", ())],
            *file_rows(path),
        ]
    )


def _linked(
    output: Output,
    source: ProgramSource,
    more: tuple[Path, ...],
    clang: str | None,
    gcc: str | None,
    cflags: tuple[str, ...],
) -> "ProgramFile | None":
    """What the compiler and the linker make; None for a program file, which needs neither."""
    from zisk_py.transpiler.c.program_source import build_program_file, needs_link

    paths = (source.path, *more)
    if not needs_link(paths, source.target):
        return None
    return build_program_file(
        paths,
        source.target,
        source.entry,
        clang=clang,
        gcc=gcc,
        cflags=cflags,
        messages=output.streams.err,
        read=source.limits.read_file,
    )


def _transpiled(source: ProgramSource, linked: "ProgramFile") -> "Program":
    from zisk_py.transpiler.front_end import transpile
    from zisk_py.zkvm import Program

    rom = transpile(
        linked.data,
        target=source.target,
        entry=linked.entry,
        name=source.path.name,
        platform=source.platform,
    )
    return Program(rom, source.path.stem)
