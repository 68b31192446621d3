"""Links one relocatable BPF object (clang -target bpf -mcpu=v2) to a Solana program, v0 or v3.

What the entry reaches is linked: sections with instructions become the text, constants the read-only data.
What the object does not define must be a syscall: v0 names it in a dynamic symbol, v3 holds its key. Not with
-mcpu=v3: sBPF extends the sign of 32-bit results, which that code does not expect.
"""

import struct

from zisk_py.transpiler.bpf.decoder import RawSlot
from zisk_py.transpiler.bpf.elf_writer import (
    Import,
    rodata_offset_v0,
    text_offset_v0,
    write_v0,
    write_v3,
)
from zisk_py.transpiler.bpf.encodings import LDDW_OPCODE
from zisk_py.transpiler.bpf.layout import PROGRAM_ADDRESS, RODATA_ADDRESS_V3
from zisk_py.transpiler.bpf.lenient_loader import WritableData
from zisk_py.transpiler.bpf.murmur3 import name_key
from zisk_py.transpiler.bpf.object_loader import DataTooLarge
from zisk_py.transpiler.bpf.relocatable import (
    RELOCATION_64_64,
    RELOCATION_ABS64,
    RELOCATION_CALL,
    SECTION_SYMBOL,
    RelocatableObject,
    UndefinedSymbol,
)
from zisk_py.transpiler.bpf.syscalls import SYSCALLS
from zisk_py.transpiler.bpf.versions import SBPF_V3, Version
from zisk_py.transpiler.elf import (
    MAX_ZEROS,
    ElfFile,
    MissingEntry,
    Relocation,
    Section,
    TruncatedElf,
)

CALLX_OPCODE = 0x8D
LOCAL_CALL = 1
NULL_BYTES = 8  # zeros before the constants of v3, which start at address 0: no constant may be at NULL


def link(data: bytes, version: Version, entry: str = "entrypoint", name: str = "the object") -> bytes:
    """The program file. Raises InputError: variables, unknown relocations, no function named `entry`."""
    source = RelocatableObject(ElfFile(data, name))
    start = source.function(entry)
    if start is None:
        raise MissingEntry(f"{name} has no function {entry!r} to start at")
    linker = _Linker(source, version)
    reached = source.reached_from(start.section)
    for section in source.executable_sections():
        if section.number in reached:
            linker.add(section, linker.text)
    linker.place_rodata()
    for section in source.data_sections():
        if section.number not in reached:
            continue
        if source.is_writable(section):
            raise WritableData(
                f"{name} has the variable {source.variable_in(section)!r} (section {section.name}); sBPF"
                " has no variables, so make it const, or keep it on the stack or in an account"
            )
        linker.add(section, linker.rodata)
    linker.relocate()
    offset = linker.address(start.section, start.offset) - linker.text_address
    text, rodata = bytes(linker.text), bytes(linker.rodata)
    if version is SBPF_V3:
        return write_v3(text, rodata if len(rodata) > NULL_BYTES else b"", offset)
    return write_v0(text, rodata, offset, tuple(linker.imports), tuple(linker.relative))


