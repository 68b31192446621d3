"""`zisk-py pil explain`: what became of an air."""

import json
from dataclasses import asdict

import click

from zisk_py.cli.options import output_options
from zisk_py.cli.output import Output
from zisk_py.cli.pil_source import PilSource, cache_option, file_options, missing_files_option


@click.command("explain")
@file_options
@click.option("--air", metavar="NAME", help="The air [default: all].")
@missing_files_option
@cache_option
@output_options()
def command(output: Output, source: PilSource, air: str | None, missing_files: bool, cache: bool) -> None:
    """Print the compiled constraints of an air as formulas, its messages per bus, and its added columns."""
    from zisk_py.pil.tools.explanation import explain, lines

    compiled = source.compile(output.streams.err, missing_files=missing_files, cache=cache).compiled
    names = [air] if air is not None else [one.name for one in compiled.system.airs]
    found = [explain(compiled, name) for name in names]
    if output.form == "json":
        output.line(json.dumps([asdict(explanation) for explanation in found]))
        return
    for at, explanation in enumerate(found):
        output.line("\n" * bool(at) + "\n".join(lines(explanation)))
