"""Loader of sBPF v0, v1 and v2: a shared object with sections, symbols and relocations (notes on BPF 3.2).

The rules are those of the runtime, oddities included: relocation offsets are file offsets, and the value
of a relocated data word sits in its high half.
"""

import struct
from collections.abc import Iterable
from itertools import pairwise

from zisk_py.transpiler.bpf.layout import PROGRAM_ADDRESS
from zisk_py.transpiler.bpf.murmur3 import murmur3, name_key, slot_key
from zisk_py.transpiler.bpf.program import BpfProgram, DataSegment
from zisk_py.transpiler.bpf.syscalls import SYSCALLS
from zisk_py.transpiler.bpf.versions import Version
from zisk_py.transpiler.elf import (
    DYNAMIC_SIZE,
    HEADER_SIZE,
    PROGRAM_HEADER_SIZE,
    RELOCATION_SIZE,
    SECTION_HEADER_SIZE,
    SYMBOL_SIZE,
    WRITABLE,
    ElfError,
    ElfFile,
    Relocation,
    Section,
    Symbol,
    TruncatedElf,
    UnknownRelocation,
)

IMAGE_SECTIONS = (".text", ".rodata", ".data.rel.ro", ".eh_frame")
MAX_SECTION_NAME, MAX_SYMBOL_NAME = 16, 64  # the final zero included
CALL_OPCODE, NO_TARGET = 0x85, -1
ENTRY_NAME = "entrypoint"
RELOCATION_64_64, RELOCATION_RELATIVE, RELOCATION_CALL = 1, 8, 10
DT_SYMBOLS, DT_RELOCATIONS, DT_SIZE, DT_ENTRY_SIZE = 6, 17, 18, 19


class WrongHeader(ElfError):
    """A field of the ELF header has a value that the runtime refuses."""


class OverlappingTables(ElfError):
    """Headers or sections lie on top of each other."""


class SectionOrder(ElfError):
    """Sections or segments are not in ascending order."""


class NameTooLong(ElfError):
    """A section or a dynamic symbol has too long a name."""


class DuplicateSection(ElfError):
    """A section that must be there once is there twice or not at all."""


class WritableData(ElfError):
    """The program has global variables."""


class ImageTooLarge(ElfError):
    """What the program can read would be longer than the file."""


class EntryOutOfBounds(ElfError):
    """The entry is not in the text, or not at an instruction."""


class DynamicTable(ElfError):
    """The dynamic table is inconsistent."""


class CallOutOfBounds(ElfError):
    """A call names a place outside the text."""


class InvalidVirtualAddress(ElfError):
    """A relocation gives no address."""


class SymbolHashCollision(ElfError):
    """Two functions have one key."""


def load(file: ElfFile, version: Version) -> BpfProgram:
    """Load a file of that version. Raises a subclass of ElfError where the runtime refuses it."""
    _check_header(file)
    _check_tables(file)
    text = _check_sections(file)
    loader = _Loader(file, text)
    loader.resolve_relative_calls()
    for relocation in _dynamic_relocations(file):
        loader.relocate(relocation)
    entry = (file.header.e_entry - text.address) // 8
    loader.register(name_key(ENTRY_NAME), entry)
    image = _image(file, bytes(loader.content))
    return BpfProgram(
        version=version,
        # Not the bytes of the section: another section may have been put over them.
        text=image[text.address : text.address + text.size],
        entry=entry,
        text_address=PROGRAM_ADDRESS + text.address,
        data=(DataSegment(PROGRAM_ADDRESS, image),),
        functions=loader.functions,
        symbols=loader.symbols | {entry: ENTRY_NAME},
    )


