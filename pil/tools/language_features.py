"""What the language server answers: hover, definitions, references, symbols, completion, formatting."""

import re
from collections.abc import Iterator
from typing import Any

from lsprotocol import types

from zisk_py.pil.errors import PilError
from zisk_py.pil.span import SourceFile
from zisk_py.pil.tools.analysis import Analysis
from zisk_py.pil.tools.formatter import format_source
from zisk_py.pil.tools.language_server import PilServer
from zisk_py.pil.tools.native_functions import NativeFunction, native_functions
from zisk_py.pil.tools.symbols import FileIndex, Symbol, name_at
from zisk_py.pil.tools.tokens import keywords

DELAY = 0.3  # seconds without a change before a document is compiled
_SYMBOL_KINDS = {
    "function": types.SymbolKind.Function,
    "airtemplate": types.SymbolKind.Class,
    "airgroup": types.SymbolKind.Namespace,
    "package": types.SymbolKind.Namespace,
    "container": types.SymbolKind.Struct,
    "col witness": types.SymbolKind.Field,
    "col fixed": types.SymbolKind.Array,
}
_ITEM_KINDS = {
    "function": types.CompletionItemKind.Function,
    "airtemplate": types.CompletionItemKind.Class,
    "airgroup": types.CompletionItemKind.Module,
    "col witness": types.CompletionItemKind.Field,
    "col fixed": types.CompletionItemKind.Field,
}


# ---- documents


def initialize(server: PilServer, params: types.InitializeParams) -> None:
    """Take the editor's options."""
    server.configure(params.initialization_options)


def did_open(server: PilServer, params: types.DidOpenTextDocumentParams) -> None:
    """Compile a document that was opened."""
    server.schedule(params.text_document.uri, 0)


def did_change(server: PilServer, params: types.DidChangeTextDocumentParams) -> None:
    """Compile a document when it was left alone for a moment."""
    server.schedule(params.text_document.uri, DELAY)


def did_save(server: PilServer, params: types.DidSaveTextDocumentParams) -> None:
    """Compile what may depend on a document that was saved."""
    for uri in server.analyses.keys() | {params.text_document.uri}:
        server.schedule(uri, 0)


def did_close(server: PilServer, params: types.DidCloseTextDocumentParams) -> None:
    """Forget a document."""
    server.forget(params.text_document.uri)


# ---- places


def hover(server: PilServer, params: types.HoverParams) -> types.Hover | None:
    """The declaration of a name with its comment, or the degree and rows of a constraint."""
    place = server.place(params.text_document.uri, params.position)
    if place is None:
        return None
    analysis, index, text, offset = place
    named = name_at(text, offset)
    parts = list(_about_name(analysis, index, *named)) if named else []
    if text == index.file.text:  # else what is known is of another text
        parts += [
            fact.text
            for fact in analysis.facts
            if fact.span.file.name == index.file.name and fact.span.start <= offset <= fact.span.end
        ]
    if not parts:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n".join(dict.fromkeys(parts))))


def _about_name(analysis: Analysis, index: FileIndex, name: str, start: int) -> Iterator[str]:
    symbol = analysis.names.meaning(name, index.file, start)
    if symbol is not None:
        yield f"```pil\n{symbol.detail}\n```"
        comment = analysis.names.comment(symbol)
        if comment:
            yield comment
        for fact in analysis.facts:  # values of a fixed column
            if fact.text.startswith(f"{name} of ") and _is_within(fact.span, symbol.extent):
                yield fact.text
    elif name in native_functions():
        native = native_functions()[name]
        yield f"```pil\n{native.signature}\n```"
        if native.doc:
            yield native.doc
    use = analysis.uses.get((index.file.name, start, start + len(name)))
    if use is not None:
        yield use.text


def _is_within(inner: Any, outer: Any) -> bool:
    same = inner.file.name == outer.file.name
    return bool(same and outer.start <= inner.start and inner.end <= outer.end + 1)


def definition(server: PilServer, params: types.DefinitionParams) -> types.Location | None:
    """Where a name is declared."""
    found = server.symbol(params.text_document.uri, params.position)
    return server.location(found[1].span) if found else None


def references(server: PilServer, params: types.ReferenceParams) -> list[types.Location]:
    """Where a name stands."""
    found = server.symbol(params.text_document.uri, params.position)
    if found is None:
        return []
    analysis, symbol = found
    spans = analysis.names.references(symbol)
    is_asked = params.context.include_declaration
    return [server.location(span) for span in spans if is_asked or span != symbol.span]


def rename(server: PilServer, params: types.RenameParams) -> types.WorkspaceEdit | None:
    """A name changed wherever it stands; none where arguments are given by it, or it would not be a name."""
    found = server.symbol(params.text_document.uri, params.position)
    if found is None or not re.fullmatch(r"[A-Za-z_][A-Za-z_0-9$]*", params.new_name):
        return None
    analysis, symbol = found
    if params.new_name in keywords() or any(f.names_argument(symbol.name) for f in analysis.names.files):
        return None
    changes: dict[str, list[types.TextEdit]] = {}
    for span in analysis.names.references(symbol):
        place = server.location(span)
        changes.setdefault(place.uri, []).append(types.TextEdit(place.range, params.new_name))
    return types.WorkspaceEdit(changes=changes)


# ---- symbols


