"""The table of encodings: bytes, instructions and text are three views of one thing."""

import random
import re

import pytest
from capstone import CS_ARCH_BPF, CS_MODE_BPF_EXTENDED, CS_MODE_LITTLE_ENDIAN, Cs

from bpf_programs import is_sbpf
from zisk_py.transpiler.bpf.assembler import AssemblyError, assemble, format_instruction
from zisk_py.transpiler.bpf.decoder import (
    BpfInstruction,
    IncompleteLddw,
    ProgramLength,
    RawSlot,
    UnknownOpcode,
    decode,
    encode,
    find_encoding,
)
from zisk_py.transpiler.bpf.encodings import ENCODINGS, Encoding, Form
from zisk_py.transpiler.bpf.lowering import LOWERINGS
from zisk_py.transpiler.bpf.murmur3 import name_key, slot_key
from zisk_py.transpiler.bpf.versions import EBPF, SBPF_V0, SBPF_V3, VERSIONS, Version

REGISTERS = re.compile(r"\br\d+\b")
ROW_IDS = [f"{row.name}-{row.opcode:02x}-{row.variant}" for row in ENCODINGS]
# Fields that a form has: what a random instruction may put there.
WITH_OFFSET = (
    Form.LOAD,
    Form.LOAD_SIGNED,
    Form.STORE,
    Form.STORE_IMMEDIATE,
    Form.ATOMIC,
    Form.JUMP,
    Form.BRANCH,
)
WITH_IMM = (Form.STORE_IMMEDIATE, Form.JUMP_FAR, Form.CALL)


def sample(row: Encoding, rng: random.Random) -> BpfInstruction:
    """An instruction of that row whose fields are random where it has them."""
    has_imm = row.form in WITH_IMM or (row.form in (Form.ALU, Form.BRANCH) and not row.from_register)
    imm = rng.randrange(-(1 << 31), 1 << 31) if has_imm else 0
    if row.form is Form.LOAD_IMMEDIATE:
        imm = rng.getrandbits(64)
    elif row.form is Form.ENDIAN:
        imm = rng.choice((16, 32, 64))
    has_src = row.from_register or row.form in (Form.LOAD, Form.LOAD_SIGNED)
    no_dst = (Form.JUMP, Form.JUMP_FAR, Form.CALL, Form.EXIT)
    return BpfInstruction(
        0,
        row,
        0 if row.form in no_dst else rng.randrange(10),
        1 if row.form is Form.CALL else rng.randrange(10) * has_src,
        rng.randrange(-(1 << 15), 1 << 15) if row.form in WITH_OFFSET else row.variant,
        row.variant if row.form is Form.ATOMIC else imm,
    )


@pytest.mark.parametrize("row", ENCODINGS, ids=ROW_IDS)
def test_decoding_undoes_encoding(row: Encoding):
    rng = random.Random(row.opcode)
    for _ in range(20):
        instruction = sample(row, rng)
        assert decode(encode(instruction), EBPF) == [instruction]


@pytest.mark.parametrize("row", ENCODINGS, ids=ROW_IDS)
def test_the_assembler_reads_what_the_formatter_writes(row: Encoding):
    rng = random.Random(row.opcode)
    for _ in range(20):
        instruction = sample(row, rng)
        assert assemble(format_instruction(instruction)).text == encode(instruction)


def test_no_two_rows_share_opcode_and_variant():
    keys = [(row.opcode, row.variant) for row in ENCODINGS]
    assert len(keys) == len(set(keys))


def test_every_form_has_a_lowering():
    assert set(LOWERINGS) == set(Form)


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_opcodes_without_a_row_are_refused(version: Version):
    known = {row.opcode for row in ENCODINGS if find_encoding(row.opcode, row.variant, version) is row}
    for opcode in set(range(256)) - known:
        with pytest.raises(UnknownOpcode, match=f"{opcode:#04x} at slot 1"):
            decode(encode_exit() + RawSlot(opcode, 0, 0, 0, 0).to_bytes(), version)


