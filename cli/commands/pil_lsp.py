"""`zisk-py pil lsp`: the language server for editors."""

import os

import click

from zisk_py import __version__
from zisk_py.cli.endings import DONE
from zisk_py.errors import InputError


@click.command("lsp")
def command() -> int:
    """Serve an editor on standard input and output: diagnostics, hover, definitions, completion, formatting.

    Editors start it; it needs `pip install zisk-py[lsp]`. As options of its initialization it takes `main`,
    the file that requires those that are edited, `include`, `constants` and `features`.
    """
    try:
        from zisk_py.pil.tools.language_server import make_server
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise InputError(
            "the language server needs pygls; install it with pip install zisk-py[lsp]"
        ) from error
    with os.fdopen(os.dup(0), "rb") as source, os.fdopen(os.dup(1), "wb") as sink:
        make_server(__version__).start_io(
            source, sink
        )  # it closes them, and a command leaves its streams open
    return DONE
