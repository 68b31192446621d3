"""Loader of eBPF objects: one program section, the functions it calls, and the data it uses.

Constants go to a read-only region at 0x1_0000_0000, variables to one at 0x3_0000_0000.
"""

import struct
from dataclasses import dataclass

from zisk_py.transpiler.bpf.layout import EBPF_TEXT_ADDRESS, HEAP_ADDRESS, PROGRAM_ADDRESS
from zisk_py.transpiler.bpf.program import BpfProgram, DataSegment
from zisk_py.transpiler.bpf.relocatable import (
    GLOBAL_BINDING,
    RELOCATION_64_64,
    RELOCATION_ABS64,
    RELOCATION_CALL,
    SECTION_SYMBOL,
    Place,
    RelocatableObject,
    UndefinedSymbol,
)
from zisk_py.transpiler.bpf.versions import EBPF
from zisk_py.transpiler.elf import (
    EXECUTABLE,
    MAX_ZEROS,
    ElfError,
    ElfFile,
    MissingEntry,
    Relocation,
    Section,
    TruncatedElf,
)


class DataTooLarge(ElfError):
    """The sections of data, with the gaps that their alignments ask for, are larger than any program's."""


def load(file: ElfFile, entry: str | None) -> BpfProgram:
    """Load an object, starting at the function or at the section named `entry`.

    Without `entry` the object must have one program section besides .text, or one function in .text that is
    not static, or nothing that has a name.
    """
    source = RelocatableObject(file)
    start = _find_entry(source, entry)
    layout = _Layout(source)
    layout.reach(start.section)
    layout.place()
    text = b"".join(layout.relocated(number) for number in layout.text)
    slot = (layout.address(start) - EBPF_TEXT_ADDRESS) // 8
    return BpfProgram(
        version=EBPF,
        text=text,
        entry=slot,
        text_address=EBPF_TEXT_ADDRESS,
        data=layout.data_segments(),
        symbols=layout.function_names(),
    )


def _find_entry(source: RelocatableObject, entry: str | None) -> Place:
    sections = source.executable_sections()
    names = ", ".join(section.name for section in sections)
    if not sections:
        raise MissingEntry(f"{source.name} has no section with instructions")
    if entry is None:
        programs = [section for section in sections if not is_plain_text(section)]
        if len(programs) > 1:
            raise MissingEntry(f"{source.name} has several programs ({names}); choose one with --entry")
        return Place(programs[0].number, 0) if programs else _only_function(source, sections)
    for section in sections:
        if section.name == entry:
            return Place(section.number, 0)
    place = source.function(entry)
    if place is None:
        raise MissingEntry(f"{source.name} has no function or section {entry!r}; its sections are {names}")
    return place


def is_plain_text(section: Section) -> bool:
    """Whether the section has the name that compilers give it, and so says nothing of a program."""
    return section.name == ".text" or section.name.startswith(".text.")


def _only_function(source: RelocatableObject, sections: list[Section]) -> Place:
    """The one function that is not static or weak; without any names, the first instruction."""
    sizes = {section.number: section.size for section in sections}
    found = [
        symbol
        for symbol in source.symbols
        if symbol.value < sizes.get(symbol.section, 0) and symbol.value % 8 == 0
        if symbol.type == "STT_FUNC" and symbol.binding == GLOBAL_BINDING
    ]
    if len(found) > 1:
        names = ", ".join(symbol.name for symbol in found)
        raise MissingEntry(f"{source.name} has several functions ({names}); choose one with --entry")
    return Place(found[0].section, found[0].value) if found else Place(sections[0].number, 0)


