"""Files: `require`, `include`, the search path."""

from collections.abc import Sequence
from pathlib import Path

from zisk_py.pil import ast
from zisk_py.pil.errors import PilError
from zisk_py.pil.parser import parse
from zisk_py.pil.span import SourceFile, Span

# Files of PIL2's standard library: what they define is built in, so that requiring them does nothing.
STANDARD = frozenset(
    f"std_{name}.pil"
    for name in ("constants", "direct", "lookup", "permutation", "range_check", "sum", "tools")
)


class Loader:
    """Finds and parses files. A file is searched beside the one that names it, then in the search path."""

    def __init__(self, include: Sequence[Path]) -> None:
        self.include = tuple(include)
        self._loaded: dict[Path, ast.Program] = {}
        self._paths: dict[str, Path] = {}  # shown name -> path

    def main(self, source: Path | str) -> ast.Program:
        """Parse the file, or the text, that is compiled. Raises PilError, OSError."""
        if isinstance(source, str):
            return parse(SourceFile("<text>", source))
        path = source.resolve()
        self._paths[source.name] = path
        self._loaded[path] = parse(SourceFile(source.name, path.read_text(encoding="utf-8")))
        return self._loaded[path]

    def load(self, name: str, span: Span, *, once: bool) -> ast.Program | None:
        """The file that `require` or `include` names; None if it is not to be run. Raises PilError."""
        if name in STANDARD:
            return None
        beside = self._paths.get(span.file.name)
        folders = [beside.parent] if beside else []
        for folder in (*folders, *self.include):
            path = (folder / name).resolve()
            if path.is_file():
                return self._parsed(path, once=once)
        searched = ", ".join(folder.name or "/" for folder in (*folders, *self.include)) or "no folders"
        raise PilError(f"there is no file {name} (searched: {searched})", span)

    def _parsed(self, path: Path, *, once: bool) -> ast.Program | None:
        if path in self._loaded:
            return None if once else self._loaded[path]
        name = self._shown(path)
        self._paths[name] = path
        self._loaded[path] = parse(SourceFile(name, path.read_text(encoding="utf-8")))
        return self._loaded[path]

    def _shown(self, path: Path) -> str:
        """The path below a folder of the search path, or of the main file; else the name alone."""
        for folder in (*self.include, *(other.parent for other in self._paths.values())):
            if path.is_relative_to(folder.resolve()):
                return path.relative_to(folder.resolve()).as_posix()
        return path.name
