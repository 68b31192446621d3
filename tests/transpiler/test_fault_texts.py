"""The text of a fault is the runtime's, with all its details."""

from dataclasses import replace

import pytest

from bpf_programs import difference, execute_ebpf, execute_rom, run_both, sbpf_file
from zisk_py.isa.fault_texts import FAULT_TEXTS
from zisk_py.isa.faults import Fault, FaultKind
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_VERSIONS, Version
from zisk_py.transpiler.front_end import transpile

# Around the ends of regions, of the stack's frames, and of what the runtime counts as frames.
ADDRESSES = (
    -8,
    0,
    8,
    0xFFFF_FFFF,
    0x1_0000_0000,
    0x1_0000_1000,
    0x1_FFFF_DFFF,
    0x1_FFFF_E000,
    0x1_FFFF_E001,
    0x1_FFFF_F000,
    0x1_FFFF_F001,
    0x1_FFFF_FFFF,
    0x2_0000_1000,
    0x2_0003_FFFC,
    0x2_0004_0000,
    0x2_0004_0FFF,
    0x2_0004_1000,
    0x2_0007_FFFF,
    0x2_0008_0000,
    0x3_0000_7FFC,
    0x3_0000_8000,
    0x4_0000_1000,
    0x5_0000_0000,
    1 << 63,
)
ACCESSES = ("ldxdw r1, [r1+0]", "ldxb r0, [r1+1]", "stxh [r1-2], r1", "mov r2, 100000\nsyscall sol_log_")
# Bytes that are UTF-8 or not, little-endian: whole, cut, and wrong at each place of a character.
STRINGS = (0xFF, 0xFE61, 0x80E2, 0x8080E2, 0x61E2, 0xFFFF_6161, 0x656C_6966, 0x80F5, 0xA0ED, 0x80C2_80C2_C261)


def program_with(line: str, address: int) -> str:
    return f"lddw r1, {address % (1 << 64):#x}\n{line}\nmov r0, 0\nexit"


@pytest.mark.parametrize("line", ACCESSES, ids=lambda line: line.split()[0] + line.split()[-1])
@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_an_access_violation_names_section_or_frame_address_and_size(version: Version, line: str) -> None:
    texts = set()
    for address in ADDRESSES:
        ours, theirs = run_both(sbpf_file(program_with(line, address), version))
        assert difference(ours, theirs) == "", hex(address)
        texts.add(ours.fault_text)
    assert len(texts) > len(ADDRESSES) // 2


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("syscall", ["sol_log_", "sol_panic_"])
@pytest.mark.parametrize("value", STRINGS, ids=hex)
def test_a_message_that_is_not_utf8_is_shown(value: int, syscall: str, size: int) -> None:
    store = f"lddw r1, 0x300000000\nlddw r2, {value:#x}\nstxdw [r1+0], r2"
    arguments = f"mov r2, {size}\nmov r3, 7\nmov r4, 9"
    ours, theirs = run_both(sbpf_file(f"{store}\n{arguments}\nsyscall {syscall}\nmov r0, 0\nexit", SBPF_V0))
    assert difference(ours, theirs) == ""


@pytest.mark.parametrize("syscall", ["sol_log_", "sol_panic_"])
def test_a_message_in_two_frames_of_a_gapped_stack_is_shown(syscall: str) -> None:
    source = "mov r1, r10\nadd r1, -2\nlddw r2, 0xffff6161\nstxw [r1+0], r2\nmov r2, 4"
    ours, theirs = run_both(sbpf_file(f"{source}\nsyscall {syscall}\nexit", SBPF_V0))
    assert "[97, 97, 255, 255]" in ours.fault_text
    assert difference(ours, theirs) == ""


@pytest.mark.parametrize("size", [1025, 1 << 40])
def test_return_data_that_are_too_large_are_counted(size: int) -> None:
    source = f"lddw r2, {size}\nsyscall sol_set_return_data\nexit"
    ours, theirs = run_both(sbpf_file(source, SBPF_V0), budget=1_400_000)
    assert isinstance(ours.outcome, Fault)
    assert difference(ours, theirs) == ""


def test_an_unsupported_syscall_is_named() -> None:
    ours, _ = run_both(sbpf_file("syscall sol_poseidon\nexit", SBPF_V0))
    assert "sol_poseidon" in ours.fault_text


@pytest.mark.parametrize("text", [None, "", "no digits at all", "00" * 8, 5])
def test_an_unsupported_syscall_of_a_rom_without_text_is_named_by_its_slot(text: object) -> None:
    rom = transpile(sbpf_file("syscall sol_poseidon\nexit", SBPF_V0))
    ended = execute_rom(replace(rom, debug={} if text is None else {"text": text}), b"")
    assert ended.fault_text == "zisk-py does not have the syscall at slot 0"


def test_every_kind_of_fault_has_a_text() -> None:
    assert set(FAULT_TEXTS) == set(FaultKind)


def test_a_fault_of_ebpf_has_a_text_too() -> None:
    ended = execute_ebpf("mov r1, 0\nldxdw r0, [r1+8]\nexit")
    assert ended.fault_text == "Access violation in unknown section at address 0x8 of size 8"