@dataclass
class _Layout:
    """Which sections the program reaches, and where they go."""

    source: RelocatableObject

    def __post_init__(self) -> None:
        self.text: list[int] = []  # section numbers, in order
        self.data: list[int] = []
        self._starts: dict[int, int] = {}

    def reach(self, number: int) -> None:
        """Take a section, and all that its relocations name."""
        waiting = [number]
        while waiting:
            number = waiting.pop(0)
            if number in self.text or number in self.data:
                continue
            is_text = self.source.sections[number].flags & EXECUTABLE
            (self.text if is_text else self.data).append(number)
            for relocation in self.source.relocations.get(number, []):
                waiting.append(self.source.place_of(self.source.symbol_of(relocation)).section)

    def place(self) -> None:
        """Give every section its address."""
        address = EBPF_TEXT_ADDRESS
        for number in self.text:
            self._starts[number] = address
            size = self.source.sections[number].size
            if size % 8:
                raise TruncatedElf(f"section {self.source.sections[number].name} holds no whole instructions")
            address += size
        ends = {False: PROGRAM_ADDRESS, True: HEAP_ADDRESS}
        for number in self.data:
            section = self.source.sections[number]
            is_writable = self.source.is_writable(section)
            start = ends[is_writable] + -ends[is_writable] % max(8, section.alignment)
            self._starts[number] = start
            ends[is_writable] = start + section.size
            if ends[is_writable] - (HEAP_ADDRESS if is_writable else PROGRAM_ADDRESS) > MAX_ZEROS:
                raise DataTooLarge(
                    f"the data of {self.source.name} does not fit {MAX_ZEROS} bytes: section {section.name}"
                    f" has {section.size} bytes at a multiple of {section.alignment}"
                )

    def address(self, place: Place) -> int:
        """Guest address of a place."""
        return self._starts[place.section] + place.offset

    def data_segments(self) -> tuple[DataSegment, ...]:
        """The read-only and the writable segment, where there is data of that kind."""
        images = {False: bytearray(), True: bytearray()}
        bases = {False: PROGRAM_ADDRESS, True: HEAP_ADDRESS}
        for number in self.data:
            is_writable = self.source.is_writable(self.source.sections[number])
            image, content = images[is_writable], self.relocated(number)
            image.extend(bytes(self._starts[number] - bases[is_writable] - len(image)) + content)
        return tuple(
            DataSegment(bases[is_writable], bytes(image), is_writable)
            for is_writable, image in images.items()
            if image
        )

    def function_names(self) -> dict[int, str]:
        """Slot -> name of the functions in the text."""
        return {
            (self.address(Place(symbol.section, symbol.value)) - EBPF_TEXT_ADDRESS) // 8: symbol.name
            for symbol in self.source.symbols
            if symbol.section in self.text and symbol.type == "STT_FUNC"
        }

    def relocated(self, number: int) -> bytes:
        """The bytes of a section with its relocations applied."""
        section = self.source.sections[number]
        content = bytearray(self.source.content(section))
        for relocation in self.source.relocations.get(number, []):
            if relocation.offset + (16 if relocation.type == RELOCATION_64_64 else 8) > len(content):
                raise TruncatedElf(f"a relocation of section {section.name} lies beyond its end")
            if number in self.text:
                self._relocate_text(section, content, relocation)
            else:
                self._relocate_data(section, content, relocation)
        return bytes(content)

    def _relocate_text(self, section: Section, content: bytearray, relocation: Relocation) -> None:
        symbol, offset = self.source.symbol_of(relocation), relocation.offset
        target = self.address(self.source.place_of(symbol))
        if relocation.type == RELOCATION_64_64:
            low, high = (struct.unpack_from("<I", content, offset + at)[0] for at in (4, 12))
            target += low | high << 32
            struct.pack_into("<I", content, offset + 4, target & 0xFFFFFFFF)
            struct.pack_into("<I", content, offset + 12, target >> 32 & 0xFFFFFFFF)
            content[offset + 1] &= 15  # src says what kind of thing was addressed: a number now
        elif relocation.type == RELOCATION_CALL:
            if symbol.section not in self.text:
                raise UndefinedSymbol(f"{self.source.name} calls {symbol.name!r}, which is no function")
            # The addend is in slots and one less; only section symbols need it.
            (addend,) = struct.unpack_from("<i", content, offset + 4)
            target += 8 * (addend + 1) if symbol.type == SECTION_SYMBOL else 0
            distance = (target - self._starts[section.number] - offset) // 8 - 1
            if not -(1 << 31) <= distance < 1 << 31:
                raise UndefinedSymbol(
                    f"{self.source.name} calls {symbol.name!r} at {target:#x}, farther than a call reaches"
                )
            struct.pack_into("<i", content, offset + 4, distance)
            content[offset + 1] = content[offset + 1] & 15 | 1 << 4
        else:
            raise self.source.unknown_relocation(section, relocation)

    def _relocate_data(self, section: Section, content: bytearray, relocation: Relocation) -> None:
        if relocation.type != RELOCATION_ABS64:
            raise self.source.unknown_relocation(section, relocation)
        target = self.address(self.source.place_of(self.source.symbol_of(relocation)))
        (addend,) = struct.unpack_from("<Q", content, relocation.offset)
        struct.pack_into("<Q", content, relocation.offset, (target + addend) % (1 << 64))
