"""ELF files of RISC-V programs to memory: static executables, also those that can be anywhere (PIE).

The program headers say what is where and what may be done with it. Where one gives no permission at all, the
flags of the sections in it do.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from zisk_py.transpiler.elf import (
    ALLOCATED,
    EXECUTABLE,
    WRITABLE,
    ElfError,
    ElfFile,
    MissingEntry,
    Section,
    Segment,
    UnknownRelocation,
    WrongMachine,
)
from zisk_py.transpiler.riscv.layout import PIE_BASE, WORD, find_convention
from zisk_py.transpiler.riscv.program import Piece, RiscvProgram

MACHINE = "EM_RISCV"
SEGMENT_EXECUTABLE, SEGMENT_WRITABLE, SEGMENT_READABLE = 1, 2, 4
REDUCED_REGISTERS = 8  # in e_flags: RV32E or RV64E
ADDRESS_LIMIT = 1 << 47
MAX_ZEROS = 1 << 20  # of a segment that cannot be written
MAX_TEXT = 8 << 20  # bytes from the first to the last that is executable
DT_NEEDED, DT_RELA, DT_RELASZ, DT_RELR = 1, 7, 8, 36
R_RELATIVE = 3
RELA_SIZE = 24


class UnloadableSegment(ElfError):
    """A segment with permissions, or at a place, that a program cannot have."""


class NotStatic(ElfError):
    """A file that a linker or a loader has to complete."""


def load(file: ElfFile, entry: str | None = None) -> RiscvProgram:
    """Read an executable; `entry` is the name of a function to start at instead of the file's own entry.

    Raises ElfError, one subclass per refusal.
    """
    _check_header(file)
    base = PIE_BASE if file.header.e_type == "ET_DYN" else 0
    segments = [segment for segment in file.segments if segment.type == "PT_LOAD" and segment.memory_size]
    if not segments:
        raise ElfError(f"{file.name} has no segments to load (stripped headers?); link it anew")
    loaded = [piece for segment in segments for piece in _pieces(file, segment)]
    loaded = [replace(piece, address=base + piece.address) for piece in loaded]
    loaded.sort(key=lambda piece: piece.address)
    _check_pieces(file, loaded)
    if base:
        loaded = _relocate(file, loaded, base)
    text_base, text = _text(file, loaded)
    symbols = _functions(file, base)
    start = base + file.header.e_entry if entry is None else _find_symbol(file, symbols, entry)
    if not any(piece.executable and piece.address <= start < piece.end for piece in loaded) or start % 2:
        raise MissingEntry(f"{file.name} starts at {start:#x}, where it has no code; give its link an entry")
    pieces = tuple(_join(loaded))
    within = range(text_base, text_base + len(text))
    return RiscvProgram(
        file.name,
        find_convention(pieces),
        text,
        text_base,
        start,
        pieces,
        {address: name for address, name in symbols.items() if address in within},
    )


def _check_header(file: ElfFile) -> None:
    header = file.header
    if header.e_machine != MACHINE:
        raise WrongMachine(f"{file.name} is for {header.e_machine}, not for RISC-V")
    if header.e_flags & REDUCED_REGISTERS:
        raise WrongMachine(f"{file.name} is for RISC-V with 16 registers; build it for rv64imac")
    if header.e_type not in ("ET_EXEC", "ET_DYN"):
        raise NotStatic(f"{file.name} is no executable ({header.e_type}); link it")
    if not header.e_phnum:
        raise ElfError(f"{file.name} has no program headers; link it anew, and do not strip them")
    if any(segment.type == "PT_INTERP" for segment in file.segments) or DT_NEEDED in _dynamic(file):
        raise NotStatic(f"{file.name} is linked dynamically; link it with -static")


def _dynamic(file: ElfFile) -> dict[int, int]:
    tables = [segment for segment in file.segments if segment.type == "PT_DYNAMIC"]
    return file.dynamic(tables[0].offset, tables[0].file_size) if tables else {}


def _pieces(file: ElfFile, segment: Segment) -> Iterator[Piece]:
    if segment.file_size > segment.memory_size:
        raise UnloadableSegment(
            f"{file.name} has {segment.file_size} bytes for the {segment.memory_size} of the segment at "
            f"{segment.virtual_address:#x}"
        )
    if segment.virtual_address + segment.memory_size > ADDRESS_LIMIT:
        raise UnloadableSegment(f"{file.name} has a segment that ends above 2^47; link it below")
    what = f"the segment at {segment.virtual_address:#x}"
    data = file.bytes_at(segment.offset, segment.file_size, what)
    if segment.flags & (SEGMENT_EXECUTABLE | SEGMENT_WRITABLE | SEGMENT_READABLE):
        yield Piece(
            segment.virtual_address,
            data,
            segment.memory_size,
            bool(segment.flags & SEGMENT_WRITABLE),
            bool(segment.flags & SEGMENT_EXECUTABLE),
        )
        return
    sections = [section for section in _sections(file) if _is_within(section, segment)]
    if not sections:
        raise UnloadableSegment(f"{file.name} says nowhere what may be done with {what}; link it anew")
    for section in sections:
        start = section.address - segment.virtual_address
        yield Piece(
            section.address,
            data[start : start + section.size],
            section.size,
            bool(section.flags & WRITABLE),
            bool(section.flags & EXECUTABLE),
        )


def _sections(file: ElfFile) -> list[Section]:
    """The sections; none if their headers were stripped."""
    return file.sections if file.header.e_shnum else []


def _is_within(section: Section, segment: Segment) -> bool:
    start = section.address - segment.virtual_address
    return bool(section.flags & ALLOCATED and section.size) and (
        start >= 0 and start + section.size <= segment.memory_size
    )


def _check_pieces(file: ElfFile, pieces: list[Piece]) -> None:
    for piece in pieces:
        if piece.writable and piece.executable:
            raise UnloadableSegment(
                f"{file.name} may write to its code at {piece.address:#x}, and code that changes cannot be "
                "proven; link text and data into segments of their own"
            )
        if not piece.writable and piece.size > len(piece.data) + MAX_ZEROS:
            raise UnloadableSegment(
                f"{file.name} has {piece.size} bytes at {piece.address:#x}, mostly zeros, that cannot be "
                "written; make them writable"
            )
    for low, high in pairwise(pieces):
        if low.end > high.address:
            raise UnloadableSegment(
                f"{file.name} has segments that overlap, at {low.address:#x} and {high.address:#x}"
            )


def _text(file: ElfFile, pieces: list[Piece]) -> tuple[int, bytes]:
    """Address and bytes from the first to the last that is executable; an even number of each."""
    executable = [piece for piece in pieces if piece.executable]
    if not executable:
        raise MissingEntry(f"{file.name} has nothing that is executable; link it with its text")
    base = executable[0].address // 2 * 2
    end = max(piece.address + len(piece.data) for piece in executable)
    if end - base > MAX_TEXT:
        raise UnloadableSegment(
            f"{file.name} has code from {base:#x} to {end:#x}; at most {MAX_TEXT >> 20} MiB fit"
        )
    text = bytearray((end - base + 1) // 2 * 2)
    for piece in executable:
        text[piece.address - base : piece.address - base + len(piece.data)] = piece.data
    return base, bytes(text)


def _join(pieces: list[Piece]) -> Iterator[Piece]:
    """The pieces as regions can have them, from whole words to whole words.

    Those that share a word become one, and so do neighbours that are not writable.
    What is not writable has all its zeros in its bytes.
    """
    waiting: Piece | None = None
    for piece in map(_widen, pieces):
        if (
            waiting is not None
            and waiting.writable == piece.writable
            and (waiting.end > piece.address or (waiting.end == piece.address and not piece.writable))
        ):
            distance = piece.address - waiting.address
            shared = waiting.data[distance:]  # of the word that both have a part of
            head = bytes(a | b for a, b in zip(shared, piece.data.ljust(len(shared), b"\0"), strict=False))
            data = waiting.data[:distance].ljust(distance, b"\0") + head + piece.data[len(shared) :]
            waiting = Piece(waiting.address, data, distance + piece.size, piece.writable)
        else:
            if waiting is not None:
                yield waiting
            waiting = piece
    if waiting is not None:
        yield waiting


def _widen(piece: Piece) -> Piece:
    start = piece.address // WORD * WORD
    size = -(-piece.end // WORD) * WORD - start
    data = bytes(piece.address - start) + piece.data
    data = data.ljust(-(-len(data) // WORD) * WORD if piece.writable else size, b"\0")
    return Piece(start, data, size, piece.writable)


def _relocate(file: ElfFile, pieces: list[Piece], base: int) -> list[Piece]:
    """Apply the relocations of a PIE, all of which add where it is loaded."""
    tags = _dynamic(file)
    if DT_RELR in tags:
        raise UnknownRelocation(f"{file.name} has packed relocations; link it with -z nopack-relative-relocs")
    contents = [bytearray(piece.data) for piece in pieces]
    table = base + tags.get(DT_RELA, 0)
    for offset in range(0, tags.get(DT_RELASZ, 0), RELA_SIZE):
        entry = _bytes_of(file, pieces, table + offset, RELA_SIZE)
        place, info, addend = (int.from_bytes(entry[i : i + 8], "little") for i in (0, 8, 16))
        if info != R_RELATIVE:
            raise UnknownRelocation(
                f"{file.name} has a relocation of type {info & 0xFFFFFFFF} at {place:#x}; link it with "
                "-static-pie, so that none is left but those of its own place"
            )
        value = ((base + addend) % (1 << 64)).to_bytes(8, "little")
        for piece, content in zip(pieces, contents, strict=True):
            start = base + place - piece.address
            if start >= 0 and start + len(value) <= piece.size:
                content.extend(bytes(max(0, start + len(value) - len(content))))
                content[start : start + len(value)] = value
                break
        else:
            raise UnknownRelocation(f"{file.name} has a relocation at {place:#x}, which is in no segment")
    return [replace(piece, data=bytes(content)) for piece, content in zip(pieces, contents, strict=True)]


def _bytes_of(file: ElfFile, pieces: list[Piece], address: int, size: int) -> bytes:
    for piece in pieces:
        start = address - piece.address
        if start >= 0 and start + size <= len(piece.data):
            return piece.data[start : start + size]
    raise UnknownRelocation(f"{file.name} keeps its relocations at {address:#x}, which is in no segment")


def _functions(file: ElfFile, base: int) -> dict[int, str]:
    """Address -> name of the functions, and of labels without a type; none if the file was stripped."""
    found: dict[int, str] = {}
    for section in _sections(file):
        if section.type == "SHT_SYMTAB":
            for symbol in file.symbols(section):
                if symbol.section > 0 and symbol.name and not symbol.name.startswith((".L", "$")):
                    if symbol.type == "STT_FUNC":
                        found[base + symbol.value] = symbol.name
                    elif symbol.type == "STT_NOTYPE":
                        found.setdefault(base + symbol.value, symbol.name)
    return found


def _find_symbol(file: ElfFile, symbols: dict[int, str], name: str) -> int:
    for address, symbol in symbols.items():
        if symbol == name:
            return address
    raise MissingEntry(
        f"{file.name} has no function {name!r}; leave out --entry or name one of its functions"
    )
