"""The compiler: files are loaded and parsed, the program is expanded, passes check it, airs are emitted."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from zisk_py.pil.emission import emit
from zisk_py.pil.expander import expand
from zisk_py.pil.loader import Loader
from zisk_py.pil.passes import PASSES
from zisk_py.pil.system import System


def compile_pil(
    source: Path | str, *, constants: Mapping[str, int] | None = None, include: Sequence[Path] = ()
) -> System:
    """Compile a PIL file (a Path) or a text (a str).

    constants  names that every file can read, with their values.
    include    folders in which `require "x.pil"` searches, after the folder of the file that says it.
    Raises     PilError with the place; OSError if the file cannot be read. Warns with PilWarning.
    """
    loader = Loader(include)
    expander = expand(loader.main(source), dict(constants or {}), loader)
    for apply in PASSES:
        apply(expander.airs, expander.graph)
    return System(tuple(emit(air) for air in expander.airs), tuple(expander.publics))
