"""A document with all files that it is compiled with: diagnostics, names, facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zisk_py.pil import ast
from zisk_py.pil.emission import emit
from zisk_py.pil.errors import Diagnostic, PilError, PilErrors
from zisk_py.pil.expander import expand
from zisk_py.pil.expander.machine import Use
from zisk_py.pil.expander.settings import Settings
from zisk_py.pil.loader import Loader
from zisk_py.pil.parser import parse
from zisk_py.pil.passes import PASSES, lints
from zisk_py.pil.passes.lints.silence import kept
from zisk_py.pil.span import SourceFile
from zisk_py.pil.tools.facts import Fact, facts
from zisk_py.pil.tools.symbols import FileIndex, Names


@dataclass(frozen=True, slots=True)
class Project:
    """How documents are compiled.

    main       the file that requires the documents; None: each document is compiled by itself.
    """

    main: Path | None = None
    include: Sequence[Path] = ()
    constants: Mapping[str, int] = field(default_factory=dict)
    features: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Analysis:
    """What is known of a document.

    names  of all files that could be parsed.
    uses   what names mean where they are used, if the program ran to its end.
    """

    diagnostics: tuple[Diagnostic, ...]
    names: Names
    uses: Mapping[tuple[str, int, int], Use]
    facts: tuple[Fact, ...]

    def index(self, path: Path) -> FileIndex | None:
        """The names of one file."""
        return next((index for index in self.names.files if index.path == path), None)


class _EditorLoader(Loader):
    """Reads what editors hold rather than what the disk has."""

    def __init__(self, include: Sequence[Path], texts: Mapping[Path, str]) -> None:
        super().__init__(include)
        self._texts = texts

    def _read(self, path: Path, name: str) -> ast.Program:
        if path not in self._texts:
            return super()._read(path, name)
        program = self._loaded[path] = self._parse(SourceFile(name, self._texts[path], path.parent))
        return program


def analyse(path: Path, texts: Mapping[Path, str], project: Project) -> Analysis:
    """Compile a document, or the project's main file. Nothing is raised for what the files say.

    texts  of documents that are open, by path; others are read from the disk.
    """
    loader = _EditorLoader(project.include, texts)
    settings = Settings(
        include=project.include, features=project.features, missing_files=True, record_uses=True
    )
    found: list[Diagnostic] = []
    uses: Mapping[tuple[str, int, int], Use] = {}
    known: list[Fact] = []
    try:
        expander = expand(loader.main(project.main or path), dict(project.constants), loader, settings)
        uses, known = expander.uses or {}, facts(expander.airs)
        for apply in PASSES:
            apply(expander)
        found += expander.errors
        if not found:
            lints.check(expander)
            emit(expander)
        found += kept(expander.warnings, ())
    except PilErrors as errors:
        found += [*errors.diagnostics, *errors.warnings]
    except PilError as error:
        found += error.diagnostics
    except OSError:
        found = []  # the file is not there any more
    indexes = {index.path: index for index in map(FileIndex, loader.programs)}
    if path not in indexes and path in texts:
        _add_alone(indexes, path, texts[path], found)
    return Analysis(tuple(found), Names(list(indexes.values())), uses, tuple(known))


def _add_alone(indexes: dict[Path | None, FileIndex], path: Path, text: str, found: list[Diagnostic]) -> None:
    """Add a document that the main file does not require: its names, or why it cannot be parsed."""
    try:
        indexes[path] = FileIndex(parse(SourceFile(path.name, text, path.parent)))
    except PilErrors as errors:
        known = {(one.span.file.name, one.span.start) for one in found}
        found += [one for one in errors.diagnostics if (one.span.file.name, one.span.start) not in known]
    except PilError as error:
        found += error.diagnostics
