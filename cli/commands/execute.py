"""`zisk-py execute`: run a program without proving it."""

import click

from zisk_py.cli.endings import DONE, GUEST_FAULT
from zisk_py.cli.options import ProgramSource, RunRequest, output_options, program_options, run_options
from zisk_py.cli.output import (
    Output,
    error_row,
    logs_row,
    memory_row,
    rate_row,
    run_rows,
    seconds_row,
    text,
)
from zisk_py.cli.progress import ProgressBars
from zisk_py.isa.faults import Fault


@click.command("execute")
@program_options
@run_options
@output_options()
def command(output: Output, source: ProgramSource, request: RunRequest) -> int:
    """Run a program; print its outcome, steps, compute units, outputs and logs.

    The exit code is 3 if the guest faults.
    """
    with ProgressBars(output.streams.err) as progress:
        program = source.load()
        run = program.execute(request.data(), **request.arguments(), progress=progress)
    output.results(
        [
            text("program", program.name),
            *run_rows(run),
            error_row(run.fault_text),
            logs_row(run.logs),
            seconds_row(run.seconds),
            rate_row(run.steps, run.seconds),
            memory_row(),
        ]
    )
    return GUEST_FAULT if isinstance(run.outcome, Fault) else DONE
