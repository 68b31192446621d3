"""The table of encodings: bytes, instructions and text are three views of one thing."""

import random
import re

import pytest
from capstone import CS_ARCH_BPF, CS_MODE_BPF_EXTENDED, CS_MODE_LITTLE_ENDIAN, Cs

from zisk_py.transpiler.bpf.assembler import AssemblyError, assemble, format_instruction
from zisk_py.transpiler.bpf.decoder import (
    BpfInstruction,
    EmptyProgram,
    IncompleteLddw,
    LddwCannotBeLast,
    ProgramLength,
    RawSlot,
    UnknownOpcode,
    decode,
    encode,
)
from zisk_py.transpiler.bpf.encodings import ENCODINGS, Encoding, Form
from zisk_py.transpiler.bpf.lowering import LOWERINGS
from zisk_py.transpiler.bpf.murmur3 import name_key, slot_key
from zisk_py.transpiler.bpf.versions import (
    EBPF,
    SBPF_V0,
    SBPF_V1,
    SBPF_V2,
    SBPF_V3,
    VERSIONS,
    Feature,
    Version,
)

REGISTERS = re.compile(r"\br\d+\b")
# Every encoding in every version that has it.
PAIRS = [(row, version) for version in VERSIONS.values() for row in ENCODINGS if row.is_in(version)]
IN_EVERY_VERSION = pytest.mark.parametrize(
    ("row", "version"),
    PAIRS,
    ids=[f"{version.target}-{row.name}-{row.opcode:02x}-{row.variant}" for row, version in PAIRS],
)
IN_VERSIONS = pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
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
WITH_IMM = (Form.STORE_IMMEDIATE, Form.PACKET_LOAD, Form.JUMP_FAR, Form.CALL)


def sample(row: Encoding, rng: random.Random, version: Version = EBPF) -> BpfInstruction:
    """An instruction of that row whose fields are random where it has them."""
    has_imm = row.form in WITH_IMM or (row.form in (Form.ALU, Form.BRANCH) and not row.from_register)
    imm = rng.randrange(-(1 << 31), 1 << 31) if has_imm else 0
    if row.form is Form.LOAD_IMMEDIATE:
        imm = rng.getrandbits(64)
    elif row.form is Form.ENDIAN:
        imm = rng.choice((16, 32, 64))
    has_src = row.from_register or row.form in (Form.LOAD, Form.LOAD_SIGNED)
    if row.form is Form.CALLX and version.is_sbpf:
        return sample_callx(row, rng.randrange(10), version)
    no_dst = (Form.PACKET_LOAD, Form.JUMP, Form.JUMP_FAR, Form.CALL, Form.EXIT)
    return BpfInstruction(
        0,
        row,
        0 if row.form in no_dst else rng.randrange(10),
        1 if row.form is Form.CALL else rng.randrange(10) * has_src,
        rng.randrange(-(1 << 15), 1 << 15) if row.form in WITH_OFFSET else row.variant,
        row.variant if row.form is Form.ATOMIC else imm,
    )


def sample_callx(row: Encoding, register: int, version: Version) -> BpfInstruction:
    """A callx with its register in the field where the version has it."""
    if version.has(Feature.CALLX_IN_SRC):
        return BpfInstruction(0, row, 0, register, 0, 0)
    if version.has(Feature.CALLX_IN_DST):
        return BpfInstruction(0, row, register, 0, 0, 0)
    return BpfInstruction(0, row, 0, 0, 0, register)


@IN_EVERY_VERSION
def test_decoding_undoes_encoding(row: Encoding, version: Version):
    rng = random.Random(row.opcode)
    for _ in range(5):
        instruction = sample(row, rng, version)
        assert decode(encode(instruction), version) == [instruction]


@IN_EVERY_VERSION
def test_the_assembler_reads_what_the_formatter_writes(row: Encoding, version: Version):
    rng = random.Random(row.opcode)
    for _ in range(5):
        instruction = sample(row, rng, version)
        assert assemble(format_instruction(instruction, version), version).text == encode(instruction)


@IN_VERSIONS
def test_no_two_rows_of_a_version_share_opcode_and_variant(version: Version):
    keys = [(row.opcode, row.variant) for row in ENCODINGS if row.is_in(version)]
    assert len(keys) == len(set(keys))


@IN_VERSIONS
def test_no_two_rows_of_a_version_share_name_and_kind_of_operand(version: Version):
    keys = [(row.name, row.from_register) for row in ENCODINGS if row.is_in(version)]
    assert len(keys) == len(set(keys))


