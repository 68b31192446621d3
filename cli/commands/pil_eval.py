"""`zisk-py pil eval`: the value of an expression, or of a fixed column."""

import json

import click

from zisk_py.cli.options import output_options
from zisk_py.cli.output import Output
from zisk_py.cli.pil_source import PilSource, file_options


@click.command("eval")
@file_options
@click.argument("expression", required=False)
@click.option("--air", metavar="NAME", help="Read the names of this air too.")
@click.option("--fixed", metavar="AIR.COLUMN[:FROM..TO]", help="Print a fixed column, or some of its rows.")
@output_options()
def command(
    output: Output, source: PilSource, expression: str | None, air: str | None, fixed: str | None
) -> None:
    """Print what an expression comes to when the file has run, or the values of a fixed column."""
    from zisk_py.pil.tools.evaluation import Evaluation

    if (expression is None) == (fixed is None):
        raise click.UsageError("give either EXPRESSION or --fixed")
    evaluation = Evaluation(source.path, **source.arguments())
    source.tell(output.streams.err, evaluation.warnings)
    if expression is not None:
        value = evaluation.expression(expression, air)
        output.line(json.dumps({"value": value}) if output.form == "json" else _text(value))
        return
    rows = evaluation.fixed(fixed or "")
    if output.form == "json":
        output.line(json.dumps({"first": rows.first, "values": list(rows.values)}))
        return
    for row, number in enumerate(rows.values, rows.first):
        output.line(f"{row:>8}  {number}")


def _text(value: object) -> str:
    return f"[{', '.join(map(_text, value))}]" if isinstance(value, list) else str(value)
