"""Each rule that holds before a program runs has its own refusal; LiteSVM refuses the same sBPF programs."""

import pytest

from bpf_programs import execute_file, sbpf_file, sbpf_file_of
from litesvm_runs import refusal, run
from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.calls import UnknownHelper
from zisk_py.transpiler.bpf.decoder import (
    IncompleteLddw,
    LddwCannotBeLast,
    RawSlot,
    UnknownOpcode,
)
from zisk_py.transpiler.bpf.divisions import SIGNED_DIVISIONS, UNSIGNED_DIVISIONS
from zisk_py.transpiler.bpf.encodings import ENCODINGS
from zisk_py.transpiler.bpf.static_checks import (
    CannotWriteFramePointer,
    DivisionByZeroImmediate,
    InvalidCallxRegister,
    InvalidDestinationRegister,
    InvalidSourceRegister,
    JumpOutOfCode,
    JumpToMiddleOfLddw,
    ShiftWithOverflow,
    UnalignedFrameStep,
    UnknownAtomicOperation,
    UnsupportedEndianArgument,
    UnusedFieldNotZero,
)
from zisk_py.transpiler.bpf.versions import (
    SBPF_V0,
    SBPF_V1,
    SBPF_V2,
    SBPF_V3,
    SBPF_VERSIONS,
    Feature,
    Version,
)
from zisk_py.transpiler.front_end import transpile

EXIT = "mov r0, 0\nexit"
DIVISIONS = (*UNSIGNED_DIVISIONS, *SIGNED_DIVISIONS)


def raw(*slots: tuple[int, int, int, int, int]) -> bytes:
    """Slots by their fields, then an exit."""
    return b"".join(RawSlot(*slot).to_bytes() for slot in slots) + assemble(EXIT).text


# Our refusal -> what the text of the runtime's starts with: one of each for a rule. Its rules about the
# length of the text cannot be met there, for the loaders see to it first.
RULES = {
    UnknownOpcode: "unknown eBPF opcode",
    LddwCannotBeLast: "LD_DW instruction cannot be last",
    IncompleteLddw: "incomplete LD_DW",
    DivisionByZeroImmediate: "division by 0",
    ShiftWithOverflow: "Shift with overflow",
    UnsupportedEndianArgument: "unsupported argument for LE/BE",
    InvalidSourceRegister: "invalid source register",
    InvalidDestinationRegister: "invalid destination register",
    CannotWriteFramePointer: "cannot write into register r10",
    UnalignedFrameStep: "Unaligned immediate",
    JumpOutOfCode: "jump out of code",
    JumpToMiddleOfLddw: "jump to middle of LD_DW",
    InvalidCallxRegister: "Invalid register specified",
}
WITH_LDDW = tuple(version for version in SBPF_VERSIONS if not version.has(Feature.HOR_FOR_LDDW))
WITH_PQR = tuple(version for version in SBPF_VERSIONS if version.has(Feature.PQR))
CLASSIC = tuple(version for version in SBPF_VERSIONS if not version.has(Feature.PQR))
WITH_DYNAMIC_FRAMES = tuple(version for version in SBPF_VERSIONS if version.has(Feature.DYNAMIC_FRAMES))
WITH_FIXED_FRAMES = tuple(version for version in SBPF_VERSIONS if not version.has(Feature.DYNAMIC_FRAMES))
SBPF_REFUSALS: dict[str, tuple[tuple[Version, ...], bytes, type[InputError]]] = {
    "opcode_zero": (SBPF_VERSIONS, raw((0x00, 0, 0, 0, 0)), UnknownOpcode),
    "atomic": (SBPF_VERSIONS, raw((0xDB, 1, 2, 0, 0)), UnknownOpcode),
    "lddw_at_the_end": (WITH_LDDW, raw()[8:] + RawSlot(0x18, 1, 0, 0, 0).to_bytes(), LddwCannotBeLast),
    "lddw_with_a_strange_half": (WITH_LDDW, raw((0x18, 1, 0, 0, 0)), IncompleteLddw),
    "division_by_the_constant_0": (CLASSIC, raw((0x37, 1, 0, 0, 0)), DivisionByZeroImmediate),
    "modulo_32_by_the_constant_0": (CLASSIC, raw((0x94, 1, 0, 0, 0)), DivisionByZeroImmediate),
    **{
        f"{row.name}_by_the_constant_0": (WITH_PQR, raw((row.opcode, 1, 0, 0, 0)), DivisionByZeroImmediate)
        for row in ENCODINGS
        if row.needs is Feature.PQR and not row.from_register and row.operation in DIVISIONS
    },
    "shift_by_64": (SBPF_VERSIONS, raw((0x67, 1, 0, 0, 64)), ShiftWithOverflow),
    "shift_of_32_bits_by_32": (SBPF_VERSIONS, raw((0xC4, 1, 0, 0, 32)), ShiftWithOverflow),
    "shift_by_a_negative_number": (SBPF_VERSIONS, raw((0x77, 1, 0, 0, -1)), ShiftWithOverflow),
    "swap_of_24_bits": (SBPF_VERSIONS, raw((0xDC, 1, 0, 0, 24)), UnsupportedEndianArgument),
    "source_register_11": (SBPF_VERSIONS, raw((0xBF, 1, 11, 0, 0)), InvalidSourceRegister),
    "unused_source_register_11": (SBPF_VERSIONS, raw((0xB7, 1, 11, 0, 0)), InvalidSourceRegister),
    "destination_register_11": (SBPF_VERSIONS, raw((0xB7, 11, 0, 0, 0)), InvalidDestinationRegister),
    "add_to_r10": (WITH_FIXED_FRAMES, raw((0x07, 10, 0, 0, 64)), CannotWriteFramePointer),
    "add_of_a_register_to_r10": (SBPF_VERSIONS, raw((0x0F, 10, 1, 0, 64)), CannotWriteFramePointer),
    "add_of_32_bits_to_r10": (SBPF_VERSIONS, raw((0x04, 10, 0, 0, 64)), CannotWriteFramePointer),
    "sub_of_r10": (SBPF_VERSIONS, raw((0x17, 10, 0, 0, 64)), CannotWriteFramePointer),
    "frame_moved_by_63": (WITH_DYNAMIC_FRAMES, raw((0x07, 10, 0, 0, 63)), UnalignedFrameStep),
    "frame_moved_by_minus_8": (WITH_DYNAMIC_FRAMES, raw((0x07, 10, 0, 0, -8)), UnalignedFrameStep),
    "comparison_of_r10": (SBPF_VERSIONS, raw((0x15, 10, 0, 0, 0)), CannotWriteFramePointer),
    "jump_past_the_end": (SBPF_VERSIONS, raw((0x05, 0, 0, 2, 0)), JumpOutOfCode),
    "jump_before_the_start": (SBPF_VERSIONS, raw((0x15, 1, 0, -2, 0)), JumpOutOfCode),
    "jump_into_lddw": (
        WITH_LDDW,
        raw((0x05, 0, 0, 1, 0), (0x18, 1, 0, 0, 0), (0, 0, 0, 0, 0)),
        JumpToMiddleOfLddw,
    ),
    "callx_through_register_10_in_imm": (
        (SBPF_V0, SBPF_V1),
        raw((0x8D, 0, 0, 0, 10)),
        InvalidCallxRegister,
    ),
    "callx_through_register_minus_1_in_imm": (
        (SBPF_V0, SBPF_V1),
        raw((0x8D, 0, 0, 0, -1)),
        InvalidCallxRegister,
    ),
    "callx_through_r10_in_src": ((SBPF_V2,), raw((0x8D, 0, 10, 0, 0)), InvalidCallxRegister),
    "callx_through_r10_in_dst": ((SBPF_V3,), raw((0x8D, 10, 0, 0, 0)), InvalidCallxRegister),
}
REFUSED = [
    pytest.param(version, text, error, id=f"{name}-{version.target}")
    for name, (versions, text, error) in SBPF_REFUSALS.items()
    for version in versions
]


