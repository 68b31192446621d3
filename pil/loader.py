"""Files: `require`, `include`, the search path."""

from collections.abc import Sequence
from pathlib import Path

from zisk_py.pil import ast
from zisk_py.pil.errors import PilError
from zisk_py.pil.parser import parse
from zisk_py.pil.span import SourceFile, Span

# Files of PIL2's standard library: what they define is built in, so that requiring them does nothing.
STANDARD = frozenset(
    (
        "goldilocks.pil",
        *(
            f"std_{name}.pil"
            for name in (
                "common",
                "connection",
                "constants",
                "direct",
                "lookup",
                "permutation",
                "prod",
                "range_check",
                "sum",
                "tools",
                "virtual_table",
            )
        ),
    )
)


class Loader:
    """Finds and parses files. A file is searched beside the one that names it, then in the search path."""

    def __init__(self, include: Sequence[Path]) -> None:
        self.include = tuple(include)
        self._loaded: dict[Path, ast.Program] = {}

    def main(self, source: Path | str) -> ast.Program:
        """Parse the file, or the text, that is compiled. Raises PilError, OSError."""
        if isinstance(source, str):
            return parse(SourceFile("<text>", source))
        return self._read(source.resolve(), source.name)

    def load(self, name: str, span: Span, *, once: bool) -> ast.Program | None:
        """The file that `require` or `include` names; None if it is not to be run. Raises PilError."""
        if name in STANDARD:
            return None
        beside = span.file.folder
        folders = [beside, *self.include] if beside else [*self.include]
        # Joined to any folder, an absolute path is itself.
        try:
            for folder in folders or [Path()]:
                path = (folder / name).resolve()
                if path.is_file():
                    if path in self._loaded:
                        return None if once else self._loaded[path]
                    return self._read(path, self._shown(path, folders))
        except (OSError, ValueError) as error:  # a name that no file can have, a file that may not be read
            raise PilError(f"the file {name} cannot be read: {error}", span) from error
        searched = ", ".join(folder.name or "/" for folder in folders) or "the current folder"
        raise PilError(f"there is no file {name} (searched: {searched})", span)

    def _read(self, path: Path, name: str) -> ast.Program:
        program = parse(SourceFile(name, path.read_text(encoding="utf-8", errors="replace"), path.parent))
        self._loaded[path] = program
        return program

    def _shown(self, path: Path, folders: Sequence[Path]) -> str:
        """The path below a folder of the search path, or of the file that names it; else the name alone."""
        for folder in (*self.include, *folders):
            if path.is_relative_to(folder.resolve()):
                return path.relative_to(folder.resolve()).as_posix()
        return path.name
