"""Makes one relocatable object of several: what one of them defines, the others can use."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from zisk_py.transpiler.bpf.elf_writer import (
    SHT_PROGBITS,
    SHT_REL,
    SHT_STRTAB,
    file_header,
    section_header,
    string_table,
)
from zisk_py.transpiler.bpf.relocatable import GLOBAL_BINDING, LOCAL_BINDING, WEAK_BINDING, RelocatableObject
from zisk_py.transpiler.elf import (
    HEADER_SIZE,
    RELOCATION_SIZE,
    SYMBOL_SIZE,
    ElfError,
    ElfFile,
    Section,
    Symbol,
)

ET_REL = 1
SHT_SYMTAB, SHT_NOBITS = 2, 8
BINDINGS = {LOCAL_BINDING: 0, GLOBAL_BINDING: 1, WEAK_BINDING: 2}
NO_SYMBOL = -1  # key of what a local symbol names that is not loaded, such as a source file
TYPES = {"STT_NOTYPE": 0, "STT_OBJECT": 1, "STT_FUNC": 2, "STT_SECTION": 3}


class DuplicateSymbol(ElfError):
    """Two objects define the same name."""


def merge(objects: Sequence[tuple[str, bytes]]) -> bytes:
    """The object with all sections of these (name, bytes), which keep their names.

    Raises DuplicateSymbol, and what a reader of objects raises.
    """
    merger = _Merger()
    for title, data in objects:
        merger.add(RelocatableObject(ElfFile(data, title)))
    return merger.to_bytes()


@dataclass(frozen=True, slots=True)
class _Relocation:
    """A relocation whose symbol has a key in the merged table."""

    offset: int
    type: int
    symbol: int | str


class _Merger:
    """Sections and symbols so far.

    A local symbol's key is its number among the locals, a global one's its name.
    """

    def __init__(self) -> None:
        self.sections: list[tuple[Section, bytes, list[_Relocation]]] = []
        self.locals: list[Symbol] = []
        self.globals: dict[str, Symbol] = {}
        self._owners: dict[str, str] = {}  # global name -> the object that defines it

    def add(self, source: RelocatableObject) -> None:
        """Take over the sections of an object that are loaded, and its symbols."""
        kept = sorted(source.executable_sections() + source.data_sections(), key=lambda s: s.number)
        numbers = {section.number: len(self.sections) + 1 + at for at, section in enumerate(kept)}
        keys = [self._add_symbol(source, symbol, numbers) for symbol in source.symbols]
        for section in kept:
            relocations = []
            for r in source.relocations.get(section.number, []):
                source.symbol_of(r)  # refuses a number that is none of a symbol
                relocations.append(_Relocation(r.offset, r.type, keys[r.symbol]))
            self.sections.append((section, source.content(section), relocations))

    def _add_symbol(self, source: RelocatableObject, symbol: Symbol, numbers: dict[int, int]) -> int | str:
        moved = replace(symbol, section=numbers.get(symbol.section, 0))
        if symbol.binding == LOCAL_BINDING and moved.section == 0:
            return NO_SYMBOL
        if symbol.binding == LOCAL_BINDING:
            self.locals.append(moved)
            return len(self.locals) - 1
        known = self.globals.setdefault(symbol.name, moved)
        if moved.section == 0:
            return symbol.name
        if known is not moved and known.section:
            if WEAK_BINDING not in (known.binding, moved.binding):
                raise DuplicateSymbol(
                    f"{self._owners[symbol.name]} and {source.name} both define {symbol.name!r}; rename one,"
                    " or make it static"
                )
            if moved.binding == WEAK_BINDING:
                return symbol.name
        self.globals[symbol.name] = moved
        self._owners[symbol.name] = source.name
        return symbol.name

    def to_bytes(self) -> bytes:
        """The object: sections, relocations, symbols, names."""
        symbols = [*self.locals, *self.globals.values()]
        strings, places = string_table(dict.fromkeys(symbol.name for symbol in symbols))
        numbers: dict[int | str, int] = {NO_SYMBOL: 0}
        numbers |= {at: at + 1 for at in range(len(self.locals))}
        numbers |= {name: len(self.locals) + 1 + at for at, name in enumerate(self.globals)}
        table = bytes(SYMBOL_SIZE) + b"".join(_symbol_bytes(s, places[s.name]) for s in symbols)

        symbol_section = len(self.sections) + 1
        related = [(at + 1, section, rest) for at, (section, _, rest) in enumerate(self.sections) if rest]
        titles = [section.name for section, _, _ in self.sections]
        titles += [".symtab", ".strtab", *(f".rel{section.name}" for _, section, _ in related), ".shstrtab"]
        names, title_places = string_table(dict.fromkeys(titles))
        # type, flags, content, size, link, info, alignment, size of an entry
        rows = [
            (_type(section), section.flags, content, section.size, 0, 0, section.alignment, 0)
            for section, content, _ in self.sections
        ]
        rows.append(
            (SHT_SYMTAB, 0, table, len(table), symbol_section + 1, len(self.locals) + 1, 8, SYMBOL_SIZE)
        )
        rows.append((SHT_STRTAB, 0, strings, len(strings), 0, 0, 1, 0))
        for number, _, found in related:
            content = b"".join(struct.pack("<QII", r.offset, r.type, numbers[r.symbol]) for r in found)
            rows.append((SHT_REL, 0, content, len(content), symbol_section, number, 8, RELOCATION_SIZE))
        rows.append((SHT_STRTAB, 0, names, len(names), 0, 0, 1, 0))

        body, headers = b"", section_header(*[0] * 10)
        for title, (kind, flags, content, size, link, info, alignment, entry_size) in zip(
            titles, rows, strict=True
        ):
            body += bytes(-len(body) % 8)
            headers += section_header(
                title_places[title],
                kind,
                flags,
                0,
                HEADER_SIZE + len(body),
                size,
                link,
                info,
                alignment,
                entry_size,
            )
            body += b"" if kind == SHT_NOBITS else content
        body += bytes(-len(body) % 8)
        where = (HEADER_SIZE + len(body), len(rows) + 1, len(rows))
        return file_header(0, 0, version=0, sections=where, kind=ET_REL) + body + headers


def _type(section: Section) -> int:
    return SHT_NOBITS if section.type == "SHT_NOBITS" else SHT_PROGBITS


def _symbol_bytes(symbol: Symbol, name: int) -> bytes:
    info = BINDINGS.get(symbol.binding, BINDINGS[GLOBAL_BINDING]) << 4 | TYPES.get(symbol.type, 0)
    return struct.pack("<IBBHQQ", name, info, 0, symbol.section, symbol.value, 0)
