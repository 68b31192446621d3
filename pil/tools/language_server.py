"""The language server: what editors ask about PIL files, on standard input and output."""

import asyncio
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from zisk_py.pil.errors import Diagnostic
from zisk_py.pil.span import SourceFile, Span
from zisk_py.pil.tools.analysis import Analysis, Project, analyse
from zisk_py.pil.tools.symbols import FileIndex, Symbol, name_at


class PilServer(LanguageServer):
    """The server, with what it knows of open documents."""

    def __init__(self, version: str) -> None:
        super().__init__("zisk-py", version)
        self.project = Project()
        self.analyses: dict[str, Analysis] = {}  # by the uri of an open document
        self._published: dict[str, set[str]] = {}  # by document: the uris that it has diagnostics in
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._compiling = asyncio.Lock()

    # ---- documents

    def configure(self, options: Any) -> None:
        """Take the editor's options: `main`, `include`, `constants`, `features`."""
        if not isinstance(options, dict):
            return
        root = Path(self.workspace.root_path or ".")
        self.project = Project(
            main=(root / options["main"]).resolve() if options.get("main") else None,
            include=[root / folder for folder in options.get("include", ())],
            constants={str(name): int(value) for name, value in options.get("constants", {}).items()},
            features=frozenset(options.get("features", ())),
        )

    def schedule(self, uri: str, delay: float) -> None:
        """Compile a document after a while, unless it changes before."""
        if uri in self._waiting:
            self._waiting[uri].cancel()
        self._waiting[uri] = asyncio.ensure_future(self._compile(uri, delay))

    def forget(self, uri: str) -> None:
        """A document was closed: its diagnostics go."""
        if uri in self._waiting:
            self._waiting.pop(uri).cancel()
        self.analyses.pop(uri, None)
        for other in self._published.pop(uri, ()):
            self._publish(other)

    async def _compile(self, uri: str, delay: float) -> None:
        await asyncio.sleep(delay)
        async with self._compiling:
            texts = {
                _path(document.uri): document.source
                for document in list(self.workspace.text_documents.values())
            }
            analysis = await asyncio.to_thread(analyse, _path(uri), texts, self.project)
        self.analyses[uri] = analysis
        places = {_uri(found.span.file) or uri for found in analysis.diagnostics}
        before = self._published.get(uri, set())
        self._published[uri] = places | {uri}
        for place in before | self._published[uri]:
            self._publish(place)

    def _publish(self, uri: str) -> None:
        """Send all diagnostics of a file, those that other documents have in it included."""
        found = {
            (one.code, one.span.start, one.message): one
            for document, analysis in self.analyses.items()
            for one in analysis.diagnostics
            if (_uri(one.span.file) or document) == uri
        }
        diagnostics = [self._diagnostic(one) for one in found.values()]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=diagnostics)
        )

    def _diagnostic(self, found: Diagnostic) -> types.Diagnostic:
        lines = [found.message, *([f"help: {found.suggestion}"] if found.suggestion else [])]
        frames = [frame for frame in found.frame or () if _uri(frame.span.file)]
        return types.Diagnostic(
            range=self.range(found.span),
            message="\n".join(lines),
            severity=types.DiagnosticSeverity.Error if found.is_error else types.DiagnosticSeverity.Warning,
            code=str(found.code),
            source="zisk-py",
            related_information=[
                types.DiagnosticRelatedInformation(location=self.location(frame.span), message=frame.text)
                for frame in frames
            ],
        )

    # ---- places

    def range(self, span: Span) -> types.Range:
        """A span in the editor's units."""
        ends = [span.file.position(offset) for offset in (span.start, span.end)]
        first, last = (types.Position(line - 1, column - 1) for line, column in ends)
        lines = span.file.text.splitlines(keepends=True) or [""]
        return self.workspace.position_codec.range_to_client_units(lines, types.Range(first, last))

    def location(self, span: Span) -> types.Location:
        """A span with its file."""
        return types.Location(uri=_uri(span.file) or "", range=self.range(span))

    def place(self, uri: str, position: types.Position) -> tuple[Analysis, FileIndex, str, int] | None:
        """What is known of a document, its names, its text now, and the offset of a position in it."""
        analysis = self.analyses.get(uri)
        index = analysis.index(_path(uri)) if analysis else None
        if analysis is None or index is None:
            return None
        document = self.workspace.get_text_document(uri)
        return analysis, index, document.source, document.offset_at_position(position)

    def symbol(self, uri: str, position: types.Position) -> tuple[Analysis, Symbol] | None:
        """The symbol at a position of a document."""
        place = self.place(uri, position)
        if place is None:
            return None
        analysis, index, text, offset = place
        named = name_at(text, offset)
        found = analysis.names.meaning(named[0], index.file, named[1]) if named else None
        return (analysis, found) if found else None


def make_server(version: str) -> PilServer:
    """A server with all its features."""
    from zisk_py.pil.tools.language_features import FEATURES

    server = PilServer(version)
    for name, (answer, *options) in FEATURES.items():
        server.feature(name, *options)(answer)
    return server


def _path(uri: str) -> Path:
    return Path(uris.to_fs_path(uri) or uri).resolve()


def _uri(file: SourceFile) -> str | None:
    """The uri of a file; None for a mere text."""
    return None if file.folder is None else uris.from_fs_path(str(file.folder / Path(file.name).name))
