"""Options that several commands share, and their validation."""

import functools
import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import TIMEOUT_MAX
from typing import TYPE_CHECKING, Any

import click

from zisk_py.cli.interruption import ended_after
from zisk_py.cli.output import Output, Streams
from zisk_py.cli.sizes import size_argument
from zisk_py.errors import InputError
from zisk_py.isa.memory_map import MAX_OUTPUT_BYTES
from zisk_py.isa.rules import NO_BUDGET
from zisk_py.limits import (
    DEFAULT_CHUNK_SIZE,
    MAX_CHUNK_SIZE,
    MIN_CHUNK_SIZE,
    Limits,
    check_chunk_size,
    size_text,
)
from zisk_py.transpiler.bpf.platform import PLAIN, MemoryRegion, Mode, Platform

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
    limits: Limits
    platform: Platform = PLAIN

    def load(self) -> "Program":
        """The program. Raises InputError and LimitError."""
        from zisk_py.zkvm import Program

        return Program.load(
            self.path, target=self.target, entry=self.entry, platform=self.platform, limits=self.limits
        )


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run as the command line names it."""

    input_path: Path | None
    budget: int | None
    environment_path: Path | None
    heap_size: int | None
    limits: Limits

    def data(self) -> bytes:
        """The input; empty without -i. Raises InputError and LimitError."""
        return b"" if self.input_path is None else self.limits.read_input(self.input_path)

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of `Program.execute`, `check`, `estimate` and `prove`, and of `Trace`.

        Raises InputError and LimitError where the environment cannot be read.
        """
        path = self.environment_path
        return {
            "budget": self.budget,
            "environment": None if path is None else self.limits.read_input(path),
            "heap_size": self.heap_size,
            "limits": self.limits,
        }


target_option = click.option(
    "--target",
    metavar="TARGET",
    default="auto",
    help="What a program file is: auto, ebpf, sbpf, sbpf-v0 to sbpf-v3, riscv; raw eBPF bytecode needs ebpf.",
)
entry_option = click.option("--entry", metavar="NAME", help="Function or section where the run starts.")
max_file_option = click.option(
    "--max-file",
    metavar="SIZE",
    type=str,
    callback=size_argument,
    default=Limits.file_bytes,
    help=f"Refuse to read a larger program or proof [default: {size_text(Limits.file_bytes)}].",
)


def source_options(function: Function) -> Function:
    """--target, --entry, --max-file of a file that the command takes."""
    return target_option(entry_option(max_file_option(function)))


def program_options(function: Function) -> Function:
    """PROGRAM and the options of its file; the function receives them as `source`."""
    return _program_options(function, required=True)


def optional_program_options(function: Function) -> Function:
    """As `program_options`, but PROGRAM can be left out: `source` is then None."""
    return _program_options(function, required=False)


def _program_options(function: Function, *, required: bool) -> Function:
    @click.argument("program", type=READABLE, required=required)
    @source_options
    @click.option(
        "--region",
        "regions",
        metavar="ADDR:SIZE:r|rw[:FILE]",
        multiple=True,
        help="Memory that an eBPF program finds besides, read-only or not, zeros or a file; may be repeated.",
    )
    @click.option(
        "--mode",
        type=click.Choice([mode.value for mode in Mode]),
        default=Mode.MEMORY.value,
        help="What r1 of an eBPF program points to: the input, or a struct xdp_md or __sk_buff of it.",
    )
    @functools.wraps(function)
    def wrapper(
        *args: Any,
        program: Path | None,
        target: str,
        entry: str | None,
        max_file: int,
        regions: tuple[str, ...],
        mode: str,
        **rest: Any,
    ) -> Any:
        platform = Platform(regions=tuple(map(MemoryRegion.parse, regions)), mode=Mode(mode))
        limits = Limits(file_bytes=max_file)
        source = ProgramSource(program, target, entry, limits, platform) if program is not None else None
        return function(*args, source=source, **rest)

    return wrapper


