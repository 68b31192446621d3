"""A group of commands whose modules are imported when they are asked for."""

import importlib
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click


class LazyGroup(click.Group):
    """Command `a-b` is the `command` of module `zisk_py.cli.commands.a_b`, with `prefix` before its name."""

    def __init__(self, *args: Any, names: Sequence[str], prefix: str = "", **rest: Any) -> None:
        """A group of the commands with these names, in the order of a user's way."""
        super().__init__(*args, **rest)
        self._names = tuple(names)
        self._prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands."""
        return list(self._names)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of a line. A usage error with a suggestion where there is none of that name."""
        close = get_close_matches(args[0], self._names, n=1)
        if close and args[0] not in self._names:
            ctx.fail(f"No such command {args[0]!r}; did you mean {close[0]}?")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in self._names:
            return None
        module = importlib.import_module(f"zisk_py.cli.commands.{self._prefix}{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command
