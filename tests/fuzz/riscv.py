"""Fuzz targets: RISC-V programs, as files, as bare text, and as assembly."""

from collections.abc import Iterator
from contextlib import suppress

from fuzz.programs import execute
from fuzz.registry import target
from riscv_files import EXECUTE, PT_DYNAMIC, READ, TEXT, WRITE, FileSegment, write_file
from zisk_py.errors import InputError
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.assembler import assemble
from zisk_py.transpiler.riscv.decoder import decode_text
from zisk_py.transpiler.riscv.disassembly import disassemble
from zisk_py.transpiler.riscv.encodings import encode

SOURCE = """
    la a1, table
    lw a0, 4(a1)
    c.addi sp, -16
    sd a0, 5(sp)
    again:
    amoadd.w.aq t0, a0, (sp)
    addi a0, a0, -1
    bnez a0, again
    li a0, 1
    mv a2, a0
    li a7, 64
    ecall
    fadd.d fa0, fa1, fa2, rtz
    li a7, 93
    ecall
    .balign 8
    table: .word 1, 2
"""
CODE = assemble(SOURCE, TEXT).text
MAX_TEXT = 1 << 11


def riscv_files() -> Iterator[bytes]:
    """With a link script for Linux, for ZisK, and a program that can be anywhere."""
    code = FileSegment(TEXT, CODE, READ | EXECUTE)
    yield write_file([code, FileSegment(2 * TEXT, b"data", READ | WRITE, 100)])
    zisk = [FileSegment(0x8000_0000, CODE, READ | EXECUTE), FileSegment(0xA002_0000, bytes(9), READ | WRITE)]
    yield write_file(zisk, 0x8000_0000)
    relocation = b"".join(value.to_bytes(8, "little") for value in (0x4000, 3, 0x1000))
    dynamic = b"".join(value.to_bytes(8, "little") for value in (7, 0x3000, 8, len(relocation), 0, 0))
    anywhere = [
        FileSegment(0x1000, CODE, READ | EXECUTE),
        FileSegment(0x3000, relocation, READ),
        FileSegment(0x4000, bytes(8) + dynamic, READ | WRITE),
        FileSegment(0x4008, dynamic, READ | WRITE, type=PT_DYNAMIC),
    ]
    yield write_file(anywhere, 0x1000, kind=3)


@target(riscv_files)
def riscv_elf(data: bytes) -> None:
    """ELF files; what is accepted makes a ROM that its own format keeps, and runs to an end or to a limit."""
    with suppress(InputError):
        rom = transpile(data, target="riscv")
        assert Rom.from_bytes(rom.to_bytes()).to_bytes() == rom.to_bytes()
        execute(rom)


@target(lambda: [CODE])
def riscv_text(data: bytes) -> None:
    """Any bytes as the text of a file, which is accepted: the run comes to an end or to a limit.

    Instructions are encoded as they were, and listed.
    """
    text = data[:MAX_TEXT]
    if not text:
        return
    for instruction in decode_text(text, TEXT):
        if instruction is not None and instruction.size == 4:
            place = instruction.address - TEXT
            assert encode(instruction) == text[place : place + 4]
    disassemble(text, TEXT)
    execute(transpile(write_file([FileSegment(TEXT, text, READ | EXECUTE)]), target="riscv"))


@target(
    lambda: [SOURCE.encode(), b'a: .ascii "x"\nli a0, -0x8000000000000000\ncall a+4\n.half a\nfence r, w # c']
)
def riscv_assembly(data: bytes) -> None:
    """Assembly text."""
    with suppress(InputError):
        assemble(data.decode("utf-8", "replace"), TEXT)
