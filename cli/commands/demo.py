"""`zisk-py demo`: execute, prove and verify the bundled programs, and print a table of it."""

import json
import time
from dataclasses import asdict, dataclass

import click

from zisk_py.cli.bundled import Bundled, bundled_programs
from zisk_py.cli.options import output_options, threads_option
from zisk_py.cli.output import Output
from zisk_py.cli.progress import ProgressBars


@dataclass(frozen=True, slots=True)
class Result:
    """A row of the table."""

    program: str
    outcome: str
    steps: int
    compute_units: int
    segments: int
    proof_bytes: int
    prove_seconds: float
    verify_seconds: float
    bits: float


@click.command("demo")
@threads_option
@output_options()
def command(output: Output, threads: int | None) -> None:
    """Execute, prove and verify the bundled programs; print what came out."""
    results = [_run(bundled, threads, output) for bundled in bundled_programs()]
    if output.form == "json":
        output.line(json.dumps({"programs": [asdict(result) for result in results]}))
    else:
        _print_table(results, output)


def _run(bundled: Bundled, threads: int | None, output: Output) -> Result:
    from zisk_py.zkvm import Program

    program = Program.load(bundled.program)
    with ProgressBars(output.streams.err, bundled.name) as progress:
        start = time.perf_counter()
        proof = program.prove(bundled.data(), threads=threads, progress=progress)
        proven = time.perf_counter()
    verification = proof.verify(program)
    verified = time.perf_counter()
    statement = proof.statement
    return Result(
        bundled.name,
        str(statement.outcome),
        statement.steps,
        statement.compute_units,
        proof.segments,
        proof.size,
        round(proven - start, 3),
        round(verified - proven, 3),
        round(verification.bits, 1),
    )


def _print_table(results: list[Result], output: Output) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="proven and verified")
    names = list(Result.__dataclass_fields__)
    for name in names:
        table.add_column(
            name.replace("_", " "), justify="left" if name in ("program", "outcome") else "right"
        )
    for result in results:
        values = [getattr(result, name) for name in names]
        table.add_row(*(f"{value:,}" if isinstance(value, int | float) else value for value in values))
    console = Console(file=output.streams.out)
    console = console if console.is_terminal else Console(file=output.streams.out, width=140)
    console.print(table)
