"""ELF64 files: headers, sections, symbols and relocations, with pyelftools' descriptions of the structures.

Only what the loaders share: each loader has its own rules about what it accepts.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from elftools.common.exceptions import ELFParseError
from elftools.common.utils import struct_parse
from elftools.elf.structs import ELFStructs

from zisk_py.errors import InputError

MAGIC = b"\x7fELF"
HEADER_SIZE, PROGRAM_HEADER_SIZE, SECTION_HEADER_SIZE = 64, 56, 64
SYMBOL_SIZE, RELOCATION_SIZE, DYNAMIC_SIZE = 24, 16, 16
EXECUTABLE, WRITABLE, ALLOCATED = 4, 1, 2  # section flags
STRING_TABLE = "SHT_STRTAB"
MAX_NAME = 1 << 12
MAX_ZEROS = 1 << 26  # bytes of a section without content


class ElfError(InputError):
    """An ELF file that cannot be used."""


class NotElf(ElfError):
    """The file does not start like an ELF file."""


class WrongMachine(ElfError):
    """An ELF file for another machine."""


class TruncatedElf(ElfError):
    """A structure that the headers name lies beyond the end of the file."""


class InvalidName(ElfError):
    """A name that does not lie in the table of strings it should be in."""


class UnknownRelocation(ElfError):
    """A relocation of a type that the loader does not know."""


class MissingEntry(ElfError):
    """The place to start at does not exist."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section header with its name."""

    number: int
    raw_name: bytes
    type: str  # "SHT_PROGBITS" ...; text of the number where it is unknown
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int

    @property
    def name(self) -> str:
        """Its name as text."""
        return text_of(self.raw_name)

    @property
    def end(self) -> int:
        """First offset after it in the file (nothing lies in the file for NOBITS)."""
        return self.offset + (0 if self.type == "SHT_NOBITS" else self.size)


