"""`zisk-py trace`: what a run did, instruction by instruction; and the check of such a record."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from zisk_py.cli.endings import DONE, REFUSED, ExpectationUnmet
from zisk_py.cli.options import (
    READABLE,
    WRITABLE,
    ProgramSource,
    RunRequest,
    chunk_size_option,
    optional_program_options,
    output_options,
    run_options,
)
from zisk_py.cli.output import Output, Row, number, outcome_object, text, yes_or_no
from zisk_py.cli.progress import ProgressBars
from zisk_py.errors import InputError

if TYPE_CHECKING:
    from zisk_py.trace.document import Tail
    from zisk_py.trace.filters import Filter
    from zisk_py.trace.run import Trace
    from zisk_py.zkvm import Proof


ALL_STEPS = 0, (1 << 64) - 1


def steps_argument(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, int]:
    """The first and the last step of a range: 100:199, 100:, :199; a usage error where it is none."""
    first, separator, last = value.partition(":")
    parts = [part for part in (first, last) if part]
    if not separator or not all(part.isascii() and part.isdigit() for part in parts):
        raise click.BadParameter(f"{value!r} is not FIRST:LAST.")
    return int(first or ALL_STEPS[0]), int(last or ALL_STEPS[1])


@click.command("trace")
@optional_program_options
@run_options
@click.option("--json", "json_path", type=WRITABLE, metavar="FILE", help="Write the trace to this file.")
@click.option("--constraints", is_flag=True, help="Add the constraints that each instruction's rows satisfy.")
@click.option("--proof", "proof_path", type=WRITABLE, metavar="FILE", help="Prove, verify, write the proof.")
@chunk_size_option
@click.option(
    "--pc", "pcs", metavar="SLOT", type=click.IntRange(min=0), multiple=True, help="Keep only these."
)
@click.option("--opcode", "opcodes", metavar="NAME", multiple=True, help="Keep only these: add, 0x07.")
@click.option(
    "--steps", type=str, callback=steps_argument, metavar="FIRST:LAST", default=":", help="Keep only these."
)
@click.option("--check", "check_path", type=READABLE, metavar="FILE", help="Check a trace, do not make one.")
@output_options(json=False)
def command(
    output: Output,
    source: ProgramSource | None,
    request: RunRequest,
    json_path: Path | None,
    constraints: bool,
    proof_path: Path | None,
    chunk_size: int,
    pcs: tuple[int, ...],
    opcodes: tuple[str, ...],
    steps: tuple[int, int],
    check_path: Path | None,
) -> int:
    """Run a program and record every instruction: to a file with --json, else as text.

    --check validates a file, and compares it with the run of PROGRAM if that is given; exit code 1 if it is
    wrong.
    """
    from zisk_py.trace.filters import Filter
    from zisk_py.trace.run import Trace

    if check_path is not None:
        if json_path or proof_path or constraints or pcs or opcodes or steps != ALL_STEPS:
            raise InputError("--check takes no option of a recording; leave it out, or make a trace")
        run = Trace(source.load(), request.data(), **request.arguments()) if source is not None else None
        return _check(output, check_path, run)
    if source is None:
        raise InputError("there is no PROGRAM to run, and no trace to check; name a program, or --check FILE")
    trace = Trace(source.load(), request.data(), **request.arguments(), constraints=constraints)
    kept = Filter(pcs, opcodes, *steps)
    proof = None if proof_path is None else _prove(trace, proof_path, chunk_size, output.streams.err)
    if json_path is not None:
        from zisk_py.trace.writing import write_file

        tail = write_file(trace, json_path, kept=kept, proof=proof)
        _print_tail(output, tail, json_path)
        return DONE if tail.is_valid else REFUSED
    for line in _lines(trace, kept, output.form):
        output.line(line)
    return DONE


def _check(output: Output, path: Path, trace: "Trace | None") -> int:
    from zisk_py.trace.errors import TraceMismatch
    from zisk_py.trace.reading import check_file

    try:
        tail = check_file(path, trace)
    except TraceMismatch as error:
        raise ExpectationUnmet(str(error)) from error
    _print_tail(output, tail, path)
    return DONE


def _prove(trace: "Trace", path: Path, chunk_size: int, err: TextIO) -> "Proof":
    with ProgressBars(err) as progress:
        proof = trace.program.prove(trace.data, **trace.arguments, chunk_size=chunk_size, progress=progress)
        progress("verify", 0, 0)
        proof.verify(trace.program.id)
    proof.save(path)
    return proof


def _print_tail(output: Output, tail: "Tail", path: Path) -> None:
    result = tail.validation
    found = {name: value for name, value in zip(result._fields, result, strict=True) if value is not None}
    proven = {None: "not asked for", True: "yes", False: "no"}[tail.mathematical_proof_valid]
    output.results(
        [
            Row("outcome", outcome_object(tail.outcome), str(tail.outcome)),
            yes_or_no("success", tail.success),
            number("total_instructions", tail.total_instructions),
            number("recorded_instructions", tail.recorded_instructions),
            number("total_compute_units", tail.total_compute_units),
            number("total_constraints", tail.total_constraints),
            Row("mathematical_proof_valid", tail.mathematical_proof_valid, proven),
            yes_or_no("state_reconstruction_valid", tail.state_reconstruction_valid),
            Row(
                "validation",
                found,
                ", ".join(f"{name}: {'ok' if ok else 'WRONG'}" for name, ok in found.items()),
            ),
            text("file", str(path)),
        ]
    )


def _lines(trace: "Trace", kept: "Filter", form: str) -> Iterator[str]:
    """One line per instruction: the JSON of its witness, or step, slot, name, what it changed."""
    from zisk_py.trace.codec import to_json

    for witness in trace:
        if not kept.allows(witness):
            continue
        if form == "json":
            yield to_json(witness)
            continue
        before, after = witness.pre_state.registers, witness.post_state.registers
        changes = [
            f"r{n} = {new:#x}" for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new
        ]
        changes += [
            f"{o.op_type} {o.data.hex() or 'nothing'} at {o.address:#x}" for o in witness.memory_operations
        ]
        place = f"{witness.step_number:8} {witness.program_counter:6}"
        yield f"{place}  {witness.opcode_name:12} {', '.join(changes)}".rstrip()
    if form == "text":
        yield str(trace.finished().outcome)
