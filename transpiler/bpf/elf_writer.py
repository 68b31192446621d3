"""Writes sBPF programs: v3 files (header, segments) and older ones (sections, dynamic relocations)."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from zisk_py.transpiler.bpf.layout import PROGRAM_ADDRESS, RODATA_ADDRESS_V3
from zisk_py.transpiler.bpf.lenient_loader import (
    DT_ENTRY_SIZE,
    DT_RELOCATIONS,
    DT_SIZE,
    DT_SYMBOLS,
    RELOCATION_CALL,
    RELOCATION_RELATIVE,
)
from zisk_py.transpiler.elf import (
    ALLOCATED,
    EXECUTABLE,
    HEADER_SIZE,
    MAGIC,
    PROGRAM_HEADER_SIZE,
    RELOCATION_SIZE,
    SECTION_HEADER_SIZE,
    SYMBOL_SIZE,
    WRITABLE,
)

ET_DYN = 3
EM_BPF = 247
PT_LOAD, PT_DYNAMIC = 1, 2
READ, EXECUTE = 4, 1
SHT_PROGBITS, SHT_STRTAB, SHT_DYNAMIC, SHT_REL, SHT_DYNSYM = 1, 3, 6, 9, 11
DT_STRINGS, DT_STRINGS_SIZE, DT_SYMBOL_SIZE = 5, 10, 11
GLOBAL_SYMBOL = 0x10
PAGE = 4096
V0_SEGMENTS = 3


@dataclass(frozen=True)
class Import:
    """A call in the text of a v0 file, resolved by name."""

    offset: int  # in the text
    name: str


def text_offset_v0() -> int:
    """Where the text of a v0 file starts; its address is the same."""
    return HEADER_SIZE + PROGRAM_HEADER_SIZE * V0_SEGMENTS


def rodata_offset_v0(text_size: int) -> int:
    """Where the read-only data of a v0 file starts; its address is the same."""
    return text_offset_v0() + text_size


def write_v3(text: bytes, rodata: bytes = b"", entry: int = 0) -> bytes:
    """A v3 file; `entry` is an offset in the text."""
    rodata += bytes(-len(rodata) % 8)
    parts = [(READ, RODATA_ADDRESS_V3, rodata)] if rodata else []
    parts.append((EXECUTE, PROGRAM_ADDRESS, text))
    offset = HEADER_SIZE + PROGRAM_HEADER_SIZE * len(parts)
    segments = b""
    for flags, address, content in parts:
        segments += _segment(PT_LOAD, flags, offset, address, len(content), 8)
        offset += len(content)
    header = file_header(PROGRAM_ADDRESS + entry, len(parts), version=3)
    return header + segments + b"".join(content for _, _, content in parts)


def write_v0(
    text: bytes,
    rodata: bytes = b"",
    entry: int = 0,
    imports: tuple[Import, ...] = (),
    relative: tuple[int, ...] = (),
    number: int = 0,
) -> bytes:
    """A file of v0, or of v1 or v2 by `number`, which look the same.

    `imports` are calls by name; `relative` are file offsets of relocated addresses.
    """
    rodata += bytes(-len(rodata) % 8)
    names = sorted({call.name for call in imports})
    strings, string_offsets = string_table(names)
    symbols = bytes(SYMBOL_SIZE) + b"".join(
        struct.pack("<IBBHQQ", string_offsets[name], GLOBAL_SYMBOL, 0, 0, 0, 0) for name in names
    )
    relocations = b"".join(
        struct.pack("<QQ", offset, kind)
        for offset, kind in sorted(
            [
                (text_offset_v0() + call.offset, RELOCATION_CALL | names.index(call.name) + 1 << 32)
                for call in imports
            ]
            + [(offset, RELOCATION_RELATIVE) for offset in relative]
        )
    )
    return _assemble_v0(text, rodata, entry, symbols, strings, relocations, number)


def _assemble_v0(
    text: bytes, rodata: bytes, entry: int, symbols: bytes, strings: bytes, relocations: bytes, number: int
) -> bytes:
    sizes = (("symbols", len(symbols)), ("strings", len(strings)), ("relocations", len(relocations)))
    num_tags = 8
    places = {"dynamic": rodata_offset_v0(len(text)) + len(rodata)}
    position = places["dynamic"] + 16 * num_tags
    for name, size in sizes:
        places[name] = position
        position += size + -size % 8
    tags = [(DT_SYMBOLS, places["symbols"]), (DT_SYMBOL_SIZE, SYMBOL_SIZE)]
    tags += [(DT_STRINGS, places["strings"]), (DT_STRINGS_SIZE, len(strings))]
    if relocations:
        tags += [(DT_RELOCATIONS, places["relocations"]), (DT_SIZE, len(relocations))]
        tags += [(DT_ENTRY_SIZE, RELOCATION_SIZE)]
    tags += [(0, 0)] * (num_tags - len(tags))
    dynamic = b"".join(struct.pack("<QQ", *tag) for tag in tags)
    section_names = (".text", ".rodata", ".dynamic", ".dynsym", ".dynstr", ".rel.dyn", ".shstrtab")
    titles, title_offsets = string_table(section_names)
    code, const, variable = ALLOCATED | EXECUTABLE, ALLOCATED, ALLOCATED | WRITABLE
    # name, type, flags, offset, size, link, info, size of an entry
    rows = (
        (".text", SHT_PROGBITS, code, text_offset_v0(), len(text), 0, 0, 0),
        (".rodata", SHT_PROGBITS, const, rodata_offset_v0(len(text)), len(rodata), 0, 0, 0),
        (".dynamic", SHT_DYNAMIC, variable, places["dynamic"], len(dynamic), 5, 0, 16),
        (".dynsym", SHT_DYNSYM, const, places["symbols"], len(symbols), 5, 1, SYMBOL_SIZE),
        (".dynstr", SHT_STRTAB, const, places["strings"], len(strings), 0, 0, 0),
        (".rel.dyn", SHT_REL, const, places["relocations"], len(relocations), 4, 0, RELOCATION_SIZE),
        (".shstrtab", SHT_STRTAB, 0, position, len(titles), 0, 0, 0),
    )
    sections = bytes(SECTION_HEADER_SIZE)
    for name, kind, flags, offset, size, link, info, entry_size in rows:
        address = offset if flags else 0
        sections += section_header(
            title_offsets[name], kind, flags, address, offset, size, link, info, 8, entry_size
        )
    image_size = len(text) + len(rodata)
    tables_size = position - places["dynamic"]
    segments = (
        _segment(PT_LOAD, READ | EXECUTE, text_offset_v0(), text_offset_v0(), image_size, PAGE)
        + _segment(PT_LOAD, READ, places["dynamic"], places["dynamic"], tables_size, PAGE)
        + _segment(PT_DYNAMIC, READ, places["dynamic"], places["dynamic"], len(dynamic), 8)
    )
    padded = (dynamic, symbols, strings, relocations, titles)
    body = text + rodata + b"".join(part + bytes(-len(part) % 8) for part in padded)
    place = text_offset_v0() + len(body)
    header = file_header(
        text_offset_v0() + entry, V0_SEGMENTS, version=number, sections=(place, len(rows) + 1, len(rows))
    )
    return header + segments + body + sections


def string_table(names: Iterable[str]) -> tuple[bytes, dict[str, int]]:
    """Zero-terminated names behind each other, and where each starts."""
    table, offsets = b"\0", {}
    for name in names:
        offsets[name] = len(table)
        table += name.encode() + b"\0"
    return table, offsets


def section_header(*fields: int) -> bytes:
    """A section: name, type, flags, address, offset, size, link, info, alignment, size of an entry."""
    return struct.pack("<IIQQQQIIQQ", *fields)


def file_header(
    entry: int,
    num_segments: int,
    *,
    version: int,
    sections: tuple[int, int, int] = (0, 0, 0),
    kind: int = ET_DYN,
) -> bytes:
    """The ELF header; `sections` are where their headers are, how many, and which one holds their names."""
    offset, count, names = sections
    identity = MAGIC + bytes([2, 1, 1]) + bytes(9)
    return identity + struct.pack(
        "<HHIQQQIHHHHHH",
        kind,
        EM_BPF,
        1,
        entry,
        HEADER_SIZE if num_segments else 0,
        offset,
        version,
        HEADER_SIZE,
        PROGRAM_HEADER_SIZE,
        num_segments,
        SECTION_HEADER_SIZE,
        count,
        names,
    )


def _segment(kind: int, flags: int, offset: int, address: int, size: int, alignment: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, size, size, alignment)
