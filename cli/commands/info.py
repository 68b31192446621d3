"""`zisk-py info`: about this installation, or about a file."""

import os
import platform
import shutil
from pathlib import Path

import click

from zisk_py import __version__
from zisk_py.cli.options import READABLE, ProgramSource, output_options, source_options
from zisk_py.cli.output import Output, Row, claim_rows, number, run_rows, text
from zisk_py.limits import Limits, size_text
from zisk_py.process import available_memory


@click.command("info")
@click.argument("file", type=READABLE, required=False)
@source_options
@output_options()
def command(output: Output, file: Path | None, target: str, entry: str | None, max_file: int) -> None:
    """Print version, kernels, cores and compilers; or what a program, .zrom or proof contains.

    Of a proof, nothing is verified here.
    """
    if file is None:
        output.results(_installation())
        return
    from zisk_py.stark.proof import MAGIC

    with file.open("rb") as opened:
        is_proof = opened.read(len(MAGIC)) == MAGIC
    limits = Limits(file_bytes=max_file)
    rows = _proof(file, limits) if is_proof else _program(ProgramSource(file, target, entry, limits))
    output.results(rows)


def _installation() -> list[Row]:
    from zisk_py.stark.kernels import kernels_in_use

    compilers = [name for name in ("cc", "gcc", "clang", "bpf-gcc") if shutil.which(name)]
    return [
        text("version", __version__),
        text("kernels", kernels_in_use()),
        number(
            "cores", len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        ),
        Row("memory", (free := available_memory()), f"{size_text(free)} may be used"),
        Row("compilers", compilers, ", ".join(compilers) or "none"),
        text("python", platform.python_version()),
        text("machine", platform.machine()),
    ]


def _program(source: ProgramSource) -> list[Row]:
    program = source.load()
    rules = program.rom.rules
    regions = [
        f"{r.kind.name.lower()} at {r.address:#x}, {'read-write' if r.writable else 'read-only'}"
        for r in rules.regions
    ]
    image = sum(len(segment.data) for segment in program.rom.image)
    return [
        text("kind", "program"),
        text("program_id", program.id),
        text("target", rules.target),
        number("instructions", rules.num_slots),
        number("rows", len(program.rom.rows)),
        Row("entry", rules.entry, f"{rules.entry:#x}"),
        number("image_bytes", image),
        Row("regions", regions, "; ".join(regions) or "none"),
    ]


def _proof(path: Path, limits: Limits) -> list[Row]:
    from zisk_py.zkvm import Proof

    proof = Proof.load(path, limits=limits)
    statement = proof.statement
    return [
        text("kind", "proof (not verified)"),
        text("target", statement.program.rules.target),
        *run_rows(statement),
        *claim_rows(statement.claim),
        number("segments", proof.segments),
        number("proof_bytes", proof.size),
    ]