def _check_header(file: ElfFile) -> None:
    h = file.header
    expected = (
        ("EI_VERSION", h.e_ident.EI_VERSION, "EV_CURRENT"),
        ("EI_OSABI", h.e_ident.EI_OSABI, "ELFOSABI_SYSV"),
        ("e_version", h.e_version, "EV_CURRENT"),
        ("e_type", h.e_type, "ET_DYN"),
        ("e_ehsize", h.e_ehsize, HEADER_SIZE),
        ("e_phentsize", h.e_phentsize, PROGRAM_HEADER_SIZE),
        ("e_shentsize", h.e_shentsize, SECTION_HEADER_SIZE),
    )
    for field, found, wanted in expected:
        if found != wanted:
            raise WrongHeader(f"{field} of {file.name} is {found}, an sBPF program before v3 has {wanted}")
    if h.e_shstrndx >= h.e_shnum:
        raise WrongHeader(f"e_shstrndx of {file.name} is {h.e_shstrndx}, there are {h.e_shnum} sections")
    if h.e_phoff % 8 or h.e_shoff % 8:
        raise WrongHeader(f"a header table of {file.name} does not start at a multiple of 8")


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _check_tables(file: ElfFile) -> None:
    h = file.header
    header = (0, HEADER_SIZE)
    programs = (h.e_phoff, h.e_phoff + PROGRAM_HEADER_SIZE * len(file.segments))
    sections = (h.e_shoff, h.e_shoff + SECTION_HEADER_SIZE * len(file.sections))
    if _overlap(header, programs) or _overlap(header, sections) or _overlap(programs, sections):
        raise OverlappingTables(f"the header tables of {file.name} overlap")
    if file.sections[0].type != "SHT_NULL":
        raise WrongHeader(f"the first section of {file.name} is not the empty one")
    loads = [segment for segment in file.segments if segment.type == "PT_LOAD"]
    for low, high in pairwise(loads):
        if low.virtual_address > high.virtual_address:
            raise SectionOrder(f"the segments of {file.name} are not in ascending order")
    for segment in loads:
        file.bytes_at(segment.offset, segment.file_size, "a segment")
    position = 0
    for section in file.sections:
        if section.type == "SHT_NOBITS":
            continue
        place = (section.offset, section.end)
        if any(_overlap(place, table) for table in (header, programs, sections)):
            raise OverlappingTables(f"section {section.name} of {file.name} overlaps a header table")
        if section.offset < position:
            raise SectionOrder(f"section {section.name} of {file.name} is not in ascending order")
        position = section.end
        file.section_bytes(section)


def _check_sections(file: ElfFile) -> Section:
    """Refuse what the runtime refuses; return the text."""
    names = [section.name for section in file.sections]
    for section in file.sections:
        if len(section.raw_name) >= MAX_SECTION_NAME:
            raise NameTooLong(f"section name {section.name!r} of {file.name} is longer than 15 characters")
        is_plain_data = section.name.startswith(".data") and not section.name.startswith(".data.rel")
        if section.name.startswith(".bss") or (is_plain_data and section.flags & WRITABLE):
            raise WritableData(
                f"section {section.name} of {file.name} holds global variables, which sBPF does not have; "
                "keep them on the stack or in account data"
            )
        if section.offset + section.size > len(file.data):
            raise TruncatedElf(f"section {section.name} of {file.name} lies beyond the end of the file")
    for name in (".symtab", ".strtab", ".dynstr"):
        if names.count(name) > 1:
            raise DuplicateSection(f"{file.name} has {names.count(name)} sections {name}")
    if names.count(".text") != 1:
        raise DuplicateSection(f"{file.name} has {names.count('.text')} sections .text, it needs one")
    text = file.sections[names.index(".text")]
    entry = file.header.e_entry
    if not text.address <= entry < text.address + text.size or (entry - text.address) % 8:
        raise EntryOutOfBounds(f"the entry {entry:#x} of {file.name} is not at an instruction of its text")
    return text


