"""Files: `require`, `include`, the search path."""

import hashlib
from collections.abc import Sequence
from io import BytesIO, TextIOWrapper
from pathlib import Path

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, PilError, did_you_mean
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
    """Finds and parses files. A file is searched beside the one that names it, then in the search path.

    programs  all files that were parsed, in their order.
    reads     digest of every file that was read, None for each that was looked for and is not there.
    """

    def __init__(self, include: Sequence[Path]) -> None:
        self.include = tuple(include)
        self.programs: list[ast.Program] = []
        self.reads: dict[Path, bytes | None] = {}
        self._loaded: dict[Path, ast.Program] = {}

    def main(self, source: Path | str) -> ast.Program:
        """Parse the file, or the text, that is compiled. Raises PilError, OSError."""
        if isinstance(source, str):
            return self._parse(SourceFile("<text>", source))
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
                self.record(path, None)
        except (OSError, ValueError) as error:  # a name that no file can have, a file that may not be read
            raise PilError(f"the file {name} cannot be read: {error}", span, code=Code.FILE) from error
        searched = ", ".join(folder.name or "/" for folder in folders) or "the current folder"
        raise PilError(
            f"there is no file {name} (searched: {searched})",
            span,
            code=Code.FILE,
            suggestion=_similar(name, folders),
        )

    def _read(self, path: Path, name: str) -> ast.Program:
        data = path.read_bytes()
        self.record(path, data)
        text = TextIOWrapper(BytesIO(data), encoding="utf-8", errors="replace").read()
        program = self._loaded[path] = self._parse(SourceFile(name, text, path.parent))
        return program

    def record(self, path: Path, data: bytes | None) -> None:
        """Keep that a file was read, or was not there."""
        self.reads[path.resolve()] = None if data is None else hashlib.blake2s(data).digest()

    def _parse(self, file: SourceFile) -> ast.Program:
        program = parse(file)
        self.programs.append(program)
        return program

    def _shown(self, path: Path, folders: Sequence[Path]) -> str:
        """The path below a folder of the search path, or of the file that names it; else the name alone."""
        for folder in (*self.include, *folders):
            if path.is_relative_to(folder.resolve()):
                return path.relative_to(folder.resolve()).as_posix()
        return path.name


def _similar(name: str, folders: Sequence[Path]) -> str:
    """A file of one of the folders whose name is close to that one, or where files are searched."""
    known = {path.name for folder in folders if folder.is_dir() for path in folder.glob("*.pil")}
    return did_you_mean(Path(name).name, known) or "give the folder that it lies in as a search path"
