"""`zisk-py pil prove`: a witness checked and proven."""

import time
from pathlib import Path

import click

from zisk_py.cli.commands.pil_check import print_report
from zisk_py.cli.endings import DONE, REFUSED
from zisk_py.cli.options import WRITABLE, output_options, threads_option, writable_path
from zisk_py.cli.output import Output, file_rows, memory_row, number, seconds_row, text
from zisk_py.cli.pil_source import PilSource, Witness, cache_option, file_options, witness_options
from zisk_py.cli.progress import ProgressBars
from zisk_py.files import write_atomically


@click.command("prove")
@file_options
@witness_options(required=True)
@click.option(
    "--profile", type=click.Choice(("fast", "secure")), default="fast", help="100 or 128 bits, proven."
)
@threads_option
@cache_option
@click.option("-o", "--out", type=WRITABLE, help="The proof to write [default: the file's name with .proof].")
@output_options()
def command(
    output: Output,
    source: PilSource,
    witness: Witness,
    profile: str,
    threads: int | None,
    cache: bool,
    out: Path | None,
) -> int:
    """Check a witness against a file, then prove it; where the check fails, write nothing and exit with 1."""
    from zisk_py import pil, stark

    target = writable_path(out or Path(f"{source.path.stem}.proof"))
    seconds: dict[str, float] = {}
    start = time.perf_counter()
    system = source.compile(output.streams.err, cache=cache)
    seconds["compile"], start = time.perf_counter() - start, time.perf_counter()
    with ProgressBars(output.streams.err) as progress:
        progress("fill", 0, 0)
        trace = witness.trace(system)
        progress("check", 0, 0)
        report = pil.check(trace)
        seconds["check"], start = time.perf_counter() - start, time.perf_counter()
        if report.ok:
            proof = stark.prove(trace, profile, threads, progress)
            seconds["prove"] = time.perf_counter() - start
    if not report.ok:
        if output.form == "json":
            output.line(report.to_json())
        else:
            print_report(output, report)
        return REFUSED
    write_atomically(target, proof)
    rows = sum(instance.matrix.shape[0] for instance in trace.instances)
    output.results(
        [
            text("key", system.key.digest.hex()),
            number("instances", len(trace.instances)),
            number("rows", rows),
            number("proof_bytes", len(proof)),
            seconds_row(seconds),
            memory_row(),
            *file_rows(target),
        ]
    )
    return DONE
