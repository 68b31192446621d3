"""The parser of `grammar.lark`, and its tables in a file: making them takes longer than small compilations.

`grammar.tables` is written at build time (`python -m zisk_py.pil.build FILE`). It names the grammar and the
version of lark that it was made from: where either is another one now, the tables are made again.
"""

import hashlib
import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from zisk_py.errors import ZiskError

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("grammar.tables")
STARTS = ("program", "expression")


@cache
def parser() -> Lark:
    """Parses a program or an expression. Raises ZiskError for tables that are damaged."""
    return read_tables() or make_parser()


def make_parser() -> Lark:
    """The parser, from the grammar."""
    return Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        start=list(STARTS),
        propagate_positions=True,
        maybe_placeholders=True,
    )


def write_tables(path: Path) -> None:
    """Write the tables of the grammar."""
    data, memo = make_parser().memo_serialize([TerminalDef, Rule])
    fields = {"made_from": made_from(), "data": data, "memo": memo}
    path.write_bytes(zlib.compress(json.dumps(fields).encode(), 9))


def read_tables() -> Lark | None:
    """The parser from its file; None where that is absent or was made from another grammar."""
    if not TABLES.is_file():
        return None
    try:
        fields = json.loads(zlib.decompress(TABLES.read_bytes()), object_hook=_with_numbers)
        return Lark.load(fields) if fields["made_from"] == made_from() else None
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise ZiskError(
            f"{TABLES.name} of this installation is damaged ({error}); install it again"
        ) from error


def made_from() -> list[str]:
    """What the tables depend on: the grammar's digest, the version of lark."""
    return [hashlib.blake2s(GRAMMAR.read_bytes()).hexdigest(), lark.__version__]


def _with_numbers(fields: dict[str, Any]) -> dict[Any, Any]:
    """JSON makes text of the numbers of states and tokens."""
    return {int(name) if name.isdecimal() else name: value for name, value in fields.items()}
