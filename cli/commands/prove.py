"""`zisk-py prove`: run a program and prove the run."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zisk_py.cli.endings import DONE, REFUSED
from zisk_py.cli.options import (
    WRITABLE,
    ProgramSource,
    RunRequest,
    chunk_size_option,
    output_options,
    program_options,
    run_options,
    threads_option,
    writable_file,
)
from zisk_py.cli.output import (
    Output,
    Row,
    estimate_row,
    estimate_text,
    file_rows,
    memory_row,
    number,
    rate_row,
    run_rows,
    seconds_row,
    text,
    yes_or_no,
)
from zisk_py.cli.progress import ProgressBars

if TYPE_CHECKING:
    from zisk_py.statemachines.estimate import Estimate


@click.command("prove")
@program_options
@run_options
@chunk_size_option
@threads_option
@click.option(
    "--profile", type=click.Choice(("fast", "secure")), default="fast", help="100 or 128 bits, proven."
)
@click.option("--public-input", is_flag=True, help="State the input itself, not only its length.")
@click.option(
    "-o", "--out", type=WRITABLE, help="The proof to write [default: the program's name with .proof]."
)
@click.option(
    "--resume",
    metavar="DIR",
    type=WRITABLE,
    help="Keep what is done of a long proof in this folder, and go on from what an earlier run kept there.",
)
@click.option(
    "--estimate", "is_estimate", is_flag=True, help="Run, print what the proof would take, and end."
)
@click.option(
    "--results/--no-results",
    "has_results",
    default=None,
    help="Also verify the proof, follow the run again, and print what that finds "
    "[default: with --json, of a BPF program with its text].",
)
@output_options(binary=True)
def command(
    output: Output,
    source: ProgramSource,
    request: RunRequest,
    chunk_size: int,
    threads: int | None,
    profile: str,
    public_input: bool,
    out: Path | None,
    resume: Path | None,
    is_estimate: bool,
    has_results: bool | None,
) -> int:
    """Run a program, prove the run and write the proof; the proof of a fault is a proof too."""
    path = writable_file(out, source, ".proof", output)
    with ProgressBars(output.streams.err):
        program = source.load()
        data = request.data()
    options = request.arguments() | {"chunk_size": chunk_size, "threads": threads, "profile": profile}
    if is_estimate:
        with ProgressBars(output.streams.err) as progress:
            estimate = program.estimate(data, **options, progress=progress)
        output.results([text("program_id", program.id), estimate_row(estimate)])
        return DONE
    if has_results is None and output.form == "json":
        from zisk_py.trace.guest import is_traceable

        has_results = is_traceable(program.rom)
    if has_results:
        from zisk_py.trace.run import Trace

        # The limit on memory is the proof's, of which this needs a part; refuses a program without its text.
        follow = request.arguments() | {"limits": replace(request.limits, memory=None)}
        trace = Trace(program, data, **follow)
    estimates: list[Row] = []
    with ProgressBars(output.streams.err) as progress:

        def estimated(estimate: "Estimate") -> None:
            progress.note(f"the proof takes {estimate_text(estimate)}")
            estimates.append(estimate_row(estimate))

        proof = program.prove(
            data,
            **options,
            public_input=public_input,
            progress=progress,
            estimated=estimated,
            resume=resume,
        )
    if path is not None:
        proof.save(path)
    if output.form == "binary":
        output.binary(proof.to_bytes())
        proof.discard_checkpoint()
    checked, ending = [], DONE
    if has_results:
        from zisk_py.trace.proof_check import check_proof

        with ProgressBars(output.streams.err) as progress:
            progress("check", 0, 0)
            found = check_proof(trace, proof)
        checked = [
            number("total_constraints", found.total_constraints),
            yes_or_no("mathematical_proof_valid", found.mathematical_proof_valid),
            yes_or_no("state_reconstruction_valid", found.state_reconstruction_valid),
        ]
        ending = DONE if found.is_valid else REFUSED
    statement = proof.statement
    output.results(
        [
            text("program_id", program.id),
            *run_rows(statement),
            *checked,
            number("segments", proof.segments),
            number("proof_bytes", proof.size),
            seconds_row(proof.seconds),
            rate_row(statement.steps, proof.seconds),
            memory_row(),
            *estimates,
            *file_rows(path),
        ]
    )
    return ending