def document_symbols(server: PilServer, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """The names of a document, those within others below them."""
    place = server.place(params.text_document.uri, types.Position(0, 0))
    if place is None:
        return []
    made: list[types.DocumentSymbol] = []
    stack: list[tuple[Symbol, list[types.DocumentSymbol]]] = []
    for symbol in place[1].symbols:
        below: list[types.DocumentSymbol] = []
        item = types.DocumentSymbol(
            symbol.name,
            _SYMBOL_KINDS.get(symbol.kind, types.SymbolKind.Variable),
            server.range(symbol.extent),
            server.range(symbol.span),
            symbol.kind,
            children=below,
        )
        while stack and not _is_inside(symbol, stack[-1][0]):
            stack.pop()
        (stack[-1][1] if stack else made).append(item)
        if symbol.kind in ("function", "airtemplate", "airgroup", "container", "package"):
            stack.append((symbol, below))
    return made


def _is_inside(inner: Symbol, outer: Symbol) -> bool:
    return outer.extent.start <= inner.span.start and inner.span.end <= outer.extent.end


def workspace_symbols(
    server: PilServer, params: types.WorkspaceSymbolParams
) -> list[types.SymbolInformation]:
    """The names of all files that are known, that have the letters asked for."""
    found = {
        (symbol.span.file.name, symbol.span.start): symbol
        for analysis in server.analyses.values()
        for index in analysis.names.files
        for symbol in index.symbols
        if params.query.lower() in symbol.name.lower()
    }
    return [
        types.SymbolInformation(
            location=server.location(symbol.span),
            name=symbol.name,
            kind=_SYMBOL_KINDS.get(symbol.kind, types.SymbolKind.Variable),
            container_name=symbol.container or None,
        )
        for symbol in found.values()
    ]


# ---- writing


def completion(server: PilServer, params: types.CompletionParams) -> list[types.CompletionItem]:
    """Names that can be seen here, functions of the library, words of the language."""
    place = server.place(params.text_document.uri, params.position)
    items = []
    if place is not None:
        analysis, index, _, offset = place
        items = [
            types.CompletionItem(
                symbol.name,
                kind=_ITEM_KINDS.get(symbol.kind, types.CompletionItemKind.Variable),
                detail=symbol.detail,
            )
            for symbol in analysis.names.visible(index.file, offset)
        ]
    items += [
        types.CompletionItem(
            native.name,
            kind=types.CompletionItemKind.Function,
            detail=native.signature,
            documentation=native.doc or None,
        )
        for native in native_functions().values()
    ]
    words = (types.CompletionItem(word, kind=types.CompletionItemKind.Keyword) for word in keywords())
    return [*items, *words]


def signature_help(server: PilServer, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    """The parameters of the function that is being called here."""
    document = server.workspace.get_text_document(params.text_document.uri)
    call = _open_call(document.source[: document.offset_at_position(params.position)])
    if call is None:
        return None
    name, given = call
    place = server.place(params.text_document.uri, params.position)
    symbol = place[0].names.meaning(name, place[1].file, place[3]) if place else None
    function = native_functions().get(name) if symbol is None else _as_function(symbol)
    if function is None:
        return None
    last = max(len(function.parameters) - 1, 0)
    information = types.SignatureInformation(
        function.signature,
        documentation=function.doc or None,
        parameters=[types.ParameterInformation(parameter) for parameter in function.parameters],
    )
    return types.SignatureHelp([information], active_signature=0, active_parameter=min(given, last))


def _open_call(text: str) -> tuple[str, int] | None:
    """The name before the innermost open parenthesis, and how many arguments are behind it."""
    depth = commas = 0
    for at in range(len(text) - 1, -1, -1):
        character = text[at]
        if character in ")]}":
            depth += 1
        elif character in "([{":
            if depth == 0:
                if character == "[":  # within a list: go on outside of it
                    commas = 0
                    continue
                match = re.search(r"([A-Za-z_][A-Za-z_0-9$.]*)\s*$", text[:at])
                return (match[1], commas) if match and character == "(" else None
            depth -= 1
        elif character == "," and depth == 0:
            commas += 1
        elif character == ";" and depth == 0:
            return None
    return None


def _as_function(symbol: Symbol) -> NativeFunction | None:
    if symbol.kind not in ("function", "airtemplate"):
        return None
    head = symbol.detail
    inner = head[head.find("(") + 1 : head.rfind(")")] if "(" in head else ""
    parameters = tuple(part.strip() for part in re.split(r",(?![^\[(]*[\])])", inner) if part.strip())
    return NativeFunction(symbol.name, parameters, head, "")


def formatting(server: PilServer, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """The document formatted; nothing if it cannot be parsed."""
    document = server.workspace.get_text_document(params.text_document.uri)
    try:
        result = format_source(SourceFile(document.filename or "", document.source))
    except PilError:
        return []
    if result == document.source:
        return []
    end = types.Position(len(document.lines), 0)
    return [types.TextEdit(types.Range(types.Position(0, 0), end), result)]


FEATURES: dict[str, tuple[Any, ...]] = {
    types.INITIALIZE: (initialize,),
    types.TEXT_DOCUMENT_DID_OPEN: (did_open,),
    types.TEXT_DOCUMENT_DID_CHANGE: (did_change,),
    types.TEXT_DOCUMENT_DID_SAVE: (did_save,),
    types.TEXT_DOCUMENT_DID_CLOSE: (did_close,),
    types.TEXT_DOCUMENT_HOVER: (hover,),
    types.TEXT_DOCUMENT_DEFINITION: (definition,),
    types.TEXT_DOCUMENT_REFERENCES: (references,),
    types.TEXT_DOCUMENT_RENAME: (rename,),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (document_symbols,),
    types.WORKSPACE_SYMBOL: (workspace_symbols,),
    types.TEXT_DOCUMENT_COMPLETION: (completion, types.CompletionOptions(trigger_characters=["."])),
    types.TEXT_DOCUMENT_SIGNATURE_HELP: (
        signature_help,
        types.SignatureHelpOptions(trigger_characters=["(", ","]),
    ),
    types.TEXT_DOCUMENT_FORMATTING: (formatting,),
}
