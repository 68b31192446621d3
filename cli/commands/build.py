"""`zisk-py build`: a program file becomes a `.zrom`."""

from pathlib import Path

import click

from zisk_py.cli.options import WRITABLE, ProgramSource, output_options, program_options, writable_file
from zisk_py.cli.output import Output, file_rows, number, text
from zisk_py.cli.progress import ProgressBars


@click.command("build")
@program_options
@click.option(
    "-o", "--out", type=WRITABLE, help="The .zrom to write [default: the program's name with .zrom]."
)
@output_options(binary=True)
def command(output: Output, source: ProgramSource, out: Path | None) -> None:
    """Transpile a program file to a ROM and print its id."""
    path = writable_file(out, source, ".zrom", output)
    with ProgressBars(output.streams.err) as progress:
        progress("build", 0, 0)
        program = source.load()
        program_id = program.id
    if path is not None:
        program.save(path)
    if output.form == "binary":
        output.binary(program.rom.to_bytes())
    output.results(
        [
            text("program_id", program_id),
            text("target", program.rom.rules.target),
            number("rows", len(program.rom.rows)),
            *file_rows(path),
        ]
    )
