"""Objects from compilers: loaded as eBPF, or linked to sBPF."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from bpf_programs import difference, execute_file, run_both
from litesvm_runs import run
from zisk_py.emulator.execution import execute
from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.calls import UnknownHelper
from zisk_py.transpiler.bpf.lenient_loader import WritableData
from zisk_py.transpiler.bpf.linker import link
from zisk_py.transpiler.bpf.relocatable import (
    RELOCATION_CALL,
    RelocatableObject,
    UndefinedSymbol,
    UnsupportedMap,
)
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3, Version
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.elf import ElfFile, MissingEntry, UnknownRelocation, WrongMachine
from zisk_py.transpiler.front_end import transpile

OBJECTS = Path(__file__).parent.parent / "data" / "bpf" / "objects"
EXAMPLES = Path(__file__).parent.parent.parent / "examples"
VERSIONS = pytest.mark.parametrize("version", [SBPF_V0, SBPF_V3], ids=lambda version: version.target)


def read(name: str) -> bytes:
    """A compiled object; its source is beside it."""
    return (OBJECTS / name).read_bytes()


@pytest.mark.parametrize("name", ["tables.clang.o", "tables.gcc.o"])
def test_an_object_with_constants_variables_and_calls_runs(name: str):
    # What the same C gives natively for this input: see tables.c.
    data = bytes(range(1, 33))
    assert execute_file(read(name), data).outcome == Exit(native_tables(data))


def native_tables(data: bytes) -> int:
    """The function `tables` of tables.c, in Python."""
    primes, total, state = [2, 3, 5, 7, 11, 13, 17, 19], 0, 0x1234
    for index, byte in enumerate(data):
        state = (state * 0x5DEECE66D + 0xB + byte) % (1 << 64)
        rotated = state >> 7
        value = (
            (rotated + primes[index & 7]) % (1 << 64)
            if byte & 1
            else (rotated * primes[index & 7]) % (1 << 64)
        )
        total = (total * 31 + value) % (1 << 64)
    return total


@pytest.mark.parametrize(("entry", "code"), [("first", 1), ("second", 3), ("program/first", 1)])
def test_an_entry_is_a_function_or_a_section(entry: str, code: int):
    rom = transpile(read("several.o"), entry=entry)
    outcome = execute(rom, make_claim(rom.rules, b""), b"", chunk_size=1 << 10).outcome
    assert outcome == Exit(code)


def test_several_programs_need_an_entry():
    with pytest.raises(MissingEntry, match="program/first, program/second"):
        transpile(read("several.o"))


def test_an_entry_that_is_not_there_is_refused_with_the_names():
    with pytest.raises(MissingEntry, match="program/first"):
        transpile(read("several.o"), entry="third")


def test_a_map_is_refused_by_name():
    with pytest.raises(UnsupportedMap, match="counters"):
        transpile(read("map.o"))


def test_a_helper_is_refused_by_number():
    with pytest.raises(UnknownHelper, match="helper 5"):
        transpile(read("helper.o"))


def test_an_undefined_function_is_refused_by_name():
    with pytest.raises(UndefinedSymbol, match="elsewhere"):
        transpile(read("undefined.o"))


def test_an_unknown_relocation_is_refused_by_number():
    data = bytearray(read("undefined.o"))
    # The only relocation of the object: type 10 becomes 99.
    place = data.index(struct.pack("<I", 10), 64)
    table = [i for i in range(64, len(data) - 16) if data[i + 8 : i + 12] == struct.pack("<I", 10)]
    assert table
    for position in (place, *(i + 8 for i in table)):
        data[position : position + 4] = struct.pack("<I", 99)
    with pytest.raises((UnknownRelocation, UndefinedSymbol)):
        transpile(bytes(data))


def test_an_object_for_another_machine_is_refused():
    data = bytearray(read("several.o"))
    struct.pack_into("<H", data, 18, 62)
    with pytest.raises(WrongMachine):
        transpile(bytes(data))


@VERSIONS
def test_a_linked_program_runs_as_in_litesvm(version: Version):
    program = link(read("solana.o"), version)
    for data in (b"", b"abcdefgh", bytes(range(100))):
        ours, theirs = run_both(program, data)
        assert difference(ours, theirs) == ""
        assert theirs.failure == ""
        assert theirs.return_data


@VERSIONS
def test_linked_constants_and_pointers_are_what_the_source_says(version: Version):
    theirs = run(link(read("solana.o"), version), b"xyz")
    assert any("third of three" in log for log in theirs.logs)


@VERSIONS
def test_an_unknown_relocation_is_not_linked_but_named(version: Version):
    file = ElfFile(read("solana.o"), "solana.o")
    table = next(section for section in file.sections if section.name == ".rel.text")
    calls = [r for r in file.relocations(table.offset, table.size) if r.type == RELOCATION_CALL]
    symbol = RelocatableObject(file).symbol_of(calls[0]).name
    data = bytearray(file.data)
    place = data.index(struct.pack("<QII", calls[0].offset, RELOCATION_CALL, calls[0].symbol), table.offset)
    struct.pack_into("<I", data, place + 8, 99)
    with pytest.raises(UnknownRelocation, match=f"type 99.*'{symbol}'"):
        link(bytes(data), version)


def test_a_program_with_variables_is_not_linked():
    with pytest.raises(WritableData, match=r"\.data|\.bss"):
        link(read("tables.clang.o"), SBPF_V3, "tables")


def test_linking_needs_the_entry():
    with pytest.raises(MissingEntry, match="start_here"):
        link(read("solana.o"), SBPF_V3, "start_here")


@pytest.mark.skipif(shutil.which("clang") is None, reason="needs clang to compile the sources again")
@pytest.mark.parametrize("source", sorted(OBJECTS.glob("*.c")), ids=lambda path: path.stem)
def test_the_objects_are_what_clang_makes_of_their_sources(source: Path, tmp_path: Path):
    name = f"{source.stem}.clang.o" if source.stem == "tables" else f"{source.stem}.o"
    built = tmp_path / name
    subprocess.run(
        ["clang", "-target", "bpf", "-mcpu=v2", "-O2", "-c", source.name, "-o", str(built)],
        cwd=OBJECTS,
        check=True,
        capture_output=True,
    )
    entry = "first" if source.stem == "several" else None
    assert load(built.read_bytes(), entry) == load(read(name), entry)


def load(data: bytes, entry: str | None) -> list[list[int]] | str:
    """The rows of an object, or why it is refused."""
    try:
        return transpile(data, entry=entry).rows.tolist()
    except InputError as error:
        return str(error)
