"""Assembly of RISC-V: labels, short forms, data, errors, and the listing that it reads back."""

import random

import pytest

from riscv_programs import sample_word
from zisk_py.transpiler.riscv.assembler import SHORT_FORMS, AssemblyError, assemble
from zisk_py.transpiler.riscv.decoder import decode_at, decode_text
from zisk_py.transpiler.riscv.disassembly import disassemble
from zisk_py.transpiler.riscv.encodings import ENCODINGS, Form, Instruction

BASE = 0x10000
MASK = (1 << 64) - 1


def instructions(source: str) -> list[Instruction]:
    """What a program without jumps into the middle of an instruction executes, in order of addresses."""
    text, found, offset = assemble(source, BASE).text, [], 0
    while offset < len(text):
        instruction = decode_at(text, offset, BASE + offset)
        assert instruction is not None
        found.append(instruction)
        offset += instruction.size
    return found


def test_labels_are_addresses():
    assembly = assemble("c.nop\nhere: there: j here\nbeq a0, a1, there\nend:", BASE)
    assert assembly.labels == {"here": BASE + 2, "there": BASE + 2, "end": BASE + 10}
    jump, branch = decode_at(assembly.text, 2, 0), decode_at(assembly.text, 6, 0)
    assert jump is not None
    assert branch is not None
    assert (jump.imm, branch.imm) == (0, -4)


@pytest.mark.parametrize("target", ["end", f"{BASE + 8:#x}", ".+8", "end+0"])
def test_a_target_is_a_label_an_address_or_a_distance(target: str):
    assert instructions(f"beq a0, a1, {target}\nnop\nend: nop")[0].imm == 8


def test_all_names_of_a_register_are_understood():
    for text in ("add x8, x2, x31", "add s0, sp, t6", "add fp, sp, t6"):
        (instruction,) = instructions(text)
        assert (instruction.rd, instruction.rs1, instruction.rs2) == (8, 2, 31)
    for text in ("fsqrt.d f31, f8", "fsqrt.d ft11, fs0"):
        (instruction,) = instructions(text)
        assert (instruction.rd, instruction.rs1) == (31, 8)


# Short form, with the operands that it takes, and what GNU as makes of it.
SHORT = {
    "nop": ("", "00000013"),
    "mv": ("a0, a1", "00058513"),
    "not": ("a0, a1", "fff5c513"),
    "neg": ("a0, a1", "40b00533"),
    "negw": ("a0, a1", "40b0053b"),
    "sext.w": ("a0, a1", "0005851b"),
    "seqz": ("a0, a1", "0015b513"),
    "snez": ("a0, a1", "00b03533"),
    "beqz": ("a0, .+8", "00050463"),
    "bnez": ("a0, .+8", "00051463"),
    "bltz": ("a0, .+8", "00054463"),
    "bgez": ("a0, .+8", "00055463"),
    "bgtz": ("a0, .+8", "00a04463"),
    "blez": ("a0, .+8", "00a05463"),
    "bgt": ("a0, a1, .+8", "00a5c463"),
    "ble": ("a0, a1, .+8", "00a5d463"),
    "bgtu": ("a0, a1, .+8", "00a5e463"),
    "bleu": ("a0, a1, .+8", "00a5f463"),
    "j": (".+8", "0080006f"),
    "call": (".+8", "008000ef"),
    "jr": ("a0", "00050067"),
    "ret": ("", "00008067"),
    "csrr": ("a0, fcsr", "00302573"),
    "csrw": ("fcsr, a0", "00351073"),
}


def test_every_short_form_is_tried():
    assert set(SHORT) == set(SHORT_FORMS)


@pytest.mark.parametrize(("name", "operands", "word"), [(name, *rest) for name, rest in SHORT.items()])
def test_short_forms_are_those_of_the_manual(name: str, operands: str, word: str):
    assert assemble(f"{name} {operands}").text.hex() == bytes.fromhex(word)[::-1].hex()


def test_operands_may_be_left_out():
    for short, long in (
        ("lw a0, (a1)", "lw a0, 0(a1)"),
        ("fadd.s fa0, fa1, fa2", "fadd.s fa0, fa1, fa2, dyn"),
        ("fence", "fence iorw, iorw"),
        ("c.nop", "c.nop 0"),
    ):
        assert assemble(short).text == assemble(long).text


def run_constant(found: list[Instruction]) -> int:
    """What a sequence of lui, addi, addiw and slli on one register makes."""
    value = 0
    for i in found:
        start = value if i.rs1 else 0
        if i.encoding.name == "lui":
            value = i.imm & MASK
        elif i.encoding.name == "slli":
            value = start << i.imm & MASK
        else:
            value = start + i.imm & MASK
            if i.encoding.name == "addiw":
                value = ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000 & MASK
    return value


def test_li_makes_every_number():
    rng = random.Random(64)
    edges = [sign * (1 << bits) + more for bits in range(64) for more in (-1, 0, 1) for sign in (1, -1)]
    numbers = [n for n in edges if -(1 << 63) <= n < 1 << 64] + [rng.getrandbits(64) for _ in range(300)]
    for number in numbers:
        found = instructions(f"li a0, {number}")
        assert {i.rd for i in found} == {10}
        assert run_constant(found) == number & MASK
        assert len(found) <= 8


def test_la_makes_the_address_of_a_label():
    for distance in (4, 2044, 2048, 6000, 1 << 20):
        assembly = assemble(f"la a0, place\n.zero {distance}\nplace:", BASE)
        upper, add = decode_text(assembly.text[:8], BASE)[::2]
        assert upper is not None
        assert add is not None
        assert [i.encoding.name for i in (upper, add)] == ["auipc", "addi"]
        assert BASE + upper.imm + add.imm == assembly.labels["place"] == BASE + 8 + distance


