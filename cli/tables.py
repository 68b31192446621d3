"""Tables of results: drawn on a terminal, aligned text elsewhere."""

from collections.abc import Sequence
from typing import TextIO


def print_table(out: TextIO, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; all columns but the first are aligned to the right."""
    if out.isatty():
        _draw(out, title, head, rows)
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    print(title, file=out)
    for row in (head, *rows):
        first, *others = (
            text.ljust(width) if at == 0 else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(["", first, *others]).rstrip(), file=out)


def _draw(out: TextIO, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    for at, name in enumerate(head):
        table.add_column(escape(name), justify="left" if at == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    Console(file=out).print(table)
