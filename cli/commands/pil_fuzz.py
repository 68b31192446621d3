"""`zisk-py pil fuzz`: changes of an honest witness that nothing notices."""

import click

from zisk_py.cli.endings import DONE, REFUSED
from zisk_py.cli.options import output_options
from zisk_py.cli.output import Output
from zisk_py.cli.pil_source import PilSource, Witness, file_options, witness_options
from zisk_py.cli.progress import ProgressBars
from zisk_py.errors import InputError


@click.command("fuzz")
@file_options
@witness_options(required=True)
@click.option("--seed", type=int, default=0, help="Of the rows and values that are tried [default: 0].")
@output_options()
def command(output: Output, source: PilSource, witness: Witness, seed: int) -> int:
    """Change an honest witness, a cell at a time, and list the columns whose change nothing notices.

    The exit code is 1 if there are such columns: a constraint may be missing.
    """
    from zisk_py import pil

    with ProgressBars(output.streams.err) as progress:
        progress("compile", 0, 0)
        system = source.compile()
        progress("fill", 0, 0)
        trace = witness.trace(system)
        progress("check", 0, 0)
        report = pil.check(trace)
        if report.ok:
            progress("fuzz", 0, 0)
            found = pil.fuzz(trace, seed=seed)
    if not report.ok:
        raise InputError(f"the witness is not honest: check it first with zisk-py pil check\n{report}")
    output.line(found.to_json() if output.form == "json" else str(found))
    return DONE if found.ok else REFUSED