@dataclass(frozen=True, slots=True)
class Segment:
    """A program header."""

    type: str
    flags: int
    offset: int
    virtual_address: int
    physical_address: int
    file_size: int
    memory_size: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol."""

    raw_name: bytes
    value: int
    type: str
    section: int  # number of its section; 0 if it is undefined, -1 for absolute and common ones
    binding: str = "STB_LOCAL"

    @property
    def name(self) -> str:
        """Its name as text."""
        return text_of(self.raw_name)


@dataclass(frozen=True, slots=True)
class Relocation:
    """A relocation without addend."""

    offset: int
    type: int
    symbol: int


def text_of(name: bytes) -> str:
    """A name of a file, which may be any bytes; what cannot be printed is escaped."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class ElfFile:
    """Reads structures out of the bytes of a file; every read is checked against its length."""

    def __init__(self, data: bytes, name: str) -> None:
        """Read the header. Raises NotElf and TruncatedElf."""
        if data[:4] != MAGIC:
            raise NotElf(f"{name} is not an ELF file")
        if len(data) < HEADER_SIZE:
            raise TruncatedElf(f"{name} has {len(data)} bytes, its ELF header alone needs {HEADER_SIZE}")
        if data[4] != 2 or data[5] != 1:
            raise WrongMachine(f"{name} is not a 64-bit little-endian ELF file")
        self.data, self.name = data, name
        self._stream = io.BytesIO(data)
        self._structs = ELFStructs(little_endian=True, elfclass=64)
        self._structs.create_basic_structs()
        self._structs.create_advanced_structs()
        self.header = self._parse(self._structs.Elf_Ehdr, 0)

    def _parse(self, structure: Any, offset: int) -> Any:
        try:
            return struct_parse(structure, self._stream, offset)
        except (ELFParseError, OverflowError, ValueError) as error:
            raise TruncatedElf(f"{self.name} ends within a structure at offset {offset:#x}") from error

    def bytes_at(self, offset: int, size: int, what: str) -> bytes:
        """`size` bytes. Raises TruncatedElf, naming `what` they are."""
        if offset + size > len(self.data):
            raise TruncatedElf(f"{what} of {self.name} lies beyond the end of the file")
        return self.data[offset : offset + size]

    def string_at(self, table: tuple[int, int], number: int, limit: int = MAX_NAME) -> bytes:
        """The zero-terminated string that starts `number` bytes into a table (first and last offset).

        Raises InvalidName if it does not end in the table, or within `limit` bytes.
        """
        start, last = table[0] + number, min(table[1], table[0] + number + limit)
        end = self.data.find(0, start, last)
        if end < 0:
            raise InvalidName(f"{self.name} has a name that does not end within {limit} bytes of its table")
        return self.data[start:end]

    @cached_property
    def segments(self) -> list[Segment]:
        """All program headers."""
        size = PROGRAM_HEADER_SIZE * self.header.e_phnum
        self.bytes_at(self.header.e_phoff, size, "the table of program headers")
        return [
            self._segment(self.header.e_phoff + PROGRAM_HEADER_SIZE * i) for i in range(self.header.e_phnum)
        ]

    def _segment(self, offset: int) -> Segment:
        p = self._parse(self._structs.Elf_Phdr, offset)
        return Segment(str(p.p_type), p.p_flags, p.p_offset, p.p_vaddr, p.p_paddr, p.p_filesz, p.p_memsz)

    @cached_property
    def sections(self) -> list[Section]:
        """All section headers, named."""
        count = self.header.e_shnum
        self.bytes_at(self.header.e_shoff, SECTION_HEADER_SIZE * count, "the table of section headers")
        raw = [
            self._parse(self._structs.Elf_Shdr, self.header.e_shoff + SECTION_HEADER_SIZE * i)
            for i in range(count)
        ]
        if self.header.e_shstrndx >= count:
            raise InvalidName(f"{self.name} has no names of its {count} sections")
        strings = raw[self.header.e_shstrndx]
        if str(strings.sh_type) != STRING_TABLE:
            raise InvalidName(f"{self.name} keeps the names of its sections in no table of strings")
        names = (strings.sh_offset, strings.sh_offset + strings.sh_size)
        return [
            Section(
                i,
                self.string_at(names, s.sh_name),
                str(s.sh_type),
                s.sh_flags,
                s.sh_addr,
                s.sh_offset,
                s.sh_size,
                s.sh_link,
                s.sh_info,
                s.sh_addralign,
            )
            for i, s in enumerate(raw)
        ]

    def section_bytes(self, section: Section) -> bytes:
        """The content of a section; zeros for NOBITS."""
        if section.type == "SHT_NOBITS":
            if section.size > MAX_ZEROS:
                raise TruncatedElf(f"section {section.name} of {self.name} has {section.size} bytes")
            return bytes(section.size)
        return self.bytes_at(section.offset, section.size, f"section {section.name}")

    def symbol_at(self, offset: int, strings: Section, limit: int = MAX_NAME) -> Symbol:
        """The symbol at a file offset, its name of fewer than `limit` bytes in a section of strings."""
        if strings.type != STRING_TABLE:
            raise InvalidName(f"{self.name} keeps the names of its symbols in no table of strings")
        s = self._parse(self._structs.Elf_Sym, offset)
        name = self.string_at((strings.offset, strings.end), s.st_name, limit)
        special = {"SHN_UNDEF": 0, "SHN_ABS": -1, "SHN_COMMON": -1}
        section = special.get(s.st_shndx, s.st_shndx)
        place = section if isinstance(section, int) else -1
        return Symbol(name, s.st_value, str(s.st_info.type), place, str(s.st_info.bind))

    def symbols(self, section: Section) -> list[Symbol]:
        """All symbols of a symbol table."""
        self.section_bytes(section)
        if section.link >= len(self.sections):
            raise InvalidName(f"the symbols of {self.name} have no names")
        strings = self.sections[section.link]
        return [
            self.symbol_at(offset, strings)
            for offset in range(section.offset, section.end - SYMBOL_SIZE + 1, SYMBOL_SIZE)
        ]

    def relocations(self, offset: int, size: int) -> Iterator[Relocation]:
        """Relocations without addends, 16 bytes each."""
        self.bytes_at(offset, size, "a table of relocations")
        for position in range(offset, offset + size - RELOCATION_SIZE + 1, RELOCATION_SIZE):
            r = self._parse(self._structs.Elf_Rel, position)
            yield Relocation(r.r_offset, r.r_info_type, r.r_info_sym)

    def dynamic(self, offset: int, size: int) -> dict[int, int]:
        """Tags of a dynamic table up to its end, by number; the last of each counts."""
        table = self.bytes_at(offset, size, "the dynamic table")
        tags: dict[int, int] = {}
        for position in range(0, len(table) - DYNAMIC_SIZE + 1, DYNAMIC_SIZE):
            tag = int.from_bytes(table[position : position + 8], "little")
            if tag == 0:
                break
            tags[tag] = int.from_bytes(table[position + 8 : position + 16], "little")
        return tags
