"""`zisk-py pil`: constraints of your own, from the file to the proof."""

import click

from zisk_py.cli.lazy_group import LazyGroup

NAMES = ("check", "format", "explain", "eval", "test", "lsp", "prove", "verify", "fuzz")


@click.group(
    "pil",
    cls=LazyGroup,
    names=NAMES,
    prefix="pil_",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """Write constraints in PIL, give them a witness, see what is wrong, prove it.

    FILE is a PIL file. A witness is an .npz, .csv or .json with the columns by name, `x`, `Air.x` or
    `Air[0].x`; public values are a .json object by name. All but format and lsp take --json.
    """
