"""Witnesses and publics in files: `.npz`, `.csv` and `.json`."""

from pathlib import Path
from typing import Any

from zisk_py.pil.compiled import Compiled


def read_witness(compiled: Compiled, path: Path) -> dict[str, Any]:
    """The witness in a file. Being written."""
    raise NotImplementedError


def read_publics(path: Path) -> dict[str, Any]:
    """The publics in a file. Being written."""
    raise NotImplementedError
