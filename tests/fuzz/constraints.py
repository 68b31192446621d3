"""Fuzz targets: PIL text and compiled systems."""

import warnings
from collections.abc import Iterator
from contextlib import suppress

from fuzz.registry import TESTS, target
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.errors import PilError, PilWarning
from zisk_py.pil.parser import parse
from zisk_py.pil.span import SourceFile
from zisk_py.pil.system_file import from_json, to_json


def pil_files() -> Iterator[bytes]:
    for path in sorted((TESTS / "data" / "pil").rglob("*.pil")):
        yield path.read_bytes()


@target(pil_files)
def pil_syntax(data: bytes) -> None:
    """PIL text through the parser."""
    with suppress(PilError):
        parse(SourceFile("<text>", data.decode("utf-8", "replace")))


@target(pil_files)
def pil(data: bytes) -> None:
    """PIL text through the whole compiler; what it accepts is a system that its file format keeps."""
    with suppress(PilError), warnings.catch_warnings():
        warnings.simplefilter("ignore", PilWarning)
        text = to_json(compile_pil(data.decode("utf-8", "replace")))
        assert to_json(from_json(text)) == text


@target(
    lambda: [
        to_json(
            compile_pil("airgroup G { airtemplate A(int N = 32) { col witness a; a * (1 - a) === 0; } A(); }")
        ).encode()
    ]
)
def system(data: bytes) -> None:
    """Compiled systems; ValueError is what their reader documents."""
    with suppress(ValueError):
        from_json(data.decode("utf-8", "replace"))
