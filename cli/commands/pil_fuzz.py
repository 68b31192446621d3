"""`zisk-py pil fuzz`: changes of an honest witness that nothing notices."""

import click

from zisk_py.cli.commands.pil_check import print_report
from zisk_py.cli.endings import DONE, REFUSED
from zisk_py.cli.options import output_options
from zisk_py.cli.output import Output
from zisk_py.cli.pil_source import PilSource, Witness, cache_option, file_options, witness_options
from zisk_py.cli.progress import ProgressBars


@click.command("fuzz")
@file_options
@witness_options(required=True)
@click.option(
    "--rows",
    type=click.IntRange(min=0),
    default=64,
    help="Rows of each instance that are drawn, beside the first and the last ones [default: 64].",
)
@click.option("--seed", type=int, default=0, help="Of the rows and values that are tried [default: 0].")
@cache_option
@output_options()
def command(output: Output, source: PilSource, witness: Witness, rows: int, seed: int, cache: bool) -> int:
    """Change an honest witness, a cell at a time, and list the columns whose change nothing notices.

    The exit code is 1 if there are such columns: a constraint may be missing. A witness that does not satisfy
    the file is bad input.
    """
    from zisk_py import pil

    system = source.compile(output.streams.err, cache=cache)
    with ProgressBars(output.streams.err) as progress:
        progress("fill", 0, 0)
        trace = witness.trace(system)
        progress("fuzz", 0, 0)
        found = pil.fuzz(trace, rows=rows, seed=seed)
    if output.form == "json":
        output.line(found.to_json())
    else:
        print_report(output, found)
    return DONE if found.ok else REFUSED