def _image(file: ElfFile, content: bytes) -> bytes:
    """What the program can read at 0x1_0000_0000: its sections at their addresses, zeros between them."""
    found = [section for section in file.sections if section.name in IMAGE_SECTIONS]
    size = max(section.address + section.size for section in found)
    if size > len(content):
        raise ImageTooLarge(
            f"the sections of {file.name} reach up to {size:#x}, further than the file is long"
        )
    image = bytearray(size)
    for section in found:
        if section.type != "SHT_NOBITS":
            image[section.address : section.address + section.size] = content[section.offset : section.end]
    return bytes(image)


def _dynamic_relocations(file: ElfFile) -> Iterable[tuple[Relocation, Symbol | None]]:
    """The relocations of the dynamic table, with their symbols.

    The table is that of the segment if that one can be read, else that of the section.
    """
    segments = [(s.offset, s.file_size) for s in file.segments if s.type == "PT_DYNAMIC"][:1]
    sections = [(s.offset, s.size) for s in file.sections if s.type == "SHT_DYNAMIC"][:1]
    readable = [
        (offset, size)
        for offset, size in segments
        if offset + size <= len(file.data) and size % DYNAMIC_SIZE == 0 and offset % 8 == 0
    ]
    if not (places := readable or sections):
        return []
    if places[0][1] % DYNAMIC_SIZE or places[0][0] % 8:
        raise DynamicTable(f"the dynamic table of {file.name} is not a list of {DYNAMIC_SIZE}-byte entries")
    tags = file.dynamic(*places[0])
    symbols = _dynamic_symbols(file, tags)
    if tags.get(DT_RELOCATIONS, 0) == 0:
        return []
    size = tags.get(DT_SIZE, 0)
    if tags.get(DT_ENTRY_SIZE) != RELOCATION_SIZE or size == 0 or size % RELOCATION_SIZE:
        raise DynamicTable(f"the relocations of {file.name} do not have {RELOCATION_SIZE} bytes each")
    offset = _file_offset(file, tags[DT_RELOCATIONS])
    if offset % 8:
        raise DynamicTable(f"the relocations of {file.name} do not start at a multiple of 8")
    found = []
    for relocation in file.relocations(offset, size):
        symbol = None
        if relocation.type in (RELOCATION_64_64, RELOCATION_CALL):
            if symbols is None or SYMBOL_SIZE * (relocation.symbol + 1) > symbols[0].size:
                raise DynamicTable(
                    f"a relocation of {file.name} names symbol {relocation.symbol}, which is not there"
                )
            table, strings = symbols
            if strings is None:
                raise DynamicTable(f"the dynamic symbols of {file.name} have no names")
            symbol = file.symbol_at(table.offset + SYMBOL_SIZE * relocation.symbol, strings, MAX_SYMBOL_NAME)
        found.append((relocation, symbol))
    return found


def _file_offset(file: ElfFile, address: int) -> int:
    for segment in file.segments:
        start = segment.virtual_address
        if start + segment.memory_size >= 1 << 64:
            raise DynamicTable(f"a segment of {file.name} ends above the last address")
        if start <= address < start + segment.memory_size:
            return address - start + segment.offset
    for section in file.sections:
        if section.address == address:
            return section.offset
    raise DynamicTable(f"the relocations of {file.name} are at {address:#x}, where nothing is")


def _dynamic_symbols(file: ElfFile, tags: dict[int, int]) -> tuple[Section, Section | None] | None:
    """The table of dynamic symbols, checked whether a relocation needs it or not, and their names."""
    if not (address := tags.get(DT_SYMBOLS, 0)):
        return None
    table = next((section for section in file.sections if section.address == address), None)
    if table is None:
        raise DynamicTable(f"the dynamic symbols of {file.name} are at {address:#x}, where nothing is")
    if table.type not in ("SHT_DYNSYM", "SHT_SYMTAB") or table.size % SYMBOL_SIZE or table.offset % 8:
        raise DynamicTable(f"the dynamic symbols of {file.name} are no table of {SYMBOL_SIZE}-byte entries")
    file.section_bytes(table)
    return table, next((section for section in file.sections if section.name == ".dynstr"), None)


