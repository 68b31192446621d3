"""`zisk-py pil check`: what a file says and costs, and whether a witness satisfies it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zisk_py.cli.endings import BAD_INPUT, DONE, REFUSED
from zisk_py.cli.options import WRITABLE, output_options, writable_path
from zisk_py.cli.output import Output
from zisk_py.cli.pil_source import (
    PilSource,
    Witness,
    cache_option,
    diagnostic_object,
    file_options,
    missing_files_option,
    witness_options,
)
from zisk_py.cli.progress import ProgressBars
from zisk_py.cli.tables import print_table
from zisk_py.limits import size_text

if TYPE_CHECKING:
    from zisk_py.pil import Report
    from zisk_py.pil.authoring.mutation_report import FuzzReport
    from zisk_py.pil.errors import Diagnostic
    from zisk_py.pil.tools.costs import AirCost, Costs


@click.command("check")
@file_options
@witness_options(required=False)
@missing_files_option
@cache_option
@click.option(
    "--lint-off", "lints_off", metavar="CODE", multiple=True, help="A warning that is not told, such as W703."
)
@click.option("--html", type=WRITABLE, help="Write the report of the witness as a page.")
@output_options()
def command(
    output: Output,
    source: PilSource,
    witness: Witness | None,
    missing_files: bool,
    cache: bool,
    lints_off: tuple[str, ...],
    html: Path | None,
) -> int:
    """Compile a file: errors, warnings, what each air costs. With a witness: all that it does not satisfy.

    The exit code is 2 for a file with errors, 1 for a witness that does not satisfy it.
    """
    from zisk_py.pil.errors import PilError

    if missing_files and witness is not None:
        raise click.UsageError("--missing-files is for a file without a witness")
    if html is not None:
        if witness is None:
            raise click.UsageError("--html needs --witness")
        writable_path(html)
    options = {"missing_files": missing_files, "lints_off": lints_off, "cache": cache}
    try:
        system = source.compile(output.streams.err, tell=False, **options)
    except PilError as error:
        _print(output, [*error.diagnostics, *error.warnings], None, None)
        return BAD_INPUT
    from zisk_py.pil.tools.costs import costs

    found = costs(system.compiled)
    report = None
    if witness is not None:
        from zisk_py.pil import check

        with ProgressBars(output.streams.err) as progress:
            progress("fill", 0, 0)
            trace = witness.trace(system)
            progress("check", 0, 0)
            report = check(trace)
    if report is not None and html is not None:
        html.write_text(report.to_html(), encoding="utf-8")
    _print(output, [*system.compiled.warnings, *system.compiled.unprovable], found, report)
    return DONE if report is None or report.ok else REFUSED


def _print(
    output: Output, diagnostics: "Sequence[Diagnostic]", costs: "Costs | None", report: "Report | None"
) -> None:
    """Print what was found, in the form asked for."""
    errors = sum(found.is_error for found in diagnostics)
    if output.form == "json":
        result: dict[str, Any] = {
            "ok": costs is not None and (report is None or report.ok),
            "diagnostics": [diagnostic_object(found) for found in diagnostics],
        }
        if costs is not None:
            result["costs"] = asdict(costs)
        if report is not None:
            result["report"] = json.loads(report.to_json())
        output.line(json.dumps(result))
        return
    for found in diagnostics:
        output.line(f"{'error' if found.is_error else 'warning'}: {found}\n")
    if costs is None:
        warnings = len(diagnostics) - errors
        output.line(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}")
    elif report is None:
        _print_costs(output, costs)
    else:
        print_report(output, report)


def print_report(output: Output, report: "Report | FuzzReport") -> None:
    """Print a report as text, with colours on a terminal."""
    if output.streams.out.isatty():
        from rich.console import Console

        Console(file=output.streams.out).print(report)
    else:
        output.line(str(report))


HEAD = (
    "air",
    "rows",
    "fixed",
    "stage 1",
    "stage 2",
    "added",
    "buses",
    "constraints",
    "messages",
    "reads rows",
    "cells",
)


def _print_costs(output: Output, costs: "Costs") -> None:
    from zisk_py.pil.tools.costs import ASSUMED_LOG_HEIGHT

    rows = [_cost_row(air) for air in costs.airs]
    if rows:
        print_table(output.streams.out, "costs", HEAD, rows)
    if any(air.rows is None for air in costs.airs):
        output.line(f"rows *: chosen per run, cells for 2^{ASSUMED_LOG_HEIGHT}")
    if costs.proof_bytes is None:
        output.line(f"cannot be proven: {costs.refusal}")
    else:
        output.line(f"a proof of one instance of each takes about {size_text(costs.proof_bytes)}")


def _cost_row(air: "AirCost") -> list[str]:
    constraints = ", ".join(f"{count} deg {degree}" for degree, count in air.constraints.items())
    late = sum(count for stage, count in air.columns.items() if stage > 1)
    return [
        air.name,
        "*" if air.rows is None else f"{air.rows:,}",
        str(air.columns.get(0, 0)),
        str(air.columns.get(1, 0)),
        str(late),
        str(air.added),
        str(air.bus_columns),
        constraints or "0",
        str(air.interactions),
        " ".join(map(str, air.offsets)) or "none",
        "-" if air.cells is None else f"{air.cells:,}",
    ]