# The opcodes of v2 that v0 has not, and the other way round, as the proposals list them.
ADDED_BY_V2 = {
    "ldxb": {0x2C},
    "ldxh": {0x3C},
    "ldxw": {0x8C},
    "ldxdw": {0x9C},
    "stb": {0x27},
    "sth": {0x37},
    "stw": {0x87},
    "stdw": {0x97},
    "stxb": {0x2F},
    "stxh": {0x3F},
    "stxw": {0x8F},
    "stxdw": {0x9F},
    "hor64": {0xF7},
    "sub": {0x17},
    "sub32": {0x14},
    "lmul": {0x96, 0x9E},
    "lmul32": {0x86, 0x8E},
    "uhmul": {0x36, 0x3E},
    "shmul": {0xB6, 0xBE},
    "udiv": {0x56, 0x5E},
    "udiv32": {0x46, 0x4E},
    "urem": {0x76, 0x7E},
    "urem32": {0x66, 0x6E},
    "sdiv": {0xD6, 0xDE},
    "sdiv32": {0xC6, 0xCE},
    "srem": {0xF6, 0xFE},
    "srem32": {0xE6, 0xEE},
}
DROPPED_BY_V2 = {
    *{0x71, 0x69, 0x61, 0x79, 0x72, 0x6A, 0x62, 0x7A, 0x73, 0x6B, 0x63, 0x7B},
    *{0x27, 0x2F, 0x24, 0x2C, 0x37, 0x3F, 0x34, 0x3C, 0x97, 0x9F, 0x94, 0x9C},
    *{0x87, 0x84, 0xD4, 0x18, 0x17, 0x14},
}


def test_v2_has_the_rows_of_the_proposals_and_no_others():
    before, after = ({row for row in ENCODINGS if row.is_in(version)} for version in (SBPF_V1, SBPF_V2))
    added: dict[str, set[int]] = {}
    for row in after - before:
        added.setdefault(row.name, set()).add(row.opcode)
    assert added == ADDED_BY_V2
    assert {row.opcode for row in before - after} == DROPPED_BY_V2


def test_v0_and_v1_have_the_same_rows_and_v3_32_bit_comparisons_more():
    v0, v1, v3 = ({row for row in ENCODINGS if row.is_in(v)} for v in (SBPF_V0, SBPF_V1, SBPF_V3))
    assert v0 == v1
    assert v3 - v0 == {row for row in ENCODINGS if row.form is Form.BRANCH and row.bits == 32}
    assert v0 < v3


def test_every_feature_is_in_a_version_and_names_its_proposal():
    used = frozenset[Feature]().union(*(version.features for version in VERSIONS.values()))
    assert used == set(Feature)
    assert all(re.search(r"SIMD-0\d{3}|RFC 9669", feature.proposal) for feature in Feature)


def test_every_form_has_a_lowering():
    assert set(LOWERINGS) == set(Form)


@IN_VERSIONS
def test_opcodes_without_a_row_are_refused(version: Version):
    known = {row.opcode for row in ENCODINGS if row.is_in(version)}
    for opcode in set(range(256)) - known:
        with pytest.raises(UnknownOpcode, match=f"{opcode:#04x} at slot 1"):
            decode(encode_exit() + RawSlot(opcode, 0, 0, 0, 0).to_bytes(), version)


def encode_exit() -> bytes:
    """One exit."""
    return assemble("exit").text


def test_sbpf_has_no_row_that_only_ebpf_has():
    names = {row.name for row in ENCODINGS if row.is_in(SBPF_V0)}
    assert not names & {"sdiv", "smod32", "movsx864", "bswap", "ja32", "ldxsw", "lock add", "jeq32"}


def test_sbpf_ignores_the_offset_that_selects_signed_division():
    (instruction,) = decode(RawSlot(0x3F, 1, 2, 1, 0).to_bytes(), SBPF_V0)
    assert instruction.encoding.name == "div"


# Where capstone's name is not ours: it marks 64-bit arithmetic instead of 32-bit.
CAPSTONE_NAMES = {"ja": "jmp"}


@pytest.mark.parametrize(
    "row",
    [row for row in ENCODINGS if row.is_in(SBPF_V0) and row.form not in (Form.CALLX, Form.CALL)],
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
        (b"", EmptyProgram),
        (bytes(7), ProgramLength),
        (bytes([0x18] + [0] * 7), LddwCannotBeLast),
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
