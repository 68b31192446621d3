"""Program files are loaded or refused as by the runtime, and never with anything but a sentence."""

import struct

import pytest

from bpf_programs import difference, execute_file, run_both, sbpf_file
from litesvm_runs import refusal
from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.elf_writer import Import, rodata_offset_v0, text_offset_v0, write_v0
from zisk_py.transpiler.bpf.layout import PROGRAM_ADDRESS
from zisk_py.transpiler.bpf.lenient_loader import (
    RELOCATION_64_64,
    CallOutOfBounds,
    DuplicateSection,
    DynamicTable,
    EntryOutOfBounds,
    ImageTooLarge,
    InvalidVirtualAddress,
    NameTooLong,
    OverlappingTables,
    SectionOrder,
    WrongHeader,
)
from zisk_py.transpiler.bpf.strict_loader import InvalidFileHeader, InvalidProgramHeader
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V1, SBPF_V2, SBPF_V3, SBPF_VERSIONS, Version
from zisk_py.transpiler.elf import (
    SYMBOL_SIZE,
    InvalidName,
    MissingEntry,
    NotElf,
    TruncatedElf,
    UnknownRelocation,
    WrongMachine,
)
from zisk_py.transpiler.front_end import UnknownTarget, UnsupportedVersion, WrongTarget, transpile

SOURCE = "f: mov r0, 3\nexit\nentrypoint: call f\nsyscall sol_log_64_\nlddw r1, 0x100000000\nmov r0, 0\nexit"
CONSTANTS = b"constants" * 3
V0, V3 = (sbpf_file(SOURCE, version, CONSTANTS) for version in (SBPF_V0, SBPF_V3))
SEGMENT, SECTION = 56, 64
SECTIONS_V0 = len(V0) - 8 * SECTION  # offset of the table of sections
TEXT, RODATA, DYNAMIC, SYMBOLS, STRINGS, RELOCATIONS, NAMES = range(1, 8)


def patch(file: bytes, *changes: tuple[int, str, int]) -> bytes:
    """Replace fields: offset, layout, value."""
    data = bytearray(file)
    for offset, layout, value in changes:
        struct.pack_into(layout, data, offset, value)
    return bytes(data)


def section_field(number: int, field: int) -> int:
    """Offset of a field in a section header of V0."""
    return SECTIONS_V0 + SECTION * number + field


def section_offset(number: int) -> int:
    """Where a section of V0 lies in the file."""
    return int(struct.unpack_from("<Q", V0, section_field(number, 24))[0])


RELOCATION_TAG = section_offset(DYNAMIC) + 16 * 4 + 8  # where the dynamic table has the relocations' address
NO_RELOCATIONS = (RELOCATION_TAG, "<Q", 0)

