"""Options that several commands share, and their validation."""

import functools
import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zisk_py.cli.output import Output, Streams
from zisk_py.errors import InputError
from zisk_py.isa.rules import NO_BUDGET
from zisk_py.limits import (
    DEFAULT_CHUNK_SIZE,
    DEFAULT_MAX_STEPS,
    MAX_CHUNK_SIZE,
    MIN_CHUNK_SIZE,
    check_chunk_size,
)

if TYPE_CHECKING:
    from zisk_py.zkvm import Program

Function = Callable[..., Any]
READABLE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
WRITABLE = click.Path(path_type=Path)


def chunk_size_argument(context: click.Context, parameter: click.Parameter, size: int) -> int:
    """A usage error unless `size` is a power of two within the limits of a segment."""
    try:
        return check_chunk_size(size, MIN_CHUNK_SIZE)
    except InputError as error:
        raise click.BadParameter(f"{error}.") from error


@dataclass(frozen=True, slots=True)
class ProgramSource:
    """A program as the command line names it."""

    path: Path
    target: str
    entry: str | None

    def load(self) -> "Program":
        """The program. Raises InputError."""
        from zisk_py.zkvm import Program

        return Program.load(self.path, target=self.target, entry=self.entry)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run as the command line names it."""

    input_path: Path | None
    budget: int | None
    max_steps: int

    def data(self) -> bytes:
        """The input; empty without -i. Of a file that is too long (or endless), one byte too many."""
        if self.input_path is None:
            return b""
        from zisk_py.transpiler.claims import MAX_INPUT_BYTES

        with self.input_path.open("rb") as file:
            return file.read(MAX_INPUT_BYTES + 1)

    def limits(self) -> dict[str, Any]:
        """Keyword arguments of `Program.execute`, `check` and `prove`."""
        return {"budget": self.budget, "max_steps": self.max_steps}


target_option = click.option(
    "--target",
    metavar="TARGET",
    default="auto",
    help="What a program file is: auto, ebpf, sbpf, sbpf-v0, sbpf-v3, riscv; raw eBPF bytecode needs ebpf.",
)
entry_option = click.option("--entry", metavar="NAME", help="Function or section where the run starts.")


def program_options(function: Function) -> Function:
    """PROGRAM, --target, --entry; the function receives them as `source`."""

    @click.argument("program", type=READABLE)
    @target_option
    @entry_option
    @functools.wraps(function)
    def wrapper(*args: Any, program: Path, target: str, entry: str | None, **rest: Any) -> Any:
        return function(*args, source=ProgramSource(program, target, entry), **rest)

    return wrapper


def run_options(function: Function) -> Function:
    """--input, --budget, --max-steps; the function receives them as `request`."""

    @click.option("-i", "--input", "input_path", type=READABLE, help="The program's input.")
    @click.option(
        "--budget",
        metavar="N",
        type=click.IntRange(0, NO_BUDGET - 1),
        help="Compute units [default: 1400000 for sBPF, else no limit].",
    )
    @click.option(
        "--max-steps",
        metavar="N",
        type=click.IntRange(min=1),
        default=DEFAULT_MAX_STEPS,
        help="Give up after so many steps [default: 2^32].",
    )
    @functools.wraps(function)
    def wrapper(*args: Any, input_path: Path | None, budget: int | None, max_steps: int, **rest: Any) -> Any:
        return function(*args, request=RunRequest(input_path, budget, max_steps), **rest)

    return wrapper


chunk_size_option = click.option(
    "--chunk-size",
    type=int,
    metavar="N",
    callback=chunk_size_argument,
    default=DEFAULT_CHUNK_SIZE,
    envvar="ZISK_CHUNK_SIZE",
    help=f"Steps per segment, a power of two from {MIN_CHUNK_SIZE} to {MAX_CHUNK_SIZE}"
    f" [default: ZISK_CHUNK_SIZE or {DEFAULT_CHUNK_SIZE}].",
)
threads_option = click.option(
    "--threads",
    type=click.IntRange(min=1),
    envvar="ZISK_THREADS",
    metavar="N",
    help="Threads [default: ZISK_THREADS or the cores that the process may use].",
)


def output_options(*, binary: bool = False) -> Callable[[Function], Function]:
    """--json, --output and --debug; the function receives an `Output` as its first argument."""

    def decorate(function: Function) -> Function:
        @click.option("--json", "as_json", is_flag=True, help="The same as --output json.")
        @click.option(
            "--output",
            "form",
            type=click.Choice(("text", "json", *(["binary"] if binary else []))),
            default="text",
        )
        @click.option("--debug", is_flag=True, help="Log phases, plans and sizes (also: ZISK_LOG=debug).")
        @click.pass_obj
        @functools.wraps(function)
        def wrapper(streams: Streams, /, as_json: bool, form: str, debug: bool, **rest: Any) -> Any:
            if debug or os.environ.get("ZISK_LOG") == "debug":
                logging.basicConfig(
                    level=logging.DEBUG, stream=streams.err, format="%(name)s: %(message)s", force=True
                )
            return function(Output(streams, "json" if as_json else form), **rest)

        return wrapper

    return decorate


def writable_file(out: Path | None, source: ProgramSource, suffix: str, output: Output) -> Path | None:
    """The file to write: -o, or the program's name with another suffix; None if only bytes are asked for.

    Raises InputError, before any work, where the file could not be written.
    """
    if out is None and output.form == "binary":
        return None
    path = out or Path(f"{source.path.stem}{suffix}")
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder; name a file with -o")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; name another file with -o") from error
    return path