class _Linker:
    """The program while it is being put together."""

    def __init__(self, source: RelocatableObject, version: Version) -> None:
        self.source, self.version = source, version
        self.text, self.rodata = bytearray(), bytearray()
        if version is SBPF_V3:
            self.rodata.extend(bytes(NULL_BYTES))
        self.text_address = PROGRAM_ADDRESS + (0 if version is SBPF_V3 else text_offset_v0())
        self.rodata_address = RODATA_ADDRESS_V3
        self.imports: list[Import] = []
        self.relative: list[int] = []  # file offsets of addresses that v0 relocates
        self._places: dict[int, tuple[bytearray, int]] = {}

    def add(self, section: Section, part: bytearray) -> None:
        """Append a section. Raises TruncatedElf and DataTooLarge."""
        if part is self.text and section.size % 8:
            raise TruncatedElf(f"section {section.name} of {self.source.name} holds no whole instructions")
        padding = -len(part) % max(8, section.alignment)
        if len(part) + padding + section.size > MAX_ZEROS:
            raise DataTooLarge(
                f"section {section.name} of {self.source.name} ({section.size} bytes at a multiple of"
                f" {section.alignment}) does not fit the {MAX_ZEROS} bytes that a program may have"
            )
        part.extend(bytes(padding))
        self._places[section.number] = (part, len(part))
        part.extend(self.source.content(section))

    def place_rodata(self) -> None:
        """Fix where the constants go, now that the text has its length."""
        if self.version is not SBPF_V3:
            self.rodata_address = PROGRAM_ADDRESS + rodata_offset_v0(len(self.text))

    def address(self, section: int, offset: int) -> int:
        """Guest address of a place in a section."""
        part, start = self._places[section]
        return (self.text_address if part is self.text else self.rodata_address) + start + offset

    def relocate(self) -> None:
        """Apply all relocations of the sections that were added."""
        for number, (part, start) in self._places.items():
            section = self.source.sections[number]
            for relocation in self.source.relocations.get(number, []):
                width = 16 if relocation.type == RELOCATION_64_64 else 8
                if relocation.offset + width > section.size:
                    raise TruncatedElf(f"a relocation of section {section.name} lies beyond its end")
                position = start + relocation.offset
                if part is self.text and relocation.type == RELOCATION_64_64:
                    self._relocate_lddw(relocation, position)
                elif part is self.text and relocation.type == RELOCATION_CALL:
                    self._relocate_call(relocation, position)
                elif part is self.rodata and relocation.type == RELOCATION_ABS64:
                    self._relocate_data(relocation, position)
                else:
                    raise self.source.unknown_relocation(section, relocation)
        self._move_callx_registers()

    def _target(self, relocation: Relocation) -> int:
        place = self.source.place_of(self.source.symbol_of(relocation))
        if place.section not in self._places:
            raise self.source.unknown_relocation(self.source.sections[place.section], relocation)
        return self.address(place.section, place.offset)

    def _relocate_lddw(self, relocation: Relocation, position: int) -> None:
        low, high = (struct.unpack_from("<I", self.text, position + at)[0] for at in (4, 12))
        address = self._target(relocation) + (low | high << 32)
        if self.version is not SBPF_V3:
            self.relative.append(text_offset_v0() + position)
            address -= PROGRAM_ADDRESS
        struct.pack_into("<I", self.text, position + 4, address & 0xFFFFFFFF)
        struct.pack_into("<I", self.text, position + 12, address >> 32 & 0xFFFFFFFF)

    def _relocate_call(self, relocation: Relocation, position: int) -> None:
        symbol = self.source.symbol_of(relocation)
        if symbol.section == 0:
            key = name_key(symbol.name)
            if key not in SYSCALLS:
                raise UndefinedSymbol(
                    f"{self.source.name} calls {symbol.name!r}, which it does not define and which is no"
                    " syscall; link its source too, or correct the name"
                )
            self.text[position + 1] &= 15
            struct.pack_into("<I", self.text, position + 4, key if self.version is SBPF_V3 else 0xFFFFFFFF)
            if self.version is not SBPF_V3:
                self.imports.append(Import(position, symbol.name))
            return
        # The addend is in slots and one less; only section symbols need it.
        (addend,) = struct.unpack_from("<i", self.text, position + 4)
        target = self._target(relocation) - self.text_address
        target += 8 * (addend + 1) if symbol.type == SECTION_SYMBOL else 0
        distance = (target - position) // 8 - 1
        if not -(1 << 31) <= distance < 1 << 31:
            raise UndefinedSymbol(f"{self.source.name} calls {symbol.name!r}, farther than a call reaches")
        struct.pack_into("<i", self.text, position + 4, distance)
        self.text[position + 1] = self.text[position + 1] & 15 | LOCAL_CALL << 4

    def _relocate_data(self, relocation: Relocation, position: int) -> None:
        (addend,) = struct.unpack_from("<Q", self.rodata, position)
        address = self._target(relocation) + addend
        if self.version is SBPF_V3:
            struct.pack_into("<Q", self.rodata, position, address % (1 << 64))
        else:
            # The loader of v0 takes the value from the high half.
            struct.pack_into("<II", self.rodata, position, 0, (address - PROGRAM_ADDRESS) % (1 << 32))
            self.relative.append(self.rodata_address - PROGRAM_ADDRESS + position)

    def _move_callx_registers(self) -> None:
        """v3 has the register of a callx in dst, v0 in imm; compilers since LLVM 19 as v3, before as v0."""
        position = 0
        while position < len(self.text):
            slot = RawSlot.from_bytes(self.text, position)
            if slot.opcode == CALLX_OPCODE:
                register = min(slot.imm & 0xFFFFFFFF, 15) or slot.dst  # 15 is refused as 99 would be
                dst, imm = (register, 0) if self.version is SBPF_V3 else (0, register)
                moved = RawSlot(CALLX_OPCODE, dst, slot.src, slot.offset, imm)
                self.text[position : position + 8] = moved.to_bytes()
            position += 16 if slot.opcode == LDDW_OPCODE else 8
