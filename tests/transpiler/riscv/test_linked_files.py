"""Files as linkers write them: segments without permissions, without a gap, writable code, and PIE."""

import shutil
import subprocess
from pathlib import Path

import pytest

from riscv_guests import NEEDS_GCC
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.c.riscv_compiler import GCC
from zisk_py.transpiler.elf import MissingEntry, UnknownRelocation
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.layout import PIE_BASE, MisplacedSegment
from zisk_py.transpiler.riscv.loader import NotStatic, UnloadableSegment
from zisk_py.zkvm import Program

pytestmark = NEEDS_GCC
LLD = "ld.lld"
SOURCE = """
    .option norelax
    .globl _start
    .text
_start:
    la a1, pointers
    ld a1, 8(a1)
    lw a0, 0(a1)
    la a1, zeros
    sd a0, 0(a1)
    ld a0, 0(a1)
    li a7, 93
    ecall
    .size _start, . - _start
    .data
values: .word 1, 2, 3, 42
    .balign 8
pointers: .dword values, values + 12
    .bss
zeros: .zero 64
"""
SECTIONS = ".text : { *(.text) } :text %s .data : { *(.data) } :data .bss : { *(.bss) } :data"


def script(headers: str, between: str) -> str:
    return f"ENTRY(_start) PHDRS {{ {headers} }} SECTIONS {{ . = 0x80000000; {SECTIONS % between} }}"


def link(folder: Path, text: str | None = None, *flags: str) -> bytes:
    """The file that GNU's linker makes by a script."""
    (folder / "start.s").write_text(SOURCE)
    command = [GCC, "-march=rv64imac", "-mabi=lp64", "-nostdlib", "-mcmodel=medany", "start.s", *flags]
    if text is not None:
        (folder / "link.ld").write_text(text)
        command.append("-Tlink.ld")
    subprocess.run([*command, "-o", "made.elf"], cwd=folder, check=True, capture_output=True)
    return (folder / "made.elf").read_bytes()


def test_a_segment_without_permissions_has_those_of_its_sections(tmp_path: Path):
    data = link(tmp_path, script("text PT_LOAD FLAGS(0); data PT_LOAD FLAGS(0);", ". = ALIGN(4096) + 64;"))
    rom = transpile(data)
    assert Program(rom).execute().outcome == Exit(42)
    assert [region.writable for region in rom.rules.regions if region.address >> 28 == 8] == [
        False,
        True,
        True,
    ]
    assert rom.debug["symbols"] == {"0": "_start"}


def test_a_program_starts_where_it_is_told(tmp_path: Path):
    data = link(tmp_path)
    rom = transpile(data, entry="_start")
    assert rom.to_bytes() == transpile(data).to_bytes()
    with pytest.raises(MissingEntry, match="no function 'other'"):
        transpile(data, entry="other")


def test_code_that_can_be_written_is_refused(tmp_path: Path):
    with pytest.raises(UnloadableSegment, match="may write to its code"):
        transpile(link(tmp_path, None, "-Wl,-N"))


def test_data_right_behind_code_are_refused(tmp_path: Path):
    data = link(tmp_path, script("text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6);", ""))
    with pytest.raises(MisplacedSegment, match="leave 8 bytes"):
        transpile(data)


def test_an_object_is_refused(tmp_path: Path):
    with pytest.raises(NotStatic, match="link it"):
        transpile(link(tmp_path, None, "-c"))


def test_without_section_headers_a_program_runs_without_names(tmp_path: Path):
    data = bytearray(link(tmp_path))
    data[40:48], data[58:64] = bytes(8), bytes(6)  # their place, size and number
    rom = transpile(bytes(data))
    assert Program(rom).execute().outcome == Exit(42)
    assert rom.debug["symbols"] == {}


@pytest.mark.skipif(shutil.which(LLD) is None, reason=f"needs {LLD} to link a program that can be anywhere")
def test_a_program_that_can_be_anywhere_runs(tmp_path: Path):
    link(tmp_path, None, "-c", "-fPIC")
    made = {}
    for packing in ("none", "relr"):
        flags = ["-pie", "--no-dynamic-linker", f"--pack-dyn-relocs={packing}"]
        subprocess.run(
            [LLD, *flags, "made.elf", "-o", packing], cwd=tmp_path, check=True, capture_output=True
        )
        made[packing] = (tmp_path / packing).read_bytes()
    rom = transpile(made["none"])
    assert PIE_BASE < rom.debug["text_base"] < PIE_BASE + 0x4000
    assert Program(rom).execute().outcome == Exit(42)
    with pytest.raises(UnknownRelocation, match="packed relocations"):
        transpile(made["relr"])
