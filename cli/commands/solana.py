"""`zisk-py solana`: an instruction with its accounts, as a fixture says it, run, proven, verified."""

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zisk_py.cli.endings import DONE, GUEST_FAULT, ExpectationUnmet
from zisk_py.cli.options import (
    READABLE,
    WRITABLE,
    Function,
    chunk_size_option,
    limits_options,
    max_file_option,
    output_options,
    threads_option,
    writable_path,
)
from zisk_py.cli.output import (
    Output,
    Row,
    claim_rows,
    error_row,
    estimate_row,
    file_rows,
    logs_row,
    memory_row,
    number,
    rate_row,
    run_rows,
    seconds_row,
    security_rows,
    text,
)
from zisk_py.cli.progress import ProgressBars
from zisk_py.cli.solana_rows import change_row, data_row, journal_row, violation_row
from zisk_py.errors import ZiskError
from zisk_py.limits import Limits

if TYPE_CHECKING:
    from zisk_py.solana.execution import Instruction
    from zisk_py.solana.report import Report


def fixture_options(function: Function) -> Function:
    """FIXTURE and the limits; the function receives them as `path` and `limits`."""

    @click.argument("path", metavar="FIXTURE", type=READABLE)
    @limits_options
    @max_file_option
    @functools.wraps(function)
    def wrapper(*args: Any, limits: Limits, max_file: int, **rest: Any) -> Any:
        return function(*args, limits=replace(limits, file_bytes=max_file), **rest)

    return wrapper


@click.group("solana", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Run and prove instructions of Solana programs on accounts.

    FIXTURE is a JSON or YAML file with the program, its accounts and the data of the instruction. All
    commands take --json.
    """


@command.command("run")
@fixture_options
@output_options()
def run(output: Output, path: Path, limits: Limits) -> int:
    """Run an instruction; print how it ended, its logs, return data, and what it changed.

    The exit code is 3 if the instruction fails where the fixture does not expect that, 1 if it comes to
    something else than expected.
    """
    with ProgressBars(output.streams.err) as progress:
        instruction = _instruction(path, limits)
        report = instruction.run(progress=progress)
    output.results(
        [
            text("program", instruction.program.name),
            error_row(report.error),
            *run_rows(report.run),
            violation_row(report.violation),
            data_row("return_data", report.run.return_data),
            logs_row(report.run.logs),
            change_row(report.changes),
            journal_row(report.run.outputs),
            seconds_row(report.run.seconds),
            rate_row(report.run.steps, report.run.seconds),
            memory_row(),
        ]
    )
    _check(report)
    return DONE if report.succeeded or report.fixture.expect.error is not None else GUEST_FAULT


@command.command("prove")
@fixture_options
@chunk_size_option
@threads_option
@click.option(
    "--profile", type=click.Choice(("fast", "secure")), default="fast", help="100 or 128 bits, proven."
)
@click.option(
    "-o", "--out", type=WRITABLE, help="The proof to write [default: the fixture's name with .proof]."
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
@output_options()
def prove(
    output: Output,
    path: Path,
    limits: Limits,
    chunk_size: int,
    threads: int | None,
    profile: str,
    out: Path | None,
    resume: Path | None,
    is_estimate: bool,
) -> None:
    """Run an instruction, prove the run and write the proof; an instruction that fails has a proof too."""
    target = writable_path(out or Path(f"{path.stem}.proof"))
    with ProgressBars(output.streams.err) as progress:
        instruction = _instruction(path, limits)
        report = instruction.run(progress=progress)
        _check(report)
        options = {"chunk_size": chunk_size, "threads": threads, "profile": profile, "progress": progress}
        if is_estimate:
            estimate = instruction.estimate(**options)
            output.results([text("program_id", instruction.program.id), estimate_row(estimate)])
            return
        proof = instruction.prove(**options, resume=resume)
    proof.save(target)
    statement = proof.statement
    output.results(
        [
            text("program_id", instruction.program.id),
            error_row(report.error),
            *run_rows(statement),
            journal_row(statement.outputs),
            number("segments", proof.segments),
            number("proof_bytes", proof.size),
            seconds_row(proof.seconds),
            rate_row(statement.steps, proof.seconds),
            memory_row(),
            *file_rows(target),
        ]
    )


@command.command("verify")
@click.argument("proof", type=READABLE)
@click.option("--fixture", "path", type=READABLE, help="Refuse a proof of another instruction.")
@click.option("--program", "program_id", metavar="ID", help="The id that `zisk-py solana prove` printed.")
@click.option(
    "--min-bits", type=click.FloatRange(min=0), default=100, help="Refuse less security [default: 100]."
)
@max_file_option
@output_options()
def verify(
    output: Output, proof: Path, path: Path | None, program_id: str | None, min_bits: float, max_file: int
) -> None:
    """Verify the proof of an instruction; print what it states, the journal in words.

    With --fixture everything that the proof makes public must be as in the fixture. With --program and the id
    alone the proof says what its journal says, of a program that you know by its id.
    """
    from zisk_py.solana.comparison import OtherInstruction, check_statement
    from zisk_py.solana.instruction_errors import outcome_text
    from zisk_py.zkvm import Proof

    limits = Limits(file_bytes=max_file)
    if (path is None) == (program_id is None):
        raise click.UsageError("give either --fixture or --program")
    with ProgressBars(output.streams.err) as progress:
        progress("verify", 0, 0)
        loaded = Proof.load(proof, limits=limits)
        instruction = None if path is None else _instruction(path, limits)
        expected = program_id or (instruction.program.id if instruction else "")
        start = time.perf_counter()
        verification = loaded.verify(expected, min_bits=min_bits)
        seconds = time.perf_counter() - start
    statement = loaded.statement
    if instruction is not None:
        with _refusing(OtherInstruction):
            check_statement(instruction, statement)
    output.results(
        [
            text("program_id", expected),
            error_row(outcome_text(statement.outcome)),
            *run_rows(statement),
            journal_row(statement.outputs),
            *claim_rows(statement.claim),
            number("segments", loaded.segments),
            *security_rows(verification.report),
            seconds_row({"verify": seconds}),
            Row("verified", True, "yes"),
        ]
    )


def _instruction(path: Path, limits: Limits) -> "Instruction":
    from zisk_py.solana.execution import Instruction
    from zisk_py.solana.reading import load_fixture

    return Instruction(load_fixture(path, limits), limits)


def _check(report: "Report") -> None:
    from zisk_py.solana.expectations import Unexpected, check_expectations

    with _refusing(Unexpected):
        check_expectations(report)


@contextmanager
def _refusing(kind: type[ZiskError]) -> Iterator[None]:
    """Make an error of the library one that ends the command with the exit code of a refusal."""
    try:
        yield
    except kind as error:
        raise ExpectationUnmet(str(error)) from error
