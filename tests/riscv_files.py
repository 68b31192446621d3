"""ELF files of RISC-V programs for tests, from assembly or from any bytes."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from zisk_py.transpiler.elf import HEADER_SIZE, PROGRAM_HEADER_SIZE
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.assembler import assemble
from zisk_py.zkvm import Program

TEXT, DATA = 0x1_0000, 0x10_0000
READ, WRITE, EXECUTE = 4, 2, 1
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
EM_RISCV = 243


@dataclass(frozen=True)
class FileSegment:
    """A program header and its bytes; `size` in memory is that of the bytes unless it is given."""

    address: int
    data: bytes
    flags: int
    size: int | None = None
    type: int = PT_LOAD


def write_file(
    segments: Sequence[FileSegment],
    entry: int = TEXT,
    *,
    kind: int = ET_EXEC,
    machine: int = EM_RISCV,
    flags: int = 0,
) -> bytes:
    """An ELF file with program headers alone."""
    offset = HEADER_SIZE + PROGRAM_HEADER_SIZE * len(segments)
    headers = b""
    for segment in segments:
        size = len(segment.data) if segment.size is None else segment.size
        headers += struct.pack(
            "<IIQQQQQQ",
            segment.type,
            segment.flags,
            offset,
            segment.address,
            segment.address,
            len(segment.data),
            size,
            8,
        )
        offset += len(segment.data)
    header = struct.pack(
        "<4sBBBBQHHIQQQIHHHHHH",
        b"\x7fELF",
        *(2, 1, 1, 0, 0, kind, machine, 1, entry, HEADER_SIZE, 0, flags),
        *(HEADER_SIZE, PROGRAM_HEADER_SIZE, len(segments), 64, 0, 0),
    )
    return header + headers + b"".join(segment.data for segment in segments)


def riscv_file(source: str, data: bytes = b"") -> bytes:
    """A file with the assembly at TEXT, and the data at DATA, writable."""
    text = FileSegment(TEXT, assemble(source, TEXT).text, READ | EXECUTE)
    return write_file([text, FileSegment(DATA, data, READ | WRITE, max(8, len(data)))])


def riscv_program(source: str, data: bytes = b"") -> Program:
    """The program of `riscv_file`."""
    return Program(transpile(riscv_file(source, data)))


EXIT = "li a7, 93\necall\n"
