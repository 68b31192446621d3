"""Loader of sBPF v3 files: header, one or two segments, nothing else (SIMD-0189; notes on BPF 3.3)."""

from zisk_py.transpiler.bpf.layout import PROGRAM_ADDRESS, RODATA_ADDRESS_V3
from zisk_py.transpiler.bpf.program import BpfProgram, DataSegment
from zisk_py.transpiler.bpf.versions import Version
from zisk_py.transpiler.elf import HEADER_SIZE, PROGRAM_HEADER_SIZE, ElfError, ElfFile, Segment

READ, EXECUTE = 4, 1
ADDRESS_SPAN = 1 << 32


class InvalidFileHeader(ElfError):
    """A field of the ELF header differs from what v3 prescribes."""


class InvalidProgramHeader(ElfError):
    """A program header differs from what v3 prescribes."""


def load(file: ElfFile, version: Version) -> BpfProgram:
    """Load a file of that version. Raises InvalidFileHeader and InvalidProgramHeader."""
    _check_header(file)
    position = HEADER_SIZE + PROGRAM_HEADER_SIZE * len(file.segments)
    rodata = None
    text = file.segments[0]
    if text.flags == READ:
        if len(file.segments) < 2:
            raise InvalidProgramHeader(f"{file.name} has read-only data but no text")
        rodata, text = file.segments[:2]
        position = _check_segment(file, rodata, READ, RODATA_ADDRESS_V3, position)
    _check_segment(file, text, EXECUTE, PROGRAM_ADDRESS, position)
    start = file.header.e_entry - PROGRAM_ADDRESS
    if start % 8 or not 0 <= start <= text.file_size - 8:
        raise InvalidFileHeader(
            f"the entry {file.header.e_entry:#x} of {file.name} is not at an instruction of its text"
        )
    data: tuple[DataSegment, ...] = ()
    if rodata is not None and rodata.file_size:
        data = (DataSegment(RODATA_ADDRESS_V3, _content(file, rodata)),)
    return BpfProgram(
        version=version,
        text=_content(file, text),
        entry=start // 8,
        text_address=PROGRAM_ADDRESS,
        data=data,
        symbols={start // 8: "entrypoint"},
    )


def _content(file: ElfFile, segment: Segment) -> bytes:
    return file.bytes_at(segment.offset, segment.file_size, "a segment")


def _check_header(file: ElfFile) -> None:
    h = file.header
    expected = (
        ("EI_VERSION", h.e_ident.EI_VERSION, "EV_CURRENT"),
        ("EI_OSABI", h.e_ident.EI_OSABI, "ELFOSABI_SYSV"),
        ("EI_ABIVERSION and EI_PAD", file.data[8:16], bytes(8)),
        ("e_machine", h.e_machine, "EM_BPF"),
        ("e_version", h.e_version, "EV_CURRENT"),
        ("e_phoff", h.e_phoff, HEADER_SIZE),
        ("e_ehsize", h.e_ehsize, HEADER_SIZE),
        ("e_phentsize", h.e_phentsize, PROGRAM_HEADER_SIZE),
    )
    for field, found, wanted in expected:
        if found != wanted:
            raise InvalidFileHeader(f"{field} of {file.name} is {found!r}, an sBPF v3 program has {wanted!r}")
    if h.e_phnum < 1:
        raise InvalidFileHeader(f"{file.name} has no program header")


def _check_segment(file: ElfFile, segment: Segment, flags: int, address: int, position: int) -> int:
    """Check a header against its place in the file; return where the next segment must start."""
    expected = (
        ("p_type", segment.type, "PT_LOAD"),
        ("p_flags", segment.flags, flags),
        ("p_offset", segment.offset, position),
        ("p_vaddr", segment.virtual_address, address),
        ("p_paddr", segment.physical_address, address),
        ("p_memsz", segment.memory_size, segment.file_size),
        ("p_filesz % 8", segment.file_size % 8, 0),
    )
    for field, found, wanted in expected:
        if found != wanted:
            raise InvalidProgramHeader(f"{field} of a segment of {file.name} is {found}, v3 needs {wanted}")
    end = segment.offset + segment.file_size
    if end > len(file.data) or segment.file_size >= ADDRESS_SPAN:
        raise InvalidProgramHeader(f"a segment of {file.name} lies beyond the end of the file")
    return end
