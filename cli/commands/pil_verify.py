"""`zisk-py pil verify`: whether a proof is one of a file, for these public values."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zisk_py.cli.options import READABLE, output_options
from zisk_py.cli.output import Output, Row, seconds_row, security_rows, text
from zisk_py.cli.pil_source import SourceOf, cache_option, source_options
from zisk_py.cli.progress import ProgressBars
from zisk_py.errors import InputError

if TYPE_CHECKING:
    from zisk_py.pil import CompiledSystem


@click.command("verify")
@click.argument("proof", type=READABLE)
@click.option("--pil", "file", type=READABLE, required=True, help="The PIL file that the proof must be of.")
@source_options
@click.option("-p", "--publics", type=READABLE, help="The public values that the proof must state: .json.")
@click.option(
    "--program",
    type=READABLE,
    help="Columns that are committed with a program, as in a witness: .npz, .csv, .json.",
)
@click.option(
    "--min-bits", type=click.FloatRange(min=0), default=100, help="Refuse less security [default: 100]."
)
@cache_option
@output_options()
def command(
    output: Output,
    proof: Path,
    file: Path,
    source_of: SourceOf,
    publics: Path | None,
    program: Path | None,
    min_bits: float,
    cache: bool,
) -> None:
    """Verify a proof of a PIL file; the exit code is 1 where it is refused.

    The file is compiled and its fixed columns are committed to first: the proof is of just this file.
    """
    from zisk_py import pil, stark

    system = source_of(file).compile(output.streams.err, cache=cache)
    with ProgressBars(output.streams.err) as progress:
        progress("commit", 0, 0)
        expected = {} if publics is None else pil.read_publics(publics)
        commitment = None
        if any(air.program for air in system.system.airs):
            if program is None:
                raise InputError(
                    "the system has columns of a program; name those that are meant with --program"
                )
            commitment = system.commit_program(_program_columns(system, program))
        key = system.key
        progress("verify", 0, 0)
        start = time.perf_counter()
        accepted = stark.verify(key, proof.read_bytes(), expected, min_bits=min_bits, program=commitment)
        seconds = time.perf_counter() - start
    output.results(
        [
            text("key", key.digest.hex()),
            text("profile", accepted.profile),
            Row("publics", dict(accepted.publics), _pairs(accepted.publics)),
            Row("instances", dict(accepted.instances), _pairs(accepted.instances)),
            *security_rows(accepted.security),
            seconds_row({"verify": seconds}),
            Row("verified", True, "yes"),
        ]
    )


def _program_columns(system: "CompiledSystem", path: Path) -> dict[str, dict[str, Any]]:
    """The columns of programs in a file, by air; those of other kinds are left out."""
    found = system.read_witness(path)
    made: dict[str, dict[str, Any]] = {}
    for air in system.system.airs:
        columns = found.get(air.name, [{}])[0]
        bases = {name.split("[")[0] for name in air.program} | set(air.program)
        chosen = {name: values for name, values in columns.items() if name in bases}
        if chosen:
            made[air.name] = chosen
    return made


def _pairs(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items()) or "none"
