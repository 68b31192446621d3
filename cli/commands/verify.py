"""`zisk-py verify`: check a proof, print what it states and how many bits stand behind it."""

import re
import time
from pathlib import Path

import click

from zisk_py.cli.expectations import (
    check_environment,
    check_exit,
    check_fault,
    check_input,
    check_outputs,
)
from zisk_py.cli.options import READABLE, ProgramSource, output_options, source_options
from zisk_py.cli.output import Output, Row, claim_rows, number, run_rows, seconds_row, security_rows, text
from zisk_py.cli.progress import ProgressBars
from zisk_py.isa.faults import FaultKind
from zisk_py.limits import Limits


@click.command("verify")
@click.argument("proof", type=READABLE)
@click.option("--program", required=True, metavar="PROGRAM_OR_ID", help="A program file, a .zrom, or an id.")
@source_options
@click.option(
    "--min-bits", type=click.FloatRange(min=0), default=100, help="Refuse less security [default: 100]."
)
@click.option(
    "--expect-exit", type=click.IntRange(0, (1 << 64) - 1), help="Refuse another ending than Exit(N)."
)
@click.option(
    "--expect-fault", type=click.Choice([kind.name for kind in FaultKind]), help="Refuse another ending."
)
@click.option("--input", "input_path", type=READABLE, help="Refuse another public input.")
@click.option("--environment", type=READABLE, help="Refuse another environment.")
@click.option("--outputs", metavar="HEX", help="Refuse other outputs.")
@output_options()
def command(
    output: Output,
    proof: Path,
    program: str,
    target: str,
    entry: str | None,
    max_file: int,
    min_bits: float,
    expect_exit: int | None,
    expect_fault: str | None,
    input_path: Path | None,
    environment: Path | None,
    outputs: str | None,
) -> None:
    """Verify a proof for a program; print its statement and its security in bits."""
    from zisk_py.zkvm import Proof

    limits = Limits(file_bytes=max_file)
    with ProgressBars(output.streams.err) as progress:
        progress("verify", 0, 0)
        loaded = Proof.load(proof, limits=limits)
        is_id = re.fullmatch("[0-9a-f]{64}", program) and not Path(program).exists()
        program_id = program if is_id else ProgramSource(Path(program), target, entry, limits).load().id
        start = time.perf_counter()
        verification = loaded.verify(program_id, min_bits=min_bits)
        seconds = time.perf_counter() - start
    statement = loaded.statement
    check_exit(statement, expect_exit)
    check_fault(statement, expect_fault)
    check_input(statement, input_path, limits)
    check_environment(statement, environment, limits)
    check_outputs(statement, outputs)
    output.results(
        [
            text("program_id", program_id),
            *run_rows(statement),
            *claim_rows(statement.claim),
            number("segments", loaded.segments),
            *security_rows(verification.report),
            seconds_row({"verify": seconds}),
            Row("verified", True, "yes"),
        ]
    )