def encode_exit() -> bytes:
    """One exit."""
    return assemble("exit").text


def test_sbpf_has_no_row_that_only_ebpf_has():
    names = {row.name for row in ENCODINGS if is_sbpf(row, SBPF_V0)}
    assert not names & {"sdiv", "smod32", "movsx864", "bswap", "ja32", "ldxsw", "lock add", "jeq32"}
    assert {row.name for row in ENCODINGS if is_sbpf(row, SBPF_V3)} - names == {
        row.name for row in ENCODINGS if row.form is Form.BRANCH and row.bits == 32
    }


def test_sbpf_ignores_the_offset_that_selects_signed_division():
    (instruction,) = decode(RawSlot(0x3F, 1, 2, 1, 0).to_bytes(), SBPF_V0)
    assert instruction.encoding.name == "div"


# Where capstone's name is not ours: it marks 64-bit arithmetic instead of 32-bit.
CAPSTONE_NAMES = {"ja": "jmp"}


@pytest.mark.parametrize(
    "row",
    [row for row in ENCODINGS if is_sbpf(row, SBPF_V0) and row.form not in (Form.CALLX, Form.CALL)],
    ids=lambda row: f"{row.name}-{row.opcode:02x}",
)
def test_capstone_reads_the_same_name_and_registers(row: Encoding):
    instruction = sample(row, random.Random(row.opcode))
    engine = Cs(CS_ARCH_BPF, CS_MODE_LITTLE_ENDIAN | CS_MODE_BPF_EXTENDED)
    (read,) = engine.disasm_lite(encode(instruction), 0)
    name = CAPSTONE_NAMES.get(row.name, row.name)
    if row.form is Form.ENDIAN:
        name += str(instruction.imm)
    elif row.form in (Form.ALU, Form.NEGATE):
        name = name.removesuffix("32") if row.bits == 32 else f"{name}64"
    assert read[2] == name
    assert REGISTERS.findall(read[3]) == REGISTERS.findall(format_instruction(instruction))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"", ProgramLength),
        (bytes(7), ProgramLength),
        (bytes([0x18] + [0] * 7), IncompleteLddw),
        (bytes([0x18] + [0] * 7) + bytes([0x95] + [0] * 7), IncompleteLddw),
    ],
    ids=["empty", "half a slot", "lddw at the end", "lddw with a strange half"],
)
def test_text_that_is_no_sequence_of_instructions_is_refused(text: bytes, error: type[Exception]):
    with pytest.raises(error):
        decode(text, EBPF)


@pytest.mark.parametrize(
    "line",
    [
        "mow r0, 1",
        "mov r0",
        "mov r16, 1",
        "mov r0, 0x1ffffffff",
        "ja nowhere",
        "ldxw r0, r1",
        "jeq r0, 1, +70000",
    ],
)
def test_the_assembler_names_the_line_that_it_cannot_read(line: str):
    with pytest.raises(AssemblyError, match="line 2"):
        assemble(f"mov r0, 0\n{line}")


def test_labels_count_both_slots_of_lddw():
    assembly = assemble("lddw r1, 1\nplace: exit")
    assert assembly.labels == {"place": 2}


# Published test vectors of MurmurHash3_x86_32, and keys that deployed programs contain.
@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("", 0),
        ("a", 0x3C2569B2),
        ("abort", 0xB6FC1A11),
        ("sol_log_", 0x207559BD),
        ("sol_memcpy_", 0x717CC4A3),
        ("entrypoint", 0x71E3CF81),
    ],
)
def test_names_have_the_keys_that_files_contain(name: str, key: int):
    assert name_key(name) == key


@pytest.mark.parametrize(("slot", "key"), [(0, 0x63852AFC), (5, 0x67C25EF7), (1000, 0xA8875D0C)])
def test_slots_have_the_keys_that_the_runtime_gives_them(slot: int, key: int):
    assert slot_key(slot) == key