class _Loader:
    """The bytes of the file while they are being relocated, and the functions found."""

    def __init__(self, file: ElfFile, text: Section) -> None:
        self.file, self.text = file, text
        self.content = bytearray(file.data)
        self.functions: dict[int, int] = {}
        self.symbols: dict[int, str] = {}

    def register(self, key: int, slot: int) -> int:
        """Note that `key` calls `slot`."""
        if key in SYSCALLS or self.functions.setdefault(key, slot) != slot:
            raise SymbolHashCollision(f"key {key:#x} of {self.file.name} stands for two functions")
        return key

    def resolve_relative_calls(self) -> None:
        """Replace the distance in every call by the key of its target."""
        num_slots = self.text.size // 8
        for slot in range(num_slots):
            position = self.text.offset + 8 * slot
            distance = self._read("<i", position + 4)
            if self.content[position] != CALL_OPCODE or distance == NO_TARGET:
                continue
            target = slot + 1 + distance
            if not 0 <= target < num_slots:
                raise CallOutOfBounds(f"the call at slot {slot} of {self.file.name} leaves the text")
            self._write("<I", position + 4, self.register(slot_key(target), target))

    def relocate(self, item: tuple[Relocation, Symbol | None]) -> None:
        """Apply one relocation."""
        relocation, symbol = item
        offset = relocation.offset
        if relocation.type == RELOCATION_64_64 and symbol is not None:
            self._write_halves(offset, symbol.value + self._read("<I", offset + 4))
        elif relocation.type == RELOCATION_RELATIVE:
            self._relocate_relative(offset)
        elif relocation.type == RELOCATION_CALL and symbol is not None:
            self._write("<I", offset + 4, self._key(symbol))
        else:
            raise UnknownRelocation(
                f"{self.file.name} has a relocation of type {relocation.type} at {offset:#x}, unknown in sBPF"
            )

    def _relocate_relative(self, offset: int) -> None:
        if self.text.offset <= offset < self.text.offset + self.text.size:
            address = self._read("<I", offset + 4) | self._read("<I", offset + 12) << 32
            if address == 0:
                raise InvalidVirtualAddress(
                    f"the relocation at {offset:#x} of {self.file.name} gives address 0"
                )
            self._write_halves(offset, address)
        else:
            self._write("<Q", offset, self._read("<I", offset + 4) + PROGRAM_ADDRESS)

    def _key(self, symbol: Symbol) -> int:
        if symbol.type != "STT_FUNC" or symbol.value == 0:
            return murmur3(symbol.raw_name)
        slot, rest = divmod(symbol.value - self.text.address, 8)
        if rest or not 0 <= slot < self.text.size // 8:
            raise CallOutOfBounds(f"function {symbol.name} of {self.file.name} is not in the text")
        self.symbols[slot] = symbol.name
        key = name_key(ENTRY_NAME) if symbol.name == ENTRY_NAME else slot_key(slot)
        return self.register(key, slot)

    def _write_halves(self, offset: int, address: int) -> None:
        address = address + PROGRAM_ADDRESS if address < PROGRAM_ADDRESS else address
        self._write("<I", offset + 4, address & 0xFFFFFFFF)
        self._write("<I", offset + 12, address >> 32 & 0xFFFFFFFF)

    def _read(self, layout: str, position: int) -> int:
        self._check(layout, position)
        return int(struct.unpack_from(layout, self.content, position)[0])

    def _write(self, layout: str, position: int, value: int) -> None:
        self._check(layout, position)
        struct.pack_into(layout, self.content, position, value)

    def _check(self, layout: str, position: int) -> None:
        if position + struct.calcsize(layout) > len(self.content):
            raise TruncatedElf(f"a relocation of {self.file.name} lies beyond the end of the file")