def run_options(function: Function) -> Function:
    """--input, --budget, --environment, --heap-size limits; the function receives a `request`."""

    @click.option("-i", "--input", "input_path", type=READABLE, help="The program's input.")
    @click.option(
        "--budget",
        metavar="N",
        type=click.IntRange(0, NO_BUDGET - 1),
        help="Compute units [default: 1400000 for sBPF, else no limit].",
    )
    @click.option(
        "--environment",
        type=READABLE,
        help="The bytes of the sysvars that an sBPF program reads [default: those of a fresh chain].",
    )
    @click.option(
        "--heap-size",
        metavar="BYTES",
        type=click.IntRange(min=0),
        help="The heap of an sBPF program: 32768 to 262144, in steps of 1024 [default: 32768]; the runtime's "
        "price of more than the default is charged by `zisk-py solana` only.",
    )
    @limits_options
    @functools.wraps(function)
    def wrapper(
        *args: Any,
        input_path: Path | None,
        budget: int | None,
        environment: Path | None,
        heap_size: int | None,
        limits: Limits,
        **rest: Any,
    ) -> Any:
        request = RunRequest(input_path, budget, environment, heap_size, limits)
        return function(*args, request=request, **rest)

    return wrapper


def limits_options(function: Function) -> Function:
    """--max-steps, --max-memory, --max-input, --max-output; the function receives them as `limits`."""

    @click.option(
        "--max-steps",
        metavar="N",
        type=click.IntRange(min=1),
        default=Limits.steps,
        help="Give up after so many steps [default: 2^32].",
    )
    @click.option(
        "--max-memory",
        metavar="SIZE",
        type=str,
        callback=size_argument,
        envvar="ZISK_MAX_MEMORY",
        help="Refuse what needs more memory, such as 4G [default: ZISK_MAX_MEMORY or what is free].",
    )
    @click.option(
        "--max-input",
        metavar="SIZE",
        type=str,
        callback=size_argument,
        default=Limits.input_bytes,
        help=f"Refuse a longer input [default: {size_text(Limits.input_bytes)}].",
    )
    @click.option(
        "--max-output",
        metavar="SIZE",
        type=click.IntRange(0, MAX_OUTPUT_BYTES),
        default=Limits.output_bytes,
        help=f"Refuse a longer output, in bytes [default: {Limits.output_bytes}, the most there can be].",
    )
    @functools.wraps(function)
    def wrapper(
        *args: Any, max_steps: int, max_memory: int | None, max_input: int, max_output: int, **rest: Any
    ) -> Any:
        return function(*args, limits=Limits(max_steps, max_memory, max_input, max_output), **rest)

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


def output_options(*, binary: bool = False, json: bool = True) -> Callable[[Function], Function]:
    """--json, --output, --debug, --timeout; the function receives an `Output` as its first argument.

    Without `json` a command can have a --json of its own.
    """

    def decorate(function: Function) -> Function:
        @click.option(
            "--output",
            "form",
            type=click.Choice(("text", "json", *(["binary"] if binary else []))),
            default="text",
        )
        @click.option("--debug", is_flag=True, help="Log phases, plans and sizes (also: ZISK_LOG=debug).")
        @click.option(
            "--timeout",
            metavar="SECONDS",
            type=click.IntRange(1, int(TIMEOUT_MAX)),
            envvar="ZISK_TIMEOUT",
            help="End with exit code 4 after so long [default: ZISK_TIMEOUT or never].",
        )
        @click.pass_obj
        @functools.wraps(function)
        def wrapper(
            streams: Streams,
            /,
            form: str,
            debug: bool,
            timeout: int | None,
            as_json: bool = False,
            **rest: Any,
        ) -> Any:
            if debug or os.environ.get("ZISK_LOG") == "debug":
                logging.basicConfig(
                    level=logging.DEBUG, stream=streams.err, format="%(name)s: %(message)s", force=True
                )
            with ended_after(timeout, streams.err):
                return function(Output(streams, "json" if as_json else form), **rest)

        if json:
            return click.option("--json", "as_json", is_flag=True, help="The same as --output json.")(wrapper)
        return wrapper

    return decorate


def writable_file(out: Path | None, source: ProgramSource, suffix: str, output: Output) -> Path | None:
    """The file to write: -o, or the program's name with another suffix; None if only bytes are asked for.

    Raises InputError, before any work, where the file could not be written.
    """
    if out is None and output.form == "binary":
        return None
    return writable_path(out or Path(f"{source.path.stem}{suffix}"))


def writable_path(path: Path) -> Path:
    """The path itself. Raises InputError, before any work, where no file could be written there."""
    if path.exists() and not path.is_file():  # a folder, a device, a pipe
        raise InputError(f"cannot write {path}: it is no regular file; name one with -o")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; name another file with -o") from error
    return path
