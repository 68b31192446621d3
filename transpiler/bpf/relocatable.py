"""Relocatable objects (ET_REL) as clang and gcc write them for BPF: sections, symbols, relocations."""

from dataclasses import dataclass

from zisk_py.transpiler.elf import (
    ALLOCATED,
    EXECUTABLE,
    RELOCATION_SIZE,
    WRITABLE,
    ElfError,
    ElfFile,
    Relocation,
    Section,
    Symbol,
    UnknownRelocation,
    WrongMachine,
)

RELOCATION_64_64 = 1  # lddw of a symbol's address
RELOCATION_ABS64 = 2  # 8 bytes of data
RELOCATION_CALL = 10
MAP_SECTIONS = (".maps", "maps")
BPF_MACHINES = ("EM_BPF", 263)
FUNCTION_SYMBOLS = ("STT_FUNC", "STT_NOTYPE")
SECTION_SYMBOL = "STT_SECTION"
LOCAL_BINDING, GLOBAL_BINDING, WEAK_BINDING = "STB_LOCAL", "STB_GLOBAL", "STB_WEAK"


class UndefinedSymbol(ElfError):
    """A relocation names a symbol that the object does not define."""


class UnsupportedMap(ElfError):
    """The program uses a BPF map."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a section."""

    section: int
    offset: int


class RelocatableObject:
    """An object's allocated sections, its symbols, and the relocations of each section."""

    def __init__(self, file: ElfFile) -> None:
        """Read the tables. Raises WrongMachine and errors of `elf`."""
        if file.header.e_machine not in BPF_MACHINES:
            raise WrongMachine(f"{file.name} is for {file.header.e_machine}, not for BPF")
        self.file, self.name = file, file.name
        self.sections: list[Section] = file.sections
        tables = [section for section in file.sections if section.type == "SHT_SYMTAB"]
        self.symbols: list[Symbol] = file.symbols(tables[0]) if tables else []
        self.relocations: dict[int, list[Relocation]] = {}
        for section in file.sections:
            if section.type == "SHT_REL":
                found = list(
                    file.relocations(section.offset, section.size // RELOCATION_SIZE * RELOCATION_SIZE)
                )
                self.relocations.setdefault(section.info, []).extend(found)
            elif section.type == "SHT_RELA" and self._is_loaded(section.info):
                raise UnknownRelocation(f"{self.name} has relocations with addends, which BPF does not use")

    def _is_loaded(self, number: int) -> bool:
        return number < len(self.sections) and bool(self.sections[number].flags & ALLOCATED)

    def executable_sections(self) -> list[Section]:
        """Sections with instructions, in the order of the file."""
        return [
            section
            for section in self.sections
            if section.flags & EXECUTABLE and section.size and section.type == "SHT_PROGBITS"
        ]

    def data_sections(self) -> list[Section]:
        """Sections with constants or variables, in the order of the file."""
        return [
            section
            for section in self.sections
            if section.flags & ALLOCATED
            and not section.flags & EXECUTABLE
            and section.size
            and section.type in ("SHT_PROGBITS", "SHT_NOBITS")
        ]

    def content(self, section: Section) -> bytes:
        """The bytes of a section."""
        return self.file.section_bytes(section)

    def is_writable(self, section: Section) -> bool:
        """Whether the section holds variables; `.data.rel.ro` is constant once it is relocated."""
        return bool(section.flags & WRITABLE) and not section.name.startswith(".data.rel.ro")

    def symbol_of(self, relocation: Relocation) -> Symbol:
        """The symbol that a relocation names."""
        if relocation.symbol >= len(self.symbols):
            raise UndefinedSymbol(
                f"{self.name} has a relocation for symbol {relocation.symbol}, which is not there"
            )
        return self.symbols[relocation.symbol]

    def title_of(self, symbol: Symbol) -> str:
        """How a message names a symbol: one of a section is called as the section."""
        if symbol.type == SECTION_SYMBOL and 0 < symbol.section < len(self.sections):
            return self.sections[symbol.section].name
        return symbol.name

    def place_of(self, symbol: Symbol) -> Place:
        """Where a symbol is defined. Raises UndefinedSymbol and UnsupportedMap."""
        if not 0 < symbol.section < len(self.sections):
            raise UndefinedSymbol(
                f"{self.name} uses {symbol.name!r} without defining it; link it in, or do without it"
            )
        if self.sections[symbol.section].name in MAP_SECTIONS:
            raise UnsupportedMap(f"{self.name} uses the map {symbol.name!r}; zisk-py has no maps")
        return Place(symbol.section, symbol.value)

    def function(self, name: str) -> Place | None:
        """Where a function starts: at an instruction of a section with instructions."""
        sizes = {section.number: section.size for section in self.executable_sections()}
        for symbol in self.symbols:
            is_at_instruction = symbol.value < sizes.get(symbol.section, 0) and symbol.value % 8 == 0
            if symbol.name == name and symbol.type in FUNCTION_SYMBOLS and is_at_instruction:
                return Place(symbol.section, symbol.value)
        return None

    def defined_names(self) -> set[str]:
        """What other objects can use of this one."""
        return {s.name for s in self.symbols if s.binding != LOCAL_BINDING and s.section > 0}

    def undefined_names(self) -> set[str]:
        """What this object needs of others, or of its platform."""
        return {s.name for s in self.symbols if s.binding != LOCAL_BINDING and s.section == 0 and s.name}

    def reached_from(self, number: int) -> set[int]:
        """A section, and all that its relocations name, theirs too, and so on."""
        reached, waiting = set(), [number]
        while waiting:
            number = waiting.pop()
            if number in reached:
                continue
            reached.add(number)
            symbols = map(self.symbol_of, self.relocations.get(number, []))
            waiting += [symbol.section for symbol in symbols if 0 < symbol.section < len(self.sections)]
        return reached

    def variable_in(self, section: Section) -> str:
        """The name of a variable in a section; the section's name where no symbol tells."""
        names = [s.name for s in self.symbols if s.section == section.number and s.type == "STT_OBJECT"]
        return names[0] if names else section.name

    def unknown_relocation(self, section: Section, relocation: Relocation) -> UnknownRelocation:
        """The error for a type that has no meaning in this section."""
        symbol = self.title_of(self.symbol_of(relocation))
        return UnknownRelocation(
            f"section {section.name} of {self.name} has a relocation of type {relocation.type} at"
            f" {relocation.offset:#x} for {symbol!r}, which zisk-py does not know"
        )