REFUSALS_V0: dict[str, tuple[bytes, type[InputError]]] = {
    "elf_version": (patch(V0, (6, "B", 0)), WrongHeader),
    "os_abi": (patch(V0, (7, "B", 3)), WrongHeader),
    "executable_type": (patch(V0, (16, "<H", 2)), WrongHeader),
    "machine": (patch(V0, (18, "<H", 62)), WrongMachine),
    "version_field": (patch(V0, (20, "<I", 2)), WrongHeader),
    "header_size": (patch(V0, (52, "<H", 63)), WrongHeader),
    "size_of_program_headers": (patch(V0, (54, "<H", 57)), WrongHeader),
    "size_of_section_headers": (patch(V0, (58, "<H", 65)), WrongHeader),
    "number_of_the_names": (patch(V0, (62, "<H", 8)), WrongHeader),
    "unaligned_sections": (patch(V0, (40, "<Q", SECTIONS_V0 + 4)), WrongHeader),
    "sections_beyond_the_end": (patch(V0, (40, "<Q", SECTIONS_V0 + 8)), TruncatedElf),
    "sections_over_the_header": (patch(V0, (40, "<Q", 8), (60, "<H", 2), (62, "<H", 1)), InputError),
    "segments_over_the_header": (patch(V0, (32, "<Q", 8)), OverlappingTables),
    "segment_beyond_the_end": (patch(V0, (64 + 32, "<Q", len(V0))), TruncatedElf),
    "segments_in_descending_order": (patch(V0, (64 + 16, "<Q", 1 << 20)), SectionOrder),
    "first_section_not_empty": (patch(V0, (section_field(0, 4), "<I", 1)), WrongHeader),
    "sections_in_descending_order": (patch(V0, (section_field(RODATA, 24), "<Q", 8 * 31)), SectionOrder),
    "section_over_the_header": (patch(V0, (section_field(TEXT, 24), "<Q", 0)), OverlappingTables),
    "no_text": (patch(V0, (section_offset(NAMES) + 1, "B", ord("x"))), DuplicateSection),
    "entry_before_the_text": (patch(V0, (24, "<Q", text_offset_v0() - 8)), EntryOutOfBounds),
    "entry_after_the_text": (patch(V0, (24, "<Q", section_offset(RODATA))), EntryOutOfBounds),
    "entry_within_an_instruction": (patch(V0, (24, "<Q", text_offset_v0() + 4)), EntryOutOfBounds),
    "names_without_end": (patch(V0, (section_field(NAMES, 32), "<Q", 3)), InvalidName),
    "unknown_relocation": (patch(V0, (section_offset(RELOCATIONS) + 8, "<I", 2)), UnknownRelocation),
    "relocation_beyond_the_end": (patch(V0, (section_offset(RELOCATIONS), "<Q", len(V0))), TruncatedElf),
    "missing_symbol": (patch(V0, (section_offset(RELOCATIONS) + 12, "<I", 9)), DynamicTable),
    "section_at_an_address_beyond_the_length_of_the_file": (
        patch(V0, (section_field(RODATA, 16), "<Q", len(V0) - len(CONSTANTS) - 4)),
        ImageTooLarge,
    ),
    "segment_that_ends_above_the_last_address": (patch(V0, (64 + 40, "<Q", (1 << 64) - 1)), DynamicTable),
    "unaligned_relocations": (
        patch(V0, (RELOCATION_TAG, "<Q", section_offset(RELOCATIONS) - 4)),
        DynamicTable,
    ),
    "unused_symbols_of_a_strange_type": (
        patch(V0, NO_RELOCATIONS, (section_field(SYMBOLS, 4), "<I", 1)),
        DynamicTable,
    ),
    "unused_symbols_of_a_strange_size": (
        patch(V0, NO_RELOCATIONS, (section_field(SYMBOLS, 32), "<Q", 47)),
        DynamicTable,
    ),
    "unused_symbols_at_no_section": (
        patch(V0, NO_RELOCATIONS, (section_field(SYMBOLS, 16), "<Q", 1 << 20)),
        DynamicTable,
    ),
    "symbol_name_outside": (patch(V0, (section_offset(SYMBOLS) + 24, "<I", 400)), InvalidName),
    "call_out_of_the_text": (patch(V0, (text_offset_v0() + 16 + 4, "<i", 99)), CallOutOfBounds),
}
REFUSALS_V3: dict[str, tuple[bytes, type[InputError]]] = {
    "elf_version": (patch(V3, (6, "B", 0)), InvalidFileHeader),
    "abi_version": (patch(V3, (8, "B", 1)), InvalidFileHeader),
    "padding": (patch(V3, (15, "B", 1)), InvalidFileHeader),
    "old_machine": (patch(V3, (18, "<H", 263)), InvalidFileHeader),
    "place_of_the_segments": (patch(V3, (32, "<Q", 72)), InvalidFileHeader),
    "header_size": (patch(V3, (52, "<H", 63)), InvalidFileHeader),
    "no_segments": (patch(V3, (56, "<H", 0)), InvalidFileHeader),
    "no_text": (patch(V3, (56, "<H", 1)), InvalidProgramHeader),
    "segment_type": (patch(V3, (64, "<I", 2)), InvalidProgramHeader),
    "writable_text": (patch(V3, (64 + SEGMENT + 4, "<I", 3)), InvalidProgramHeader),
    "address_of_the_text": (patch(V3, (64 + SEGMENT + 16, "<Q", 8)), InvalidProgramHeader),
    "physical_address": (patch(V3, (64 + 24, "<Q", 8)), InvalidProgramHeader),
    "gap_between_segments": (patch(V3, (64 + SEGMENT + 8, "<Q", len(V3) - 8)), InvalidProgramHeader),
    "size_in_memory": (patch(V3, (64 + 40, "<Q", 64)), InvalidProgramHeader),
    "size_not_a_multiple_of_8": (patch(V3, (64 + 32, "<Q", 28), (64 + 40, "<Q", 28)), InvalidProgramHeader),
    "beyond_the_end": (
        patch(V3, (64 + SEGMENT + 32, "<Q", 4096), (64 + SEGMENT + 40, "<Q", 4096)),
        InvalidProgramHeader,
    ),
    "entry_before_the_text": (patch(V3, (24, "<Q", 8)), InvalidFileHeader),
    "entry_within_an_instruction": (patch(V3, (24, "<Q", (1 << 32) + 4)), InvalidFileHeader),
    "entry_after_the_text": (patch(V3, (24, "<Q", (1 << 32) + 64)), InvalidFileHeader),
}
REFUSALS = {f"v0_{name}": case for name, case in REFUSALS_V0.items()} | {
    f"v3_{name}": case for name, case in REFUSALS_V3.items()
}


