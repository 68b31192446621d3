"""`zisk-py verify-constraints`: a run's witness against the constraints and buses, without cryptography."""

import click

from zisk_py.cli.endings import DONE, REFUSED
from zisk_py.cli.options import (
    ProgramSource,
    RunRequest,
    chunk_size_option,
    output_options,
    program_options,
    run_options,
)
from zisk_py.cli.output import Output, Row, text
from zisk_py.cli.progress import ProgressBars


@click.command("verify-constraints")
@program_options
@run_options
@chunk_size_option
@output_options()
def command(output: Output, source: ProgramSource, request: RunRequest, chunk_size: int) -> int:
    """Check every constraint and every bus on the witness of a run."""
    with ProgressBars(output.streams.err) as progress:
        program = source.load()
        data = request.data()
        report = program.check(data, **request.arguments(), chunk_size=chunk_size, progress=progress)
    output.results(
        [
            text("program_id", program.id),
            Row("satisfied", report.ok, "yes" if report.ok else "no"),
            text("report", str(report)),
        ]
    )
    return DONE if report.ok else REFUSED
