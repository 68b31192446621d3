"""The functions of the language and of the standard library: their parameters and a line about each."""

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import zisk_py.pil.expander.builtins as builtins  # first: the library is a part of the expander
from zisk_py.pil import ast, library
from zisk_py.pil.parser import parse
from zisk_py.pil.span import SourceFile


@dataclass(frozen=True, slots=True)
class NativeFunction:
    """A function that every file can call. `parameters` as they are declared."""

    name: str
    parameters: tuple[str, ...]
    signature: str
    doc: str


@cache
def native_functions() -> dict[str, NativeFunction]:
    """All of them, by name."""
    known = {**builtins.NATIVE, **library.NATIVE}
    found = {}
    folders = (
        Path(builtins.__file__).with_name("builtins.pil"),
        Path(library.__file__).with_name("signatures.pil"),
    )
    for path in folders:
        for statement in parse(SourceFile(path.name, path.read_text(encoding="utf-8"))).body:
            if isinstance(statement, ast.Function):
                name = statement.path.span.text
                parameters = [item.span.one_line for item in statement.parameters.items]
                parameters += ["..."] * statement.parameters.is_open
                result = statement.span.text[statement.parameters.span.end - statement.span.start :]
                signature = f"{name}({', '.join(parameters)}){result.split('{')[0].rstrip()}"
                found[name] = NativeFunction(name, tuple(parameters), signature, _doc(known.get(name)))
    return found


def _doc(function: object) -> str:
    """What a function says of itself."""
    while isinstance(function, partial):
        function = function.func
    return (getattr(function, "__doc__", None) or "").strip()