@pytest.mark.parametrize("name", REFUSALS)
def test_file_is_refused_here_and_by_litesvm(name: str):
    file, error = REFUSALS[name]
    with pytest.raises(error):
        transpile(file)
    assert refusal(file)


@pytest.mark.parametrize(
    "changes",
    [
        [NO_RELOCATIONS],
        [NO_RELOCATIONS, (64 + 40, "<Q", (1 << 64) - 1)],
        [(section_field(SYMBOLS, 8), "<Q", 0)],
        [(section_field(RODATA, 16), "<Q", len(V0) - len(CONSTANTS) - 5)],
    ],
    ids=[
        "relocations at 0 are none",
        "a segment may end above the last address where no relocation is looked for",
        "symbols need not be marked as part of memory",
        "a section may be as high as the file is long",
    ],
)
def test_an_odd_file_that_litesvm_takes_ends_the_same(changes: list[tuple[int, str, int]]):
    ours, theirs = run_both(patch(V0, *changes))
    assert difference(ours, theirs) == ""


def test_constants_may_lie_over_the_text():
    file = sbpf_file("mov r0, 1\nexit", SBPF_V0, assemble("mov r0, 0\nexit").text)
    address = len(file) - 8 * SECTION + SECTION * RODATA + 16
    ours, theirs = run_both(patch(file, (address, "<Q", text_offset_v0())))
    assert ours.outcome == Exit(0)
    assert difference(ours, theirs) == ""


@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_unchanged_file_runs_as_in_litesvm(version: Version):
    ours, theirs = run_both(sbpf_file(SOURCE, version, CONSTANTS))
    assert difference(ours, theirs) == ""


def test_a_syscall_name_of_64_characters_is_too_long():
    text = assemble("syscall x\nexit", SBPF_V0).text
    assert transpile(write_v0(text, imports=(Import(0, "x" * 63),))).rules.num_slots == 2
    with pytest.raises(InvalidName):
        transpile(write_v0(text, imports=(Import(0, "x" * 64),)))


def test_a_section_name_of_16_characters_is_too_long():
    long = V0.replace(b"\0.rodata\0.dynamic\0", b"\0.rodata_.dynamic\0")
    with pytest.raises(NameTooLong, match=r"\.rodata_\.dynamic"):
        transpile(long)
    assert refusal(long)


