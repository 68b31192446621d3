"""What fuzzing found: inputs that once crashed a reader, took minutes, or were read wrongly. Refused by name.

A finding of `make fuzz` becomes a test here, as small as it can be made.
"""

import struct
from dataclasses import replace

import pytest

from fuzz.registry import TESTS
from zisk_py.checkpoint import MANIFEST, Checkpoint
from zisk_py.errors import InputError
from zisk_py.isa.rom import Rom
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.errors import PilError
from zisk_py.pil.system_file import from_json
from zisk_py.transpiler.bpf.assembler import AssemblyError, assemble
from zisk_py.transpiler.bpf.linker import link
from zisk_py.transpiler.bpf.object_loader import DataTooLarge
from zisk_py.transpiler.bpf.relocatable import UndefinedSymbol
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.elf import SECTION_HEADER_SIZE, SYMBOL_SIZE, ElfFile, MissingEntry
from zisk_py.transpiler.front_end import transpile

OBJECT = (TESTS / "data" / "bpf" / "objects" / "tables.gcc.o").read_bytes()
ALIGNMENT = 48  # offset in a section header
CALL, SECTION_SYMBOL = 10, 2  # type of a relocation; the number of the symbol of .text


def patched(data: bytes, offset: int, form: str, value: int) -> bytes:
    found = bytearray(data)
    struct.pack_into(form, found, offset, value)
    return bytes(found)


def section_header(name: str) -> int:
    """Offset of the header of a section of OBJECT."""
    file = ElfFile(OBJECT, "tables")
    number = next(section.number for section in file.sections if section.name == name)
    return file.header.e_shoff + SECTION_HEADER_SIZE * number


@pytest.mark.parametrize("alignment", [3 << 27, 1 << 33, 3 << 40, (1 << 64) - 1])
def test_a_section_at_a_multiple_of_a_huge_number_is_refused_at_once(alignment):
    """It took minutes and gigabytes of zeros between two sections of data."""
    data = patched(OBJECT, section_header(".rodata") + ALIGNMENT, "<Q", alignment)
    with pytest.raises(DataTooLarge):
        transpile(data)


def test_a_call_farther_than_an_instruction_reaches_is_refused():
    """struct.error left the linker."""
    file = ElfFile(OBJECT, "tables")
    program = next(section for section in file.sections if section.name == "program")
    table = next(section for section in file.sections if section.name == ".relprogram")
    calls = [r for r in file.relocations(table.offset, table.size) if r.type == CALL]
    assert {call.symbol for call in calls} == {SECTION_SYMBOL}
    symbols = next(section for section in file.sections if section.type == "SHT_SYMTAB")
    transpile(OBJECT)
    value = symbols.offset + 24 * SECTION_SYMBOL + 8
    for far in (1 << 40, 1 << 62):
        with pytest.raises(UndefinedSymbol, match="farther than a call reaches"):
            transpile(patched(OBJECT, value, "<Q", far))
    with pytest.raises(InputError):
        transpile(patched(OBJECT, program.offset + calls[0].offset + 4, "<i", (1 << 31) - 1))


@pytest.mark.parametrize("section", [0x1234, ".rodata"])
def test_an_entry_in_no_section_of_instructions_is_refused(section):
    """IndexError left the linker and the loader of objects, KeyError the linker."""
    file = ElfFile(OBJECT, "tables")
    table = next(section for section in file.sections if section.type == "SHT_SYMTAB")
    number = next(at for at, symbol in enumerate(file.symbols(table)) if symbol.name == "tables")
    if isinstance(section, str):
        section = next(found.number for found in file.sections if found.name == section)
    data = patched(OBJECT, table.offset + SYMBOL_SIZE * number + 6, "<H", section)
    for refused in (lambda: link(data, SBPF_V3, "tables"), lambda: transpile(data, entry="tables")):
        with pytest.raises(MissingEntry):
            refused()


@pytest.mark.parametrize("line", ["ldxdw r0, [r16+0]", "stxdw [r16+0], r1", "stdw [r99999999+8], 1"])
def test_a_register_that_does_not_exist_is_refused_in_an_address_too(line):
    """[r16+0] stood for another register, [r256+0] raised struct.error."""
    with pytest.raises(AssemblyError, match="is no register"):
        assemble(line)


@pytest.mark.parametrize(
    "text", [b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"{} ", b'{"\xc3\xa9":1}', b"[]"]
)
def test_debug_data_in_another_form_is_refused(text):
    """A `.zrom` was accepted that `Rom.to_bytes` never writes."""
    rom = replace(transpile(assemble("mov r0, 1\nexit").text, target="ebpf"), debug={})
    honest = rom.to_bytes()
    end = struct.pack("<Q", 2) + b"{}"
    assert honest.endswith(end)
    assert Rom.from_bytes(honest).to_bytes() == honest
    with pytest.raises(InputError, match="debug section"):
        Rom.from_bytes(honest[: -len(end)] + struct.pack("<Q", len(text)) + text)


@pytest.mark.parametrize("name", ["x" * 300 + ".pil", "a\0b.pil", "x/" * 3000, "~" * 255 + "/b.pil"])
def test_a_file_that_cannot_exist_is_refused_with_its_place(name):
    """OSError and ValueError left the compiler."""
    with pytest.raises(PilError, match="<text>:1"):
        compile_pil(f'require "{name}";')


def test_a_file_that_is_not_text_is_refused_with_its_place(tmp_path):
    """UnicodeDecodeError left the compiler."""
    (tmp_path / "other.pil").write_bytes(b"airgroup \xff\xfe;")
    (tmp_path / "main.pil").write_bytes(b'require "other.pil"; // \xff')
    with pytest.raises(PilError, match=r"other\.pil"):
        compile_pil(tmp_path / "main.pil")


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000, "$" + "9" * 5000])
def test_a_number_of_thousands_of_digits_is_refused_with_its_place(number):
    """ValueError left the parser: Python makes no int of more than 4300 decimal digits."""
    with pytest.raises(PilError, match=r"<text>:1:9: a number of 500[02] digits"):
        compile_pil(f"int a = {number};")


HUGE = [
    "2**65536",
    "1 << 65536",
    "((2**2000)**2000)**2000",
    "-(2**4096) * 2**4096 * 2",
]
LOOP = "for (int i = 0; i < 20000; i += 1) { %s } log2(-a);"


@pytest.mark.parametrize(
    "text",
    [f"assert_eq({value}, 1);" for value in HUGE]
    + [f"int a = 3; {LOOP % body}" for body in ("a *= a;", "a += a;", "a = a + a;", "a = a * 3;")]
    + [f"int a = 3; int b[1]; {LOOP % (body + 'b[0] = a;')}" for body in ("a *= a;", "a += a;")],
)
def test_an_int_that_no_error_could_show_is_refused_when_it_is_made(text):
    """ValueError left the compiler where such an int was to be shown, and a power of a power took minutes.

    A loop is run by a translation to Python, except where it writes to an array.
    """
    with pytest.raises(PilError, match="an int of more than 8192 bits"):
        compile_pil(text)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_json_that_is_nested_too_deep_is_refused(opening, tmp_path):
    """RecursionError left the readers of compiled systems and of the manifest of a resumed proof."""
    text = opening * 100_000
    with pytest.raises(ValueError, match="not a compiled system"):
        from_json(text)
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError, match="cannot be read"), Checkpoint(tmp_path, {}).opened():
        pass
