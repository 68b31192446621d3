"""Results of compilations that are kept on disk.

An entry is found by what was asked for: the source, constants, search path, options, and the compiler's own
text. It is used if every file that was read then has the same bytes still, and none has come that was
looked for in vain. It has no airs as they were before lowering. A damaged entry is a warning and is made
again. Entries are in the folder that `ZISK_PY_CACHE` names (empty: nothing is kept), else in
`$XDG_CACHE_HOME/zisk-py` or `~/.cache/zisk-py`.
"""

import hashlib
import json
import os
import tempfile
import warnings
import zlib
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from zisk_py.pil.compiled import Compiled
from zisk_py.pil.compiled_file import from_text, to_text
from zisk_py.pil.errors import PilWarning

MAGIC = b"zisk-py compiled 1\n"
DIGEST = 32
MAX_CELLS = 1 << 22  # of fixed columns: a system with more is not kept
MAX_ENTRIES = 100  # the oldest go
SUFFIX = ".compiled"


def compile_cached(
    source: Path | str,
    *,
    constants: Mapping[str, int] | None = None,
    include: Sequence[Path] = (),
    features: Collection[str] = (),
    lints_off: Collection[str] = (),
    folder: Path | None = None,
) -> Compiled:
    """What `compile_source` gives, from the cache if it is there; else it is compiled, and kept.

    folder  where entries are; None: the user's folder, or none at all if the user wants none.
    Raises  PilError, OSError as `compile_source`; an error is never kept.
    """
    folder = folder or default_folder()
    path = None
    if folder is not None:
        path = folder / (_key(source, constants or {}, include, features, lints_off) + SUFFIX)
        compiled = _read(path)
        if compiled is not None:
            return compiled
    from zisk_py.pil.compiler import compile_source  # it takes longer to import than an entry to read

    compiled = compile_source(
        source, constants=constants, include=include, features=features, lints_off=lints_off
    )
    cells = sum(len(air.fixed) << (air.log_height or 0) for air in compiled.system.airs)
    if path is not None and cells <= MAX_CELLS:
        _write(path, compiled)
    return compiled


def default_folder() -> Path | None:
    """The user's folder for entries; None if nothing is to be kept."""
    chosen = os.environ.get("ZISK_PY_CACHE")
    if chosen is not None:
        return Path(chosen) / "pil" if chosen else None
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "zisk-py" / "pil"


def _key(
    source: Path | str,
    constants: Mapping[str, int],
    include: Sequence[Path],
    features: Collection[str],
    lints_off: Collection[str],
) -> str:
    asked = {
        "compiler": _compiler(),
        "source": ["text", source]
        if isinstance(source, str)
        else ["file", str(source.resolve()), source.name],
        "here": str(Path.cwd()),
        "constants": sorted((name, str(value)) for name, value in constants.items()),
        "include": [str(path.resolve()) for path in include],
        "features": sorted(features),
        "lints_off": sorted(lints_off),
    }
    return hashlib.blake2s(json.dumps(asked, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def _compiler() -> str:
    """Digest of the compiler's own files."""
    root = Path(__file__).parent
    state = hashlib.blake2s()
    for path in sorted(path for end in ("py", "lark", "pil") for path in root.rglob(f"*.{end}")):
        state.update(f"{path.relative_to(root)}\0".encode() + hashlib.blake2s(path.read_bytes()).digest())
    return state.hexdigest()


def _read(path: Path) -> Compiled | None:
    """The entry, if it is there, whole, and made from the files as they are now."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    start = len(MAGIC) + DIGEST
    try:
        if data[:start] != MAGIC + hashlib.blake2s(data[start:]).digest():
            raise ValueError("its digest is another one")
        compiled = from_text(zlib.decompress(data[start:]).decode())
    except (ValueError, zlib.error) as error:
        warnings.warn(f"{path} is damaged ({error}); it is made again", PilWarning, stacklevel=3)
        return None
    return compiled if all(_digest(file) == was for file, was in compiled.reads.items()) else None


def _digest(path: Path) -> bytes | None:
    """Digest of a file; None if it is not there."""
    try:
        return hashlib.blake2s(path.read_bytes()).digest()
    except OSError:
        return None


def _write(path: Path, compiled: Compiled) -> None:
    """Write the entry, at once or not at all. A folder that cannot be written to is a warning."""
    body = zlib.compress(to_text(compiled).encode(), 1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + hashlib.blake2s(body).digest() + body)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        entries = sorted(path.parent.glob(f"*{SUFFIX}"), key=lambda entry: entry.stat().st_mtime)
        for entry in entries[:-MAX_ENTRIES]:
            entry.unlink(missing_ok=True)
    except OSError as error:
        text = f"the compiled file is not kept in {path.parent}: {error.strerror}; set ZISK_PY_CACHE"
        warnings.warn(text, PilWarning, stacklevel=3)