def test_a_section_name_of_15_bytes_that_are_no_text_is_not_too_long():
    strange = V0.replace(b"\0.dynsym\0.dynstr\0", b"\0.dynsym\x80.dynstr\0")
    assert strange != V0
    assert refusal(strange) == ""
    assert transpile(strange).rules.num_slots == transpile(V0).rules.num_slots


def test_a_name_that_cannot_be_printed_is_escaped_in_messages():
    with pytest.raises(InputError, match=r"section \.t\\n\\x80t ") as caught:
        transpile(patch(V0.replace(b"\0.text\0", b"\0.t\n\x80t\0"), (section_field(TEXT, 24), "<Q", 0)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
def test_a_file_of_v3_may_say_any_type(kind: int):
    strange = patch(V3, (16, "<H", kind))
    assert refusal(strange) == ""
    assert transpile(strange).rules.target == "sbpf-v3"


def test_old_and_new_machine_numbers_are_both_v0():
    assert transpile(V0).rows.tolist() == transpile(patch(V0, (18, "<H", 263))).rows.tolist()


@pytest.mark.parametrize("file", [V0, V3], ids=["v0", "v3"])
@pytest.mark.parametrize("number", [4, 5, 0xFFFFFFFF])
def test_other_versions_are_refused_by_number_here_and_by_litesvm(number: int, file: bytes):
    other = patch(file, (48, "<I", number))
    with pytest.raises(UnsupportedVersion, match=f"version {number}; zisk-py takes 0, 1, 2, 3$"):
        transpile(other)
    assert "not enabled" in refusal(other) or "version" in refusal(other)


@pytest.mark.parametrize(("number", "version"), [(1, SBPF_V1), (2, SBPF_V2)], ids=["v1", "v2"])
def test_the_flags_of_the_file_say_its_version(number: int, version: Version):
    file = sbpf_file(SOURCE, version, CONSTANTS)
    assert file[48:52] == number.to_bytes(4, "little")
    assert transpile(file).rules.target == version.target
    assert transpile(file, version.target).rules.target == version.target


# Addresses that the loader of v0 to v2 computes.
def relocated(version: Version, low: int, high: int, word: int) -> bytes:
    """A file that returns a relocated address of these halves, and a relocated word of its constants."""
    source = f"lddw r1, {high << 32 | low:#x}\nstxdw [r10-16], r1\nlddw r2, {{word}}\nldxdw r2, [r2+0]\n"
    source += "stxdw [r10-8], r2\nmov r1, r10\nadd r1, -16\nmov r2, 16\nsyscall sol_set_return_data\n"
    source += "mov r0, 0\nexit"
    size = len(assemble(source.replace("{word}", "0"), version).text)
    place = rodata_offset_v0(size)
    assembly = assemble(source.replace("{word}", hex(PROGRAM_ADDRESS + place)), version)
    assert version.number is not None
    return write_v0(
        assembly.text,
        word.to_bytes(8, "little"),
        imports=tuple(Import(8 * slot, name) for slot, name in assembly.syscalls),
        relative=(text_offset_v0(), place),
        number=version.number,
    )


@pytest.mark.parametrize("version", [SBPF_V0, SBPF_V1, SBPF_V2], ids=lambda version: version.target)
@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0x120, 0, 0x128 << 32),
        (0x120, 1, 0x128 << 32 | 5),
        (0, 3, 0),
        (0xFFFFFFFF, 0, 0x130),
        (8, 0, 1 << 63 | 7),
        (9, 0xFFFFFFFF, (1 << 64) - 1),
    ],
)
def test_relative_relocations_give_the_addresses_of_litesvm(version: Version, low: int, high: int, word: int):
    ours, theirs = run_both(relocated(version, low, high, word))
    assert difference(ours, theirs) == ""
    assert ours.outcome == Exit(0)


