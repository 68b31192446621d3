"""Each rule that holds before a program runs has its own refusal; LiteSVM refuses the same sBPF programs."""

import pytest

from bpf_programs import execute_file, sbpf_file
from litesvm_runs import run
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.calls import UnknownHelper
from zisk_py.transpiler.bpf.decoder import IncompleteLddw, RawSlot, UnknownOpcode
from zisk_py.transpiler.bpf.elf_writer import write_v0, write_v3
from zisk_py.transpiler.bpf.static_checks import (
    CannotWriteFramePointer,
    DivisionByZeroImmediate,
    InvalidCallxRegister,
    InvalidDestinationRegister,
    InvalidSourceRegister,
    JumpOutOfCode,
    JumpToMiddleOfLddw,
    ShiftWithOverflow,
    UnknownAtomicOperation,
    UnsupportedEndianArgument,
    UnusedFieldNotZero,
)
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3, Version
from zisk_py.transpiler.front_end import transpile

EXIT = "mov r0, 0\nexit"


def raw(*slots: tuple[int, int, int, int, int]) -> bytes:
    """Slots by their fields, then an exit."""
    return b"".join(RawSlot(*slot).to_bytes() for slot in slots) + assemble(EXIT).text


SBPF_REFUSALS = {
    "unknown_opcode": (raw((0xFF, 0, 0, 0, 0)), UnknownOpcode),
    "opcode_zero": (raw((0x00, 0, 0, 0, 0)), UnknownOpcode),
    "atomic": (raw((0xDB, 1, 2, 0, 0)), UnknownOpcode),
    "bswap": (raw((0xD7, 1, 0, 0, 16)), UnknownOpcode),
    "ldxsw": (raw((0x81, 1, 2, 0, 0)), UnknownOpcode),
    "gotol": (raw((0x06, 0, 0, 0, 0)), UnknownOpcode),
    "lddw_with_a_strange_half": (raw((0x18, 1, 0, 0, 0)), IncompleteLddw),
    "division_by_the_constant_0": (raw((0x37, 1, 0, 0, 0)), DivisionByZeroImmediate),
    "modulo_32_by_the_constant_0": (raw((0x94, 1, 0, 0, 0)), DivisionByZeroImmediate),
    "shift_by_64": (raw((0x67, 1, 0, 0, 64)), ShiftWithOverflow),
    "shift_of_32_bits_by_32": (raw((0xC4, 1, 0, 0, 32)), ShiftWithOverflow),
    "shift_by_a_negative_number": (raw((0x77, 1, 0, 0, -1)), ShiftWithOverflow),
    "swap_of_24_bits": (raw((0xDC, 1, 0, 0, 24)), UnsupportedEndianArgument),
    "source_register_11": (raw((0xBF, 1, 11, 0, 0)), InvalidSourceRegister),
    "unused_source_register_11": (raw((0xB7, 1, 11, 0, 0)), InvalidSourceRegister),
    "destination_register_11": (raw((0xB7, 11, 0, 0, 0)), InvalidDestinationRegister),
    "write_to_r10": (raw((0x07, 10, 0, 0, 64)), CannotWriteFramePointer),
    "comparison_of_r10": (raw((0x15, 10, 0, 0, 0)), CannotWriteFramePointer),
    "jump_past_the_end": (raw((0x05, 0, 0, 2, 0)), JumpOutOfCode),
    "jump_before_the_start": (raw((0x15, 1, 0, -2, 0)), JumpOutOfCode),
    "jump_into_lddw": (raw((0x05, 0, 0, 1, 0), (0x18, 1, 0, 0, 0), (0, 0, 0, 0, 0)), JumpToMiddleOfLddw),
}


@pytest.mark.parametrize("version", [SBPF_V0, SBPF_V3], ids=lambda version: version.target)
@pytest.mark.parametrize("name", SBPF_REFUSALS)
def test_sbpf_program_is_refused_here_and_by_litesvm(name: str, version: Version):
    text, error = SBPF_REFUSALS[name]
    file = write_v3(text) if version is SBPF_V3 else write_v0(text)
    with pytest.raises(error):
        transpile(file)
    with pytest.raises(Exception, match=r"\w"):
        run(file)


