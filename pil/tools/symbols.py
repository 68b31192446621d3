"""The names of a file: what declares them, where they can be seen, what a name at a place means."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from zisk_py.pil import ast
from zisk_py.pil.span import SourceFile, Span
from zisk_py.pil.tools.tokens import Token, tokenize


@dataclass(frozen=True, slots=True)
class Symbol:
    """A declared name.

    kind       of its declaration: function, airtemplate, airgroup, `col witness`, `const int`, public ...
    span       the name itself.
    extent     the whole declaration.
    scope      where the name can be seen; None: everywhere.
    container  the name of the declaration that it stands in.
    """

    name: str
    kind: str
    span: Span
    extent: Span
    scope: Span | None
    container: str = ""

    @property
    def detail(self) -> str:
        """The declaration in one line; of one with a block, its head."""
        text = re.sub(r"(?<=[(\[]) | (?=[)\]])", "", self.extent.one_line)
        return text.split("{")[0].rstrip() if self.kind in _HEADED else text.rstrip(";")

    def is_visible(self, file: SourceFile, offset: int) -> bool:
        """Whether the name can be seen at that place."""
        scope = self.scope
        return scope is None or (scope.file is file and scope.start <= offset <= scope.end)


_HEADED = frozenset({"function", "airtemplate", "airgroup", "container", "package"})
_LEVELS = frozenset({"air", "airgroup", "proof"})


class FileIndex:
    """The names of a parsed file."""

    def __init__(self, program: ast.Program) -> None:
        self.file = program.span.file
        self.symbols = tuple(_declared(program.body, None, ""))

    @property
    def path(self) -> Path | None:
        """Where the file lies; None for a mere text."""
        return None if self.file.folder is None else self.file.folder / Path(self.file.name).name

    @cached_property
    def tokens(self) -> Sequence[Token]:
        """The tokens of the file."""
        return tokenize(self.file)

    def occurrences(self, name: str) -> Iterator[Span]:
        """Where the name stands in the file, template strings included; not as the name of an argument."""
        for at, token in enumerate(self.tokens):
            if token.kind == "NAME" and token.text == name and not self._is_argument(at):
                yield Span(self.file, token.start, token.start + len(name))
            elif token.kind == "TEMPLATE":
                for part in re.finditer(r"\$\{([^}]*)\}", token.text):
                    for found in re.finditer(rf"(?<![\w$.]){re.escape(name)}(?![\w$])", part[1]):
                        start = token.start + part.start(1) + found.start()
                        yield Span(self.file, start, start + len(name))

    def names_argument(self, name: str) -> bool:
        """Whether an argument is given by this name."""
        return any(token.text == name and self._is_argument(at) for at, token in enumerate(self.tokens))

    def _is_argument(self, at: int) -> bool:
        before, after = self.tokens[at - 1].text if at else "", self.tokens[at + 1].text
        return before in ("(", ",") and after == ":"

    def comment(self, symbol: Symbol) -> str:
        """The comment just before a declaration, or behind it on its line."""
        for at, token in enumerate(self.tokens):
            if token.start == symbol.extent.start:
                before = [c for c in token.comments if not c.is_trailing]
                if before and not token.is_spaced:
                    return _words(_together([c.text for c in before], [c.is_spaced for c in before]))
            if token.start >= symbol.extent.end:
                following = self.tokens[at + 1] if token.text == ";" else token
                return _words([c.text for c in following.comments[:1] if c.is_trailing])
        return ""


class Names:
    """The names of several files that are compiled together."""

    def __init__(self, files: Sequence[FileIndex]) -> None:
        self.files = tuple(files)
        self._by_name: dict[str, list[Symbol]] = {}
        for file in self.files:
            for symbol in file.symbols:
                self._by_name.setdefault(symbol.name, []).append(symbol)

    def meaning(self, name: str, file: SourceFile, offset: int) -> Symbol | None:
        """What a name means at a place: the innermost declaration that can be seen there."""
        found = [symbol for symbol in self._by_name.get(name, ()) if symbol.is_visible(file, offset)]
        return min(found, key=_size, default=None)

    def references(self, symbol: Symbol) -> Iterator[Span]:
        """Where a symbol stands, its declaration included."""
        for index in self.files:
            for span in index.occurrences(symbol.name):
                if self.meaning(symbol.name, index.file, span.start) == symbol:
                    yield span

    def visible(self, file: SourceFile, offset: int) -> list[Symbol]:
        """The symbols that can be seen at a place: of each name the innermost."""
        return [
            min(found, key=_size)
            for symbols in self._by_name.values()
            if (found := [symbol for symbol in symbols if symbol.is_visible(file, offset)])
        ]

    def comment(self, symbol: Symbol) -> str:
        """What a comment says about a symbol."""
        return next((f.comment(symbol) for f in self.files if f.file is symbol.span.file), "")


def name_at(text: str, offset: int) -> tuple[str, int] | None:
    """The name at an offset, and where it begins."""
    for match in re.finditer(r"[A-Za-z_][A-Za-z_0-9$]*", text):
        if match.start() <= offset <= match.end():
            return match[0], match.start()
        if match.start() > offset:
            break
    return None


def _size(symbol: Symbol) -> tuple[int, int]:
    scope = symbol.scope
    return (0, scope.end - scope.start) if scope is not None else (1, symbol.span.start)


def _together(texts: list[str], is_spaced: list[bool]) -> list[str]:
    """The last paragraph of comments."""
    for at in range(len(texts) - 1, 0, -1):
        if is_spaced[at]:
            return texts[at:]
    return texts


def _words(comments: Sequence[str]) -> str:
    lines = [line.strip() for text in comments for line in re.sub(r"^/[/*]|\*/$", "", text).split("\n")]
    return "\n".join(re.sub(r"^[/*]\s?", "", line) for line in lines).strip()


def _declared(statements: Sequence[ast.Statement], scope: Span | None, container: str) -> Iterator[Symbol]:
    """The names that statements declare, and those within them."""
    for statement in statements:
        yield from _of(statement, scope, container)


def _of(statement: ast.Statement, scope: Span | None, container: str) -> Iterator[Symbol]:
    within = statement.span
    if isinstance(statement, ast.Function):
        name = statement.path.span.text
        yield Symbol(name, "function", statement.path.span, within, scope, container)
        yield from _parameters(statement.parameters, within, name)
        yield from _declared(statement.body, within, name)
    elif isinstance(statement, ast.AirTemplate):
        if statement.parameters is not None:
            yield Symbol(
                statement.name, "airtemplate", _word(within, statement.name), within, None, container
            )
            yield from _parameters(statement.parameters, within, statement.name)
        yield from _declared(statement.body, within, statement.name)
    elif isinstance(statement, ast.AirGroup | ast.Package):
        kind = "airgroup" if isinstance(statement, ast.AirGroup) else "package"
        yield Symbol(statement.name, kind, _word(within, statement.name), within, None, container)
        yield from _declared(statement.body, within, statement.name)
    elif isinstance(statement, ast.Container):
        name = statement.path.span.text
        yield Symbol(name, "container", statement.path.span, within, None, container)
        yield from _declared(statement.body, None, name)
    elif isinstance(statement, ast.Variables):
        kind = f"{'const ' * statement.is_const}{statement.type}"
        yield from _items(statement.items, kind, within, scope, container)
    elif isinstance(statement, ast.Columns):
        yield from _items(statement.items, f"col {statement.kind}", within, scope, container)
    elif isinstance(statement, ast.Values):
        yield from _items(statement.items, statement.kind, within, scope, container)
    elif isinstance(statement, ast.Commit):
        yield Symbol(statement.name, "commit", _word(within, statement.name), within, scope, container)
    elif isinstance(statement, ast.Domain):
        yield Symbol(statement.name, "domain", _word(within, statement.name), within, scope, container)
    else:  # a block or a body: what it declares can be seen in it
        for inner in _inner(statement):
            yield from _of(inner, within, container)


def _inner(node: ast.Node) -> Iterator[ast.Statement]:
    """The statements within a statement that declares nothing itself."""
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, ast.Statement):
                yield item
            elif isinstance(item, ast.Case):
                yield from item.body


def _items(
    items: Sequence[ast.Declared], kind: str, extent: Span, scope: Span | None, container: str
) -> Iterator[Symbol]:
    for item in items:
        parts = item.path.parts
        name = parts[-1]
        if isinstance(name, str):
            is_everywhere = len(parts) > 1 and parts[0] in _LEVELS
            span = Span(item.span.file, item.path.span.end - len(name), item.path.span.end)
            yield Symbol(name, kind, span, extent, None if is_everywhere else scope, container)


def _parameters(parameters: ast.Parameters, scope: Span, container: str) -> Iterator[Symbol]:
    for item in parameters.items:
        kind = " ".join(filter(None, [item.type.kind, item.type.column_kind]))
        yield Symbol(item.name, kind, _word(item.span, item.name), item.span, scope, container)


def _word(span: Span, name: str) -> Span:
    """Where a name stands in a span: behind the words before it."""
    match = re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", span.text)
    start = span.start + (match.start() if match else 0)
    return Span(span.file, start, start + len(name))
