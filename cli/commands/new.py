"""`zisk-py new`: a folder with a guest in C that works, its Makefile and its test."""

from importlib.resources import files
from pathlib import Path

import click

from zisk_py.cli.options import WRITABLE, output_options
from zisk_py.cli.output import Output, text
from zisk_py.errors import InputError
from zisk_py.files import write_atomically

# What --target of `build` is for a guest of each kind.
TARGETS = {"riscv": "riscv", "sbpf": "sbpf-v3", "ebpf": "ebpf"}
PLACE_OF_TARGET = "@TARGET@"


@click.command("new")
@click.argument("folder", metavar="DIR", type=WRITABLE)
@click.option(
    "--target",
    "kind",
    type=click.Choice(tuple(TARGETS)),
    default="riscv",
    show_default=True,
    help="What the guest is compiled for: an ordinary program, a Solana program, or eBPF.",
)
@output_options()
def command(output: Output, folder: Path, kind: str) -> None:
    """Make a guest in C: DIR, with source, Makefile and test.

    `make test` in DIR builds and tests it, `make verify` proves a run and verifies the proof.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already; name a folder that is new or empty")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _files(kind).items():
        write_atomically(folder / name, content.encode())
    output.results([text("folder", str(folder)), text("target", TARGETS[kind])])


def _files(kind: str) -> dict[str, str]:
    """The files of a new guest, by name."""
    templates = files("zisk_py.examples") / "templates"
    return {
        "guest.c": (templates / f"{kind}.c").read_text(),
        "test_guest.py": (templates / f"test_{kind}.py").read_text(),
        "Makefile": (templates / "Makefile").read_text().replace(PLACE_OF_TARGET, TARGETS[kind]),
    }