@pytest.mark.parametrize(
    ("version", "slot"), [(SBPF_V0, (0x8D, 0, 0, 0, 10)), (SBPF_V3, (0x8D, 10, 0, 0, 0))], ids=["v0", "v3"]
)
def test_callx_through_r10_is_refused(version: Version, slot: tuple[int, int, int, int, int]):
    file = write_v3(raw(slot)) if version is SBPF_V3 else write_v0(raw(slot))
    with pytest.raises((InvalidCallxRegister, CannotWriteFramePointer)):
        transpile(file)
    with pytest.raises(Exception, match=r"\w"):
        run(file)


def test_sbpf_v0_has_no_32_bit_jumps():
    text = raw((0x16, 1, 0, 0, 0))
    with pytest.raises(UnknownOpcode):
        transpile(write_v0(text))
    assert transpile(write_v3(text)).rules.target == "sbpf-v3"


@pytest.mark.parametrize("version", [SBPF_V0, SBPF_V3], ids=lambda version: version.target)
def test_sbpf_does_not_look_at_unused_fields(version: Version):
    text = raw((0x07, 1, 5, 77, 3))
    file = write_v3(text) if version is SBPF_V3 else write_v0(text)
    assert execute_file(file).outcome == Exit(0)
    assert run(file).failure == ""


EBPF_REFUSALS = {
    "unused_offset": (raw((0x07, 1, 0, 77, 3)), UnusedFieldNotZero),
    "unused_source": (raw((0xB7, 1, 2, 0, 3)), UnusedFieldNotZero),
    "unused_constant": (raw((0xBF, 1, 2, 0, 3)), UnusedFieldNotZero),
    "unused_destination": (raw((0x05, 1, 0, 0, 0)), UnusedFieldNotZero),
    "offset_of_a_call": (raw((0x85, 0, 1, 3, 0)), UnusedFieldNotZero),
    "strange_division": (raw((0x3F, 1, 2, 2, 0)), UnusedFieldNotZero),
    "write_to_r10": (raw((0xB7, 10, 0, 0, 0)), CannotWriteFramePointer),
    "call_outside": (raw((0x85, 0, 1, 0, 9)), JumpOutOfCode),
    "helper": (raw((0x85, 0, 0, 0, 5)), UnknownHelper),
    "kernel_function": (raw((0x85, 0, 2, 0, 5)), UnknownHelper),
    "atomic_exchange_without_fetch": (raw((0xC3, 10, 1, -8, 0xE0)), UnknownAtomicOperation),
    "atomic_load": (raw((0xDB, 10, 1, -8, 0x100)), UnknownAtomicOperation),
    "atomic_fetch_into_r10": (raw((0xDB, 1, 10, -8, 0x01)), CannotWriteFramePointer),
    "atomic_operation_on_16_bits": (raw((0xCB, 10, 1, -8, 0)), UnknownOpcode),
    "packet_access": (raw((0x20, 0, 0, 0, 0)), UnknownOpcode),
}


@pytest.mark.parametrize("name", EBPF_REFUSALS)
def test_ebpf_program_is_refused(name: str):
    text, error = EBPF_REFUSALS[name]
    with pytest.raises(error, match=r"slot \d"):
        transpile(text, "ebpf")


def test_ebpf_may_compare_r10():
    assert execute_file(
        assemble("mov r0, 1\njne r10, 0, +1\nmov r0, 2\nexit").text, target="ebpf"
    ).outcome == Exit(1)


def test_an_unresolved_call_of_v0_is_refused_only_when_it_runs():
    file = sbpf_file("mov r0, 0\njeq r0, 0, +1\nsyscall sol_unheard_of\nexit", SBPF_V0)
    assert execute_file(file).outcome == Exit(0)