@pytest.mark.parametrize("version", [SBPF_V0, SBPF_V1, SBPF_V2], ids=lambda version: version.target)
@pytest.mark.parametrize(
    ("addend", "value"), [(0, 0x120), (8, 0x120), (8, 1 << 32 | 0x120), (0xFFFFFFFF, 0x120), (3, 1 << 63)]
)
def test_relocations_by_symbol_give_the_addresses_of_litesvm(version: Version, addend: int, value: int):
    source = f"ja +1\nsyscall a_name\nlddw r1, {addend:#x}\nstxdw [r10-8], r1\nmov r1, r10\nadd r1, -8\n"
    source += "mov r2, 8\nsyscall sol_set_return_data\nmov r0, 0\nexit"
    file = sbpf_file(source, version)
    headers = len(file) - 8 * SECTION
    relocations, symbols = (
        struct.unpack_from("<Q", file, headers + SECTION * number + 24)[0]
        for number in (RELOCATIONS, SYMBOLS)
    )
    # The relocation of the call that is jumped over becomes one of the lddw, by the same symbol.
    ours, theirs = run_both(
        patch(
            file,
            (relocations, "<Q", text_offset_v0() + 8 * 2),
            (relocations + 8, "<I", RELOCATION_64_64),
            (symbols + SYMBOL_SIZE + 8, "<Q", value),
        )
    )
    assert difference(ours, theirs) == ""
    assert ours.outcome == Exit(0)
    assert len(ours.outputs) == 8


@pytest.mark.parametrize("version", [SBPF_V0, SBPF_V1, SBPF_V2], ids=lambda version: version.target)
def test_a_relocation_to_address_0_is_refused_here_and_by_litesvm(version: Version):
    file = relocated(version, 0, 0, 1)
    with pytest.raises(InvalidVirtualAddress):
        transpile(file)
    assert refusal(file)


@pytest.mark.parametrize(
    ("data", "target", "error"),
    [
        (b"", "auto", NotElf),
        (b"MZ" + bytes(100), "auto", NotElf),
        (assemble("exit").text, "sbpf", NotElf),
        (V0[:40], "auto", TruncatedElf),
        (V0[:600], "auto", InputError),
        (patch(V0, (4, "B", 1)), "auto", WrongMachine),
        (patch(V0, (5, "B", 2)), "auto", WrongMachine),
        (patch(V0, (18, "<H", 62)), "auto", WrongMachine),
        (patch(V0, (18, "<H", 243)), "sbpf", WrongMachine),
        (V0, "sbpf-v3", WrongTarget),
        (V3, "ebpf", WrongTarget),
        (V3, "riscv", WrongMachine),
        (V3, "mips", UnknownTarget),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_wrong_kind_of_file_is_refused(data: bytes, target: str, error: type[InputError]):
    with pytest.raises(error) as caught:
        transpile(data, target, name="prog.so")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("target", ["auto", "sbpf", "sbpf-v3"])
def test_targets_that_name_the_file_accept_it(target: str):
    assert transpile(V3, target).rules.target == "sbpf-v3"


def test_an_entry_that_the_file_does_not_have_is_refused():
    assert transpile(V3, entry="entrypoint").rules.entry == 16
    with pytest.raises(MissingEntry, match="its own entry"):
        transpile(V3, entry="main")
    with pytest.raises(MissingEntry, match="main"):
        transpile(assemble("exit").text, "ebpf", entry="main")


def test_constants_of_v0_are_at_their_file_offset_and_zeros_come_before_them():
    place = 0x1_0000_0000 + text_offset_v0() + 8 * 6
    source = f"lddw r1, {place:#x}\nldxb r0, [r1+1]\nldxb r2, [r1-200]\nadd r0, r2\nexit"
    assert execute_file(sbpf_file(source, SBPF_V0, b"ABC")).outcome == Exit(ord("B"))


def test_constants_of_v3_are_at_zero():
    assert execute_file(sbpf_file("mov r1, 1\nldxb r0, [r1]\nexit", SBPF_V3, b"ABC")).outcome == Exit(
        ord("B")
    )