def test_data_is_little_endian():
    assembly = assemble(
        '.byte 1, -1\n.half 0x1234\n.word -2, end\n.dword 5\n.ascii "a#b\\n" # text\n.zero 2\nend:', BASE
    )
    end = assembly.labels["end"]
    assert end == BASE + 26
    assert assembly.text == (
        bytes([1, 255, 0x34, 0x12])
        + b"\xfe\xff\xff\xff"
        + end.to_bytes(4, "little")
        + bytes([5, *bytes(7)])
        + b"a#b\n\0\0"
    )
    assert assemble(".byte 1\n.balign 8\n.byte 2", BASE).text == bytes([1, *bytes(7), 2])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("mow a0, a1", "there is no such instruction"),
        ("add.aq a0, a1, a2", "there is no such instruction"),
        ("lr.w.qa a0, (a1)", "there is no such instruction"),
        ("add a0, a1", "the operands must be rd, rs1, rs2"),
        ("addi a0, a1,", "the operands must be rd, rs1, imm"),
        ("ecall a0", "the operands must be none"),
        ("add a0, a1, b2", "'b2' is no register"),
        ("fadd.s fa0, fa1, a2", "'a2' is no floating-point register"),
        ("fadd.s fa0, fa1, fa2, up", "'up' is no rounding"),
        ("fence rwx, rw", "'rwx' is no part of iorw"),
        ("addi a0, a1, 2048", "addi cannot have 2048 as its imm"),
        ("lui a0, 0x100000", "0x100000 does not fit 20 bits"),
        ("j nowhere", "there is no label 'nowhere'"),
        ("beq a0, a1, .+3", "beq cannot have 3 as its imm"),
        ("c.addi a0, 32", "c.addi cannot have 32 as its imm"),
        ("c.add a0, zero", "c.add cannot have these operands; use add"),
        ("li a0, 0x10000000000000000", "does not fit 64 bits"),
        ("li a0, five", "there is no label 'five'"),
        ("mv a0", "mv has 2 operands"),
        (".half 5 6", "'5 6' is no number and no label"),
        ("ret ra", "ret has 0 operands"),
        ("li a0", "li has 2 operands"),
        (".zero", ".zero has 1 operand"),
        (".half", "'' is no number and no label"),
        (".byte 256", "256 does not fit 8 bits"),
        (".half -32769", "-32769 does not fit 16 bits"),
        (".balign 0", "0 is not from 1 to"),
        (".zero -1", "-1 is not from 1 to"),
        ('.ascii "open', ".ascii has one text in quotes"),
        (".ascii 5", ".ascii has one text in quotes"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, reason: str):
    with pytest.raises(AssemblyError, match=r"^line 2, ") as caught:
        assemble(f"nop\n{line}")
    assert reason in str(caught.value)


def test_a_label_stands_once():
    with pytest.raises(AssemblyError, match="line 3: there is a label 'here' already"):
        assemble("here: nop\nthere: nop\nhere: nop")


def test_every_half_word_is_decoded_by_itself():
    text = assemble("addi a0, zero, 5\nc.addi a0, 1\njal ra, .-4").text
    found = decode_text(text, BASE)
    assert [i and (i.encoding.name, i.size, i.address - BASE) for i in found] == [
        ("addi", 4, 0),
        ("addi", 2, 2),  # the second half of the first, which reads as c.addi4spn
        ("addi", 2, 4),
        ("jal", 4, 6),
        None,
    ]


def test_an_instruction_that_is_cut_off_is_none():
    text = assemble("nop\nnop").text
    for length, expected in ((8, 4), (7, None), (6, None), (5, None)):
        instruction = decode_at(text[:length], 4, BASE)
        assert (instruction and instruction.size) == expected
    assert decode_at(b"\x01", 0, BASE) is None
    assert decode_at(b"", 0, BASE) is None
    assert len(decode_text(text[:7], BASE)) == 4


LISTING = """
    addi a0, zero, 5
    c.j 0x10000
    lr.w.aq a0, (a1)
    beq a0, a1, 0x10000
    fadd.d fa0, fa1, fa2
    fence rw, w
    csrrw a0, fcsr, a1
    auipc a0, 0xfffff
    .half 0x0000  # illegal
    ecall
"""


def test_the_listing_says_what_every_slot_does():
    lines = disassemble(assemble(LISTING, BASE).text, BASE)
    assert [line for line in lines.values() if "inside" not in line] == [
        line.strip() for line in LISTING.strip().splitlines()
    ]
    assert list(lines) == list(range(18))
    assert lines[1] == "c.addi4spn a2, sp, 4  # inside addi"
    assert lines[17] == ".half 0x0000  # inside ecall"


# Forms with fields that have no effect and that no assembly shows.
WITH_UNSHOWN_FIELDS = (Form.FENCE, Form.FENCE_I, Form.FLOAT_WIDENING, Form.INTEGER_WIDENING)


def test_the_assembler_reads_the_listing_back():
    rng = random.Random(7)
    rows = [row for row in ENCODINGS if row.form not in WITH_UNSHOWN_FIELDS]
    words = [sample_word(row, rng).to_bytes(4, "little") for row in rows]
    halves = [
        rng.choice(range(half, 1 << 16, 4)).to_bytes(2, "little") for half in (0, 1, 2) for _ in range(99)
    ]
    parts = words + halves
    rng.shuffle(parts)
    text = b"".join(parts)
    lines = disassemble(text, BASE)
    assert list(lines) == list(range(len(text) // 2))
    assert assemble("\n".join(line for line in lines.values() if "inside" not in line), BASE).text == text
