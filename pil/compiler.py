"""The compiler: files are loaded and parsed, the program is expanded, passes check and lower it."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from zisk_py.pil.compiled import Compiled
from zisk_py.pil.emission import emit
from zisk_py.pil.errors import Code, PilErrors, PilWarning
from zisk_py.pil.expander import expand
from zisk_py.pil.expander.settings import Settings
from zisk_py.pil.loader import Loader
from zisk_py.pil.passes import PASSES, lints
from zisk_py.pil.passes.lints.silence import kept
from zisk_py.pil.system import System


def compile_source(
    source: Path | str,
    *,
    constants: Mapping[str, int] | None = None,
    include: Sequence[Path] = (),
    features: Collection[str] = (),
    fixed: Mapping[str, Mapping[str, Sequence[int]]] | None = None,
    missing_files: bool = False,
    record_uses: bool = False,
    lints_off: Collection[str] = (),
) -> Compiled:
    """Compile a PIL file (a Path) or a text (a str).

    constants      names that every file can read, with their values.
    include        folders in which `require "x.pil"` searches, after the folder of the file that says it.
    features       names for which `#pragma feature name` keeps the statement after it.
    fixed          values of fixed columns that the file leaves to its caller, by air and column.
    missing_files  take zeros for external fixed columns whose files are missing, to see what airs there are.
    record_uses    keep where each name is declared, in `Compiled.uses`.
    lints_off      codes of warnings that are not told.
    Raises         PilError with the place, PilErrors if there are several; OSError if it cannot be read.
    """
    loader = Loader(include)
    settings = Settings(include, frozenset(features), fixed or {}, missing_files, record_uses)
    expander = expand(loader.main(source), dict(constants or {}), loader, settings)
    for apply in PASSES:
        apply(expander)
    if expander.errors:
        raise PilErrors(expander.errors, kept(expander.warnings, lints_off))
    lints.check(expander)
    compiled = emit(expander)
    return replace(compiled, warnings=kept(compiled.warnings, lints_off), uses=expander.uses or {})


def compile_pil(
    source: Path | str, *, constants: Mapping[str, int] | None = None, include: Sequence[Path] = ()
) -> System:
    """The system of `compile_source`. Its warnings become PilWarning.

    Not those that ask for a whole program, which this may be a part of: callers send messages themselves.
    """
    lints_off = (*lints.LINTS, Code.UNMATCHED_OPID)
    compiled = compile_source(source, constants=constants, include=include, lints_off=lints_off)
    for found in compiled.warnings:
        warnings.warn(str(found), PilWarning, stacklevel=2)
    return compiled.system
