"""Small programs of the language, run without lowering: what the language says, not what is proven of it."""

from collections.abc import Sequence
from pathlib import Path

from zisk_py.pil.expander import expand
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.expander.settings import Settings
from zisk_py.pil.loader import Loader


def run(source: str | Path, include: Sequence[Path] = (), settings: Settings | None = None) -> Expander:
    """The state after the program has run. Raises PilErrors."""
    loader = Loader(include)
    return expand(loader.main(source), {}, loader, settings or Settings(include=include))


def in_air(body: str, rows: int = 32) -> str:
    """The statements as the body of an air of that many rows."""
    return f"airtemplate A(const int N = {rows}) {{ {body} }} airgroup G {{ A(); }}"