@pytest.mark.parametrize(("version", "text", "error"), REFUSED)
def test_sbpf_program_is_refused_by_the_same_rule_as_in_litesvm(
    version: Version, text: bytes, error: type[InputError]
):
    file = sbpf_file_of(text, version)
    with pytest.raises(error) as caught:
        transpile(file)
    assert type(caught.value) is error
    assert refusal(file).removeprefix("Verifier error: ").startswith(RULES[error])


def test_every_rule_is_broken_by_a_program():
    assert {error for _, _, error in SBPF_REFUSALS.values()} == set(RULES)


@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
@pytest.mark.parametrize("text", [b"", raw()[:12]], ids=["empty", "half a slot"])
def test_a_text_of_no_whole_slots_is_refused_here_and_by_litesvm(text: bytes, version: Version):
    file = sbpf_file_of(text, version)
    with pytest.raises(InputError):
        transpile(file)
    assert refusal(file)


@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_each_of_256_opcodes_is_known_here_as_in_litesvm(version: Version):
    for opcode in range(256):
        second_half = [(0, 0, 0, 0, 0)] if opcode == 0x18 else []
        imm = {0x85: -1, 0x8D: 5}.get(opcode, 16)
        file = sbpf_file_of(raw((opcode, 1, 2, 0, imm), *second_half), version)
        theirs = refusal(file)
        try:
            transpile(file)
            assert theirs == "", hex(opcode)
        except UnknownOpcode:
            assert "unknown eBPF opcode" in theirs, hex(opcode)


@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_sbpf_does_not_look_at_unused_fields(version: Version):
    file = sbpf_file_of(raw((0x07, 1, 5, 77, 3)), version)
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
    "packet_access_of_64_bits": (raw((0x38, 0, 0, 0, 0)), UnknownOpcode),
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
