"""A PIL file as the command line names it, with its witness, and what compiling it says."""

import functools
import runpy
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import click

from zisk_py.cli.options import READABLE, Function
from zisk_py.cli.progress import ProgressBars
from zisk_py.errors import InputError

if TYPE_CHECKING:
    from zisk_py.pil import CompiledSystem, Trace
    from zisk_py.pil.errors import Diagnostic

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
MAX_TOLD = 5  # warnings of a file


@dataclass(frozen=True, slots=True)
class PilSource:
    """What is compiled, and how."""

    path: Path
    include: tuple[Path, ...]
    constants: dict[str, int]
    features: frozenset[str]

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of `zisk_py.pil.compiler.compile_source`."""
        return {"constants": self.constants, "include": self.include, "features": self.features}

    def compile(self, err: TextIO, *, tell: bool = True, **more: Any) -> "CompiledSystem":
        """Compile the file, with more arguments of `pil.compile`. Raises PilError.

        Warnings are told on `err`, one line each; with `tell` off only those that are not of the file.
        """
        from zisk_py import pil
        from zisk_py.pil.errors import PilWarning

        with ProgressBars(err) as progress, warnings.catch_warnings(record=True) as caught:
            progress("compile", 0, 0)
            warnings.simplefilter("always", PilWarning)
            system = pil.compile(self.path, **self.arguments(), **more)
        of_file = {str(found) for found in system.compiled.warnings}
        for text in (str(warning.message) for warning in caught):
            if text not in of_file:
                print(f"zisk-py: warning: {text}", file=err)
        if tell:
            self.tell(err, system.compiled.warnings)
        return system

    def tell(self, err: TextIO, found: "Sequence[Diagnostic]") -> None:
        """Tell warnings on `err`, one line each, and of many of them the first ones."""
        for one in found[:MAX_TOLD]:
            print(f"zisk-py: warning: {one.span.location}: {one.message} [{one.code}]", file=err)
        if len(found) > MAX_TOLD:
            more = f"{len(found) - MAX_TOLD} more warnings; see `zisk-py pil check {self.path}`"
            print(f"zisk-py: {more}", file=err)


class SourceOf(Protocol):
    """Makes the source of a path, with the options of the command line."""

    def __call__(self, path: Path) -> PilSource:
        """The source."""
        ...


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness as the command line names it."""

    path: Path
    publics: Path | None
    stage2: Path | None

    def trace(self, system: "CompiledSystem") -> "Trace":
        """The trace of it. Raises a TraceError for what the files hold."""
        from zisk_py.pil import read_publics

        publics = {} if self.publics is None else read_publics(self.publics)
        stage2 = None if self.stage2 is None else stage2_function(self.stage2)
        return system.trace(system.read_witness(self.path), publics, stage2=stage2)


def stage2_function(path: Path) -> Callable[..., Any]:
    """The function `stage2` of a Python file, which is run. Raises InputError if there is none."""
    try:
        names = runpy.run_path(str(path))
    except Exception as error:  # whatever a user's file may do
        raise InputError(f"{path} cannot be run: {type(error).__name__}: {error}") from error
    function = names.get("stage2")
    if not callable(function):
        raise InputError(f"{path} defines no function stage2; write `def stage2(challenges): ...`")
    made: Callable[..., Any] = function
    return made


def constant_argument(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> dict[str, int]:
    """Constants by name. A usage error where one is not NAME=INT."""
    made = {}
    for value in values:
        name, _, number = value.partition("=")
        try:
            made[name] = int(number, 0)
        except ValueError:
            raise click.BadParameter(f"{value!r} is not NAME=INT.") from None
        if not name.isidentifier():
            raise click.BadParameter(f"{name!r} is no name.")
    return made


def source_options(function: Function) -> Function:
    """-I, -D, -F of a file; the function gets a `PilSource` maker by path, `source_of`."""

    @click.option("-I", "--include", multiple=True, type=FOLDER, help="A folder to search required files in.")
    @click.option(
        "-D",
        "--define",
        "constants",
        metavar="NAME=INT",
        multiple=True,
        callback=constant_argument,
        help="A constant that every file can read.",
    )
    @click.option(
        "-F", "--feature", "features", metavar="NAME", multiple=True, help="A feature for `#pragma feature`."
    )
    @functools.wraps(function)
    def wrapper(
        *args: Any,
        include: tuple[Path, ...],
        constants: dict[str, int],
        features: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        def source_of(path: Path) -> PilSource:
            return PilSource(path, include, constants, frozenset(features))

        return function(*args, source_of=source_of, **rest)

    return wrapper


def file_options(function: Function) -> Function:
    """FILE with -I, -D, -F; the function gets it as `source`."""

    @click.argument("file", type=READABLE)
    @source_options
    @functools.wraps(function)
    def wrapper(*args: Any, file: Path, source_of: Any, **rest: Any) -> Any:
        return function(*args, source=source_of(file), **rest)

    return wrapper


cache_option = click.option(
    "--cache/--no-cache",
    default=True,
    help="Use what was compiled before, while no file has changed [default].",
)

missing_files_option = click.option(
    "--missing-files", is_flag=True, help="Take zeros for external fixed columns whose files are missing."
)


def witness_options(*, required: bool) -> Callable[[Function], Function]:
    """--witness, --publics and --stage2; the function gets a `Witness`, or None, as `witness`."""

    def decorate(function: Function) -> Function:
        @click.option(
            "-w", "--witness", type=READABLE, required=required, help="The columns: .npz, .csv, .json."
        )
        @click.option("-p", "--publics", type=READABLE, help="The public values: .json.")
        @click.option(
            "--stage2",
            type=READABLE,
            help="A .py whose stage2(challenges) gives columns of stage 2.",
        )
        @functools.wraps(function)
        def wrapper(
            *args: Any, witness: Path | None, publics: Path | None, stage2: Path | None, **rest: Any
        ) -> Any:
            for name, value in (("--publics", publics), ("--stage2", stage2)):
                if witness is None and value is not None:
                    raise click.UsageError(f"{name} needs --witness")
            given = None if witness is None else Witness(witness, publics, stage2)
            return function(*args, witness=given, **rest)

        return wrapper

    return decorate


def diagnostic_object(found: "Diagnostic") -> dict[str, Any]:
    """A diagnostic in JSON. Lines and columns count from 1; the end is the first place behind it."""
    span = found.span
    line, column = span.file.position(span.start)
    end_line, end_column = span.file.position(span.end)
    return {
        "code": str(found.code),
        "severity": "error" if found.is_error else "warning",
        "message": found.message,
        "help": found.suggestion,
        "file": span.file.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "expansions": [f"{frame.text} at {frame.span.location}" for frame in found.frame or ()],
    }
