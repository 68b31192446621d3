"""`zisk-py pil format`: one layout for all files."""

import difflib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from zisk_py.cli.endings import DONE, REFUSED
from zisk_py.cli.output import Streams
from zisk_py.errors import InputError


@click.command("format")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--check", "is_check", is_flag=True, help="Change nothing; exit with 1 if a file is not formatted."
)
@click.option("--diff", "is_diff", is_flag=True, help="Change nothing; print what would change.")
@click.pass_obj
def command(streams: Streams, paths: Sequence[Path], is_check: bool, is_diff: bool) -> int:
    """Format PIL files, and all below folders, in their places.

    Comments stay; lines end before column 110; at most one blank line is kept.
    """
    from zisk_py.pil.span import SourceFile
    from zisk_py.pil.tools.formatter import format_source

    changed = count = 0
    for path in _files(paths):
        count += 1
        text = _read(path)
        result = format_source(SourceFile(str(path), text))
        if result == text:
            continue
        changed += 1
        if is_diff:
            lines = difflib.unified_diff(
                text.splitlines(keepends=True), result.splitlines(keepends=True), str(path), str(path)
            )
            streams.out.writelines(line if line.endswith("\n") else f"{line}\n" for line in lines)
        elif is_check:
            print(f"{path} is not formatted", file=streams.out)
        else:
            _replace(path, result)
    is_dry = is_check or is_diff
    verb = "would change" if is_dry else "changed"
    print(f"{verb} {changed} of {count} files", file=streams.err)
    return REFUSED if is_dry and changed else DONE


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.pil")) if path.is_dir() else [path]


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no UTF-8 text: {error.reason} at byte {error.start}") from error


def _replace(path: Path, text: str) -> None:
    """Write the file anew, whole or not at all."""
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False) as file:
        file.write(text.encode())
    try:
        os.chmod(file.name, path.stat().st_mode)
        os.replace(file.name, path)
    except OSError:
        os.unlink(file.name)
        raise
